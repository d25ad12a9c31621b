"""Export and import of providers from the window: which file, what of it, how it went."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from mailadmin.domain.errors import KnownError
from mailadmin.domain.provider import BroughtIn, Provider, StoredProvider
from mailadmin.drivers.registry import Drivers
from mailadmin.export.whole_file import write_whole
from mailadmin.providers.import_plan import plan_import, under_own_uids
from mailadmin.providers.provider_file import LARGEST_FILE, SUFFIX, FileEntry, from_bytes, to_text
from mailadmin.store import Store
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.threads.background import Background
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.file_problems import reading, writing

if TYPE_CHECKING:
    from mailadmin.ui.providers.import_dialog import ProviderImportDialog


class ProviderTransfer(QObject):
    """Files are read and written in threads of their own: a disk may not answer."""

    def __init__(
        self,
        store: Store,
        drivers: Drivers,
        background: Background,
        message: InlineMessage,
        *,
        icons: Icons,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._store = store
        self._drivers = drivers
        self._background = background
        self._message = message
        self._icons = icons
        self._window = window

    # export -------------------------------------------------------------------------------------

    def ask_for_export(self) -> None:
        """Ask for a file and write all providers to it."""
        dialog = self._file_dialog(self.tr("Export providers"), "exportProvidersFileDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(f"providers{SUFFIX}")
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.open()

    def export_to(self, path: Path) -> None:
        """Write all providers to a file, which is replaced if it exists."""

        def write(providers: list[StoredProvider]) -> None:
            content = to_text(providers).encode()
            self._background.run_detached(
                partial(writing, partial(write_whole, path, content)),
                lambda _: self._exported(len(providers), path),
                self._message.show_error,
                owner=self,
            )

        self._background.run(
            self._store.providers.list, write, self._message.show_error, owner=self
        )

    def _exported(self, count: int, path: Path) -> None:
        text = self.tr("{count} providers were exported to {path}, without passwords.")
        if count == 1:
            text = self.tr("1 provider was exported to {path}, without password.")
        self._message.show_ok(text.format(count=self._number(count), path=path))

    # import -------------------------------------------------------------------------------------

    def ask_for_import(self) -> None:
        """Ask for a file and show what it would bring."""
        dialog = self._file_dialog(self.tr("Import providers"), "importProvidersFileDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.preview(Path(name)))
        dialog.open()

    def preview(self, path: Path) -> None:
        """Show what a file would bring; the user chooses."""
        self._background.run_detached(
            partial(reading, partial(_read, path, self._drivers)),
            self._compare,
            self._message.show_error,
            owner=self,
        )

    def _compare(self, entries: list[FileEntry]) -> None:
        self._background.run(
            lambda: plan_import(entries, self._store.providers.list(), self._drivers),
            self._show,
            self._message.show_error,
            owner=self,
        )

    def _show(self, planned: object) -> None:
        from mailadmin.ui.providers.import_dialog import ProviderImportDialog

        assert isinstance(planned, list)  # noqa: S101 - what plan_import gives
        dialog = ProviderImportDialog(planned, icons=self._icons, parent=self._window)
        dialog.chosen.connect(partial(self._bring_in, dialog))
        dialog.open()

    def _bring_in(
        self, dialog: ProviderImportDialog, providers: list[Provider], update: set[str]
    ) -> None:
        dialog.set_busy(True)

        def done(result: BroughtIn) -> None:
            dialog.accept()
            self._tell(result)

        def failed(error: KnownError) -> None:
            dialog.set_busy(False)
            dialog.message.show_error(error)

        def bring_in() -> BroughtIn:
            own = under_own_uids(providers, self._store.providers.list())
            return self._store.providers.bring_in(own, update=update)

        def ended() -> None:  # also by a bug: the dialog can be closed then
            dialog.set_busy(False)

        self._background.write(bring_in, done, failed, owner=dialog, ended=ended)

    def _tell(self, result: BroughtIn) -> None:
        parts = []
        added, updated = len(result.added), len(result.updated)
        if added:
            text = self.tr("1 provider was added.")
            if added > 1:
                text = self.tr("{count} providers were added.").format(count=self._number(added))
            parts.append(text)
        if updated:
            text = self.tr("1 provider was changed.")
            if updated > 1:
                text = self.tr("{count} providers were changed.")
                text = text.format(count=self._number(updated))
            parts.append(text)
        if not parts:
            parts.append(self.tr("Nothing was changed: all of them are there already."))
        if any(self._drivers.signs_in(provider) for provider in result.added):
            parts.append(self.tr("Enter the passwords of the new ones with Edit."))
        self._message.show_ok(" ".join(parts))

    def _file_dialog(self, title: str, name: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, "", self.tr("Providers (*.json)"))
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _number(self, count: int) -> str:
        return self._window.locale().toString(count)


def _read(path: Path, drivers: Drivers) -> list[FileEntry]:
    with path.open("rb") as file:
        return from_bytes(file.read(LARGEST_FILE + 1), drivers)
