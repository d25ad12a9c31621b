"""The program with short deadlines, and broken on purpose where a control asks for it.

In this process:  Quick(timeouts={"final": 0.2}).install(monkeypatch.setattr)
As a child:       python -m tests.faults.quick '{"timeouts": {"final": 0.2}}' --database … send …

What is broken is named in `tests.faults.broken`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partialmethod

from mailadmin.credentials import CredentialResolver
from mailadmin.delivery.deliverer import Deliverer
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.drivers.smtp.driver import SmtpDriver
from mailadmin.drivers.smtp.timeouts import RFC5321, Timeouts
from tests.faults.broken import BREAKAGES

Patch = Callable[[object, str, object], None]


@dataclass(frozen=True)
class Quick:
    """How the sender differs from the one users have. All durations are seconds."""

    options: Mapping[str, object] = field(default_factory=dict)  # of DeliveryOptions
    timeouts: Mapping[str, float] = field(default_factory=dict)  # of Timeouts
    keyring: float = 1.0  # how long the keyring has to answer
    broken: tuple[str, ...] = ()  # names of BREAKAGES

    def with_options(self, **options: object) -> Quick:
        """The same with more options."""
        return replace(self, options={**self.options, **options})

    def with_timeouts(self, **seconds: float) -> Quick:
        """The same with other timeouts."""
        return replace(self, timeouts={**self.timeouts, **seconds})

    def breaking(self, *names: str) -> Quick:
        """The same with BREAKAGES."""
        return replace(self, broken=names)

    def install(self, patch: Patch) -> None:
        """Change every Deliverer that is made from now on, whoever makes it."""
        original = Deliverer.__init__

        def changed(deliverer: Deliverer, *values: object, **named: object) -> None:
            given = named.get("options")
            options = given if isinstance(given, DeliveryOptions) else DeliveryOptions()
            changes = dict(self.options)
            if isinstance(delays := changes.get("retry_delays"), list):  # as it comes out of JSON
                changes["retry_delays"] = tuple(delays)
            named["options"] = replace(options, **changes)  # type: ignore[arg-type]
            original(deliverer, *values, **named)  # type: ignore[arg-type]

        patch(Deliverer, "__init__", changed)
        patch(SmtpDriver, "__init__", partialmethod(SmtpDriver.__init__, self._timeouts()))
        keyring = partialmethod(CredentialResolver.__init__, timeout=self.keyring)
        patch(CredentialResolver, "__init__", keyring)
        for name in self.broken:
            BREAKAGES[name](patch)

    def _timeouts(self) -> Timeouts:
        return replace(RFC5321, **self.timeouts)

    def command(self, *arguments: object) -> list[str]:
        """The arguments for a process that runs the program so."""
        settings = json.dumps(asdict(self))
        words = [sys.executable, "-W", "error", "-m", "tests.faults.quick", settings]
        return [*words, *map(str, arguments)]


def main() -> int:
    """Run the program as the first argument says."""
    settings = json.loads(sys.argv[1])
    Quick(**{**settings, "broken": tuple(settings["broken"])}).install(setattr)
    from mailadmin.__main__ import main as run

    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
