"""What a file of providers would bring, before any of it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.domain_names import both_forms
from mailadmin.domain.provider import Provider
from mailadmin.providers.import_plan import EntryState, PlannedProvider
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role
from mailadmin.ui.widgets.form_rows import note
from mailadmin.ui.widgets.inline_message import InlineMessage
from mailadmin.ui.words.cell_text import one_line, plain_tooltip
from mailadmin.ui.words.errors import explain

_WIDTH, _HEIGHT = 110, 27  # average characters, lines
_DETAIL_LINES = 4
_ICONS = {
    EntryState.NEW: (IconName.ADD, Role.OK),
    EntryState.CHANGED: (IconName.EDIT, Role.WARNING),
    EntryState.SAME: (IconName.OK, Role.MUTED),
    EntryState.FAULTY: (IconName.FAIL, Role.BAD),
}
_MOST_WARNINGS = 5  # lines
_CAPTION, _HOST, _MEANING = range(3)

Button = QDialogButtonBox.StandardButton


class ProviderImportDialog(QDialog):
    """New providers are checked, those that are there can be; `chosen` brings both kinds.

    It stays open until `accept`, so that what goes wrong is told here; also against the user's will
    while it is `set_busy`.
    """

    chosen = Signal(object, object)  # list[Provider], set[str]: uids of those to be changed

    def __init__(
        self, planned: Sequence[PlannedProvider], *, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._planned = list(planned)
        self._icons = icons
        self._busy = False
        self.setObjectName("providerImportDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import providers"))
        self.message = InlineMessage(icons, self)
        self.message.setObjectName("providerImportMessage")
        summary = QLabel(self._summary(), self)
        summary.setObjectName("providerImportSummary")
        summary.setTextFormat(Qt.TextFormat.PlainText)
        summary.setWordWrap(True)
        self._items = [self._item(each) for each in self._planned]
        self.detail = QLabel(self)
        self.detail.setObjectName("providerImportDetail")
        self.detail.setTextFormat(Qt.TextFormat.PlainText)
        self.detail.setWordWrap(True)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.detail.setMinimumHeight(self.fontMetrics().lineSpacing() * _DETAIL_LINES)
        self.list = self._make_list()
        self.disabled = QCheckBox(self.tr("New providers come in &disabled"), self)
        self.disabled.setObjectName("importDisabledCheck")
        passwords = note(self, "importPasswordNote")
        passwords.setText(
            self.tr(
                "Passwords are in no file: enter that of each new provider afterwards, with Edit. "
                "A provider that is changed keeps the password it has here."
            )
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self.message)
        layout.addWidget(summary)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.detail)
        layout.addWidget(self.disabled)
        layout.addWidget(passwords)
        layout.addWidget(self._make_buttons())
        self.list.itemChanged.connect(self._update)
        self._update()
        metrics = self.fontMetrics()
        room = self.screen().availableSize() * 0.9
        self.resize(
            min(metrics.averageCharWidth() * _WIDTH, room.width()),
            min(metrics.lineSpacing() * _HEIGHT, room.height()),
        )
        self.list.setColumnWidth(_CAPTION, self.width() // 4)
        self.list.setColumnWidth(_HOST, self.width() // 5)

    # construction -------------------------------------------------------------------------------

    def _summary(self) -> str:
        number = Counter(each.state for each in self._planned)
        parts = []
        if number[EntryState.NEW]:
            parts.append(self.tr("New: {count}.").format(count=number[EntryState.NEW]))
        if number[EntryState.CHANGED]:
            text = self.tr("There already, with other values: {count}. Check those to be changed.")
            parts.append(text.format(count=number[EntryState.CHANGED]))
        if number[EntryState.SAME]:
            text = self.tr("There already, the same: {count}.")
            parts.append(text.format(count=number[EntryState.SAME]))
        if number[EntryState.FAULTY]:
            text = self.tr("Can't be used: {count}.")
            parts.append(text.format(count=number[EntryState.FAULTY]))
        return " ".join(parts) or self.tr("The file holds no provider.")

    def _make_list(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName("importedProviders")
        tree.setAccessibleName(self.tr("Providers of the file"))
        tree.setRootIsDecorated(False)
        tree.setAlternatingRowColors(True)
        tree.setUniformRowHeights(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setHeaderLabels([self.tr("Caption"), self.tr("Host"), self.tr("What will happen")])
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        tree.addTopLevelItems(self._items)
        tree.currentItemChanged.connect(self._show_detail)
        if self._items:
            tree.setCurrentItem(self._items[0])
        return tree

    def _item(self, planned: PlannedProvider) -> QTreeWidgetItem:
        entry, provider = planned.entry, planned.provider
        item = QTreeWidgetItem(
            [
                one_line(entry.caption) or self.tr("Provider {number}").format(number=entry.number),
                "" if provider is None else one_line(provider.host or ""),
                one_line(self._meaning(planned)),
            ]
        )
        item.setIcon(_MEANING, self._icons.icon(*_ICONS[planned.state]))
        item.setToolTip(_CAPTION, plain_tooltip(entry.caption))
        item.setToolTip(_MEANING, plain_tooltip(self._explanation(planned)))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        if planned.state in (EntryState.NEW, EntryState.CHANGED):
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            new = planned.state is EntryState.NEW
            item.setCheckState(_CAPTION, Qt.CheckState.Checked if new else Qt.CheckState.Unchecked)
        return item

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(Button.Cancel, self)
        self._import = buttons.addButton(self.tr("&Import"), QDialogButtonBox.ButtonRole.ActionRole)
        self._import.setObjectName("importProvidersButton")
        self._import.setDefault(True)
        self._import.clicked.connect(self._choose)
        buttons.button(Button.Cancel).setObjectName("cancelButton")
        buttons.button(Button.Cancel).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        return buttons

    # while providers are brought in -------------------------------------------------------------

    def set_busy(self, busy: bool) -> None:
        """Whether what was chosen is being brought in: how that ends has to be told."""
        self._busy = busy
        self.setEnabled(not busy)

    def reject(self) -> None:
        """Close; not while it is busy."""
        if not self._busy:
            super().reject()

    # what it says -------------------------------------------------------------------------------

    def _meaning(self, planned: PlannedProvider) -> str:
        if planned.state is EntryState.FAULTY:
            return " ".join(self._problems(planned))
        if planned.state is EntryState.SAME:
            return self.tr("It is there already, the same.")
        if planned.state is EntryState.NEW:
            text = self.tr("It will be added.")
        else:
            text = self.tr("If checked, it will be changed: {fields}.")
            text = text.format(fields=", ".join(planned.changes))
        if planned.same_caption:
            text += " " + self.tr("Another provider has the same caption.")
        return text

    def _explanation(self, planned: PlannedProvider) -> str:
        """All of it, with the values that would change."""
        lines = [self._meaning(planned)]
        if planned.state is EntryState.FAULTY:
            lines = self._problems(planned)
        if planned.stored is not None and planned.provider is not None:
            before, after = planned.stored.values(), planned.provider.values()
            lines += [
                self.tr("{field}: {before} → {after}").format(
                    field=field,
                    before=_shown(before.get(field)),
                    after=_shown(after.get(field)),
                )
                for field in planned.changes
            ]
        return "\n".join(lines)

    def _show_detail(self, item: QTreeWidgetItem) -> None:
        """All about the provider with the focus, for those who don't hover with a mouse."""
        text = self._explanation(self._planned[self._items.index(item)])
        self.detail.setText(text)

    def _problems(self, planned: PlannedProvider) -> list[str]:
        return [
            f"{problem.field}: {explain(problem)}" if problem.field else explain(problem)
            for problem in planned.entry.problems
        ]

    # what is chosen -----------------------------------------------------------------------------

    def _checked(self) -> list[tuple[PlannedProvider, Provider]]:
        return [
            (planned, planned.provider)
            for planned, item in zip(self._planned, self._items, strict=True)
            if planned.provider is not None
            and planned.state in (EntryState.NEW, EntryState.CHANGED)
            and item.checkState(_CAPTION) is Qt.CheckState.Checked
        ]

    def _update(self) -> None:
        checked = self._checked()
        self._import.setEnabled(bool(checked))
        self.disabled.setEnabled(any(each.state is EntryState.NEW for each, _ in checked))
        warnings = [
            self.tr("The password of “{caption}” will be used with {host}.").format(
                caption=one_line(planned.stored.caption),
                host=both_forms(one_line(provider.host or provider.driver)),
            )
            for planned, provider in checked
            if planned.password_goes_elsewhere and planned.stored is not None
        ]
        if len(warnings) > _MOST_WARNINGS:
            more = len(warnings) - _MOST_WARNINGS + 1
            text = self.tr("So it is with the passwords of {count} others: see the list.")
            warnings[_MOST_WARNINGS - 1 :] = [text.format(count=more)]
        if warnings:
            self.message.show_warning("\n".join(warnings))
        else:
            self.message.dismiss()

    def _choose(self) -> None:
        providers, update = [], set()
        for planned, provider in self._checked():
            if planned.state is EntryState.CHANGED:
                update.add(provider.uid)
                providers.append(provider)
            elif self.disabled.isChecked():
                providers.append(replace(provider, enabled=False))
            else:
                providers.append(provider)
        self.chosen.emit(providers, update)


def _shown(value: object) -> str:
    """The value of a field, as the file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "–" if value is None or value == "" else one_line(str(value))
