"""The command line: everything Mail Admin does that needs no window. Never imports Qt.

Start time counts here: a module of this package imports at its top only what is cheap, and the
database, SMTP and keyring libraries in the function that needs them.
"""

from mailadmin.cli.frame.options import Options
from mailadmin.cli.parser import parse
from mailadmin.cli.run import run_command

__all__ = ["Options", "parse", "run_command"]
