"""What every driver keeps to, so that the rest of the program needs to know none of them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.errors import InvalidInput
from mailadmin.domain.outcome import OutcomeKind, Scope
from mailadmin.domain.provider import COMMON_FIELDS, DriverSettings, Encryption, PublicColumns
from mailadmin.drivers.driver import Driver
from mailadmin.drivers.fields import PathTo
from mailadmin.drivers.folder import FolderSettings
from mailadmin.drivers.probing import ProbeStep, StepState
from mailadmin.drivers.registry import standard_drivers
from mailadmin.drivers.session import Delivery, DriverFailure, StaleClaim
from mailadmin.drivers.smtp.settings import SmtpSettings
from tests.servers.scripted_server import scripted_server

DRIVERS = standard_drivers()
NAMES = DRIVERS.names
CONTENT = b"Subject: Hello\r\n\r\n.dot\r\nbody \xc3\xa9\r\n"
ANN, BOB = "ann@example.net", "bob@example.net"
DELIVERY = Delivery("office@example.org", {ANN: 41, BOB: 42}, CONTENT)

OF_ALL: dict[str, dict[str, object]] = {  # a value of each field that is not its default
    "smtp": {
        "host": "smtp.example.org",
        "port": 2525,
        "username": "ann",
        "encryption": Encryption.SSL,
        "ca_file": "/etc/ssl/ca.pem",
        "trusted_fingerprint": "ab" * 32,
    },
    "folder": {"folder": "/var/spool/büro"},
}


@contextmanager
def working(name: str, folder: Path) -> Iterator[DriverSettings]:
    """Settings with which mail gets through."""
    if name == "folder":
        yield FolderSettings(str(folder))
    else:
        offers = "250-scripted\n250-8BITMIME\n250 HELP"
        with scripted_server({"EHLO": offers}) as server:
            yield SmtpSettings("127.0.0.1", server.port, encryption=Encryption.NONE)


@contextmanager
def failing(name: str, folder: Path) -> Iterator[DriverSettings]:
    """Settings with which none does."""
    if name == "folder":
        yield FolderSettings(str(folder / "missing"))
    else:
        with scripted_server({"GREETING": "554 5.7.1 blocked"}) as server:
            yield SmtpSettings("127.0.0.1", server.port, encryption=Encryption.NONE)


@pytest.fixture(params=NAMES)
def driver(request: pytest.FixtureRequest) -> Driver[Any]:
    return DRIVERS.named(request.param)


def test_every_driver_is_tried_here() -> None:
    assert set(OF_ALL) == set(NAMES)


def test_the_fields_that_are_declared_are_those_of_the_settings(driver: Driver[Any]) -> None:
    names = [field.name for field in driver.fields]
    assert names == [field.name for field in fields(driver.settings)]
    assert not {*names} & {*COMMON_FIELDS, "driver", "password"}
    for field in driver.fields:
        assert field.summary
        shown = {each.name for each in fields(PublicColumns)}
        assert bool(field.title) != (field.name in shown)


def test_equal_settings_are_equal_and_can_not_be_changed(driver: Driver[Any]) -> None:
    settings = driver.completed(OF_ALL[driver.name])
    assert settings == driver.completed(OF_ALL[driver.name])
    assert settings != driver.empty()
    assert hash(settings) == hash(driver.completed(OF_ALL[driver.name]))
    assert settings.name == driver.name
    with pytest.raises((FrozenInstanceError, AttributeError)):
        setattr(settings, driver.fields[0].name, "other")


def test_settings_come_back_from_the_database(driver: Driver[Any]) -> None:
    settings = driver.completed(OF_ALL[driver.name])
    text = settings.to_json()
    assert json.loads(text).keys() == OF_ALL[driver.name].keys()
    assert DRIVERS.decode(driver.name, text, settings.columns) == settings


def test_a_value_of_another_type_is_refused_with_its_field(driver: Driver[Any]) -> None:
    for field in driver.fields:
        found = DRIVERS.read(driver.name, {**OF_ALL[driver.name], field.name: [1]})
        assert isinstance(found, list)
        assert [problem.field for problem in found] == [field.name]


def test_a_form_begins_with_something_that_is_not_complete(driver: Driver[Any]) -> None:
    empty = driver.empty()
    wrong = [each.name for each in driver.fields if driver.problem(empty, each.name) is not None]
    assert wrong == [each.name for each in driver.fields if each.required]
    complete = driver.completed(OF_ALL[driver.name])
    for field in driver.fields:
        if field.path is not PathTo.FILE:  # which would have to be there
            assert driver.problem(complete, field.name) is None


def test_the_other_fields_stay_when_one_field_changes(driver: Driver[Any]) -> None:
    before = driver.completed(OF_ALL[driver.name])
    for field in driver.fields:
        assert driver.completed({field.name: OF_ALL[driver.name][field.name]}, before) == before


def test_each_problem_of_a_driver_names_its_field(driver: Driver[Any]) -> None:
    for field in driver.fields:
        if field.kind is str:
            settings = driver.completed({**OF_ALL[driver.name], field.name: "a\r\nb"})
            problem = driver.problem(settings, field.name)
            assert isinstance(problem, InvalidInput)
            assert problem.field == field.name


def test_without_a_credential_nothing_is_signed_in_to(driver: Driver[Any]) -> None:
    if driver.credential is None:
        assert not driver.signs_in(driver.completed(OF_ALL[driver.name]))
    assert not driver.signs_in(driver.empty())


def test_a_message_is_delivered_after_the_commit_point(driver: Driver[Any], tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []

    async def commit(recipients: Sequence[str]) -> bool:
        asked.append(list(recipients))
        return True

    async def main(settings: DriverSettings) -> None:
        session = await driver.open(settings, None, cautious=False)
        assert session.usable
        outcomes = await session.deliver(DELIVERY, commit)
        await session.close()
        assert list(outcomes) == [ANN, BOB]
        assert {one.kind for one in outcomes.values()} == {OutcomeKind.ACCEPTED}
        assert all(one.reason for one in outcomes.values())

    with working(driver.name, tmp_path) as settings:
        asyncio.run(main(settings))
    assert asked == [[ANN, BOB]]


@pytest.mark.parametrize("cautious", [True, False])
def test_a_claim_that_was_lost_sends_nothing(
    driver: Driver[Any], tmp_path: Path, *, cautious: bool
) -> None:
    async def commit(_: Sequence[str]) -> bool:
        return False

    async def main(settings: DriverSettings) -> None:
        session = await driver.open(settings, None, cautious=cautious)
        with pytest.raises(StaleClaim):
            await session.deliver(DELIVERY, commit)
        await session.close()

    with working(driver.name, tmp_path) as settings:
        asyncio.run(main(settings))
    assert list(tmp_path.iterdir()) == []


def test_what_the_commit_point_raises_is_passed_on(driver: Driver[Any], tmp_path: Path) -> None:
    async def commit(_: Sequence[str]) -> bool:
        raise ZeroDivisionError

    async def main(settings: DriverSettings) -> None:
        session = await driver.open(settings, None, cautious=False)
        with pytest.raises(ZeroDivisionError):
            await session.deliver(DELIVERY, commit)
        await session.close()

    with working(driver.name, tmp_path) as settings:
        asyncio.run(main(settings))


def test_a_failure_tells_each_recipient_and_whose_it_is(
    driver: Driver[Any], tmp_path: Path
) -> None:
    async def commit(_: Sequence[str]) -> bool:
        return True

    async def main(settings: DriverSettings) -> None:
        try:
            session = await driver.open(settings, None, cautious=False)
            outcomes = await session.deliver(DELIVERY, commit)
        except DriverFailure as failure:
            outcomes = dict.fromkeys(DELIVERY.recipients, failure.outcome)
        assert list(outcomes) == [ANN, BOB]
        for outcome in outcomes.values():
            assert (outcome.kind, outcome.scope) == (OutcomeKind.PROVIDER_FAULT, Scope.PROVIDER)
            assert outcome.reason.endswith(("blocked", "."))

    with failing(driver.name, tmp_path) as settings:
        asyncio.run(main(settings))


@pytest.mark.parametrize("works", [True, False])
def test_the_connection_test_goes_through_the_stages(
    driver: Driver[Any], tmp_path: Path, *, works: bool
) -> None:
    heard: list[ProbeStep] = []
    make = working if works else failing
    with make(driver.name, tmp_path) as settings:
        probing = driver.probe(settings, "office@example.org", None, on_step=heard.append)
        result = asyncio.run(probing)
    assert result.passed is works
    assert tuple(heard) == result.steps
    assert tuple(step.stage for step in result.steps) == driver.stages
    assert all(step.sentence for step in result.steps)
    states = [step.state for step in result.steps]
    if not works:
        at = states.index(StepState.FAILED)
        assert set(states[at + 1 :]) <= {StepState.SKIPPED}
        assert result.failed_step is result.steps[at]
    assert list(tmp_path.iterdir()) == []


def test_all_drivers_are_made_without_what_opens_connections() -> None:
    code = (
        "import sys; from mailadmin.drivers.registry import standard_drivers; standard_drivers();"
        " heavy = ('aiosmtplib', 'asyncio', 'ssl', 'socket');"
        " print([name for name in heavy if name in sys.modules])"
    )
    made = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert made.stdout == "[]\n"
