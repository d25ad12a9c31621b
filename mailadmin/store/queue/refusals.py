"""Why a row of the queue was left as it was, in one sentence each."""

from __future__ import annotations

from mailadmin.domain.errors import QT_TRANSLATE_NOOP

GONE = QT_TRANSLATE_NOOP("BulkResult", "It had already left the queue.")
SENDING = QT_TRANSLATE_NOOP("BulkResult", "It is being sent right now.")
HELD_ALREADY = QT_TRANSLATE_NOOP("BulkResult", "It is already held.")
NOT_HELD = QT_TRANSLATE_NOOP("BulkResult", "It is not held.")
FAILED = QT_TRANSLATE_NOOP("BulkResult", "It has failed; it is not waiting to be sent.")
DUE_AGAIN = QT_TRANSLATE_NOOP("BulkResult", "It is about to be sent again. Hold it first.")
NOTHING_UNKNOWN = QT_TRANSLATE_NOOP(
    "BulkResult", "Nothing speaks for it having arrived, so there is nothing to decide."
)
NOT_IN_LOG = QT_TRANSLATE_NOOP("BulkResult", "It is no longer in the Log.")
STILL_QUEUED = QT_TRANSLATE_NOOP("BulkResult", "It is still in the queue: use Send now there.")
REMOVED = QT_TRANSLATE_NOOP("BulkResult", "It was removed for good.")
CHANGED_SINCE = QT_TRANSLATE_NOOP(
    "BulkResult", "It was changed since, by the sender, another window or a command."
)
