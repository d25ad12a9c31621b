"""Rules as pure functions: what a failure means, when to try again, who is tried first.

No clock and no network: moments and chances are handed in.
Where the rules are applied is `delivery`.
"""

from mailadmin.policy.breaker import (
    BreakerState,
    breaker_after_failure,
    breaker_after_success,
    breaker_state,
    counts,
)
from mailadmin.policy.choice import fair_turns
from mailadmin.policy.failure import Failure, FailureKind
from mailadmin.policy.outcome import outcome_of_failure, outcome_of_reply
from mailadmin.policy.reply import (
    RETRY_AFTER_LIMIT,
    one_line,
    parse_enhanced_status,
    parse_retry_after,
    reply_from_lines,
)
from mailadmin.policy.retry import RetryPolicy

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
