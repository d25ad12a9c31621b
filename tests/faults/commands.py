"""Runs the program in processes that die as planned, and reads what they left in the database.

with runner(folder) as run:
    ended = run(Plan(at=17), "--database", file, "send", "--until-empty")
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.events import Plan

UNHARMED = Plan()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended and what it wrote."""

    code: int  # the exit code; negative: the signal it died from
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it died as planned."""
        return self.code in {-signal.SIGKILL, -signal.SIGALRM}

    @property
    def ids(self) -> list[int]:
        """The queue IDs it printed; a line that was not finished is none."""
        return [int(line) for line in self.out.split("\n")[:-1]]


@dataclass
class Runner:
    """Runs the program, one run at a time."""

    folder: Path
    process: subprocess.Popen[str]
    _runs: int = field(default=0)

    def __call__(self, plan: Plan, *arguments: object) -> Ended:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._runs += 1
        out, err = self.folder / "run.out", self.folder / "run.err"
        request = {
            "plan": asdict(plan),
            "arguments": [str(argument) for argument in arguments],
            "out": str(out),
            "err": str(err),
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        code = json.loads(self.process.stdout.readline())
        assert code is not None, f"the run hangs: {plan} {arguments}\n{err.read_text()}"
        return Ended(code, out.read_text(), err.read_text())

    def well(self, *arguments: object) -> Ended:
        """Run unharmed, which has to work."""
        ended = self(UNHARMED, *arguments)
        assert ended.code == 0, ended
        return ended


@contextmanager
def runner(folder: Path) -> Iterator[Runner]:
    """Have a process that forks the runs; their output goes to files of `folder`."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.faults.child", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Runner(folder, process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


def child_command(plan: Plan, *arguments: object) -> list[str]:
    """The arguments for a process of one's own, to be watched and killed from outside."""
    words = [sys.executable, "-W", "error", "-m", "tests.faults.child", json.dumps(asdict(plan))]
    return [*words, *map(str, arguments)]
