"""Telling whether the owner of a claim still runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mailadmin.delivery.owner import is_gone, owner_name


def test_another_sender_of_a_running_process_is_not_gone() -> None:
    assert not is_gone(owner_name(), owner_name())


def test_the_owner_of_an_ended_process_is_dead() -> None:
    code = "from mailadmin.delivery.owner import owner_name; print(owner_name())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert is_gone(done.stdout.strip(), owner_name())


def test_a_process_number_used_again_is_not_mistaken_for_the_owner() -> None:
    host, pid, _, unique = owner_name().split("/")
    assert is_gone(f"{host}/{pid}/1000000000/{unique}", owner_name())


def test_owners_of_other_computers_and_unknown_forms_are_left_to_their_lease() -> None:
    _, pid, started, unique = owner_name().split("/")
    assert not is_gone(f"elsewhere/{pid}/{started}/{unique}", owner_name())
    assert not is_gone("nonsense", owner_name())
