"""The tabs; empty tables stand in their places until they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PySide6 import QtCore
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Slot
from PySide6.QtWidgets import QTableView, QTabWidget, QWidget

if TYPE_CHECKING:
    from mailadmin.ui.tab.table_tab import TableTab

    Tab = TypeVar("Tab", bound=TableTab)

_NUMBERED = {"1": "queue", "2": "log"}  # earlier versions remembered the tab in front by its number


class TabPlace(NamedTuple):
    """A tab before it is made. The texts are marked with `QT_TRANSLATE_NOOP("Tab", …)`."""

    key: str  # as that of its class: its objects are named after it
    title: str  # with its key in the View menu
    menu: str  # the title of the menu of its actions
    load: Callable[[], type[TableTab]]  # imports its class

    def name(self) -> str:
        """What stands on the tab, in the user's language."""
        return translated(self.title).replace("&", "")


def translated(text: str) -> str:
    """A text of a `TabPlace` in the user's language."""
    return QCoreApplication.translate("Tab", text)


class WindowTabs(QTabWidget):
    """The tabs of `places`, in their order."""

    def __init__(self, places: Sequence[TabPlace], parent: QWidget) -> None:
        super().__init__(parent)
        self.places = tuple(places)
        self._tabs: tuple[TableTab, ...] = ()
        self.setObjectName("mainTabs")
        names = [place.name() for place in self.places]
        self.setAccessibleName(self.locale().createSeparatedList(names))
        self.setDocumentMode(True)
        self._empty = [QTableView(self) for _ in names]
        for table, name in zip(self._empty, names, strict=True):
            self.addTab(table, name)

    @property
    def tabs(self) -> Sequence[TableTab]:
        """All of them, in their order; none before `furnish`."""
        return self._tabs

    @property
    def current(self) -> TableTab | None:
        """The tab in front, None before `furnish`."""
        return self._tabs[self.currentIndex()] if self._tabs else None

    def tab(self, kind: type[Tab]) -> Tab:
        """The tab of this class. Only to be asked for after `furnish`."""
        return next(tab for tab in self._tabs if isinstance(tab, kind))

    def furnish(self, tabs: Sequence[TableTab]) -> None:
        """Replace the empty tables by the tabs."""
        front = self.currentIndex()
        with QSignalBlocker(self):
            for index, (place, tab) in enumerate(zip(self.places, tabs, strict=True)):
                self.removeTab(index)
                self._empty[index].deleteLater()
                tab.setWindowTitle(place.name())
                self.insertTab(index, tab, tab.title())
                tab.totalChanged.connect(self._show_totals)
            self.setCurrentIndex(front)
        self._empty.clear()
        self._tabs = tuple(tabs)

    def show_tab(self, index: int) -> None:
        """Bring a tab to the front, with the focus on its table."""
        self.setCurrentIndex(index)
        self.currentWidget().setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)

    @property
    def front(self) -> str:
        """The key of the tab in front, also before `furnish`."""
        return self.places[self.currentIndex()].key

    def bring_to_front(self, key: str) -> None:
        """Show the tab of this key, or the first if there is none."""
        keys = [place.key for place in self.places]
        key = _NUMBERED.get(key, key)
        self.setCurrentIndex(keys.index(key) if key in keys else 0)

    @Slot()
    def _show_totals(self) -> None:
        for index, tab in enumerate(self._tabs):
            self.setTabText(index, tab.title())
