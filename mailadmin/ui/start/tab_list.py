"""The tabs of the window, from the first to the last.

What stands here is all that the window knows of a tab until it is made, after the first paint: so
the classes are imported when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.ui.window.tabs import TabPlace

if TYPE_CHECKING:
    from mailadmin.ui.mail.log_tab import LogTab
    from mailadmin.ui.mail.queue_tab import QueueTab
    from mailadmin.ui.providers.providers_tab import ProvidersTab


def _providers() -> type[ProvidersTab]:
    from mailadmin.ui.providers.providers_tab import ProvidersTab

    return ProvidersTab


def _queue() -> type[QueueTab]:
    from mailadmin.ui.mail.queue_tab import QueueTab

    return QueueTab


def _log() -> type[LogTab]:
    from mailadmin.ui.mail.log_tab import LogTab

    return LogTab


TABS = (
    TabPlace(
        "providers",
        QT_TRANSLATE_NOOP("Tab", "&Providers"),
        QT_TRANSLATE_NOOP("Tab", "&Provider"),
        _providers,
    ),
    TabPlace(
        "queue", QT_TRANSLATE_NOOP("Tab", "&Queue"), QT_TRANSLATE_NOOP("Tab", "&Queue"), _queue
    ),
    TabPlace("log", QT_TRANSLATE_NOOP("Tab", "&Log"), QT_TRANSLATE_NOOP("Tab", "&Log"), _log),
)
