"""Generated databases as an application leaves them: with the search index filled."""

from __future__ import annotations

import time
from pathlib import Path

from mailadmin.drivers.registry import standard_drivers
from mailadmin.store import Store
from tests.benchmarks.rig.generate import generate


def database(folder: Path, log: int, queue: int) -> Path:
    """The database of this size in `folder`, generated if it isn't there from another run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{log}-{queue}.db"
    if path.exists():
        return path
    began = time.perf_counter()
    generate(path, log=log, queue=queue)
    generated = time.perf_counter()
    store = Store.open(path, standard_drivers())
    while store.log.search.catch_up():
        pass
    store.close()
    print(
        f"{log:,} + {queue:,} rows: {path.stat().st_size / 1e6:,.0f} MB, generated in "
        f"{generated - began:.1f} s, indexed in {time.perf_counter() - generated:.1f} s"
    )
    return path
