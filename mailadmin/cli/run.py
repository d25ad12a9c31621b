"""Run one command and turn what becomes of it into an exit code and one line."""

from __future__ import annotations

import sys

from mailadmin.cli.frame.context import Context, Place
from mailadmin.cli.frame.failure import ReaderGone, UsageError
from mailadmin.cli.frame.options import Options
from mailadmin.cli.frame.output import Output
from mailadmin.cli.troubles import noting_troubles
from mailadmin.domain.errors import KnownError

DONE = 0
FAILED = 1
INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def run_command(options: Options) -> int:
    """Do what `options` ask for and give the exit code; 2 is raised as `SystemExit`, by argparse.

    A `KnownError` is one line on standard error. Every other exception is a bug, which is noted in
    a log file and let out.
    """
    output, errors = Output(sys.stdout), Output(sys.stderr)
    try:
        place = Place(options.database, demo=options.demo, portable=options.portable)
        with Context(place, output, errors) as context, noting_troubles(context):
            code = options.run(options, context)
            output.flush()
    except ReaderGone:
        output.abandon()
        code = DONE
    except KnownError as error:
        complain(errors, str(error))
        code = FAILED
    except UsageError as error:
        options.parser.error(str(error))
    except KeyboardInterrupt:
        code = INTERRUPTED
    return code


def complain(errors: Output, sentence: str) -> None:
    """Print why a command failed, as one line, if anybody can read it."""
    try:
        errors.line(f"mailadmin: {sentence}")
        errors.flush()
    except (ReaderGone, KnownError):
        errors.abandon()
