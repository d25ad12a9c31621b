"""`mailadmin settings`: the preferences of the dialog, for machines without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailadmin.cli.frame.failure import CommandFailed, UsageError
from mailadmin.cli.frame.grammar import add_command, add_group, add_json
from mailadmin.cli.shown.listing import write_list
from mailadmin.domain.errors import InvalidInput
from mailadmin.tables.column import Column, Value

if TYPE_CHECKING:
    from mailadmin.cli.frame.context import Context
    from mailadmin.cli.frame.grammar import Commands
    from mailadmin.cli.frame.options import Options
    from mailadmin.preferences import Preference, Preferences

_EXAMPLES = """\
  mailadmin settings list
  mailadmin settings get retry_delays
  mailadmin settings set retry_delays "1m 5m 15m 1h"
  mailadmin settings set retry_jitter 10%
  mailadmin settings set never_duplicate yes
  mailadmin settings reset retry_delays

Every sender and window on this database follows within seconds.
"""


def declare(commands: Commands) -> None:
    """Add `settings` and its commands."""
    group = add_group(commands, "settings", "see and change the preferences", examples=_EXAMPLES)
    add_json(add_command(group, "list", "list all preferences", run=list_settings))
    get = add_command(group, "get", "print the value of a preference", run=get_setting)
    put = add_command(group, "set", "change a preference", run=set_setting)
    reset = add_command(group, "reset", "go back to the default", run=reset_setting)
    for parser in (get, put, reset):
        parser.add_argument("key", metavar="KEY", help="one of those that `settings list` shows")
    put.add_argument("value", metavar="VALUE", help="in the form that `settings get` prints")


def list_settings(options: Options, context: Context) -> int:
    """Print every preference with its value."""
    from mailadmin.preferences import PREFERENCES

    default = context.defaults
    stored = context.store.settings.preferences(default)
    columns: tuple[Column[Preference[Any]], ...] = (
        Column("key", "Key"),
        Column("value", "Value", of=lambda preference: _value(preference, stored)),
        Column("default", "Default", of=lambda preference: _value(preference, default)),
        Column("description", "Description"),
    )
    write_list(context.output, options, columns, iter(PREFERENCES))
    return 0


def get_setting(options: Options, context: Context) -> int:
    """Print one value, as `set` takes it. Raises `UsageError` for an unknown key."""
    preference = _preference(options.key)
    stored = context.store.settings.preferences(context.defaults)
    context.output.line(preference.kind.show(preference.of(stored)))
    return 0


def set_setting(options: Options, context: Context) -> int:
    """Store one value. Raises `CommandFailed` for a bad one, `UsageError` for an unknown key."""
    preference = _preference(options.key)
    try:
        value = preference.kind.parse(options.value, preference.key)
    except InvalidInput as problem:
        raise CommandFailed("{key}: {why}", key=preference.key, why=problem) from problem
    context.store.settings.prefer(preference, value)
    context.output.line(f"{preference.key} is now {preference.kind.show(value) or 'empty'}.")
    return 0


def reset_setting(options: Options, context: Context) -> int:
    """Let the default be in force again. Raises `UsageError` for an unknown key."""
    preference = _preference(options.key)
    context.store.settings.forget(preference)
    shown = preference.kind.show(preference.of(context.defaults))
    context.output.line(f"{preference.key} is {shown or 'empty'} again.")
    return 0


def _preference(key: str) -> Preference[Any]:
    from mailadmin.preferences import PREFERENCES

    known = {preference.key: preference for preference in PREFERENCES}
    if key not in known:
        raise UsageError(f"there is no setting {key!r}; there are: {', '.join(known)}")
    return known[key]


def _value(preference: Preference[Any], preferences: Preferences) -> Value:
    """A switch as such, all else in the form that `set` takes."""
    value = preference.of(preferences)
    return value if isinstance(value, bool) else preference.kind.show(value)
