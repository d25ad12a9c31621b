"""What a reply or a failure means, and when to try again: pure functions, no clock, no network."""

from mailadmin.core.policy.breaker import (
    BreakerState,
    breaker_after_failure,
    breaker_after_success,
    breaker_state,
    counts,
)
from mailadmin.core.policy.choice import fair_turns
from mailadmin.core.policy.failure import Failure, FailureKind
from mailadmin.core.policy.outcome import outcome_of_failure, outcome_of_reply
from mailadmin.core.policy.reply import (
    RETRY_AFTER_LIMIT,
    one_line,
    parse_enhanced_status,
    parse_retry_after,
    reply_from_lines,
)
from mailadmin.core.policy.retry import RetryPolicy

__all__ = [
    "RETRY_AFTER_LIMIT",
    "BreakerState",
    "Failure",
    "FailureKind",
    "RetryPolicy",
    "breaker_after_failure",
    "breaker_after_success",
    "breaker_state",
    "counts",
    "fair_turns",
    "one_line",
    "outcome_of_failure",
    "outcome_of_reply",
    "parse_enhanced_status",
    "parse_retry_after",
    "reply_from_lines",
]
