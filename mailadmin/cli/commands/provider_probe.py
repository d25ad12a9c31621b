"""`mailadmin providers test`: the sender's own connection, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailadmin.cli.frame.failure import CommandFailed
from mailadmin.cli.frame.grammar import add_command, row_id

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.credentials import Secret
    from mailadmin.domain.provider import StoredProvider
    from mailadmin.drivers.probing import ProbeStep


def declare(commands: Commands) -> None:
    """Add `test`."""
    parser = add_command(
        commands,
        "test",
        "connect as the sender would, without sending anything",
        run=check_provider,
        examples="  mailadmin providers test 1 --transcript\n",
    )
    parser.add_argument("id", metavar="ID", type=row_id, help="ID of the provider")
    parser.add_argument(
        "--transcript",
        action="store_true",
        help="print the dialogue with the server on standard error, passwords hidden",
    )


def check_provider(options: Options, context: Context) -> int:
    """Print each step. Raises `CommandFailed` with the stage that failed."""
    import asyncio

    from mailadmin.drivers.transcript import Transcript

    provider = context.store.providers.get(options.id)
    secret = _password(context, provider)
    transcript = Transcript(context.errors.line if options.transcript else None)

    def show(step: ProbeStep) -> None:
        milliseconds = f"{step.duration * 1000:.0f} ms" if step.duration else ""
        context.output.line(
            f"{step.state:<7}  {step.stage:<9}  {milliseconds:>8}  {step.sentence}".rstrip()
        )
        context.output.flush()

    driver = context.drivers.of(provider.settings)
    result = asyncio.run(
        driver.probe(
            provider.settings,
            provider.send_from,
            secret,
            on_step=show,
            transcript=transcript,
        )
    )
    if (failed := result.failed_step) is not None:
        raise CommandFailed("{stage} failed: {why}", stage=failed.stage, why=failed.sentence)
    return 0


def _password(context: Context, provider: StoredProvider) -> Secret | None:
    """The provider's password. Raises `CommandFailed` if it needs one that can't be had."""
    from mailadmin.credentials import CredentialState
    from mailadmin.domain.outcome import Stage

    if not context.drivers.signs_in(provider):
        return None
    lookup = context.credentials.look_up(provider, interactive=True)
    if lookup.state is not CredentialState.STORED:
        raise CommandFailed("{stage} failed: {why}", stage=Stage.CREDENTIALS, why=lookup.detail)
    return lookup.secret
