"""The sender without a window: claims due mail, sends it, records what happened."""

from mailadmin.core.delivery.deliverer import Deliverer
from mailadmin.core.delivery.options import DeliveryOptions
from mailadmin.core.delivery.state import Activity, Notice, NoticeKind, SenderState

__all__ = ["Activity", "Deliverer", "DeliveryOptions", "Notice", "NoticeKind", "SenderState"]
