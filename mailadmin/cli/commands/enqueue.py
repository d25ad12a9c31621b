"""`mailadmin enqueue`: mail goes into the queue, from files or from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from mailadmin.cli.commands.attachments import read_attachments, unreadable
from mailadmin.cli.frame.failure import CommandFailed, ReaderGone, UsageError
from mailadmin.cli.frame.grammar import add_command, count
from mailadmin.cli.frame.moments import at, moment
from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.message import NewMessage

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.message import Mailbox

T = TypeVar("T")

_EXAMPLES = """\
  mailadmin enqueue invoice.eml reminder.eml
  generate-report | mailadmin enqueue -
  mailadmin enqueue invoice.eml --to ann@example.org
  mailadmin enqueue --to "Ann <ann@example.org>" --subject Invoice \\
      --text "See the attachment." --attach invoice.pdf
  mailadmin enqueue newsletter.eml --not-before 2026-11-30T08:00 --expires 2d --priority 20

Prints one queue ID per recipient and line. All files are taken or none: exit code 0 means that
every message is safely on disk. A file goes to its To, Cc and Bcc unless --to is given; Bcc is
removed from what is sent.
"""

_SOURCE = "command line"
_LAST_PRIORITY = 1_000_000
_OPTION = {"sender": "--from", "attachments": "--attach", "envelope_from": "--from"}
_OPTION |= {name: f"--{name}" for name in ("to", "cc", "bcc", "subject", "text", "html")}


def declare(commands: Commands) -> None:
    """Add `enqueue`."""
    parser = add_command(
        commands,
        "enqueue",
        "put messages into the queue, print their queue IDs",
        run=enqueue,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "files",
        metavar="FILE.eml",
        nargs="*",
        help="a message as RFC 5322 describes it; - for standard input",
    )
    parser.add_argument(
        "--to",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="who gets it, several separated by commas or in several options; with a file the "
        "only ones who get it, and the file stays as it is",
    )
    parser.add_argument(
        "--from",
        dest="sender",
        metavar="ADDRESS",
        help="the sender (default: that of the first enabled provider); with a file the envelope's "
        "sender (default: that of the provider that sends it)",
    )
    parser.add_argument(
        "--skip-known",
        action="store_true",
        help="leave out who got or is to get the same file already, so that an import that was "
        "interrupted can be repeated",
    )
    parser.add_argument(
        "--not-before",
        metavar="WHEN",
        type=moment,
        help="send it then at the earliest: a date with its time (2026-11-30T08:00, local unless "
        "it has an offset), or how long from now (30m, 2h, 3d)",
    )
    parser.add_argument(
        "--expires", metavar="WHEN", type=moment, help="give up then what could not be sent"
    )
    parser.add_argument(
        "--priority",
        metavar="N",
        type=count,
        help="what has a lower number is sent first (default: 10)",
    )
    written = parser.add_argument_group("a new message instead of files")
    written.add_argument("--cc", metavar="ADDRESS", action="append", default=[])
    written.add_argument(
        "--bcc", metavar="ADDRESS", action="append", default=[], help="gets it, stands nowhere"
    )
    written.add_argument("--subject", metavar="TEXT")
    written.add_argument("--text", metavar="TEXT", help="the text; - for standard input")
    written.add_argument("--html", metavar="TEXT", help="the text as HTML; - for standard input")
    written.add_argument(
        "--attach", metavar="FILE", action="append", default=[], help="a file that goes with it"
    )


def enqueue(options: Options, context: Context) -> int:
    """Commit the messages and print their queue IDs.

    Raises `KnownError` with the file or the option it is about; nothing is stored then.
    """
    now = datetime.now(UTC)
    scheduled = _schedule(options, now)
    messages = _from_files(options) if options.files else [_written(options, context)]
    scheduled_messages = [scheduled(message) for message in messages]
    queue_ids = context.store.queue.enqueue(scheduled_messages, skip_known=options.skip_known)
    left_out = sum(len(message.recipients) for message in messages) - sum(map(len, queue_ids))
    if left_out:
        emails = "1 email was" if left_out == 1 else f"{left_out} emails were"
        context.errors.line(f"{emails} queued or sent before from the same file, and left out.")
        context.errors.flush()
    try:
        for queue_id in (one for ids in queue_ids for one in ids):
            context.output.line(str(queue_id))
        context.output.flush()
    except (ReaderGone, CommandFailed):
        # The mail is accepted. Any other exit code would make the caller hand it in once more.
        context.output.abandon()
    return 0


def _schedule(options: Options, now: datetime) -> Callable[[NewMessage], NewMessage]:
    """What gives a message its times and its priority. Raises `CommandFailed`."""
    not_before = None if options.not_before is None else at(options.not_before, now)
    expires = None if options.expires is None else at(options.expires, now)
    if expires is not None and expires <= now:
        raise CommandFailed("--expires: that time is over. Give one that is to come.")
    if expires is not None and not_before is not None and expires <= not_before:
        raise CommandFailed(
            "--expires: the message would expire before it may be sent. Give a time after that "
            "of --not-before."
        )
    if options.priority is not None and options.priority > _LAST_PRIORITY:
        raise CommandFailed("--priority: give a number from 0 to {last:,}.", last=_LAST_PRIORITY)

    def scheduled(message: NewMessage) -> NewMessage:
        given = message.priority if options.priority is None else options.priority
        return replace(message, not_before=not_before, expires_at=expires, priority=given)

    return scheduled


def _from_files(options: Options) -> list[NewMessage]:
    from mailadmin.intake.eml import read_eml, read_eml_stream
    from mailadmin.message import check_address, parse_recipients

    only_written = ("cc", "bcc", "subject", "text", "html", "attach")
    misplaced = [f"--{name}" for name in only_written if vars(options)[name]]
    if misplaced:
        raise UsageError(f"{', '.join(misplaced)}: only for a new message, without files")
    if options.files.count("-") > 1:
        raise UsageError("- (standard input) can be read only once")
    recipients, sender = None, options.sender
    if options.to:
        recipients = _named(lambda: parse_recipients(", ".join(options.to), field="to"))
    if sender:
        _named(lambda: check_address(sender, field="sender"))

    def message(file: str) -> NewMessage:
        if file != "-":
            return read_eml(Path(file), recipients=recipients, envelope_from=sender)
        try:
            return read_eml_stream(
                _standard_input(), recipients=recipients, envelope_from=sender, source=_SOURCE
            )
        except OSError as error:
            raise unreadable("Standard input", error) from error

    return [message(file) for file in options.files]


def _written(options: Options, context: Context) -> NewMessage:
    from mailadmin.message import compose

    if not (options.to or options.cc or options.bcc):
        raise UsageError("give a FILE.eml, - for standard input, or --to for a new message")
    if options.text is None and options.html is None and not options.attach:
        raise UsageError("the message is empty: give --text, --html or --attach")
    if options.text == "-" and options.html == "-":
        raise UsageError("- (standard input) can be read only once")
    attachments = read_attachments(options.attach)
    return _named(
        lambda: compose(
            sender=_sender(options, context),
            to=options.to,
            cc=options.cc,
            bcc=options.bcc,
            subject=options.subject or "",
            text=_text(options.text),
            html=_text(options.html),
            attachments=attachments,
            source=_SOURCE,
        )
    )


def _named(make: Callable[[], T]) -> T:
    """What `make` gives; an `InvalidInput` is said of the option it came from."""
    try:
        return make()
    except InvalidInput as error:
        option = _OPTION.get(error.field, error.field)
        raise CommandFailed("{option}: {why}", option=option, why=error) from error


def _sender(options: Options, context: Context) -> Mailbox:
    """Who the message is from. Raises `CommandFailed` if nothing says it."""
    from mailadmin.message import Mailbox, parse_mailboxes

    if options.sender is not None:
        mailboxes = parse_mailboxes(options.sender, field="sender")
        if len(mailboxes) != 1:
            raise CommandFailed("--from: give one address.")
        return mailboxes[0]
    enabled = [provider for provider in context.store.providers.list() if provider.enabled]
    if not enabled:
        raise CommandFailed("There is no enabled provider to take the sender from: give --from.")
    first = min(enabled, key=lambda provider: (provider.priority, provider.id))
    return Mailbox(first.send_from, first.send_from_name)


def _text(given: str | None) -> str:
    """An option's text, or standard input if that is "-"."""
    if given != "-":
        return given or ""
    try:
        return _bounded(_standard_input()).decode()
    except OSError as error:
        raise unreadable("Standard input", error) from error
    except UnicodeDecodeError as error:
        raise CommandFailed("The text on standard input is not UTF-8.") from error


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise CommandFailed("There is no standard input.")
    return sys.stdin.buffer


def _bounded(stream: BinaryIO) -> bytes:
    """All of it, or one byte more than a message may have."""
    from mailadmin.message import DEFAULT_SIZE_LIMIT

    return stream.read(DEFAULT_SIZE_LIMIT + 1)
