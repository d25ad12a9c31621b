"""The package broken on purpose, one promise at a time: with it each test has to fail.

A breakage replaces a function of the package everywhere it is used. It gets what sets attributes,
so that it works in a child process as well as under pytest's monkeypatch.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable
from dataclasses import replace

from mailadmin.core.domain import Outcome, OutcomeKind, Provider, Reply, Stage
from mailadmin.core.policy import Failure, outcome_of_failure, outcome_of_reply
from mailadmin.core.smtp.opening import Opening
from mailadmin.core.smtp.tls import context_for
from mailadmin.store.clock import Clock

Patch = Callable[[object, str, object], None]


def everywhere(patch: Patch, original: object, broken: object) -> None:
    """Replace what modules of the package import by name, in all of them."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "mailadmin":
            for attribute, value in list(vars(module).items()):
                if value is original:
                    patch(module, attribute, broken)


def unknown_is_deferred(patch: Patch) -> None:
    """What may have been sent is taken for unsent: it would be sent again, and nobody told."""

    def broken(failure: Failure) -> Outcome:
        outcome = outcome_of_failure(failure)
        unknown = outcome.kind is OutcomeKind.UNCERTAIN
        return replace(outcome, kind=OutcomeKind.DEFERRED) if unknown else outcome

    everywhere(patch, outcome_of_failure, broken)


def lost_is_failed(patch: Patch) -> None:
    """Mail is given up at the first trouble on the network."""

    def broken(failure: Failure) -> Outcome:
        outcome = outcome_of_failure(failure)
        waits = outcome.kind is OutcomeKind.DEFERRED
        return replace(outcome, kind=OutcomeKind.FAILED) if waits else outcome

    everywhere(patch, outcome_of_failure, broken)


def _replies_mean(patch: Patch, wrong: dict[OutcomeKind, OutcomeKind]) -> None:
    def broken(stage: Stage, reply: Reply, host: str) -> Outcome:
        outcome = outcome_of_reply(stage, reply, host)
        return replace(outcome, kind=wrong.get(outcome.kind, outcome.kind))

    def broken_failure(failure: Failure) -> Outcome:
        outcome = outcome_of_failure(failure)
        return replace(outcome, kind=wrong.get(outcome.kind, outcome.kind))

    everywhere(patch, outcome_of_reply, broken)
    everywhere(patch, outcome_of_failure, broken_failure)


def temporary_is_permanent(patch: Patch) -> None:
    """Mail is given up at a 4xx."""
    _replies_mean(patch, {OutcomeKind.DEFERRED: OutcomeKind.FAILED})


def permanent_is_temporary(patch: Patch) -> None:
    """A 5xx is tried again and again."""
    wrong = dict.fromkeys((OutcomeKind.FAILED, OutcomeKind.PROVIDER_FAULT), OutcomeKind.DEFERRED)
    _replies_mean(patch, wrong)


def trusts_anybody(patch: Patch) -> None:
    """A certificate is not looked at."""

    def broken(_: Provider) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    everywhere(patch, context_for, broken)


def starttls_is_optional(patch: Patch) -> None:
    """Where there is no STARTTLS the connection stays as it is."""

    async def broken(_: object, client: object) -> None:
        pass

    patch(Opening, "_start_tls", broken)


def everybody_is_accepted(patch: Patch) -> None:
    """One recipient's refusal is taken for the acceptance of the message."""
    _replies_mean(patch, {OutcomeKind.FAILED: OutcomeKind.ACCEPTED})


def clock_is_trusted(patch: Patch) -> None:
    """That the clock was set is not noticed."""

    def broken(*_: object, **__: object) -> float:
        return 0.0

    patch(Clock, "settle", broken)


BREAKAGES: dict[str, Callable[[Patch], None]] = {
    function.__name__: function
    for function in (
        unknown_is_deferred,
        lost_is_failed,
        temporary_is_permanent,
        permanent_is_temporary,
        trusts_anybody,
        starttls_is_optional,
        everybody_is_accepted,
        clock_is_trusted,
    )
}
