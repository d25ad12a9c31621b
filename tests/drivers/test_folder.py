"""The driver folder: what is in its files, what they are called, and what goes wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailadmin.domain.outcome import Outcome, OutcomeKind
from mailadmin.drivers.folder import FolderDriver, FolderSettings, Stage
from mailadmin.drivers.probing import StepState
from mailadmin.drivers.session import Delivery

ANN, BOB = "ann@example.net", "bob@example.net"
CONTENT = b"Subject: Hello\r\n\r\n.dot\r\nFrom here\nbare \r and \xff\xfe bytes"
DRIVER = FolderDriver()


def deliver(
    folder: Path, recipients: dict[str, int], content: bytes = CONTENT, sender: str = "o@x.org"
) -> dict[str, Outcome]:
    """Have a message written for each recipient with its queue ID."""

    async def commit(_: Sequence[str]) -> bool:
        return True

    async def main() -> dict[str, Outcome]:
        session = await DRIVER.open(FolderSettings(str(folder)), None, cautious=False)
        return await session.deliver(Delivery(sender, recipients, content), commit)

    return asyncio.run(main())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def problem(folder: str) -> str:
    return str(DRIVER.problem(FolderSettings(folder), "folder") or "")


def test_each_recipient_has_a_file_with_the_envelope_above_the_unchanged_bytes(
    tmp_path: Path,
) -> None:
    outcomes = deliver(tmp_path, {ANN: 7, BOB: 8})
    assert names(tmp_path) == [f"7-{ANN}.eml", f"8-{BOB}.eml"]
    for number, name in ((7, ANN), (8, BOB)):
        path = tmp_path / f"{number}-{name}.eml"
        head = f"X-Envelope-From: <o@x.org>\r\nX-Envelope-To: <{name}>\r\n"
        assert path.read_bytes() == head.encode() + CONTENT
        assert outcomes[name].kind is OutcomeKind.ACCEPTED
        assert outcomes[name].reason == f"Written to {path}."


def test_an_empty_sender_and_addresses_in_other_scripts_are_written(tmp_path: Path) -> None:
    deliver(tmp_path, {"bücher@münchen.example": 1}, sender="")
    (path,) = tmp_path.iterdir()
    assert path.name == "1-bücher@münchen.example.eml"
    head = "X-Envelope-From: <>\r\nX-Envelope-To: <bücher@münchen.example>\r\n"
    assert path.read_bytes().startswith(head.encode())


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ('"../../etc/x"@example.org', "5-_.._.._etc_x_@example.org.eml"),
        ('"a\\\\b"@example.org', "5-_a__b_@example.org.eml"),
        ("a|b*c@example.org", "5-a_b_c@example.org.eml"),
        ("x" * 64 + "@" + "y" * 180 + ".org", "5-" + "x" * 64 + "@" + "y" * 129 + ".eml"),
    ],
)
def test_a_file_name_never_leads_out_of_the_folder(
    tmp_path: Path, recipient: str, name: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    deliver(folder, {recipient: 5})
    assert names(folder) == [name]
    assert names(tmp_path) == ["folder"]


def test_a_repeated_delivery_writes_nothing(tmp_path: Path) -> None:
    first = deliver(tmp_path, {ANN: 7})
    (path,) = tmp_path.iterdir()
    before = path.stat()
    assert deliver(tmp_path, {ANN: 7}) == first
    assert names(tmp_path) == [path.name]
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_of_another_message_is_never_replaced(tmp_path: Path) -> None:
    """Two databases count their queue IDs from one."""
    deliver(tmp_path, {ANN: 7})
    deliver(tmp_path, {ANN: 7}, b"Another\r\n")
    deliver(tmp_path, {ANN: 7}, b"Another\r\n")
    deliver(tmp_path, {ANN: 7}, b"A third\r\n")
    assert names(tmp_path) == [f"7 (2)-{ANN}.eml", f"7 (3)-{ANN}.eml", f"7-{ANN}.eml"]
    assert (tmp_path / f"7-{ANN}.eml").read_bytes().endswith(CONTENT)
    long = {"x" * 250 + "@example.org": 1}  # whose numbers must not be cut off
    deliver(tmp_path, long)
    assert deliver(tmp_path, long, b"Another\r\n")[next(iter(long))].kind is OutcomeKind.ACCEPTED


@pytest.mark.skipif(os.name == "nt", reason="links are for administrators there")
def test_a_link_that_somebody_put_there_is_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    folder.mkdir()
    (folder / f"7-{ANN}.eml").symlink_to(outside)
    deliver(folder, {ANN: 7})
    assert not outside.exists()
    assert (folder / f"7 (2)-{ANN}.eml").exists()


def test_what_is_written_before_it_fails_is_not_written_again(
    tmp_path: Path,
) -> None:
    (tmp_path / f"8-{BOB}.eml").mkdir()  # no file can have that name
    outcomes = deliver(tmp_path, {ANN: 7, BOB: 8, "cy@example.net": 9})
    assert [one.kind for one in outcomes.values()] == [
        OutcomeKind.ACCEPTED,
        OutcomeKind.PROVIDER_FAULT,
        OutcomeKind.PROVIDER_FAULT,
    ]
    assert "can't be used: Is a directory" in outcomes[BOB].reason


def test_a_missing_folder_and_a_file_in_its_place_are_the_providers_fault(tmp_path: Path) -> None:
    (outcome,) = deliver(tmp_path / "missing", {ANN: 7}).values()
    assert outcome.kind is OutcomeKind.PROVIDER_FAULT
    assert outcome.reason == (
        f"The folder {tmp_path / 'missing'} does not exist. Make it, or choose another."
    )
    file = tmp_path / "file"
    file.touch()
    (outcome,) = deliver(file, {ANN: 7}).values()
    assert (outcome.kind, outcome.stage) == (OutcomeKind.PROVIDER_FAULT, Stage.WRITE)
    assert outcome.reason == f"{file} is not a folder. Choose another."


def test_a_folder_is_given_by_its_whole_path(tmp_path: Path) -> None:
    assert problem(str(tmp_path)) == ""
    assert problem(str(tmp_path / "not there yet")) == ""
    assert problem("") == "This has to be given."
    assert problem("spool/mail").startswith("Give the whole path")
    assert problem("./x").startswith("Give the whole path")
    assert problem("~/mail").startswith("Give the whole path")
    assert problem("/a\nb").startswith("Line breaks")
    assert problem("/a\0b").startswith("Line breaks")


def test_the_stage_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(folder: Path) -> list[tuple[str, StepState]]:
        result = asyncio.run(DRIVER.probe(FolderSettings(str(folder)), "o@x.org", None))
        assert not list(tmp_path.glob(".mailadmin*"))
        return [(step.stage, step.state) for step in result.steps]

    passed, failed, skipped = StepState.PASSED, StepState.FAILED, StepState.SKIPPED
    assert probe(tmp_path) == [("Folder", passed), ("Write", passed), ("Space", passed)]
    missing = [("Folder", failed), ("Write", skipped), ("Space", skipped)]
    assert probe(tmp_path / "missing") == missing
    (tmp_path / "file").touch()
    assert probe(tmp_path / "file") == missing
    monkeypatch.setattr("mailadmin.drivers.folder._LEAST_SPACE", 1 << 62)
    assert probe(tmp_path) == [("Folder", passed), ("Write", passed), ("Space", failed)]
