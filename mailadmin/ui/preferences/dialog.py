"""How mail is sent, for this database: the retry schedule, and what to do in doubt."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.delivery.preferences import DeliveryPreferences, load, save
from mailadmin.domain.errors import KnownError
from mailadmin.store import Store
from mailadmin.ui.preferences.retry_group import RetryGroup
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.form_rows import note
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
        defaults: DeliveryPreferences | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._defaults = defaults = defaults or DeliveryPreferences()
        self._background = background
        self._stored: DeliveryPreferences | None = None  # None until it was read
        self._saving = False
        self.setObjectName("preferencesDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preferences"))
        self.message = InlineMessage(icons, self)
        self.message.setObjectName("preferencesMessage")
        self._form = QWidget(self)
        self.retry = RetryGroup(icons, self._form)
        doubt = self._make_doubt_group()
        groups = QVBoxLayout(self._form)
        groups.addWidget(self.retry)
        groups.addWidget(doubt)
        groups.addWidget(self._make_restore_button(), 0, Qt.AlignmentFlag.AlignLeft)
        groups.addStretch(1)
        rows = WrappingRows(self._form, [self.retry])
        rows.align_labels()
        self._scroll = FormArea(self._form, rows, self)
        self._scroll.setObjectName("preferencesScroll")
        self._buttons = self._make_buttons()
        column = QVBoxLayout(self)
        column.addWidget(self.message)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._buttons)
        self._set_tab_order()
        self._show(defaults)
        self._fit()
        self.retry.edited.connect(self._update_buttons)
        self.never_duplicate.toggled.connect(self._update_buttons)
        self._form.setEnabled(False)
        self._update_buttons()
        background.run(
            lambda: load(store.settings, defaults), self._loaded, self._not_loaded, owner=self
        )

    # construction -------------------------------------------------------------------------------

    def _make_doubt_group(self) -> QGroupBox:
        group = QGroupBox(self.tr("When it is unknown if mail arrived"), self._form)
        self.never_duplicate = QCheckBox(self.tr("&Never send a possible duplicate"), group)
        self.never_duplicate.setObjectName("neverDuplicateCheck")
        meaning = note(group, "neverDuplicateNote")
        meaning.setText(
            self.tr(
                "The connection can be lost after a message was sent and before the server said "
                "that it took it. Unchecked, such mail is sent once more after 15 minutes, marked "
                "as a possible duplicate, and held if that ends the same way. Checked, it is held "
                "at once until you decide."
            )
        )
        self.never_duplicate.setAccessibleDescription(meaning.text())
        column = QVBoxLayout(group)
        column.addWidget(self.never_duplicate)
        column.addWidget(meaning)
        return group

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
        order = [
            *self.retry.tab_order(),
            self.never_duplicate,
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

    def preferences(self) -> DeliveryPreferences | None:
        """What is entered; None if it can't be used, which is said beside the fields."""
        policy = self.retry.policy()
        if policy is None:
            return None
        return DeliveryPreferences(policy, self.never_duplicate.isChecked())

    def _show(self, preferences: DeliveryPreferences) -> None:
        self.retry.load(preferences.retry)
        self.never_duplicate.setChecked(preferences.never_duplicate)

    def _update_buttons(self) -> None:
        ready = self._stored is not None and not self._saving
        entered = self.preferences()
        changed = entered is not None and entered != self._stored
        self._buttons.button(Button.Apply).setEnabled(ready and changed)
        self._buttons.button(Button.Ok).setEnabled(ready)

    # reading and storing ------------------------------------------------------------------------

    def _loaded(self, preferences: DeliveryPreferences) -> None:
        self._stored = preferences
        self._show(preferences)
        self._form.setEnabled(True)
        self._update_buttons()
        self.retry.delays.setFocus()

    def _not_loaded(self, error: KnownError) -> None:
        self.message.show_error(error)

    def apply(self) -> None:
        """Store what is entered and stay open."""
        self._store_entered(close=False)

    def _accept(self) -> None:
        self._store_entered(close=True)

    def _store_entered(self, *, close: bool) -> None:
        entered = self.preferences()
        if entered is None:
            self.retry.focus_problem()
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
            lambda: save(store.settings, entered),
            done,
            self.message.show_error,
            owner=self,
            ended=lambda: self._set_saving(False),
        )

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self._form.setEnabled(not saving)
        self._update_buttons()
