"""Uncaught exceptions: where they are noticed, and what their reports contain."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin import __version__
from mailadmin.credentials import Secret
from mailadmin.diagnostics.crash_hooks import CrashHooks
from mailadmin.diagnostics.crash_report import SENDER_THREAD, CrashKind, Uncaught, describe
from mailadmin.diagnostics.redaction import Redaction
from mailadmin.diagnostics.repeats import Repeats

_CANARY = "canary-" + secrets.token_hex(8)  # not in this source, which a traceback shows


def fail(password: Secret, text: str) -> None:
    plain = password.reveal()
    raise ZeroDivisionError(f"{text} with {password}", len(plain))


def uncaught(text: str = "it failed", thread: str = "MainThread") -> Uncaught:
    try:
        fail(Secret(_CANARY), text)
    except ZeroDivisionError as error:
        return Uncaught(type(error), error, error.__traceback__, thread)
    raise AssertionError


def test_a_report_has_versions_thread_and_traceback() -> None:
    report = describe(uncaught(), Redaction())
    head, _, trace = report.text.partition("\n\n")
    assert f"Mail Admin {__version__}" in head
    assert f"Python {sys.version.split()[0]}" in head
    assert "MainThread" in head
    assert trace.startswith("Traceback (most recent call last):")
    assert ", in fail" in trace
    assert report.summary.startswith("ZeroDivisionError: ")
    assert report.kind is CrashKind.ERROR
    assert describe(uncaught(thread=SENDER_THREAD), Redaction()).kind is CrashKind.SENDER


def test_a_report_has_no_password_address_or_home_folder() -> None:
    redact = Redaction(str(Path(__file__).parents[2]))
    said = "to ann@example.org, password=hunter2"
    report = describe(uncaught(said), redact)
    for text in (report.text, report.summary):
        for secret in (_CANARY, "ann@example.org", "hunter2"):
            assert secret not in text
    assert str(Path(__file__).parents[2]) not in report.text
    assert f"~{os.sep}tests" in report.text


def test_the_length_of_a_report_is_limited() -> None:
    def deeper(number: int) -> int:
        return deeper(number + 1) if number % 2 else other(number + 1)

    def other(number: int) -> int:
        return deeper(number)

    def found() -> Uncaught:
        try:
            deeper(0)
        except RecursionError as error:
            return Uncaught(type(error), error, error.__traceback__, "MainThread")
        raise AssertionError

    assert len(describe(found(), Redaction()).text) < 40_000
    report = describe(uncaught("message " * 10_000), Redaction())
    assert max(map(len, report.text.splitlines())) < 600
    assert len(report.summary) < 600


def test_an_exception_whose_str_fails_is_reported() -> None:
    class Shy(Exception):
        def __str__(self) -> str:
            raise ValueError

    error = Shy()
    report = describe(Uncaught(Shy, error, None, "MainThread"), Redaction())
    assert "Shy" in report.summary


@pytest.fixture
def found() -> list[Uncaught]:
    return []


@pytest.fixture
def hooks(found: list[Uncaught], monkeypatch: pytest.MonkeyPatch) -> Iterator[CrashHooks]:
    """Install the hooks over Python's own: pytest's would make the test fail."""
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    with CrashHooks(found.append) as made:
        yield made


@pytest.mark.usefixtures("hooks")
def test_an_exception_in_the_main_thread_is_reported_and_printed(
    found: list[Uncaught], capsys: pytest.CaptureFixture[str]
) -> None:
    thrown = uncaught()
    assert thrown.error is not None
    sys.excepthook(thrown.kind, thrown.error, thrown.trace)
    assert found[0].error is thrown.error
    assert "ZeroDivisionError" in capsys.readouterr().err  # Python's own hook still prints it


@pytest.mark.usefixtures("hooks")
def test_an_exception_in_another_thread_is_reported_and_printed(
    found: list[Uncaught], capsys: pytest.CaptureFixture[str]
) -> None:
    thread = threading.Thread(target=fail, args=(Secret("x"), "there"), name="worker")
    thread.start()
    thread.join()
    assert [(one.kind, one.thread) for one in found] == [(ZeroDivisionError, "worker")]
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.usefixtures("hooks")
def test_an_exception_in_a_finalizer_is_reported(found: list[Uncaught]) -> None:
    class Failing:
        def __del__(self) -> None:
            raise ZeroDivisionError

    Failing()
    assert [one.kind for one in found] == [ZeroDivisionError]
    assert "ignored" in found[0].said


@pytest.mark.usefixtures("hooks")
def test_exceptions_in_an_event_loop_are_reported(found: list[Uncaught]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: 1 / 0)
        task = asyncio.create_task(asyncio.sleep(0))
        task.add_done_callback(lambda _: [].pop())
        forgotten = asyncio.create_task(failing())
        await asyncio.sleep(0.01)
        del forgotten
        gc.collect()

    async def failing() -> None:
        raise ValueError

    asyncio.run(main())
    assert {one.kind for one in found} == {ZeroDivisionError, IndexError, ValueError}
    assert all(one.said for one in found)


@pytest.mark.usefixtures("hooks")
def test_a_bug_that_the_sender_contained_is_reported(found: list[Uncaught]) -> None:
    log = logging.getLogger("mailadmin.delivery.connection_worker")
    try:
        fail(Secret("x"), "there")
    except ZeroDivisionError:
        log.exception("Sending email %d failed by a bug", 17)
    log.error("no exception")
    assert [one.said for one in found] == ["Sending email 17 failed by a bug"]


@pytest.mark.usefixtures("hooks")
def test_a_keyboard_interrupt_is_no_crash(
    found: list[Uncaught], capsys: pytest.CaptureFixture[str]
) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not found
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_bug_in_the_reporting_is_printed_and_not_reported_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)

    def report(_: Uncaught) -> None:
        logging.getLogger("mailadmin.x").error("again", exc_info=ValueError())
        raise IndexError

    with CrashHooks(report):
        sys.excepthook(ZeroDivisionError, ZeroDivisionError(), None)
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "IndexError" in said


def test_the_earlier_hooks_are_put_back_unless_others_took_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers = list(logging.getLogger("asyncio").handlers)
    with CrashHooks(lambda _: None):
        assert sys.excepthook is not before[0]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
    assert logging.getLogger("asyncio").handlers == handlers

    def theirs(*_: object) -> None:
        pass

    with CrashHooks(lambda _: None):
        monkeypatch.setattr(sys, "excepthook", theirs)
    assert sys.excepthook is theirs


def test_a_crash_is_reported_again_only_after_a_pause() -> None:
    now = 0.0
    repeats = Repeats(lambda: now)
    assert repeats.note("a") == (1, True)
    for number in range(2, 400):  # a bug in painting crashes with every paint
        now += 0.1
        assert repeats.note("a") == (number, False)
    assert repeats.note("b") == (1, True)
    now += 6  # the button was pressed again
    assert repeats.note("a") == (400, True)
    now += 6
    assert repeats.note("a") == (401, False)  # a timer crashes regularly
    now += 11
    assert repeats.note("a") == (402, True)


def test_at_most_500_different_bugs_are_counted() -> None:
    repeats = Repeats()
    assert sum(repeats.note(str(number))[1] for number in range(2000)) == 500
