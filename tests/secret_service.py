"""A Secret Service of its own for a test: D-Bus, GNOME Keyring and nothing of the user's.

Fixtures (registered in tests/conftest.py):

    secret_service      unlocked, with an empty login keyring
    locked_keyring      locked, with a login keyring that exists
    prompting_keyring   the same with a display, on which the keyring asks for its password
    no_keyring          no session bus at all

Each points this process, and the programs it starts, to its own bus and folders and leaves no
process and no file behind. Tests are skipped where GNOME Keyring is not installed, and fail where
`CI` is set.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

if sys.platform == "linux":
    import secretstorage
    from jeepney import MatchRule, message_bus
    from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

from tests.keyring_prompt import KeyringPrompt, x_display

BUS_NAME = "org.freedesktop.secrets"
START_LIMIT = 45.0  # seconds until a daemon must be there
PROMPTER = Path("/usr/share/dbus-1/services/org.gnome.keyring.SystemPrompter.service")

BUS_CONFIGURATION = """<!DOCTYPE busconfig
 PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class SecretService:
    """A private session bus with a GNOME Keyring on it. All paths are below `folder`."""

    def __init__(self, folder: Path, *, display: str | None = None) -> None:
        self.folder = folder
        self.password = secrets.token_urlsafe(16)  # of the login keyring, for this run only
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        for name in ("home", "run", "data", "config", "services"):
            (folder / name).mkdir(mode=0o700)
        self.environment = {
            "HOME": str(folder / "home"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'run' / 'bus'}",
        }
        self._display = display
        if PROMPTER.exists():
            shutil.copy(PROMPTER, folder / "services")
        self._start_bus()

    def start(self, *, unlocked: bool) -> None:
        """Start the keyring and wait until it answers. The first start has to unlock it."""
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        if unlocked:
            command.append("--unlock")
        with self._connect() as connection:
            rule = MatchRule(
                type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged"
            )
            rule.add_arg_condition(0, BUS_NAME)
            Proxy(message_bus, connection).AddMatch(rule)
            with connection.filter(rule, bufsize=8) as owners:
                self._daemon = self._spawn(command, stdin=subprocess.PIPE)
                assert self._daemon.stdin is not None
                if unlocked:
                    self._daemon.stdin.write(self.password.encode())
                self._daemon.stdin.close()
                connection.recv_until_filtered(owners, timeout=START_LIMIT)

    def stop(self) -> None:
        """Kill the keyring, frozen or not; the bus stays. What it had stored is on disk."""
        _end(self._daemon)
        self._daemon = None

    def freeze(self) -> None:
        """Stop the keyring in its tracks, so that it answers nothing."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen keyring go on."""
        if self._daemon is not None and self._daemon.poll() is None:
            self._daemon.send_signal(signal.SIGCONT)

    def lock(self) -> None:
        """Lock the login keyring, as the desktop's own program does."""
        with self._connect() as connection:
            secretstorage.Collection(connection).lock()

    def stored(self, service: str, key: str) -> list[str]:
        """Read the secrets under `key` past the keyring library, for comparison."""
        with self._connect() as connection:
            items = secretstorage.search_items(connection, {"service": service, "username": key})
            return [item.get_secret().decode() for item in items]

    def store(self, service: str, key: str, secret: str | bytes) -> None:
        """Add an entry as another program would, beside one that is there."""
        with self._connect() as connection:
            secretstorage.Collection(connection).create_item(
                "by another program",
                {"service": service, "username": key},
                secret if isinstance(secret, bytes) else secret.encode(),
            )

    def clients(self) -> int:
        """Return how many connections the bus has, this call's included."""
        with self._connect() as connection:
            (names,) = Proxy(message_bus, connection).ListNames()
            return sum(name.startswith(":") for name in names)

    def stop_bus(self) -> None:
        """Kill the session bus and what it started."""
        _end(self._bus)
        self._bus = None

    def close(self) -> None:
        """End every process."""
        self.stop()
        self.stop_bus()

    def _start_bus(self) -> None:
        configuration = self.folder / "bus.conf"
        configuration.write_text(
            BUS_CONFIGURATION.format(
                socket=self.folder / "run" / "bus", services=self.folder / "services"
            )
        )
        reader, writer = os.pipe()
        try:
            self._bus = self._spawn(
                [
                    "dbus-daemon",
                    f"--config-file={configuration}",
                    "--nofork",
                    f"--print-address={writer}",
                ],
                pass_fds=(writer,),
            )
            ready, _, _ = select.select([reader], [], [], START_LIMIT)
            assert ready, "dbus-daemon did not start"
            assert os.read(reader, 4096)
        finally:
            os.close(reader)
            os.close(writer)

    def _spawn(
        self, command: list[str], *, stdin: int = subprocess.DEVNULL, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **self.environment}
        if self._display is not None:
            environment["DISPLAY"] = self._display
        return subprocess.Popen(
            command,
            env=environment,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=pass_fds,
            start_new_session=True,  # so that its children can be ended with it
        )

    @contextmanager
    def _connect(self) -> Iterator[DBusConnection]:
        connection = open_dbus_connection(self.environment["DBUS_SESSION_BUS_ADDRESS"])
        try:
            yield connection
        finally:
            connection.close()


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


@contextmanager
def private_bus(
    patch: pytest.MonkeyPatch, *, display: str | None = None, forget: bool = True
) -> Iterator[SecretService]:
    """Start a bus, point this process to it, and take everything away in the end.

    `forget`: let the keyring library look for its backend anew, as a new process would.
    """
    _require("dbus-daemon", "gnome-keyring-daemon")
    # The path of a socket has at most 107 bytes, which pytest's tmp_path can exceed.
    folder = Path(tempfile.mkdtemp(prefix="mailadmin-bus-"))
    service = None
    try:
        service = SecretService(folder, display=display)
        for name, value in service.environment.items():
            if name != "HOME":  # Qt and others have read it before; nothing of ours is below it
                patch.setenv(name, value)
        if forget:
            _forget_backend(patch)
        yield service
    finally:
        if service is not None:
            service.close()
        shutil.rmtree(folder)


@pytest.fixture
def secret_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """Give an unlocked keyring."""
    with private_bus(monkeypatch) as service:
        service.start(unlocked=True)
        yield service


@pytest.fixture
def locked_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """Give a keyring that was unlocked once and is now started without its password."""
    with private_bus(monkeypatch) as service:
        _start_locked(service)
        yield service


@pytest.fixture
def prompting_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[SecretService, KeyringPrompt]]:
    """Give a locked keyring that asks for its password on a display of its own, and its prompt."""
    _require("Xvfb", "xdotool", str(PROMPTER))
    with x_display() as display, private_bus(monkeypatch, display=display) as service:
        _start_locked(service)
        yield service, KeyringPrompt(display)


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away the session bus, as on a server without a desktop."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    _forget_backend(monkeypatch)


def _start_locked(service: SecretService) -> None:
    service.start(unlocked=True)
    service.stop()
    service.start(unlocked=False)


def _forget_backend(patch: pytest.MonkeyPatch) -> None:
    """Let the keyring library choose anew, and again after the test."""
    import keyring.backend
    import keyring.core

    patch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    patch.setattr(keyring.core, "_keyring_backend", None)
    vars(keyring.backend.get_all_keyring).pop("saved_result", None)


def _require(*programs: str) -> None:
    absent = [name for name in programs if shutil.which(name) is None and not Path(name).exists()]
    if not absent:
        return
    reason = f"not installed: {', '.join(absent)}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
