"""How a provider stands, as a person reads it: an icon, a few words, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QLocale

from mailadmin.delivery import Condition, ProviderCondition
from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.health import ProviderHealth
from mailadmin.domain.provider import StoredProvider
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.words.cell_text import short_date
from mailadmin.ui.words.status_text import moment


@dataclass(frozen=True, slots=True)
class Standing:
    """An icon whose shape says the same as `words`; `detail` says why and what to do."""

    icon: IconName
    role: Role
    words: str
    detail: str


class ProviderStandings:
    """Combines what is stored of the providers with what the sender of this window knows.

    Only a running sender knows of passwords and of the network; what another sender found out
    about a provider is stored.
    """

    def __init__(self) -> None:
        self.healths: Mapping[int, ProviderHealth] = {}
        self.conditions: Mapping[int, ProviderCondition] = {}

    def of(self, provider: StoredProvider) -> Standing:
        """How `provider` stands now."""
        key = provider.id
        return self.with_health(provider, self.healths.get(key) or ProviderHealth(key))

    def with_health(self, provider: StoredProvider, health: ProviderHealth) -> Standing:
        """How `provider` stands with a health that was just read."""
        key = provider.id
        return standing(provider, health, self.conditions.get(key), now=datetime.now(UTC))


def standing(
    provider: StoredProvider,
    health: ProviderHealth,
    told: ProviderCondition | None,
    *,
    now: datetime,
) -> Standing:
    """The first of the things that keep `provider` from sending, or how it does.

    `told` is what the sender last said of it.
    """
    told = told or ProviderCondition(Condition.READY)
    if not provider.enabled:
        return Standing(
            IconName.OFF,
            Role.MUTED,
            _tr(QT_TRANSLATE_NOOP("Health", "Disabled")),
            _tr(QT_TRANSLATE_NOOP("Health", "Nothing is sent through this provider.")),
        )
    if told.condition is Condition.UNUSABLE:
        return Standing(
            IconName.PAUSED,
            Role.BAD,
            _tr(QT_TRANSLATE_NOOP("Health", "Can't be used")),
            told.detail,
        )
    if provider.pause is not None:
        return Standing(
            IconName.PAUSED,
            Role.BAD,
            _tr(QT_TRANSLATE_NOOP("Health", "Paused")),
            _tr(
                QT_TRANSLATE_NOOP(
                    "Health",
                    "{reason}\nNothing has been sent through it since {date}. Correct and save it, "
                    "or resume it in its details.",
                )
            ).format(reason=provider.pause.reason, date=short_date(provider.pause.since)),
        )
    if told.condition is Condition.PASSWORD_NEEDED:
        return Standing(
            IconName.KEY,
            Role.WARNING,
            _tr(QT_TRANSLATE_NOOP("Health", "Password needed")),
            told.detail,
        )
    if told.condition is Condition.OFFLINE:
        return Standing(
            IconName.OFFLINE,
            Role.WARNING,
            _tr(QT_TRANSLATE_NOOP("Health", "Offline")),
            told.detail
            or _tr(
                QT_TRANSLATE_NOOP(
                    "Health",
                    "This computer has no network, or can't look up names. Sending goes on by "
                    "itself when it has; no attempt is used.",
                )
            ),
        )
    return _of_breaker(health, told, now) or _of_limits(health, told, now) or _of_use(health)


def _of_breaker(health: ProviderHealth, told: ProviderCondition, now: datetime) -> Standing | None:
    breaker = health.breaker
    until = breaker.open_until
    if told.condition is Condition.RESTING and told.until is not None:
        until = told.until if until is None else max(until, told.until)
    if until is not None and until > now:
        return Standing(
            IconName.DEFERRED,
            Role.WARNING,
            _tr(QT_TRANSLATE_NOOP("Health", "Resting until {time}")).format(
                time=moment(until, QLocale())
            ),
            _failures(health, told)
            + _tr(
                QT_TRANSLATE_NOOP("Health", "Then one message finds out whether it works again.")
            ),
        )
    if until is not None or breaker.failures or told.condition is Condition.PROBING:
        return Standing(
            IconName.RESEND,
            Role.WARNING,
            _tr(QT_TRANSLATE_NOOP("Health", "Trying again")),
            _failures(health, told).strip(),
        )
    return None


def _failures(health: ProviderHealth, told: ProviderCondition) -> str:
    reason = health.last_failure or told.detail
    number = health.breaker.failures
    if not number:
        return f"{reason}\n" if reason else ""
    if number == 1:
        return _tr(QT_TRANSLATE_NOOP("Health", "1 failure: {reason}\n")).format(reason=reason)
    return _tr(QT_TRANSLATE_NOOP("Health", "{number} failures in a row: {reason}\n")).format(
        number=number, reason=reason
    )


def _of_limits(health: ProviderHealth, told: ProviderCondition, now: datetime) -> Standing | None:
    ends = [use.free_at for use in health.limits if use.free_at is not None and use.free_at > now]
    if told.condition is Condition.LIMITED and told.until is not None and told.until > now:
        ends.append(told.until)
    if not ends:
        return None
    full = [limit_words(use.limit.count, use.limit.seconds) for use in health.limits if use.free_at]
    return Standing(
        IconName.WAITING,
        Role.WARNING,
        _tr(QT_TRANSLATE_NOOP("Health", "Limit reached until {time}")).format(
            time=moment(max(ends), QLocale())
        ),
        _tr(
            QT_TRANSLATE_NOOP("Health", "{limits}. Mail waits for it without using an attempt.")
        ).format(
            limits=", ".join(full) or _tr(QT_TRANSLATE_NOOP("Health", "Its limit is used up"))
        ),
    )


def _of_use(health: ProviderHealth) -> Standing:
    if health.last_success_at is None:
        if health.last_failure_at is not None:
            return Standing(
                IconName.RESEND,
                Role.WARNING,
                _tr(QT_TRANSLATE_NOOP("Health", "Trying again")),
                health.last_failure,
            )
        return Standing(
            IconName.DOT,
            Role.MUTED,
            _tr(QT_TRANSLATE_NOOP("Health", "Not used yet")),
            _tr(QT_TRANSLATE_NOOP("Health", "No mail was sent through this provider yet.")),
        )
    return Standing(
        IconName.SUCCESS,
        Role.OK,
        _tr(QT_TRANSLATE_NOOP("Health", "Healthy")),
        _tr(QT_TRANSLATE_NOOP("Health", "It last took a message on {date}.")).format(
            date=short_date(health.last_success_at)
        ),
    )


_PERIODS = {
    1: QT_TRANSLATE_NOOP("Health", "{count} per second"),
    60: QT_TRANSLATE_NOOP("Health", "{count} per minute"),
    3600: QT_TRANSLATE_NOOP("Health", "{count} per hour"),
    86400: QT_TRANSLATE_NOOP("Health", "{count} per day"),
}


def limit_words(count: int, seconds: int) -> str:
    """A limit in words: "100 per hour"."""
    return _tr(_PERIODS[seconds]).format(count=QLocale().toString(count))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Health", text)
