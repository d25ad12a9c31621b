"""How mail is sent, for this database: the retry schedule, and what to do in doubt."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import KnownError
from mailadmin.preferences import PREFERENCES, Preferences, values_of
from mailadmin.preferences.declarations import RETRYING
from mailadmin.store import Store
from mailadmin.ui.preferences.group import PreferenceGroup
from mailadmin.ui.preferences.retry_preview import RetryPreview
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.widgets.wrapping_rows import FormArea, WrappingRows

_WIDTH, _HEIGHT = 104, 47  # average characters, lines

Button = QDialogButtonBox.StandardButton


class PreferencesDialog(QDialog):
    """Reads and stores the preferences off the GUI thread; every sender follows them at once.

    `defaults` are in force while nothing is stored.

    Nothing is lost by a failure: the dialog stays open with all that was entered.
    """

    def __init__(
        self,
        store: Store,
        background: Background,
        *,
        icons: Icons,
        defaults: Preferences | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        defaults = defaults or Preferences()
        self._defaults = values_of(defaults)
        self._background = background
        self._stored: dict[str, Any] | None = None  # by key; None until it was read
        self._saving = False
        self.setObjectName("preferencesDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preferences"))
        self.message = InlineMessage(icons, self)
        self.message.setObjectName("preferencesMessage")
        self._form = QWidget(self)
        self._groups = self._make_groups(icons)
        groups = QVBoxLayout(self._form)
        for group in self._groups:
            groups.addWidget(group)
        groups.addWidget(self._make_restore_button(), 0, Qt.AlignmentFlag.AlignLeft)
        groups.addStretch(1)
        rows = WrappingRows(self._form, self._groups)
        rows.align_labels()
        self._scroll = FormArea(self._form, rows, self)
        self._scroll.setObjectName("preferencesScroll")
        self._buttons = self._make_buttons()
        column = QVBoxLayout(self)
        column.addWidget(self.message)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._buttons)
        self._set_tab_order()
        self._show(self._defaults)
        self._fit()
        self._form.setEnabled(False)
        self._update_buttons()
        background.run(
            lambda: store.settings.preferences(defaults),
            self._loaded,
            self._not_loaded,
            owner=self,
        )

    # construction -------------------------------------------------------------------------------

    def _make_groups(self, icons: Icons) -> list[PreferenceGroup]:
        groups = []
        for group in dict.fromkeys(preference.group for preference in PREFERENCES):
            groups.append(made := PreferenceGroup(group, icons, self._form))
            made.edited.connect(self._update_buttons)
            if group == RETRYING:
                self._preview = RetryPreview(made)
        return groups

    def _make_restore_button(self) -> QPushButton:
        self._restore = QPushButton(self.tr("&Restore defaults"), self._form)
        self._restore.setObjectName("restoreDefaultsButton")
        self._restore.setToolTip(self.tr("Show what Mail Admin came with; OK or Apply stores it"))
        self._restore.setAutoDefault(False)
        self._restore.clicked.connect(lambda _checked=False: self._show(self._defaults))
        return self._restore

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(Button.Ok | Button.Cancel | Button.Apply, self)
        buttons.setObjectName("preferencesButtons")
        for kind, name, press in (
            (Button.Ok, "okButton", self._accept),
            (Button.Cancel, "cancelButton", self.reject),
            (Button.Apply, "applyButton", self.apply),
        ):
            button = buttons.button(kind)
            button.setObjectName(name)
            button.setAutoDefault(kind is Button.Ok)
            button.clicked.connect(lambda _checked=False, press=press: press())
        buttons.button(Button.Ok).setDefault(True)
        return buttons

    def _set_tab_order(self) -> None:
        order: list[QWidget] = []
        for group in self._groups:
            order += group.controls()
            if self._preview.parent() is group:
                order.append(self._preview)
        order += [
            self._restore,
            *(self._buttons.button(kind) for kind in (Button.Ok, Button.Cancel, Button.Apply)),
        ]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    def _fit(self) -> None:
        room = self.screen().availableSize() * 0.9
        self._scroll.keep_usable(room.width() * 3 // 4)
        metrics = self.fontMetrics()
        wanted = QSize(metrics.averageCharWidth() * _WIDTH, metrics.lineSpacing() * _HEIGHT)
        self.resize(wanted.boundedTo(room))

    # what is entered ----------------------------------------------------------------------------

    def _entered(self) -> dict[str, Any] | None:
        """All values by key; None if one can't be used, which is said beside its field."""
        parts = [group.values() for group in self._groups]
        entered: dict[str, Any] = {}
        for part in parts:
            if part is None:
                return None
            entered |= part
        return entered

    def _show(self, values: dict[str, Any]) -> None:
        for group in self._groups:
            group.load(values)

    def _update_buttons(self) -> None:
        ready = self._stored is not None and not self._saving
        entered = self._entered()
        changed = entered is not None and entered != self._stored
        self._buttons.button(Button.Apply).setEnabled(ready and changed)
        self._buttons.button(Button.Ok).setEnabled(ready)

    # reading and storing ------------------------------------------------------------------------

    def _loaded(self, preferences: Preferences) -> None:
        self._stored = values_of(preferences)
        self._show(self._stored)
        self._form.setEnabled(True)
        self._update_buttons()
        self._groups[0].controls()[0].setFocus()

    def _not_loaded(self, error: KnownError) -> None:
        self.message.show_error(error)

    def apply(self) -> None:
        """Store what is entered and stay open."""
        self._store_entered(close=False)

    def _accept(self) -> None:
        self._store_entered(close=True)

    def _store_entered(self, *, close: bool) -> None:
        entered = self._entered()
        if entered is None:
            any(group.focus_problem() for group in self._groups)
            return
        if entered == self._stored:
            if close:
                self.accept()
            return
        self.message.dismiss()
        self._set_saving(True)

        def done(_: None) -> None:
            self._stored = entered
            if close:
                self.accept()

        store = self._store
        self._background.write(
            lambda: store.settings.save(Preferences(**entered)),
            done,
            self.message.show_error,
            owner=self,
            ended=lambda: self._set_saving(False),
        )

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self._form.setEnabled(not saving)
        self._update_buttons()
