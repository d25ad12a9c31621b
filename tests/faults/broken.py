"""The package broken on purpose, one promise at a time: with it each test has to fail.

A breakage replaces a function of the package everywhere it is used. It gets what sets attributes,
so that it works in a child process as well as under pytest's monkeypatch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from mailadmin.core.domain import Outcome, OutcomeKind
from mailadmin.core.policy import Failure, outcome_of_failure

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


BREAKAGES: dict[str, Callable[[Patch], None]] = {
    function.__name__: function for function in (unknown_is_deferred, lost_is_failed)
}
