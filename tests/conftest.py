"""Fixtures that several parts of the tests share."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mailadmin.ui.emit_guard import guard_constants
from mailadmin.ui.garbage_collection import collect_due

guard_constants()  # the tests' own calls of Qt are as many as the window's
gc.disable()  # what a test leaves of its widgets must not be collected in a thread of the next one


def pytest_runtest_logfinish() -> None:
    """Collect between two tests instead."""
    collect_due()


# A busy machine is no failure of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

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
