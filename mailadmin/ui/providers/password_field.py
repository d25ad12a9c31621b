"""The masked password with its reveal button and where it is or will be kept.

A stored password is never put into the field: the placeholder says that it is there, and what is
typed replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.credentials import CredentialState, Lookup, Secret
from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.widgets.form_rows import note
from mailadmin.ui.words.errors import explain


@dataclass(frozen=True)
class PasswordChange:
    """What is to become of the provider's password: replaced by `secret`, or removed (None)."""

    secret: Secret | None
    session_only: bool = False


class PasswordField(QWidget):
    """Edits a password that may be stored already. `edited` comes with every change."""

    edited = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._lookup: Lookup | None = None
        self._to_remove = False
        self._make_edit()
        self._make_remove_button()
        self._make_session_choice()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self._reveal)
        row.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._state)
        column.addWidget(self._session)
        self.setFocusProxy(self.edit)
        self._show_state()

    @property
    def change(self) -> PasswordChange | None:
        """What to do with the password on Save, None to leave it as it is."""
        if self.edit.text():
            return PasswordChange(Secret(self.edit.text()), self.session_only)
        if self._to_remove:
            return PasswordChange(None)
        return None

    @property
    def session_only(self) -> bool:
        """Whether the password is to be kept until the program ends and nowhere else."""
        return not self._session.isHidden() and self._session.isChecked()

    @property
    def looked_up(self) -> Lookup | None:
        """What was found for the provider, None while nobody knows."""
        return self._lookup

    def tab_order(self) -> list[QWidget]:
        """Controls from left to right."""
        return [self.edit, self._reveal, self._remove, self._session]

    def show_lookup(self, lookup: Lookup) -> None:
        """Say where the password is, or why there is none."""
        self._lookup = lookup
        if lookup.state in (CredentialState.LOCKED, CredentialState.NO_KEYRING):
            self._session.show()
        self._show_state()

    def show_unknown(self) -> None:
        """Nobody could say whether a password is stored."""
        self._lookup = Lookup(CredentialState.MISSING)
        self._show_state()

    def show_refused(self) -> None:
        """The keyring did not take the password: it can be kept for this run instead.

        What stood below the field makes room for the reason, which often is the same sentence.
        """
        self._session.show()
        self._state.hide()

    def show_kept(self, change: PasswordChange | None) -> None:
        """Take note that `change` was carried out, and forget what was typed."""
        if change is not None:
            if change.secret is None:
                self._lookup = Lookup(CredentialState.MISSING)
            else:
                self._lookup = Lookup(
                    CredentialState.STORED,
                    source="session" if change.session_only else "keyring",
                )
        self.clear()

    def clear(self) -> None:
        """Empty the field, as when the dialog closes."""
        self._to_remove = False
        self.edit.clear()
        self._reveal.setChecked(False)
        self._show_state()

    def _make_edit(self) -> None:
        self.edit = QLineEdit(self)
        self.edit.setObjectName("passwordEdit")
        self.edit.setAccessibleName(self.tr("Password"))
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.edit.textChanged.connect(self._typed)
        self._reveal = QToolButton(self)
        self._reveal.setObjectName("revealPasswordButton")
        self._reveal.setCheckable(True)
        self._reveal.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._reveal.setAccessibleName(self.tr("Show the password"))
        self._reveal.toggled.connect(self._set_revealed)
        self._set_revealed(False)

    def _make_remove_button(self) -> None:
        self._remove = QPushButton(self.tr("Rem&ove"), self)
        self._remove.setObjectName("removePasswordButton")
        self._remove.setAutoDefault(False)
        self._remove.setCheckable(True)
        self._remove.setToolTip(self.tr("Forget the stored password when you save"))
        self._remove.setAccessibleName(self.tr("Remove the stored password"))
        self._remove.toggled.connect(self._set_to_remove)

    def _make_session_choice(self) -> None:
        self._state = note(self, "passwordState")
        self._session = QCheckBox(self.tr("&Keep it for this session only"), self)
        self._session.setObjectName("sessionPasswordCheck")
        self._session.setToolTip(
            self.tr("The password stays in memory and is gone when Mail Admin is closed")
        )
        self._session.setAccessibleName(self.tr("Keep the password for this session only"))
        self._session.toggled.connect(lambda _checked: self.edited.emit())
        self._session.hide()

    def _typed(self, text: str) -> None:
        if text and self._to_remove:
            self._remove.setChecked(False)
        self._show_state()
        self.edited.emit()

    def _set_revealed(self, revealed: bool) -> None:
        self.edit.setEchoMode(
            QLineEdit.EchoMode.Normal if revealed else QLineEdit.EchoMode.Password
        )
        self._icons.put(self._reveal, IconName.HIDE if revealed else IconName.REVEAL)
        self._reveal.setToolTip(
            self.tr("Hide the password") if revealed else self.tr("Show the password")
        )

    def _set_to_remove(self, remove: bool) -> None:
        self._to_remove = remove
        if remove:
            self.edit.clear()
        self._show_state()
        self.edited.emit()

    def _show_state(self) -> None:
        placeholder, sentence = self._words()
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleDescription(sentence or placeholder)
        self._state.setText(sentence)
        self._state.setVisible(bool(sentence))
        self._reveal.setEnabled(bool(self.edit.text()))
        lookup = self._lookup
        self._remove.setVisible(
            lookup is not None
            and lookup.state is CredentialState.STORED
            and lookup.source != "file"
            and not self.edit.text()
        )
        if self._remove.isChecked() != self._to_remove:
            self._remove.setChecked(self._to_remove)

    def _words(self) -> tuple[str, str]:
        """Placeholder and, where something stands in the way, a sentence below the field."""
        lookup = self._lookup
        if self._to_remove:
            return self.tr("Will be removed when you save"), ""
        if lookup is None:
            return self.tr("Looking for a stored password…"), ""
        problem = explain(lookup.problem) if lookup.problem is not None else lookup.detail
        match lookup.state, lookup.source:
            case CredentialState.STORED, "session":
                return self.tr("Kept for this session; type to replace it"), ""
            case CredentialState.STORED, "file":
                return self.tr("Read from a password file"), ""
            case CredentialState.STORED, _:
                return self.tr("Stored in the keyring; type to replace it"), ""
            case CredentialState.LOCKED, _:
                return self.tr("The keyring is locked"), problem
            case CredentialState.NO_KEYRING, _:
                return self.tr("No keyring"), problem
            case CredentialState.MISSING, "file":
                return self.tr("The password file can't be used"), problem
            case _:
                return self.tr("No password stored"), ""
