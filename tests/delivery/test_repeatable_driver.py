"""A sender that is stopped while a driver works that may simply do the same again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.message import NewMessage
from mailadmin.domain.outcome import OutcomeKind
from mailadmin.domain.provider import Provider
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.folder import FolderSession, FolderSettings
from mailadmin.drivers.session import Delivery
from tests.delivery.conftest import Running

Make = Callable[..., NewMessage]


def test_mail_under_way_goes_back_bound_to_its_provider_and_without_doubt(
    running: Running, message: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk doesn't answer: the sender ends all the same, and the next one repeats it."""
    folder = tmp_path / "spool"
    folder.mkdir()
    writing, answered = threading.Event(), threading.Event()
    write = FolderSession._write

    def slowly(session: FolderSession, delivery: Delivery) -> Any:  # noqa: ANN401 - outcomes
        writing.set()
        answered.wait(60)
        return write(session, delivery)

    provider = running.store.providers.add(
        Provider("Spool", FolderSettings(str(folder)), "o@example.org")
    )
    running.store.queue.enqueue([message()])
    with monkeypatch.context() as patch:
        patch.setattr(FolderSession, "_write", slowly)
        running.start()
        assert writing.wait(60)
        running.stop()
    row = running.store.queue.get(1)
    assert (row.status, row.attempts_count) == (QueueStatus.QUEUED, 0)
    assert row.provider_id == provider.id
    assert not row.possible_duplicate
    assert "It is repeated, which comes to no second message." in row.reason
    answered.set()
    running.until_empty()
    assert running.store.queue.summary().total == 0
    assert [path.name for path in folder.glob("*.eml")] == ["1-ann@example.org.eml"]
    kinds = [attempt.outcome for attempt in running.store.log.attempts(1)]
    assert kinds == [OutcomeKind.DEFERRED, OutcomeKind.ACCEPTED]


def test_a_limit_counts_what_a_folder_takes(
    running: Running, message: Make, tmp_path: Path
) -> None:
    running.store.providers.add(
        Provider("Spool", FolderSettings(str(tmp_path)), "o@example.org", limit_per_hour=1)
    )
    running.store.queue.enqueue([message("a@x.org", "b@x.org")])
    running.until_empty()
    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert running.store.health.get([1])[1].sent_today == 1
