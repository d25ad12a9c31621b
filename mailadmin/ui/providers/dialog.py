"""The details of one provider: entered, tested and saved."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.credentials import CredentialStore
from mailadmin.domain.errors import InvalidInput, KnownError, NotFound, RuleViolation
from mailadmin.domain.provider import Provider, ProviderPause, StoredProvider
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store
from mailadmin.ui.providers.connection_test_controls import ConnectionTestControls
from mailadmin.ui.providers.dialog_health import DialogHealth
from mailadmin.ui.providers.form import NOT_TESTED, ProviderForm
from mailadmin.ui.providers.password_field import PasswordChange
from mailadmin.ui.providers.saving import ProviderSaving
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.widgets.unsaved_changes import ask_to_save
from mailadmin.ui.widgets.wrapping_rows import FormArea
from mailadmin.ui.words.errors import explain

_WIDTH = 100  # average characters


class ProviderDialog(QDialog):
    """Edits `provider`, or a new one for None. `saved` gives what was stored.

    Nothing is lost by a failure: the dialog stays open with all that was entered.
    """

    saved = Signal(StoredProvider)
    proved = Signal(int)  # ID of a provider as it is stored: its connection test passed

    def __init__(
        self,
        provider: Provider | None,
        *,
        store: Store,
        credentials: CredentialStore,
        drivers: Drivers,
        icons: Icons,
        background: Background,
        standings: ProviderStandings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._credentials = credentials
        self._drivers = drivers
        self._icons = icons
        self._background = background
        self._kept_for_unsaved: Provider | None = None
        self._change: PasswordChange | None = None
        self._passed = False  # what is being saved was tested and works
        self.setObjectName("providerDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(
            self.tr("New provider")
            if provider is None
            else self.tr("Provider {caption}").format(caption=provider.caption)
        )
        self._test = ConnectionTestControls(drivers, credentials, background, icons, self)
        self._saving = ProviderSaving(store, credentials, background, self)
        self._build(provider or new_provider(drivers), stored=isinstance(provider, StoredProvider))
        self._connect()
        self._baseline = self.form.provider()
        self._ask_about(self._baseline)
        if isinstance(self._baseline, StoredProvider):
            self._health = DialogHealth(
                self._baseline,
                self.form.health,
                store,
                background,
                standings or ProviderStandings(),
            )
            self._health.pauseRead.connect(self._take_pause)
            self._health.failed.connect(self.message.show_error)
        self.form.connection.caption.setFocus()

    # construction -------------------------------------------------------------------------------

    def _build(self, provider: Provider, *, stored: bool) -> None:
        self.message = InlineMessage(self._icons, self)
        self.message.setObjectName("providerMessage")
        self.form = ProviderForm(provider, self._drivers, self._icons, self)
        self.form.health.setVisible(stored)
        self._scroll = FormArea(self.form, self.form.rows, self)
        self._scroll.setObjectName("providerScroll")
        self._save_as_new = QAction(self.tr("Save as a &new provider"), self)
        self._save_as_new.setObjectName("saveAsNewAction")
        self._save_as_new.triggered.connect(self._start_as_new)
        self._column = column = QVBoxLayout(self)
        column.addWidget(self.message)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._test.panel)
        column.addLayout(self._make_bottom())
        self._set_tab_order()
        self._fit()

    def _set_tab_order(self) -> None:
        # said in full: fields that are made of several widgets end Qt's own chain early
        order = [
            *self.form.tab_order(),
            *self._test.panel.tab_order(),
            self._test.button,
            self._save_button,
            self._cancel_button,
        ]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    def _make_bottom(self) -> QHBoxLayout:
        self._save_button = QPushButton(self.tr("&Save"), self)
        self._save_button.setObjectName("saveButton")
        self._save_button.setDefault(True)
        self._cancel_button = QPushButton(self.tr("Cancel"), self)
        self._cancel_button.setObjectName("cancelButton")
        self._cancel_button.setAutoDefault(False)
        buttons = QDialogButtonBox(self)
        buttons.addButton(self._save_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self._cancel_button, QDialogButtonBox.ButtonRole.RejectRole)
        bottom = QHBoxLayout()
        bottom.addWidget(self._test.button)
        bottom.addWidget(self._test.result, 1)
        bottom.addWidget(buttons)
        return bottom

    def _connect(self) -> None:
        self.form.edited.connect(self._test.forget)
        self.form.rebuilt.connect(self._rebuilt)
        self._save_button.clicked.connect(self.save)
        self._cancel_button.clicked.connect(self.reject)
        self._test.wanted.connect(self.start_test)
        self._test.roomNeeded.connect(self._grow)
        self._test.worked.connect(self._tell_if_stored)
        self._saving.saved.connect(self._saved)
        self._saving.passwordKept.connect(self._password_kept)
        self._saving.passwordFailed.connect(self._password_failed)
        self._saving.failed.connect(self._not_saved)
        self._saving.ended.connect(lambda: self._set_busy(False))

    def _fit(self) -> None:
        """As large as the form needs, if the screen has it."""
        self._scroll.keep_usable(self._room().width() * 3 // 4)
        wanted = self.form.sizeHint() + QSize(self._scroll.bar_width(), 0)
        extra = self.sizeHint() - self._scroll.sizeHint()
        wanted.setWidth(max(wanted.width(), self.fontMetrics().averageCharWidth() * _WIDTH))
        self.resize((wanted + extra).boundedTo(self._room()))

    def _grow(self, wanted: QWidget) -> None:
        """Make room for a widget that appears below the form, if the screen has it."""
        height = self.height() + wanted.sizeHint().height() + self._column.spacing()
        self.resize(self.width(), max(self.height(), min(height, self._room().height())))

    def _room(self) -> QSize:
        return self.screen().availableSize() * 0.9

    def _ask_about(self, provider: Provider) -> None:
        self._look_up(provider)
        self._background.run(
            lambda: self._store.providers.may_disable(replace(provider, enabled=True)),
            lambda reason: self.form.sender_group.keep_enabled(explain(reason) if reason else ""),
            lambda _: None,  # saving will say the same
            owner=self,
        )

    def _look_up(self, provider: Provider) -> None:
        field = self.form.password
        if field is not None:
            self._background.run_detached(
                partial(self._credentials.look_up, provider),
                field.show_lookup,
                owner=field,
                failed=lambda _: field.show_unknown(),
            )

    def _rebuilt(self) -> None:
        """Another driver was chosen, so the form has other fields."""
        self._set_tab_order()
        self._look_up(self._baseline)

    @property
    def provider_id(self) -> int | None:
        """Which provider is edited; None for one that was not stored yet."""
        return _id(self._baseline)

    # editing ------------------------------------------------------------------------------------

    def has_changes(self) -> bool:
        """Whether closing would lose anything."""
        return self.form.provider() != self._baseline or self._password_change() is not None

    def _password_change(self) -> PasswordChange | None:
        field = self.form.password
        return None if field is None else field.change

    # the connection test ------------------------------------------------------------------------

    def start_test(self) -> None:
        """Test what is entered, if it can be used; else say what can't, beside it."""
        if not self.form.check(but=NOT_TESTED):
            return
        change = self._password_change()
        self._test.start(
            self.form.provider(),
            change.secret if change is not None else None,
            look_up=change is None,
        )

    def _tell_if_stored(self) -> None:
        if isinstance(self._baseline, StoredProvider) and not self.has_changes():
            self.proved.emit(self._baseline.id)

    # saving -------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save if everything can be used; else say what can't, beside it."""
        if self._saving.running:
            return
        self.message.dismiss()
        if not self.form.check():
            return
        stored = isinstance(self._baseline, StoredProvider)
        if stored and not self.has_changes() and not self._baseline.pause:
            self.accept()
            return
        self._test.cancel()
        self._passed = self._test.passed
        self._set_busy(True)
        self._change = self._password_change()
        self._saving.start(self.form.provider(), self._change)

    def _start_as_new(self) -> None:
        if isinstance(self._baseline, StoredProvider):
            self._baseline = replace(self._baseline.without_id(), pause=None)
        self.form.rebase(self._baseline)
        self.save()

    def _saved(self, provider: StoredProvider) -> None:
        self._kept_for_unsaved = None
        self.saved.emit(provider)
        if self._passed:
            self.proved.emit(provider.id)
        self.accept()

    def _password_kept(self) -> None:
        if not isinstance(self._baseline, StoredProvider):
            self._kept_for_unsaved = self._baseline
        if self.form.password is not None:
            self.form.password.show_kept(self._change)

    def _password_failed(self, error: KnownError) -> None:
        if self.form.password is not None:
            self.form.password.show_refused()
        self.form.show_problem("password", explain(error))

    def _not_saved(self, error: KnownError) -> None:
        if isinstance(error, NotFound):
            self.message.show_error(
                self.tr(
                    "This provider was deleted meanwhile, in another window or by a command. "
                    "What you entered is still here."
                ),
                self._save_as_new,
            )
            return
        field = "enabled" if isinstance(error, RuleViolation) else None
        if isinstance(error, InvalidInput):
            field = error.field
        if field is None or not self.form.show_problem(field, explain(error)):
            self.message.show_error(error)

    def _take_pause(self, pause: ProviderPause | None) -> None:
        self._baseline = replace(self._baseline, pause=pause)
        self.form.rebase(self._baseline)

    def _set_busy(self, busy: bool) -> None:
        self.form.setEnabled(not busy)
        self._test.button.setEnabled(not busy)
        self._save_button.setEnabled(not busy)
        self._save_button.setText(self.tr("Saving…") if busy else self.tr("&Save"))

    # closing ------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Close; with unsaved changes ask first. While a keyring is waited for, stop waiting."""
        if self._saving.running:
            if self._saving.cancel():
                self.message.show_info(
                    self.tr("Not saved: the keyring has not answered. Try again later.")
                )
            return
        if self.has_changes():
            ask_to_save(
                self,
                self.tr("Save the changes to this provider?"),
                save=self.save,
                discard=self._discard,
            )
        else:
            self._discard()

    def _discard(self) -> None:
        super().reject()

    def done(self, result: int) -> None:
        """End the test and forget the password that was typed."""
        self._test.cancel()
        if self.form.password is not None:
            self.form.password.clear()
        if self._kept_for_unsaved is not None:
            self._background.run_detached(
                partial(self._credentials.remove, self._kept_for_unsaved), failed=lambda _: None
            )
        super().done(result)


def new_provider(drivers: Drivers) -> Provider:
    """What an empty dialog starts from."""
    return Provider(caption="", settings=drivers.default.empty(), send_from="")


def _id(provider: Provider) -> int | None:
    return provider.id if isinstance(provider, StoredProvider) else None
