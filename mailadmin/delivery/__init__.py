"""The sender without a window: claims due mail, sends it, records what happened.

What it says of itself is exported here and cheap to import; whoever runs it imports
`delivery.deliverer`, and with it the database and SMTP libraries.
"""

from mailadmin.delivery.state import (
    Activity,
    AttemptEnded,
    Condition,
    Notice,
    NoticeKind,
    ProviderCondition,
    SenderState,
)

__all__ = [
    "Activity",
    "AttemptEnded",
    "Condition",
    "Notice",
    "NoticeKind",
    "ProviderCondition",
    "SenderState",
]
