"""Whether the fields of a provider can be used, each with its own reason.

What a driver's settings may be is asked of the driver. A dialog asks for one field with
`field_problem`, a command for all of them with `validate_provider`.
"""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.domain.provider import Provider
from mailadmin.drivers.name_check import name_problem
from mailadmin.drivers.registry import Drivers
from mailadmin.message import check_address

_MOST = {"max_connections": 1000, "priority": 1_000_000, "weight": 1_000_000}
_MOST_ELSE = 1_000_000_000


def caption_problem(caption: str) -> InvalidInput | None:
    """Why `caption` can't be a provider's, None if it can."""
    if not caption.strip():
        return InvalidInput(
            "caption",
            QT_TRANSLATE_NOOP("KnownError", "Enter a caption to tell this provider from others."),
        )
    return name_problem("caption", caption)


def send_from_problem(send_from: str) -> InvalidInput | None:
    """Why `send_from` can't be a sender's address, None if it can."""
    try:
        address = check_address(send_from, field="send_from")
    except InvalidInput as problem:
        return problem
    if address != send_from:  # spaces around it, or quotes it doesn't need
        return InvalidInput(
            "send_from",
            QT_TRANSLATE_NOOP("KnownError", "Write the address as {address}."),
            address=address,
        )
    return None


def send_from_name_problem(name: str) -> InvalidInput | None:
    """Why `name` can't stand before the sender's address, None if it can."""
    return name_problem("send_from_name", name)


def count_range(field: str) -> tuple[int, int]:
    """The least and the most that a provider's `field` that counts can be."""
    return (0 if field == "priority" else 1), _MOST.get(field, _MOST_ELSE)


def limit_problem(field: str, value: int | None) -> InvalidInput | None:
    """Why `value` can't be a provider's `field` that counts, None if it can."""
    least, most = count_range(field)
    if value is None or least <= value <= most:
        return None
    if value < least:
        template = QT_TRANSLATE_NOOP("KnownError", "Enter a positive number, or none for no limit.")
    else:
        template = QT_TRANSLATE_NOOP("KnownError", "Enter {most:,} at most.")
    return InvalidInput(field, template, most=most)


_CHECKS: dict[str, Callable[[Provider], InvalidInput | None]] = {
    "caption": lambda provider: caption_problem(provider.caption),
    "send_from": lambda provider: send_from_problem(provider.send_from),
    "send_from_name": lambda provider: send_from_name_problem(provider.send_from_name),
}
_COUNTS = (
    "priority",
    "weight",
    "max_connections",
    "messages_per_connection",
    "limit_per_second",
    "limit_per_minute",
    "limit_per_hour",
    "limit_per_day",
)


def validated_fields(provider: Provider, drivers: Drivers) -> tuple[str, ...]:
    """What `field_problem` knows of `provider`, in the order of a dialog."""
    caption, *others = _CHECKS
    of_driver = (field.name for field in drivers.of(provider.settings).fields)
    return (caption, *of_driver, *others, *_COUNTS)


def field_problem(provider: Provider, field: str, drivers: Drivers) -> InvalidInput | None:
    """Why this field of `provider`, or of its settings, can't be saved; None if it can."""
    if field in _COUNTS:
        return limit_problem(field, getattr(provider, field))
    if field in _CHECKS:
        return _CHECKS[field](provider)
    return drivers.of(provider.settings).problem(provider.settings, field)


def validate_provider(provider: Provider, drivers: Drivers) -> list[InvalidInput]:
    """What keeps `provider` from being saved, in the order of the fields; [] if nothing does."""
    fields = validated_fields(provider, drivers)
    problems = (field_problem(provider, field, drivers) for field in fields)
    return [problem for problem in problems if problem is not None]
