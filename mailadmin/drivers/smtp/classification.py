"""What an attempt over SMTP means: from what happened to what it means for the recipient.

                   before the dot                    after the dot
2xx                –                                 ACCEPTED
4xx                DEFERRED                          DEFERRED (a definite refusal)
5xx  RCPT, DATA    FAILED                            FAILED
5xx  about us      PROVIDER_FAULT                    PROVIDER_FAULT (530, 534, 535, 538 only)
lost, late, junk   DEFERRED                          UNCERTAIN
TLS, certificate   PROVIDER_FAULT                    –

Scope: what is definitely the provider's trouble before it accepted (no connection, a lost one, 421,
a temporary refusal before any message was named) may be tried through another one at once. A 4xx
to a message may be greylisting, which another provider would have to pass all over again.
"""

from __future__ import annotations

from typing import Protocol

from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply, Scope
from mailadmin.drivers.smtp.failure_kind import FailureKind
from mailadmin.drivers.smtp.refusal import sentence_of_refusal
from mailadmin.drivers.smtp.reply import one_line, parse_retry_after
from mailadmin.drivers.smtp.stages import Stage

# RFC 4954 §6: authentication required, mechanism too weak, credentials invalid, encryption needed.
_AUTH_CODES = frozenset({530, 534, 535, 538})

# A permanent refusal here is about the client or its sign-in, not about any message.
_STAGES_ABOUT_US = frozenset(
    {Stage.CREDENTIALS, Stage.DNS, Stage.CONNECT, Stage.GREETING, Stage.TLS, Stage.AUTH}
)

# Before the first command that names a message, a temporary refusal is the provider's as well.
_BEFORE_MAIL = _STAGES_ABOUT_US

_BEFORE_SIGN_IN = frozenset({Stage.DNS, Stage.CONNECT, Stage.GREETING, Stage.TLS})

_CLOSING = 421  # service not available (RFC 5321 §3.8)

_NO_NETWORK = frozenset({FailureKind.NAME_LOOKUP, FailureKind.UNREACHABLE})


class Failure(Protocol):
    """What has to be known of a failure; `SmtpFailure` is one."""

    @property
    def stage(self) -> Stage: ...

    @property
    def kind(self) -> FailureKind: ...

    @property
    def reply(self) -> Reply | None: ...

    @property
    def detail(self) -> str: ...

    @property
    def retry_after(self) -> float | None: ...


def outcome_of_reply(stage: Stage, reply: Reply, host: str) -> Outcome:
    """The outcome for a recipient when `reply` was the answer at `stage` of `host`.

    A 2xx at a stage before END_OF_DATA is no outcome: what comes next decides. It raises
    ValueError, as does 354, which is an answer to DATA alone.
    """
    if stage is Stage.END_OF_DATA and 200 <= reply.code <= 299:
        return Outcome(OutcomeKind.ACCEPTED, stage, f"Accepted by {host}: {one_line(reply)}", reply)
    if reply.code < 400:
        raise ValueError(f"{reply.code} at {stage} decides nothing")
    kind = _kind_of_refusal(stage, reply)
    sentence = sentence_of_refusal(
        stage,
        reply,
        host,
        for_good=kind is not OutcomeKind.DEFERRED,
        sign_in=reply.code in _AUTH_CODES,
    )
    return Outcome(
        kind,
        stage,
        f"{sentence}: {one_line(reply)}",
        reply,
        parse_retry_after(reply.text) if kind is OutcomeKind.DEFERRED else None,
        scope := _scope_of_refusal(kind, stage, reply),
        _is_unreachable(scope, stage, reply),
    )


def outcome_of_failure(failure: Failure) -> Outcome:
    """The outcome for a recipient whose delivery was broken off by `failure`."""
    stage, reply = failure.stage, failure.reply
    scope = Scope.MESSAGE
    if failure.kind is FailureKind.REFUSED and reply is not None and reply.code >= 400:
        kind = _kind_of_refusal(stage, reply)
        scope = _scope_of_refusal(kind, stage, reply)
    elif stage is Stage.END_OF_DATA:
        kind = OutcomeKind.UNCERTAIN
    elif failure.kind.is_about_us:
        kind, scope = OutcomeKind.PROVIDER_FAULT, Scope.PROVIDER
    else:
        kind = OutcomeKind.DEFERRED
        silent_resolver = stage is Stage.DNS and failure.kind is FailureKind.TIMEOUT
        no_network = silent_resolver or failure.kind in _NO_NETWORK
        scope = Scope.NETWORK if no_network else Scope.PROVIDER
    unreachable = _is_unreachable(scope, stage, reply)
    return Outcome(kind, stage, failure.detail, reply, failure.retry_after, scope, unreachable)


def _scope_of_refusal(kind: OutcomeKind, stage: Stage, reply: Reply) -> Scope:
    if kind is OutcomeKind.PROVIDER_FAULT:
        return Scope.PROVIDER
    if kind is OutcomeKind.DEFERRED and (reply.code == _CLOSING or stage in _BEFORE_MAIL):
        return Scope.PROVIDER
    return Scope.MESSAGE


def _is_unreachable(scope: Scope, stage: Stage, reply: Reply | None) -> bool:
    """Whether it opens the breaker: what fails before the sign-in, and 421."""
    closing = reply is not None and reply.code == _CLOSING
    return scope is Scope.PROVIDER and (closing or stage in _BEFORE_SIGN_IN)


def _kind_of_refusal(stage: Stage, reply: Reply) -> OutcomeKind:
    """What a 4xx or 5xx means (RFC 5321 §4.2.1, RFC 3463)."""
    if reply.code < 500:
        return OutcomeKind.DEFERRED
    if reply.code in _AUTH_CODES or stage in _STAGES_ABOUT_US:
        return OutcomeKind.PROVIDER_FAULT
    if stage is Stage.MAIL and reply.enhanced.startswith("5.7."):
        return OutcomeKind.PROVIDER_FAULT
    if stage is Stage.RCPT and reply.code == 552 and reply.enhanced in {"", "5.5.3"}:
        # RFC 5321 §4.5.3.1.10: servers that mean "452 too many recipients" say 552.
        return OutcomeKind.DEFERRED
    return OutcomeKind.FAILED
