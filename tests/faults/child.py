"""The program as a process that may die at any moment.

    python -m tests.faults.child PLAN ARGUMENT…     runs it once; PLAN is a `Plan` as JSON
    python -m tests.faults.child --serve            runs it as often as asked, see `commands`

To serve means to start the interpreter and import the program once, and to fork for each run: a
real process in all that matters here, in a few milliseconds. Nothing is open when it forks.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
from typing import NoReturn

from tests.faults.broken_storage import BREAKAGES
from tests.faults.events import Events, Plan
from tests.faults.faulty_disk import FaultyDisk
from tests.faults.faulty_sockets import watch_sockets

PATIENCE = 100  # seconds after which a run counts as hanging


def run(plan: Plan, arguments: list[str]) -> int:
    """Run the program as the plan says; gives the exit code, if it comes to that."""
    if plan.options:
        from tests.faults.quick import Quick

        Quick(options=dict(plan.options)).install(setattr)
    for name in plan.broken:
        BREAKAGES[name]()
    events = Events(plan)
    disk = FaultyDisk(events, plan)
    watch_sockets(events)
    from mailadmin.__main__ import main as program

    code = program(arguments)
    del disk  # was to live as long as the program's connections
    return code


def make_plan(settings: dict[str, object]) -> Plan:
    """A plan from the JSON it was sent as."""
    broken, options = settings.pop("broken"), settings.pop("options")
    assert isinstance(broken, list)
    assert isinstance(options, list)
    pairs = tuple((name, value) for name, value in options)
    return Plan(**settings, broken=tuple(broken), options=pairs)  # type: ignore[arg-type]


def serve() -> None:
    """Fork a run for each line of standard input, and answer it with what became of the run."""
    import mailadmin.__main__
    import mailadmin.cli.commands.sender_events
    import mailadmin.credentials
    import mailadmin.delivery.deliverer
    import mailadmin.diagnostics.recording
    import mailadmin.intake.eml
    import mailadmin.message
    import mailadmin.providers.validation
    import mailadmin.store.upkeep.backup
    import mailadmin.store.upkeep.integrity  # noqa: F401
    from mailadmin.store.migrations import all_steps

    all_steps()
    gc.freeze()  # a collection would write to each object, and so copy all memory into each child
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _become(request)
        handle = os.pidfd_open(child)
        finished, _, _ = select.select([handle], [], [], PATIENCE)
        os.close(handle)
        if not finished:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(json.dumps(os.waitstatus_to_exitcode(status) if finished else None), flush=True)


def _become(request: dict[str, object]) -> NoReturn:
    """Be the run that was asked for: its files, its plan, its arguments."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(str(request[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
    settings, arguments = request["plan"], request["arguments"]
    assert isinstance(settings, dict)
    assert isinstance(arguments, list)
    code = 70
    try:
        code = run(make_plan(settings), arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - what Python prints at the end of a program
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve()
    else:
        sys.exit(run(make_plan(json.loads(sys.argv[1])), sys.argv[2:]))
