"""Every preference: the retry schedule, and what to do in doubt."""

from __future__ import annotations

from dataclasses import dataclass

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.policy.retry import RetryPolicy
from mailadmin.preferences.kinds import Duration, Durations, Range, Share, YesNo
from mailadmin.preferences.preference import Group, declared_in, preference

SENDING_PAUSED = "sending_paused"
"""The key of a pause in the store: a command's doing, so it is no preference of the dialog."""

RETRYING = Group(QT_TRANSLATE_NOOP("Preferences", "When sending fails"))
DOUBT = Group(QT_TRANSLATE_NOOP("Preferences", "When it is unknown if mail arrived"))

_DAY = 86400.0  # seconds
_SCHEDULE = RetryPolicy()
_WAIT = Range(
    1.0,
    30 * _DAY,
    QT_TRANSLATE_NOOP(
        "KnownError", "Between two attempts must lie a second at least and 30 days at most."
    ),
)
_PATIENCE = Range(
    60.0,
    30 * _DAY,
    QT_TRANSLATE_NOOP(
        "KnownError", "Mail can be tried for one minute at least and 30 days at most."
    ),
)
_JITTER = Range(
    0.0,
    0.5,
    QT_TRANSLATE_NOOP("KnownError", "The times can vary by 0 % at least and 50 % at most."),
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The values. Durations are seconds; the defaults are the product's promises."""

    retry_delays: tuple[float, ...] = preference(
        _SCHEDULE.delays,
        Durations(_WAIT),
        RETRYING,
        label=QT_TRANSLATE_NOOP("Preferences", "&Wait before each retry:"),
        description=QT_TRANSLATE_NOOP(
            "Preferences", "How long to wait before the first retry, the second, and so on."
        ),
        note=QT_TRANSLATE_NOOP(
            "Preferences",
            "Numbers with their unit: s, m, h or d. The first wait, the second, and so on.",
        ),
        stored_as="delays",
    )
    retry_repeat: float = preference(
        _SCHEDULE.repeat,
        Duration(_WAIT),
        RETRYING,
        label=QT_TRANSLATE_NOOP("Preferences", "&Then again every:"),
        description=QT_TRANSLATE_NOOP(
            "Preferences", "How long to wait before each retry after those."
        ),
        stored_as="repeat",
    )
    retry_expiry: float = preference(
        _SCHEDULE.expiry,
        Duration(_PATIENCE),
        RETRYING,
        label=QT_TRANSLATE_NOOP("Preferences", "&Give up after:"),
        description=QT_TRANSLATE_NOOP(
            "Preferences", "How long mail is tried before it is FAILED, from when it was queued."
        ),
        stored_as="expiry",
    )
    retry_jitter: float = preference(
        _SCHEDULE.jitter,
        Share(_JITTER),
        RETRYING,
        label=QT_TRANSLATE_NOOP("Preferences", "&Vary each wait by:"),
        description=QT_TRANSLATE_NOOP(
            "Preferences", "By how much each wait is made shorter or longer, by chance."
        ),
        note=QT_TRANSLATE_NOOP(
            "Preferences",
            "Up to this much earlier or later, so that mail deferred together does not come back "
            "together.",
        ),
        stored_as="jitter",
    )
    never_duplicate: bool = preference(
        False,
        YesNo(),
        DOUBT,
        label=QT_TRANSLATE_NOOP("Preferences", "&Never send a possible duplicate"),
        description=QT_TRANSLATE_NOOP(
            "Preferences",
            "Whether mail that may have arrived is held at once instead of being sent once more.",
        ),
        note=QT_TRANSLATE_NOOP(
            "Preferences",
            "The connection can be lost after a message was sent and before the server said that "
            "it took it. Unchecked, such mail is sent once more after 15 minutes, marked as a "
            "possible duplicate, and held if that ends the same way. Checked, it is held at once "
            "until you decide.",
        ),
        stored_as="never_duplicate",
    )

    @property
    def retry(self) -> RetryPolicy:
        """The schedule of the retries."""
        return RetryPolicy(
            self.retry_delays, self.retry_repeat, self.retry_jitter, self.retry_expiry
        )


PREFERENCES = declared_in(Preferences)
"""All of them, in the order of the dialog."""
