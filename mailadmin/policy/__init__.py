"""Rules as pure functions: when to try again, who is tried first, who is left alone for a while.

No clock and no network: moments and chances are handed in.
What a failure means is said by the drivers; where the rules are applied is `delivery`.
"""

from mailadmin.policy.breaker import (
    BreakerState,
    breaker_after_failure,
    breaker_after_success,
    breaker_state,
    counts,
)
from mailadmin.policy.choice import fair_turns
from mailadmin.policy.retry import RETRY_AFTER_LIMIT, RetryPolicy

__all__ = [
    "RETRY_AFTER_LIMIT",
    "BreakerState",
    "RetryPolicy",
    "breaker_after_failure",
    "breaker_after_success",
    "breaker_state",
    "counts",
    "fair_turns",
]
