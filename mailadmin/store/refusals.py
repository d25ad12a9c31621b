"""Why a row of the queue was left as it was, in one sentence each."""

from __future__ import annotations

GONE = "It had already left the queue."
SENDING = "It is being sent right now."
HELD_ALREADY = "It is already held."
NOT_HELD = "It is not held."
FAILED = "It has failed; it is not waiting to be sent."
DUE_AGAIN = "It is about to be sent again. Hold it first."
NOTHING_UNKNOWN = "Nothing speaks for it having arrived, so there is nothing to decide."
NOT_IN_LOG = "It is no longer in the Log."
STILL_QUEUED = "It is still in the queue: use Send now there."
REMOVED = "It was removed for good."
