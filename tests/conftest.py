"""Fixtures that several parts of the tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from mailadmin.ui.threads.emit_guard import guard_constants
from mailadmin.ui.threads.garbage_collection import collect_due

guard_constants()  # the tests' own calls of Qt are as many as the window's
gc.disable()  # what a test leaves of its widgets must not be collected in a thread of the next one


def pytest_runtest_logfinish() -> None:
    """Collect between two tests instead."""
    collect_due()


@pytest.hookimpl(tryfirst=True)  # pytest-xdist is to see the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have a window that hangs end the run, and tests that share a slow server run in one process.

    Qt's loop calls no Python: the signal that ends other tests would never be seen there, or be
    raised in a slot, from which nothing gets out. So all threads show their stacks and that is all.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "qapp" in fixtures:
            limit = item.get_closest_marker("timeout")
            item.add_marker(pytest.mark.timeout(*(limit.args if limit else ()), method="thread"))
        for shared in STARTED_ONCE.intersection(fixtures):
            item.add_marker(pytest.mark.xdist_group(shared))


# A busy machine is no failure of what is tested: what is waited for may take its time.
for waiting in (
    QtBot.waitActive,
    QtBot.waitCallback,
    QtBot.waitExposed,
    QtBot.waitSignal,
    QtBot.waitSignals,
    QtBot.waitUntil,
):
    waiting.__kwdefaults__ = {**(waiting.__kwdefaults__ or {}), "timeout": 30_000}  # ms
# The gate tries the same examples each time; by chance others are found where people work.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

# Fixtures of a session that take seconds to start.
STARTED_ONCE = {"running_postfix", "takers", "pipelining", "plain", "crowded"}

pytest_plugins = [
    "tests.secret_service",
    "tests.servers.fixtures",
]


@pytest.fixture(scope="session", autouse=True)
def log_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Log files of the programs that tests run belong to the tests, not to whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def shared_mail() -> Path:
    """The folder of messages that others wrote; it lies beside the repository."""
    folder = Path(__file__).parents[2] / "shared" / "mail"
    if not folder.is_dir():  # the gate insists on it before the tests begin
        pytest.skip("the sample messages are not beside this repository")
    return folder
