"""How the administrator wants mail to be sent: the retry schedule, and what to do in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mailadmin.delivery.options import DeliveryOptions
from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.policy import RetryPolicy

_KEY = "delivery"
_SHORTEST = 1.0  # seconds between two attempts
_LONGEST = 30 * 86400.0
_LONGEST_EXPIRY = 30 * 86400.0  # seconds
_SHORTEST_EXPIRY = 60.0


class SettingsStore(Protocol):
    """Where preferences are kept: `store.Settings` is one."""

    def get(self, key: str, default: Any = None) -> Any: ...  # noqa: ANN401 - what JSON can hold

    def set(self, key: str, value: Any) -> None: ...  # noqa: ANN401


@dataclass(frozen=True, slots=True)
class DeliveryPreferences:
    """Checked by `checked`; the defaults are the product's promises."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    never_duplicate: bool = False  # hold email of unknown outcome instead of sending it again

    def applied_to(self, options: DeliveryOptions) -> DeliveryOptions:
        """`options` with these preferences."""
        return replace(options, retry=self.retry, never_duplicate=self.never_duplicate)


def checked(preferences: DeliveryPreferences) -> DeliveryPreferences:
    """The preferences, if they make sense. Raises `InvalidInput` for the first that doesn't."""
    retry = preferences.retry
    if not all(_SHORTEST <= delay <= _LONGEST for delay in (*retry.delays, retry.repeat)):
        raise InvalidInput(
            "delays",
            QT_TRANSLATE_NOOP(
                "KnownError", "Between two attempts must lie a second at least and 30 days at most."
            ),
        )
    if not _SHORTEST_EXPIRY <= retry.expiry <= _LONGEST_EXPIRY:
        raise InvalidInput(
            "expiry",
            QT_TRANSLATE_NOOP(
                "KnownError", "Mail can be tried for one minute at least and 30 days at most."
            ),
        )
    if not 0 <= retry.jitter <= 0.5:
        raise InvalidInput(
            "jitter",
            QT_TRANSLATE_NOOP("KnownError", "The times can vary by 0 % at least and 50 % at most."),
        )
    return preferences


def load(
    settings: SettingsStore, default: DeliveryPreferences | None = None
) -> DeliveryPreferences:
    """The preferences that are stored; what is missing or makes no sense is as in `default`."""
    default = default or DeliveryPreferences()
    stored = settings.get(_KEY)
    if not isinstance(stored, dict):
        return default
    never = stored.get("never_duplicate")
    return DeliveryPreferences(
        _schedule(stored, default.retry),
        never if isinstance(never, bool) else default.never_duplicate,
    )


def _schedule(stored: dict[str, Any], default: RetryPolicy) -> RetryPolicy:
    """The stored schedule, or all of `default`: half of one would be neither."""
    delays = stored.get("delays", default.delays)
    if not isinstance(delays, list | tuple):
        return default
    try:
        retry = RetryPolicy(
            delays=tuple(float(one) for one in delays),
            repeat=float(stored.get("repeat", default.repeat)),
            jitter=float(stored.get("jitter", default.jitter)),
            expiry=float(stored.get("expiry", default.expiry)),
        )
        return checked(DeliveryPreferences(retry)).retry
    except (TypeError, ValueError, OverflowError, InvalidInput):  # another version, or by hand
        return default


def save(settings: SettingsStore, preferences: DeliveryPreferences) -> None:
    """Store the preferences. Raises `InvalidInput` and `StorageError`."""
    retry = checked(preferences).retry
    settings.set(
        _KEY,
        {
            "delays": list(retry.delays),
            "repeat": retry.repeat,
            "jitter": retry.jitter,
            "expiry": retry.expiry,
            "never_duplicate": preferences.never_duplicate,
        },
    )
