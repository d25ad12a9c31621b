"""The Providers: the services mail is sent through."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Self

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin.credentials import CredentialStore
from mailadmin.delivery import ProviderCondition
from mailadmin.domain.errors import KnownError
from mailadmin.domain.provider import StoredProvider
from mailadmin.domain.topic import Topic
from mailadmin.drivers.registry import Drivers
from mailadmin.store import Store
from mailadmin.tables.query import TableQuery
from mailadmin.ui.providers.columns import HealthCell, provider_columns
from mailadmin.ui.providers.health_watch import HealthWatch
from mailadmin.ui.providers.rows import ProviderRows
from mailadmin.ui.providers.rules import ProviderRules
from mailadmin.ui.providers.standing import ProviderStandings
from mailadmin.ui.tab.parts import TabParts
from mailadmin.ui.tab.table_tab import TableTab
from mailadmin.ui.table.model import TableModel
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.words.errors import explain

if TYPE_CHECKING:
    from mailadmin.ui.providers.transfer import ProviderTransfer


class ProvidersTab(TableTab):
    """Table of `Provider` with New, Edit, Delete, Enable/Disable and Test connection."""

    key = "providers"
    topics = frozenset((Topic.PROVIDERS, Topic.LOG))  # each attempt tells of a provider

    connectionProved = Signal(int)  # ID of a provider that passed its connection test
    testMessageWanted = Signal(int)  # through this provider, 0 for any

    def __init__(
        self,
        store: Store,
        credentials: CredentialStore,
        drivers: Drivers,
        background: Background,
        *,
        icons: Icons,
        settings: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._drivers = drivers
        self._transferring: ProviderTransfer | None = None  # made when it is needed
        standings = ProviderStandings()
        health = HealthCell(icons, standings)
        model: TableModel[StoredProvider] = TableModel(
            provider_columns(icons, health, drivers.names),
            ProviderRows(store, health),
            background,
            row_id=lambda row: row.id,
            query=TableQuery(descending=False),
        )
        super().__init__(
            model, icons=icons, background=background, settings=settings, parent=parent
        )
        self._health = HealthWatch(self, standings, store)
        self._rules = ProviderRules(store, background, self)
        self._rules.changed.connect(self.update_actions)
        self._make_commands()
        self.set_empty_action(self.new_action)
        self.table.rowActivated.connect(self.open_provider)
        # deleting one provider changes what may be done to another
        for signal in (self.model.dataChanged, self.model.changesApplied, self.model.totalChanged):
            signal.connect(self._rules.read)
        self.update_actions()

    @classmethod
    def of(cls, parts: TabParts) -> Self:
        """The tab for a window."""
        return cls(
            parts.store,
            parts.credentials,
            parts.drivers,
            parts.background,
            icons=parts.icons,
            settings=parts.settings,
        )

    def empty_sentence(self) -> str:
        """What an empty table says."""
        return self.tr("No provider yet. Add the SMTP service you send through.")

    @property
    def standings(self) -> ProviderStandings:
        """How each provider stands."""
        return self._health.standings

    def show_conditions(self, conditions: Mapping[int, ProviderCondition]) -> None:
        """Show what the sender says of the providers, by their IDs."""
        self._health.set_conditions(conditions)

    def refresh(self) -> None:
        """Look at the store again soon, for the providers and for how they have been doing."""
        super().refresh()
        self._health.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened behind another tab."""
        super().showEvent(event)
        self._health.catch_up()

    def open_provider(self, provider_id: int) -> None:
        """Open the details of one provider as it is stored now."""
        self.background.run(
            partial(self._store.providers.get, provider_id), self._open, self._failed, owner=self
        )

    def test_provider(self, provider_id: int) -> None:
        """Open the details of one provider and test its connection."""
        self.background.run(
            partial(self._store.providers.get, provider_id),
            partial(self._open, test=True),
            self._failed,
            owner=self,
        )

    # the actions --------------------------------------------------------------------------------

    def _make_commands(self) -> None:
        self.new_action = self.add_command(
            "newProviderAction",
            self.tr("&New provider…"),
            lambda: self._open(None),
            icon=IconName.ADD,
            shortcut="Insert",
            tip=self.tr("Add an SMTP service to send through"),
        )
        self.edit_action = self.add_command(
            "editProviderAction",
            self.tr("&Edit…"),
            self._edit,
            icon=IconName.EDIT,
            shortcut="F2",
            tip=self.tr("Change the selected provider"),
        )
        self.toggle_action = self.add_command(
            "toggleProviderAction", self.tr("&Disable"), self._toggle, icon=IconName.DISABLE
        )
        self.test_action = self.add_command(
            "testProviderAction",
            self.tr("&Test connection"),
            self._test,
            icon=IconName.TEST,
            shortcut="F5",
            tip=self.tr("Connect, sign in and check the sender address; nothing is sent"),
        )
        self.trial_action = self.add_command(
            "sendTestMessageAction",
            self.tr("Send a test &message…"),
            self._ask_for_test_message,
            icon=IconName.SEND_NOW,
            shortcut="Shift+F5",
            toolbar=False,
        )
        self.add_separator()
        self.delete_action = self.add_command(
            "deleteProviderAction",
            self.tr("De&lete"),
            self._delete,
            icon=IconName.DELETE,
            shortcut="Delete",
        )
        self.add_separator()
        self.export_action = self.add_command(
            "exportProvidersAction",
            self.tr("E&xport providers…"),
            lambda: self._transfer().ask_for_export(),
            icon=IconName.EXPORT,
            tip=self.tr("Write all providers to a file, without passwords"),
            toolbar=False,
            context=False,
        )
        self.import_action = self.add_command(
            "importProvidersAction",
            self.tr("&Import providers…"),
            lambda: self._transfer().ask_for_import(),
            icon=IconName.IMPORT,
            tip=self.tr("Add providers from a file, after a look at what it holds"),
            toolbar=False,
            context=False,
        )

    def _transfer(self) -> ProviderTransfer:
        if self._transferring is None:
            from mailadmin.ui.providers.transfer import ProviderTransfer

            self._transferring = ProviderTransfer(
                self._store,
                self._drivers,
                self.background,
                self.message,
                icons=self.icons,
                window=self,
            )
        return self._transferring

    def update_actions(self) -> None:
        """Enable what fits the selected provider; greyed-out actions say why."""
        super().update_actions()
        provider = self._selected()
        for action in (self.edit_action, self.test_action):
            action.setEnabled(provider is not None)
        self._update_trial_action(provider)
        if provider is None:
            for action in (self.toggle_action, self.delete_action):
                _explain_action(action, self.tr("Select one provider first"), enabled=False)
            return
        no_disable = self._rules.against_disabling(provider)
        no_remove = self._rules.against_removal(provider)
        if provider.enabled:
            self.toggle_action.setText(self.tr("&Disable"))
            self.icons.put(self.toggle_action, IconName.DISABLE)
            tip = self.tr("Send nothing more through the selected provider")
        else:
            self.toggle_action.setText(self.tr("&Enable"))
            self.icons.put(self.toggle_action, IconName.ENABLE)
            tip = self.tr("Send through the selected provider again")
        _explain_action(
            self.toggle_action,
            tip if no_disable is None else explain(no_disable),
            enabled=no_disable is None,
        )
        _explain_action(
            self.delete_action,
            self.tr("Delete the selected provider and its password (Del)")
            if no_remove is None
            else explain(no_remove),
            enabled=no_remove is None,
        )

    def _update_trial_action(self, provider: StoredProvider | None) -> None:
        usable = self._rules.some_enabled if provider is None else provider.enabled
        if usable:
            tip = self.tr("Send a message to yourself and see what becomes of it (Shift+F5)")
        elif provider is None:
            tip = self.tr("Add a provider first, or enable one")
        else:
            tip = self.tr("Enable the selected provider first")
        _explain_action(self.trial_action, tip, enabled=usable)

    def _selected(self) -> StoredProvider | None:
        if self.table.selected_count() != 1:
            return None
        values = self.table.selected_values()
        return values[0] if values else None

    def _open(self, provider: StoredProvider | None, *, test: bool = False) -> None:
        # Imported now and not before the window is there: it brings the SMTP library.
        from mailadmin.ui.providers.dialog import ProviderDialog

        # Two dialogs of one provider would overwrite each other.
        for other in self.window().findChildren(ProviderDialog):
            if provider is not None and other.provider_id == provider.id:
                other.raise_()
                other.activateWindow()
                return
        dialog = ProviderDialog(
            provider,
            store=self._store,
            credentials=self._credentials,
            drivers=self._drivers,
            background=self.background,
            icons=self.icons,
            standings=self._health.standings,
            parent=self.window(),
        )
        dialog.proved.connect(self.connectionProved)
        dialog.open()
        if test:
            dialog.start_test()

    def _edit(self) -> None:
        provider = self._selected()
        if provider is not None:
            self.open_provider(provider.id)

    def _test(self) -> None:
        provider = self._selected()
        if provider is not None:
            self.test_provider(provider.id)

    def _ask_for_test_message(self) -> None:
        provider = self._selected()
        self.testMessageWanted.emit(0 if provider is None else provider.id)

    def _toggle(self) -> None:
        provider = self._selected()
        if provider is None:
            return
        self.background.write(
            partial(self._store.providers.set_enabled, provider.id, not provider.enabled),
            lambda _: self.message.dismiss(),
            self._failed,
            owner=self,
        )

    def _delete(self) -> None:
        provider = self._selected()
        if provider is None:
            return
        box = QMessageBox(self.window())
        box.setObjectName("deleteProviderDialog")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Delete provider"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("Delete “{caption}”?").format(caption=provider.caption))
        box.setInformativeText(
            self.tr("Its password is removed from the keyring too. The Log keeps its attempts.")
            if self._drivers.may_have_secret(provider)
            else self.tr("The Log keeps its attempts.")
        )
        delete = box.addButton(self.tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("confirmButton")
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        delete.clicked.connect(partial(self._remove, provider.id))
        box.open()

    def _remove(self, provider_id: int, _clicked: bool = False) -> None:
        self.background.write(
            partial(self._store.providers.remove, provider_id),
            self._forget,
            self._failed,
            owner=self,
        )

    def _forget(self, removed: StoredProvider) -> None:
        self.message.dismiss()
        if not self._drivers.may_have_secret(removed):
            return
        self.background.run_detached(
            partial(self._credentials.remove, removed),
            failed=partial(self._not_forgotten, removed),
            owner=self,
        )

    def _not_forgotten(self, removed: StoredProvider, problem: KnownError) -> None:
        if self._drivers.signs_in(removed):
            self.message.show_warning(
                self.tr(
                    "“{caption}” was deleted. Its password may still be in the keyring: {reason}"
                ).format(caption=removed.caption, reason=explain(problem))
            )

    def _failed(self, error: KnownError) -> None:
        self.message.show_error(error)
        self.refresh()


def _explain_action(action: QAction, tip: str, *, enabled: bool) -> None:
    action.setEnabled(enabled)
    action.setToolTip(tip)
    action.setStatusTip(tip)
