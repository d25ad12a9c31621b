"""How long commands take from start to end, against a Python that does nothing, in turns.

python -m tests.benchmarks.command_start [ROUNDS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.rig.limits import PATIENCE

COMMANDS = ("--version", "queue list", "log list --json", "send --until-empty")


def measure(*arguments: str) -> float:
    """Milliseconds that Python takes with these arguments."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=PATIENCE)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    taken: dict[str, list[float]] = {name: [] for name in ("python -c pass", *COMMANDS)}
    with tempfile.TemporaryDirectory() as folder:
        place = ("-m", "mailadmin", "--database", str(Path(folder) / "mail.db"))
        for _ in range(rounds):
            taken["python -c pass"].append(measure("-c", "pass"))
            for command in COMMANDS:
                taken[command].append(measure(*place, *command.split()))
    for name, times in taken.items():
        print(f"{name:<20} {statistics.median(times):6.0f} ms  (worst {max(times):.0f})")


if __name__ == "__main__":
    main()
