"""The package broken on purpose, one promise at a time: with it each test has to fail.

A breakage replaces a function of the package everywhere it is used. It gets what sets attributes,
so that it works in a child process as well as under pytest's monkeypatch.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from mailadmin.credentials import CredentialResolver, CredentialState, Lookup, Secret
from mailadmin.delivery.owner import is_gone
from mailadmin.domain.claim import Claim
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply, Scope
from mailadmin.domain.provider import Provider
from mailadmin.drivers.smtp.classification import outcome_of_failure, outcome_of_reply
from mailadmin.drivers.smtp.failure import SmtpFailure
from mailadmin.drivers.smtp.opening import Opening
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.drivers.smtp.tls import context_for
from mailadmin.drivers.transcript import Redactor
from mailadmin.policy import counts
from mailadmin.store.claims.claims import Claims
from mailadmin.store.claims.clock import Clock
from mailadmin.store.claims.limits import Limits

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

    def broken(failure: SmtpFailure) -> Outcome:
        outcome = outcome_of_failure(failure)
        unknown = outcome.kind is OutcomeKind.UNCERTAIN
        return replace(outcome, kind=OutcomeKind.DEFERRED) if unknown else outcome

    everywhere(patch, outcome_of_failure, broken)


def lost_is_failed(patch: Patch) -> None:
    """Mail is given up at the first trouble on the network."""

    def broken(failure: SmtpFailure) -> Outcome:
        outcome = outcome_of_failure(failure)
        waits = outcome.kind is OutcomeKind.DEFERRED
        return replace(outcome, kind=OutcomeKind.FAILED) if waits else outcome

    everywhere(patch, outcome_of_failure, broken)


def _replies_mean(patch: Patch, wrong: dict[OutcomeKind, OutcomeKind]) -> None:
    def broken(stage: Stage, reply: Reply, host: str) -> Outcome:
        outcome = outcome_of_reply(stage, reply, host)
        return replace(outcome, kind=wrong.get(outcome.kind, outcome.kind))

    def broken_failure(failure: SmtpFailure) -> Outcome:
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

    def broken(_: SmtpSettings) -> ssl.SSLContext:
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

    patch(Clock, "adjust", broken)


def stale_claims_count(patch: Patch) -> None:
    """Whether a claim is still one's own is not asked before the dot."""

    def broken(_: object, claims: Sequence[Claim], **__: object) -> frozenset[int]:
        return frozenset(claim.attempt_id for claim in claims)

    patch(Claims, "pass_points", broken)


def claims_are_overlooked(patch: Patch) -> None:
    """Other senders' claims are taken for those of the dead."""

    def broken(owner: str, myself: str) -> bool:
        return owner != myself

    everywhere(patch, is_gone, broken)
    stale_claims_count(patch)


def no_network_is_a_servers_fault(patch: Patch) -> None:
    """Mail pays for a network that isn't there."""

    def broken(failure: SmtpFailure) -> Outcome:
        outcome = outcome_of_failure(failure)
        network = outcome.scope is Scope.NETWORK
        return replace(outcome, scope=Scope.MESSAGE) if network else outcome

    everywhere(patch, outcome_of_failure, broken)


def limits_are_forgotten(patch: Patch) -> None:
    """A provider's limits do not count."""

    def broken(_: object, __: object, wanted: int, *___: object, **____: object) -> int:
        return wanted

    patch(Limits, "room", broken)


def _scopes_are(patch: Patch, wrong: Scope) -> None:
    def of_failure(failure: SmtpFailure) -> Outcome:
        return replace(outcome_of_failure(failure), scope=wrong)

    def of_reply(stage: Stage, reply: Reply, host: str) -> Outcome:
        return replace(outcome_of_reply(stage, reply, host), scope=wrong)

    everywhere(patch, outcome_of_failure, of_failure)
    everywhere(patch, outcome_of_reply, of_reply)


def any_failure_fails_over(patch: Patch) -> None:
    """Whatever one provider says, the next one is asked."""
    _scopes_are(patch, Scope.PROVIDER)


def nothing_fails_over(patch: Patch) -> None:
    """A provider's failure is put down to the message."""
    _scopes_are(patch, Scope.MESSAGE)


def failures_do_not_count(patch: Patch) -> None:
    """A provider that fails is asked on and on."""

    def broken(_: Outcome) -> bool:
        return False

    everywhere(patch, counts, broken)


def a_missing_password_is_empty(patch: Patch) -> None:
    """Without a password one of no characters is tried."""
    look_up = CredentialResolver.look_up

    def broken(resolver: CredentialResolver, provider: Provider, **how: bool) -> Lookup:
        lookup = look_up(resolver, provider, **how)
        return Lookup(CredentialState.STORED, Secret("x")) if lookup.secret is None else lookup

    patch(CredentialResolver, "look_up", broken)


def signing_in_has_a_bug(patch: Patch) -> None:
    """Something unforeseen happens where the password is at hand."""

    def broken(password: Secret, username: str) -> NoReturn:
        del username
        raise ZeroDivisionError(f"a bug that was put there, with {password}")

    async def sign_in(opening: Opening, _: object) -> None:
        secret = opening._secret
        assert isinstance(secret, Secret)
        broken(secret, opening._settings.username)

    patch(Opening, "_sign_in", sign_in)


def replies_are_not_redacted(patch: Patch) -> None:
    """What a server repeats is kept as it is."""

    def broken(_: Redactor, text: str) -> str:
        return text

    patch(Redactor, "__call__", broken)


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
        stale_claims_count,
        claims_are_overlooked,
        limits_are_forgotten,
        any_failure_fails_over,
        nothing_fails_over,
        failures_do_not_count,
        a_missing_password_is_empty,
        signing_in_has_a_bug,
        replies_are_not_redacted,
        no_network_is_a_servers_fault,
    )
}
