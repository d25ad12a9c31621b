"""Writes the sender's troubles to the log file; deliveries are in the Log of the database."""

from __future__ import annotations

from mailadmin.delivery import Activity, Condition, Notice, SenderState
from mailadmin.diagnostics.events import event_log
from mailadmin.domain.provider import StoredProvider

_TROUBLE = {Activity.OFFLINE, Activity.STORAGE_TROUBLE}
_TOLD = _TROUBLE | {Activity.PAUSED, Activity.NO_PROVIDER, Activity.STOPPED}
_UNUSABLE = {
    Condition.PAUSED,
    Condition.RESTING,
    Condition.PASSWORD_NEEDED,
    Condition.UNUSABLE,
}


class SenderLog:
    """Logs notices, and those changes of the sender's state that outlast a message.

    It is called in the sender's thread at every change of state, several times a second; nearly all
    of these changes are not logged.
    """

    def __init__(self) -> None:
        self._said = ""
        self._unusable: set[int] = set()
        self._captions: dict[int, str] = {}

    def notice(self, notice: Notice) -> None:
        """Log a notice, which asks the administrator to act."""
        self._remember(notice.provider)
        event_log().warning(
            "Sender: %s: “%s”: %s", notice.kind.value, notice.provider.caption, notice.text
        )

    def state(self, state: SenderState) -> None:
        """Log a new state if the sender is in trouble, paused or stopped, or goes on again."""
        for provider in state.providers:
            self._remember(provider)
        said = _said(state)
        if said != self._said:
            log = event_log()
            if not said:
                log.info("Sender: goes on")
            elif state.activity in _TROUBLE:
                log.warning("Sender: %s", said)
            else:
                log.info("Sender: %s", said)
            self._said = said
        self._tell_of_recovery(state)

    def _tell_of_recovery(self, state: SenderState) -> None:
        for provider_id, condition in state.conditions.items():
            if condition.condition in _UNUSABLE:
                self._unusable.add(provider_id)
            elif provider_id in self._unusable and condition.condition is Condition.READY:
                self._unusable.discard(provider_id)
                name = self._captions.get(provider_id, f"provider {provider_id}")
                event_log().info("Sender: “%s” is used again", name)

    def _remember(self, provider: StoredProvider) -> None:
        if provider.id is not None:
            self._captions[provider.id] = provider.caption


def _said(state: SenderState) -> str:
    if state.activity not in _TOLD:
        return ""
    if state.trouble is None:
        return state.activity.value
    return f"{state.activity.value}: {state.trouble}"
