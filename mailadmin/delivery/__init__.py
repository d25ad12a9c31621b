"""The sender without a window: claims due mail, sends it, records what happened.

What it says of itself is exported here and cheap to import; whoever runs it imports
`delivery.deliverer`. How a server is spoken to is in `drivers`, what is written in `store.claims`.
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
