"""`mailadmin log` on a real database."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailadmin.domain.claim import Disposition
from mailadmin.domain.outcome import Outcome, OutcomeKind, Reply
from mailadmin.drivers.smtp.stages import Stage
from mailadmin.store import Store
from tests.cli.commands.test_queue import attempt, fail
from tests.cli.conftest import CommandLine, Program, queued

KEYS = ["id", "active_queue_id", "email", "subject", "attempt_date", "status", "reason"]


@pytest.fixture
def logged(store: Store) -> list[int]:
    """One that failed and one that succeeded, whose subject is a spreadsheet's formula."""
    failed = queued(store, "ann@example.org", subject="First")
    fail(store)
    sent = queued(store, "bob@example.net", subject='=HYPERLINK("http://example.org")')
    accepted = Outcome(OutcomeKind.ACCEPTED, Stage.END_OF_DATA, "Accepted", Reply(250, "250 ok"))
    attempt(store, accepted, Disposition(None, None, "Accepted"))
    return failed + sent


def test_the_log_is_listed_as_json(cli: CommandLine, logged: list[int]) -> None:
    failed, sent = cli("log", "list", "--json").json
    assert list(failed) == list(sent) == KEYS
    assert [failed["id"], sent["id"]] == logged
    assert failed["active_queue_id"] == logged[0]
    assert sent["active_queue_id"] is None
    assert [failed["status"], sent["status"]] == ["FAIL", "SUCCESS"]
    assert datetime.fromisoformat(sent["attempt_date"]).utcoffset() is not None


def test_the_log_is_filtered_by_status_and_text(cli: CommandLine, logged: list[int]) -> None:
    shown = cli("log", "list", "--json", "--status", "fail").json
    assert [entry["id"] for entry in shown] == logged[:1]
    shown = cli("log", "list", "--json", "--search", "example.net").json
    assert [entry["id"] for entry in shown] == logged[1:]


def test_show_has_the_attempts_with_their_replies(cli: CommandLine, logged: list[int]) -> None:
    (shown,) = cli("log", "show", "--json", str(logged[1])).json
    assert list(shown)[: len(KEYS)] == KEYS
    assert shown["attempts"][0]["reply"] == "250 ok"
    assert "250 ok" in cli("log", "show", str(logged[1])).out
    assert cli("log", "show", "99").reason == "There is no email 99 in the Log."


def check_export(text: str) -> None:
    titles, *rows = list(csv.reader(io.StringIO(text, newline="")))
    assert titles[:3] == ["ID", "Active queue ID", "Email"]
    assert [row[2] for row in rows] == ["ann@example.org", "bob@example.net"]
    assert rows[1][3].startswith("'=HYPERLINK(")


@pytest.mark.usefixtures("logged")
def test_the_log_is_exported_as_csv(cli: CommandLine, tmp_path: Path) -> None:
    check_export(cli("log", "export").out)
    target = tmp_path / "log.csv"
    target.write_text("of yesterday")
    result = cli("log", "export", target)
    assert (result.code, result.out) == (0, "")
    check_export(target.read_text("utf-8"))
    assert list(tmp_path.glob(".*")) == []
    only = cli("log", "export", "--status", "success").out
    assert "ann@example.org" not in only
    assert "bob@example.net" in only


def check_workbook(content: bytes) -> None:
    book = load_workbook(io.BytesIO(content))
    titles, *rows = book.active.iter_rows()
    assert [cell.value for cell in titles][:3] == ["ID", "Active queue ID", "Email"]
    assert titles[4].value.startswith("Attempt date (UTC")
    assert [row[2].value for row in rows] == ["ann@example.org", "bob@example.net"]
    assert rows[1][3].value.startswith("=HYPERLINK(")
    assert rows[1][3].data_type == "s"
    assert rows[0][4].is_date
    book.close()


@pytest.mark.usefixtures("logged")
def test_the_log_is_exported_as_xlsx(cli: CommandLine, tmp_path: Path) -> None:
    named, told = tmp_path / "log.xlsx", tmp_path / "told"
    result = cli("log", "export", named)
    assert (result.code, result.err) == (0, f"2 emails exported to {named}.\n")
    check_workbook(named.read_bytes())
    assert cli("log", "export", "--format", "xlsx", told).code == 0
    check_workbook(told.read_bytes())
    assert list(tmp_path.glob(".*")) == []
    forced = tmp_path / "forced.xlsx"
    cli("log", "export", "--format", "csv", forced)
    check_export(forced.read_text("utf-8"))


@pytest.mark.usefixtures("logged")
def test_standard_output_gets_a_whole_workbook(program: Program) -> None:
    done = subprocess.run(
        program.command("log", "export", "--format", "xlsx"), capture_output=True, check=True
    )
    assert done.stderr == b""
    check_workbook(done.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.usefixtures("logged")
def test_xlsx_is_not_written_to_a_terminal(program: Program) -> None:
    outer, inner = os.openpty()
    done = subprocess.run(
        program.command("log", "export", "--format", "xlsx"),
        stdout=inner,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(inner)
    os.close(outer)
    assert done.returncode == 1
    assert done.stderr == "mailadmin: A terminal can't show XLSX: name a file for it.\n"


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no such device")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.usefixtures("logged")
def test_a_device_is_written_and_not_replaced(program: Program, form: str) -> None:
    done = subprocess.run(
        program.command("log", "export", "--format", form, "/dev/stdout"),
        capture_output=True,
        check=True,
    )
    if form == "csv":
        check_export(done.stdout.decode())
    else:
        check_workbook(done.stdout)


@pytest.mark.usefixtures("logged")
def test_columns_and_byte_order_mark_can_be_chosen(cli: CommandLine, tmp_path: Path) -> None:
    lines = cli("log", "export", "--columns", "status, email").out.splitlines()
    assert lines == ["Status,Email", "FAIL,ann@example.org", "SUCCESS,bob@example.net"]
    marked = cli("log", "export", "--bom", "--columns", "email").out
    assert marked.startswith("\ufeffEmail")
    target = tmp_path / "log.csv"
    cli("log", "export", "--bom", target)
    assert target.read_bytes().startswith(b"\xef\xbb\xbfID,")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--columns", "email,nonsense"], "--columns: 'nonsense' is none of id, active_queue_id"),
        (["--columns", ""], "--columns: '' is none of id"),
        (["--columns", "id,email,id"], "--columns: id is there twice"),
        (["--bom", "--format", "xlsx"], "--bom is for CSV"),
        (["--bom", "log.xlsx"], "--bom is for CSV"),
        (["--format", "ods"], "invalid choice: 'ods'"),
    ],
)
def test_an_export_with_bad_options_is_wrong_usage(
    cli: CommandLine, options: list[str], reason: str
) -> None:
    result = cli("log", "export", *options)
    assert result.code == 2
    assert reason in result.err


@pytest.mark.usefixtures("logged")
def test_an_export_into_an_absent_folder_fails(cli: CommandLine, tmp_path: Path) -> None:
    result = cli("log", "export", tmp_path / "absent" / "log.csv")
    assert "can't be written: No such file or directory." in result.reason


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.usefixtures("logged")
def test_an_export_to_a_full_disk_fails(program: Program) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program.command("log", "export"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "mailadmin: The output can't be written: No space left on device.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently")
def test_a_reader_who_leaves_early_is_no_error(program: Program, store: Store) -> None:
    queued(store, *(f"r{number}@example.org" for number in range(3000)))
    reader, writer = os.pipe()
    process = subprocess.Popen(
        program.command("queue", "list"), stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert os.read(reader, 2)
    os.close(reader)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
