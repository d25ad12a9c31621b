"""Settings as text, and what becomes of those that nobody understands."""

from __future__ import annotations

import json

import pytest

from mailadmin.domain.provider import PublicColumns, UnknownSettings
from mailadmin.drivers.fields import Field
from mailadmin.drivers.registry import Drivers, standard_drivers
from mailadmin.drivers.smtp.driver import SmtpDriver
from mailadmin.drivers.smtp.settings import SmtpSettings
from tests.smtp_providers import settings_of, smtp_provider, with_changes

SMTP = SmtpSettings("smtp.example.org", username="ann")
SHOWN = PublicColumns("shown.example.org", 1, "bob", None)


def decode(text: str, driver: str = "smtp") -> object:
    return standard_drivers().decode(driver, text, SHOWN)


def test_a_field_that_is_left_out_has_its_default() -> None:
    assert decode('{"host": "h.example"}') == SmtpSettings("h.example")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",  # without its host
        '{"host": 5}',
        '{"host": "h", "port": "587"}',
        '{"host": "h", "port": true}',
        '{"host": "h", "encryption": "ROT13"}',
        '{"host": "h", "of_a_newer_version": 1}',
        "[" * 100_000,
    ],
)
def test_settings_that_can_not_be_read_are_kept_as_they_are(text: str) -> None:
    found = decode(text)
    assert found == UnknownSettings("smtp", text, SHOWN)
    assert isinstance(found, UnknownSettings)
    assert (found.to_json(), found.columns, found.name) == (text, SHOWN, "smtp")
    problem = standard_drivers().of(found).unusable(found)
    assert "the driver “smtp” of this version of Mail Admin understands" in str(problem)


def test_settings_of_an_unknown_driver_are_kept_and_unusable() -> None:
    text = '{"tenant": "example.org"}'
    found = decode(text, "graph")
    assert isinstance(found, UnknownSettings)
    assert (found.name, found.to_json()) == ("graph", text)
    assert found.values() == {"tenant": "example.org"}
    assert "This version of Mail Admin has no driver “graph”." in str(
        standard_drivers().of(found).unusable(found)
    )


def test_a_driver_may_not_have_a_field_that_all_have() -> None:
    class Greedy(SmtpDriver):
        fields = (*SmtpDriver.fields, Field("weight", int, "how heavy it is"))

    with pytest.raises(ValueError, match="weight"):
        Drivers(Greedy())


def test_the_settings_are_named_among_the_values_of_a_provider() -> None:
    provider = with_changes(smtp_provider("Relay", "h.example", 25, "a@example.org"), weight=3)
    values = provider.values()
    assert list(values)[:4] == ["uid", "caption", "driver", "host"]
    assert (values["driver"], values["host"], values["weight"]) == ("smtp", "h.example", 3)
    assert json.loads(settings_of(provider).to_json()).items() <= values.items()
