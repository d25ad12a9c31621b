"""Providers as a file, to take them to another computer. It never holds a password.

The file is JSON (RFC 8259) in UTF-8, an object of three fields:

    {
      "format": "mailadmin providers",
      "version": 1,
      "providers": [
        {
          "uid": "5f0c2d…",              what it is known by again (provider_plan); required
          "caption": "Relay",            required
          "driver": "smtp",              left out: smtp; what follows are its settings
          "host": "smtp.example.org",    required
          "port": 587,                   left out: 465 for SSL, else 587
          "username": "ann@example.org", "" for no sign-in
          "encryption": "TLS",           TLS (STARTTLS), SSL or NONE
          "ca_file": "",                 path of a PEM file on the computer that reads this; one
                                         that begins with // or \\\\ is refused
          "trusted_fingerprint": "",     SHA-256 of one certificate, hex
          "send_from": "ann@example.org",  required, as all that follows with any driver
          "send_from_name": "Ann",
          "enabled": true,
          "priority": 10,
          "weight": 1,
          "max_connections": 4,
          "messages_per_connection": 100,
          "limit_per_second": null,      messages; null for no limit
          "limit_per_minute": null,
          "limit_per_hour": null,
          "limit_per_day": null
        }
      ]
    }

What is left out is as for a new provider. A field of another name is refused: it may be a slip of
the pen that would change who gets the mail. So is a password, which belongs into the keyring. A
newer version of the format gets another number and is refused as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput, KnownError
from mailadmin.domain.provider import COMMON_FIELDS, DriverSettings, Provider
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.fields import missing_field, no_such_field, one_of, read_value
from mailadmin.drivers.registry import Drivers
from mailadmin.providers.validation import validate_provider

FORMAT = "mailadmin providers"
VERSION = 1
SUFFIX = ".json"
LARGEST_FILE = 4 * 1024 * 1024  # bytes; some thousand providers
MOST_PROVIDERS = 1000

_REQUIRED = ("uid", "caption", "send_from")
_KINDS: dict[str, type] = {
    **dict.fromkeys(("uid", "caption", "send_from", "send_from_name"), str),
    "enabled": bool,
    **dict.fromkeys(("priority", "weight"), int),
    **dict.fromkeys(("max_connections", "messages_per_connection"), int),
}
_LIMITS = tuple(name for name in COMMON_FIELDS if name.startswith("limit_per_"))
_UID = re.compile(r"[0-9A-Za-z_-]{1,64}")
# \\server\share, \\.\device, \??\device; to Windows / is the same as \
_FAR = re.compile(r"[/\\]{2}|[/\\]\?\?[/\\]")
_SECRETS = ("password", "passwd", "passphrase", "secret")
_LONGEST_SHOWN = 60  # characters of what stands in a file


@dataclass(frozen=True)
class FileEntry:
    """One provider of a file: `provider` to be used, or `problems`, one for each faulty field."""

    number: int  # from 1 on
    caption: str  # to speak of it; "" if it has none
    provider: Provider | None
    problems: tuple[InvalidInput, ...] = ()


def to_text(providers: Iterable[Provider]) -> str:
    """`providers` as a file has them."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "providers": [provider.values() for provider in providers],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def from_bytes(content: bytes, drivers: Drivers) -> list[FileEntry]:
    """What a file holds. Raises `KnownError` if it is no such file at all."""
    if len(content) > LARGEST_FILE:
        raise KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file is larger than {limit} MB: this can't be an export of providers.",
            ),
            limit=LARGEST_FILE // 1024 // 1024,
        )
    entries = _entries(_json(content))
    found: list[FileEntry] = []
    numbers: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        read = _read(number, entry, drivers)
        if read.provider is not None:
            earlier = numbers.setdefault(read.provider.uid, number)
            if earlier != number:
                read = FileEntry(number, read.caption, None, (_double(earlier),))
        found.append(read)
    return found


def described(entry: FileEntry) -> list[KnownError]:
    """The problems of an entry as sentences that name it and the field."""
    return [
        KnownError(
            QT_TRANSLATE_NOOP("KnownError", "Provider {number} “{caption}”: {field}: {problem}"),
            number=entry.number,
            caption=entry.caption,
            field=problem.field,
            problem=problem,
        )
        if problem.field
        else KnownError(
            QT_TRANSLATE_NOOP("KnownError", "Provider {number} “{caption}”: {problem}"),
            number=entry.number,
            caption=entry.caption,
            problem=problem,
        )
        for problem in entry.problems
    ]


def _json(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file is not JSON: line {line}, column {column} can't be read. Choose a file "
                "that was written by “Export providers”.",
            ),
            line=error.lineno,
            column=error.colno,
        ) from None  # the exception holds the whole text, and with it whatever secret is there
    except (ValueError, RecursionError):
        raise _no_such_file() from None


class _Twice(dict[str, object]):
    """An object with a name that stands twice: each reader of JSON may take another of the two."""

    name = ""


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    twice = _Twice(made)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            twice.name = name
            break
        seen.add(name)
    return twice


def _entries(content: object) -> list[Any]:
    if not isinstance(content, dict) or isinstance(content, _Twice):
        raise _no_such_file()
    if content.get("format") != FORMAT:
        raise _no_such_file()
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _no_such_file()
    if version > VERSION:
        raise KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file was written by a newer version of Mail Admin. Update this one first.",
            )
        )
    entries = content.get("providers")
    if not isinstance(entries, list):
        raise _no_such_file()
    if len(entries) > MOST_PROVIDERS:
        raise KnownError(
            QT_TRANSLATE_NOOP(
                "KnownError",
                "The file holds {count:,} providers; at most {most:,} can be imported.",
            ),
            count=len(entries),
            most=MOST_PROVIDERS,
        )
    return entries


def _no_such_file() -> KnownError:
    return KnownError(
        QT_TRANSLATE_NOOP(
            "KnownError",
            "This is not a file of providers. Choose one that was written by “Export providers”.",
        )
    )


# one provider ------------------------------------------------------------------------------------


def _read(number: int, entry: object, drivers: Drivers) -> FileEntry:
    if not isinstance(entry, dict):
        problem = InvalidInput(
            "", QT_TRANSLATE_NOOP("KnownError", "This is not an object with fields.")
        )
        return FileEntry(number, "", None, (problem,))
    caption = entry.get("caption")
    shown = _shown(caption) if isinstance(caption, str) else ""
    name = _driver(entry, drivers)
    if isinstance(name, InvalidInput):
        return FileEntry(number, shown, None, (name,))
    of_driver = {field.name for field in drivers.named(name).fields}
    problems = list(_unknown(entry, {"driver", *COMMON_FIELDS, *of_driver}))
    problems += _far_paths(entry, drivers.named(name))
    settings = drivers.read(name, {key: entry[key] for key in of_driver if key in entry})
    if isinstance(settings, list):
        problems += settings
    values: dict[str, Any] = {}
    for key in COMMON_FIELDS:
        if key in entry:
            value = _value(key, entry[key])
            if isinstance(value, InvalidInput):
                problems.append(value)
            else:
                values[key] = value
        elif key in _REQUIRED:
            problems.append(missing_field(key))
    if isinstance(settings, DriverSettings) and not problems:
        provider = Provider(settings=settings, **values)
        problems = validate_provider(provider, drivers)
        if not problems:
            return FileEntry(number, shown, provider)
    return FileEntry(number, shown, None, tuple(problems))


def _driver(entry: dict[str, object], drivers: Drivers) -> str | InvalidInput:
    """The name of its driver; left out, that of a new provider."""
    names = {name.casefold(): name for name in drivers.names}
    given = entry.get("driver", drivers.default.name)
    if isinstance(given, str) and given.casefold() in names:
        return names[given.casefold()]
    return one_of("driver", list(drivers.names))


def _unknown(entry: dict[str, object], known: Container[str]) -> Iterable[InvalidInput]:
    if isinstance(entry, _Twice):
        yield InvalidInput(
            _shown(entry.name), QT_TRANSLATE_NOOP("KnownError", "This field is there twice.")
        )
    for name in entry:
        if name.casefold() in _SECRETS:
            template = QT_TRANSLATE_NOOP(
                "KnownError",
                "Passwords are never read from a file. Remove the field, and enter the password "
                "after the import.",
            )
            yield InvalidInput(_shown(name), template)
        elif name not in known:
            yield no_such_field(_shown(name))


def _far_paths(entry: dict[str, object], driver: Driver[Any]) -> Iterable[InvalidInput]:
    for field in driver.fields:
        value = entry.get(field.name)
        if field.path is not None and isinstance(value, str) and _FAR.match(value):
            yield InvalidInput(  # only to look would be to sign in there
                field.name,
                QT_TRANSLATE_NOOP(
                    "KnownError",
                    "This names another computer, or a device, and was not opened. Copy the file "
                    "to this computer, and write its path here.",
                ),
            )


def _value(name: str, value: object) -> object:
    """`value` as what every provider has, or why it can't be that."""
    if name in _LIMITS:
        return None if value is None else read_value(name, int, value)
    read = read_value(name, _KINDS[name], value)
    if name == "uid" and isinstance(read, str) and not _UID.fullmatch(read):
        return InvalidInput(
            name,
            QT_TRANSLATE_NOOP(
                "KnownError", "At most 64 letters, digits, hyphens and underscores can stand here."
            ),
        )
    return read


def _double(earlier: int) -> InvalidInput:
    return InvalidInput(
        "uid",
        QT_TRANSLATE_NOOP("KnownError", "Provider {number} has the same uid."),
        number=earlier,
    )


def _shown(text: str) -> str:
    """What stands in a file, fit to be quoted in a sentence."""
    harmless = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    if len(harmless) <= _LONGEST_SHOWN:
        return harmless
    return harmless[: _LONGEST_SHOWN - 1] + "…"
