"""Mail Admin beside DB Browser for SQLite on the same file, both seen from outside.

    python -m tests.benchmarks.db_browser [LOG] [--rounds N] [--keep FOLDER]

Both on an Xvfb with a window manager, driven by xdotool: start with the table of the Log in front,
jump to the end (Ctrl+End), filter (type a name; in DB Browser into the filter of the column). A
time ends with the last change of the pixels where the rows are. Needs Debian's sqlitebrowser,
openbox and xdotool; without them it says so and measures nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from mailadmin.ui.welcome.steps import CLOSED
from tests.benchmarks.rig.databases import database
from tests.benchmarks.rig.display import display
from tests.benchmarks.rig.pixels import Area, Pixels

_TOOLS = ("sqlitebrowser", "openbox", "xdotool", "Xvfb")
_QUIET = 4.0  # seconds without a change: it is done
_SETTLE = 1.0  # the same between what is measured
_LIMIT = 10.0  # seconds for what takes none
_FILTER = "zoe.berg"


@dataclass(frozen=True)
class _Program:
    """A program and what its user does with it; places are pixels on a screen of 1280 × 1024."""

    name: str
    command: Callable[[Path], list[str]]
    area: Area  # of rows, where nothing else is ever shown
    row: tuple[int, int]
    after_start: tuple[str, ...]  # xdotool's words that make it ready
    filter: tuple[str, ...]  # xdotool's words before the text is typed


_PROGRAMS = (
    _Program(
        "DB Browser",
        lambda path: ["sqlitebrowser", "-t", "journal", str(path)],
        Area(190, 560, 400, 250),
        (300, 650),
        ("key", "Escape"),  # "The database is currently busy", asked after each start
        ("mousemove", "500", "341", "click", "1"),
    ),
    _Program(
        "Mail Admin",
        lambda path: [sys.executable, "-m", "mailadmin", "--database", str(path)],
        Area(300, 450, 700, 250),
        (500, 500),
        (),
        ("key", "ctrl+f"),
    ),
)
_STEPS = ("start, first rows", "jump to the end", f"filter “{_FILTER}”", "resident MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="db_browser", description=__doc__.splitlines()[0])
    parser.add_argument("log", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the database, to use it again")
    options = parser.parse_args()
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"Not measured: {', '.join(missing)} not installed (Debian packages of these names).")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = database(options.keep or folder, options.log, 0)
        store = Store.open(path, standard_drivers())
        store.settings.set(CLOSED, True)  # the welcome would push the rows out of their place
        store.close()
        found: dict[str, list[dict[str, float]]] = {each.name: [] for each in _PROGRAMS}
        for _ in range(options.rounds):
            for program in _PROGRAMS:
                found[program.name].append(_measure(program, path, folder))
    print(f"{options.log:,} rows of the Log; milliseconds, median of {options.rounds} in turns")
    print(f"{'':<24}" + "".join(f"{each.name:>12}" for each in _PROGRAMS) + "   ratio")
    for step in _STEPS:
        theirs, ours = (statistics.median(r[step] for r in found[each.name]) for each in _PROGRAMS)
        print(f"{step:<24}{theirs:>12,.0f}{ours:>12,.0f} {ours / theirs:>6.2f} ×")


def _measure(program: _Program, path: Path, folder: Path) -> dict[str, float]:
    home = Path(tempfile.mkdtemp(dir=folder))
    settings = home / "mailadmin" / "window.ini"
    settings.parent.mkdir()
    settings.write_text("[window]\ntab=2\n")
    with display(home):
        manager = subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        environment = os.environ | {
            name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
        }
        started: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            command = program.command(path)
            started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))

        try:
            with Pixels(home) as pixels:
                found = _use(program, pixels, start)
            found[_STEPS[3]] = psutil.Process(started[0].pid).memory_info().rss / 1e6
        finally:
            for process in (*started, manager):
                process.kill()  # it may have a question before it ends
                process.wait(_LIMIT)
    return found


def _use(program: _Program, pixels: Pixels, start: Callable[[], None]) -> dict[str, float]:
    def timed(step: str, act: Callable[[], object]) -> None:
        try:
            seconds = pixels.changing(program.area, act, _QUIET)
        except TimeoutError as error:
            raise SystemExit(f"{program.name}, {step}: {error}") from None
        if seconds is None:
            raise SystemExit(f"{program.name}, {step}: nothing happened on the screen")
        found[step] = seconds * 1000

    found: dict[str, float] = {}
    timed(_STEPS[0], start)
    for words in (program.after_start, ("mousemove", *map(str, program.row), "click", "1")):
        _settle(pixels, program, *words)
    timed(_STEPS[1], partial(_xdotool, "key", "ctrl+End"))
    _settle(pixels, program, "key", "ctrl+Home")
    _settle(pixels, program, *program.filter)
    timed(_STEPS[2], partial(_xdotool, "type", "--delay", "0", _FILTER))
    return found


def _settle(pixels: Pixels, program: _Program, *words: str) -> None:
    try:
        pixels.changing(program.area, partial(_xdotool, *words), _SETTLE)
    except TimeoutError as error:
        raise SystemExit(f"{program.name}, after {' '.join(words)}: {error}") from None


def _xdotool(*words: str) -> subprocess.Popen[bytes] | None:
    return subprocess.Popen(["xdotool", *words]) if words else None


if __name__ == "__main__":
    main()
