"""`explain` returns a sentence in the user's language, in English if there is no translation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from mailadmin.domain.errors import KnownError
from mailadmin.ui.words.errors import explain

GERMAN = {
    "{caption} is gone.": "{caption} gibt es nicht mehr.",
    "Slip in {caption}.": "Fehler bei {beschriftung}.",
    "100 {percent": "100 {Prozent",
}


class German(QTranslator):
    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        del disambiguation, n
        return GERMAN.get(source, "") if context == "KnownError" else ""

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    translator = German()
    assert QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


@pytest.mark.usefixtures("german")
def test_the_template_is_translated_before_its_values_are_put_in() -> None:
    assert explain(KnownError("{caption} is gone.", caption="A {b}")) == "A {b} gibt es nicht mehr."


@pytest.mark.usefixtures("german")
def test_a_translation_with_wrong_placeholders_falls_back_to_english() -> None:
    assert explain(KnownError("Slip in {caption}.", caption="Main")) == "Slip in Main."


@pytest.mark.usefixtures("german")
def test_a_template_without_values_is_not_formatted() -> None:
    assert explain(KnownError("100 {percent")) == "100 {Prozent"


def test_without_a_translation_the_error_is_in_english(qapp: QApplication) -> None:
    assert explain(KnownError("Choose {n} of them.", n=2)) == "Choose 2 of them."


@pytest.mark.usefixtures("german")
def test_an_error_inside_another_one_is_translated_too() -> None:
    inner = KnownError("{caption} is gone.", caption="A")
    outer = KnownError("{caption} is gone.", caption=inner)
    assert explain(outer) == "A gibt es nicht mehr. gibt es nicht mehr."
