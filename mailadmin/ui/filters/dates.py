"""Editor of filters of dates: presets that move on with the calendar, or from day to day."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QMenu,
    QWidget,
)

from mailadmin.tables.choice import Chosen
from mailadmin.tables.date_presets import DatePreset, days_of, whole_days
from mailadmin.tables.query import DateRange, finds_everything
from mailadmin.ui.filters.popup import PopupFilterEditor, below
from mailadmin.ui.filters.words import in_words, preset_words


class DateFilterEditor(PopupFilterEditor):
    """Finds moments of some days."""

    def show_chosen(self, chosen: Chosen | None) -> None:
        """Say which days."""
        self.box.show_summary("" if chosen is None else in_words(chosen, self.column))

    def open(self) -> None:
        """Offer the presets, and the way to two dates."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(below(self.box, menu.sizeHint()))

    def menu(self) -> QMenu:
        """All days, the presets, and From … to …"""
        menu = QMenu(self.box)
        menu.setObjectName("datePresetsMenu")
        group = QActionGroup(menu)

        def offer(name: str, text: str, chosen: Chosen | None) -> None:
            action = QAction(text, menu, checkable=True)
            action.setObjectName(name)
            action.setChecked(chosen == self.chosen)
            action.triggered.connect(lambda: self.choose(chosen))
            group.addAction(action)
            menu.addAction(action)

        offer("allDaysAction", self.tr("All"), None)
        menu.addSeparator()
        for preset in DatePreset:
            offer(f"{preset.name.lower()}Action", preset_words(preset), preset)
        menu.addSeparator()
        span = menu.addAction(self.tr("From…to…"))
        span.setObjectName("fromToAction")
        span.setCheckable(True)
        span.setChecked(isinstance(self.chosen, DateRange))
        group.addAction(span)
        span.triggered.connect(self._ask_for_days)
        return menu

    @Slot()
    def _ask_for_days(self) -> None:
        chosen = self.chosen
        known = chosen if isinstance(chosen, DateRange) else DateRange()
        popup = DaysPopup(known, self.box)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.picked.connect(self.choose)
        popup.move(below(self.box, popup.sizeHint()))
        popup.show()


class DaysPopup(QFrame):
    """Asks for a first and a last day; both are included, and either may be left out."""

    picked = Signal(object)  # DateRange or None

    def __init__(self, known: DateRange, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("daysPopup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        self.setWindowTitle(self.tr("From…to…"))
        first, last = days_of(known)
        fresh = known == DateRange()
        layout = QGridLayout(self)
        self._checks: list[QCheckBox] = []
        self._edits: list[QDateEdit] = []
        for row, (name, text, day) in enumerate(
            (("first", self.tr("&From"), first), ("last", self.tr("&To"), last))
        ):
            check = QCheckBox(text, self)
            check.setObjectName(f"{name}DayCheck")
            check.setChecked(fresh or day is not None)
            edit = QDateEdit(self)  # makes its calendar when that is opened
            edit.setObjectName(f"{name}DayEdit")
            edit.setCalendarPopup(True)
            edit.setAccessibleName(text.replace("&", ""))
            edit.setDate(QDate.currentDate() if day is None else QDate(*day.timetuple()[:3]))
            edit.setEnabled(check.isChecked())
            check.toggled.connect(edit.setEnabled)
            layout.addWidget(check, row, 0)
            layout.addWidget(edit, row, 1)
            self._checks.append(check)
            self._edits.append(edit)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setText(self.tr("&Show"))
        ok.setDefault(True)
        ok.setIcon(QIcon())
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons, 2, 0, 1, 2)
        self.setFocusProxy(self._edits[0] if self._checks[0].isChecked() else self._checks[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows these days, wherever the focus is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _accept(self) -> None:
        days = [
            date(*edit.date().getDate()) if check.isChecked() else None
            for check, edit in zip(self._checks, self._edits, strict=True)
        ]
        first, last = days
        if first is not None and last is not None:
            first, last = min(first, last), max(first, last)
        chosen = whole_days(first, last)
        self.picked.emit(None if finds_everything(chosen) else chosen)
        self.close()
