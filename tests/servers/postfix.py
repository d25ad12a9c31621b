"""Debian's Postfix as a second SMTP server for tests: STARTTLS and implicit TLS, with AUTH.

The instance is independent of the system's: configuration, queue, data, log and mailboxes are in
one temporary folder, it listens on free loopback ports, and neither /etc/postfix nor the system's
spool is touched. Postfix can be started by root alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificate

DOMAIN = "example.net"
USERNAME = "sender@example.net"
PASSWORD = "tr0ub4dor & 3"
MAILBOXES = ("ann", "bob")

_MAIN = """\
compatibility_level = 3.6
config_directory = {root}/config
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}/log
myhostname = mx.{domain}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
local_header_rewrite_clients =
default_database_type = hash
default_transport = error:no mail leaves this test
smtpd_banner = $myhostname ESMTP
smtpd_peername_lookup = no
smtpd_tls_chain_files = {root}/config/server.pem
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = {domain}
smtpd_sasl_security_options = noanonymous
cyrus_sasl_config_path = {root}/config/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
message_size_limit = {size_limit}
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_mailbox_limit = 0
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

_MASTER = """\
127.0.0.1:{starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:{implicit} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

_SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {root}/config/sasl/sasldb2
mech_list: PLAIN LOGIN
"""

_SIZE_LIMIT = 10_240_000
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running instance."""

    starttls_port: int
    implicit_tls_port: int
    root: Path

    def address(self, mailbox: str) -> str:
        """Return the address of one of MAILBOXES, or of a mailbox that does not exist."""
        return f"{mailbox}@{DOMAIN}"

    def wait_for_mail(self, mailbox: str, count: int = 1) -> list[bytes]:
        """Wait for `count` messages in a mailbox; return them, oldest first, as they were stored.

        Their lines end with LF, and Postfix put its own header fields before those of the sender.
        """
        folder = self.root / "mail" / mailbox / "new"
        deadline = time.monotonic() + _PATIENCE
        pause = threading.Event()
        while time.monotonic() < deadline:
            files = list(folder.iterdir()) if folder.is_dir() else []
            if len(files) >= count:
                files.sort(key=lambda path: path.stat().st_mtime_ns)
                return [path.read_bytes() for path in files]
            pause.wait(0.01)  # delivery comes after the reply and is not announced
        raise AssertionError(f"no mail for {mailbox}:\n{self.log}")

    def empty_mailboxes(self) -> None:
        """Delete the messages delivered so far."""
        for mailbox in MAILBOXES:
            shutil.rmtree(self.root / "mail" / mailbox, ignore_errors=True)

    @property
    def log(self) -> str:
        """The log of this Postfix."""
        path = self.root / "log" / "mail.log"
        return path.read_text() if path.exists() else ""


def obstacle() -> str:
    """Return why Postfix can't run here, "" if it can."""
    if sys.platform == "win32":
        return "there is no Postfix for Windows"
    if os.geteuid() != 0:
        return "Postfix can be started by root alone"
    missing = [name for name in ("postfix", "saslpasswd2") if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (packages postfix, sasl2-bin)"
    return ""


@contextmanager
def postfix(certificate: Certificate) -> Iterator[Postfix]:
    """Run an instance until the block ends, then remove all its files."""
    # Other users may not enter pytest's own folder, and Postfix drops its rights.
    root = Path(tempfile.mkdtemp(prefix="postfix-"))
    try:
        root.chmod(0o711)
        instance = _configure(root, certificate)
        _command(root, "start")
        try:
            yield instance
        finally:
            _command(root, "stop")
    finally:
        shutil.rmtree(root)


def _configure(root: Path, certificate: Certificate) -> Postfix:
    if sys.platform == "win32":
        raise RuntimeError("there is no Postfix for Windows")
    import pwd  # the module does not exist on Windows, where this one is imported too

    owner = pwd.getpwnam("postfix")
    for name in ("config", "config/sasl", "queue", "data", "log", "mail"):
        (root / name).mkdir()
    for name in ("data", "mail"):
        os.chown(root / name, owner.pw_uid, owner.pw_gid)
    starttls, implicit = _free_ports(2)
    values = {
        "root": root,
        "domain": DOMAIN,
        "size_limit": _SIZE_LIMIT,
        "mailboxes": ", ".join(f"{box}@{DOMAIN}={box}/" for box in MAILBOXES),
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "starttls": starttls,
        "implicit": implicit,
    }
    (root / "config" / "main.cf").write_text(_MAIN.format(**values))
    (root / "config" / "master.cf").write_text(_MASTER.format(**values))
    (root / "config" / "server.pem").write_bytes(certificate.pem.read_bytes())
    (root / "config" / "server.pem").chmod(0o600)
    # Debian's Postfix looks below its configuration, whatever cyrus_sasl_config_path says.
    sasl = root / "config" / "sasl"
    (sasl / "smtpd.conf").write_text(_SASL.format(**values))
    passwords = sasl / "sasldb2"
    user, _, realm = USERNAME.partition("@")
    subprocess.run(
        ["saslpasswd2", "-p", "-c", "-f", str(passwords), "-u", realm, user],
        input=PASSWORD.encode(),
        check=True,
        capture_output=True,
    )
    os.chown(passwords, owner.pw_uid, owner.pw_gid)
    passwords.chmod(0o600)
    return Postfix(starttls, implicit, root)


def _command(root: Path, verb: str) -> None:
    """Start or stop: `start` returns when Postfix is ready, `stop` when it has ended."""
    done = subprocess.run(
        ["postfix", "-c", str(root / "config"), verb],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        log = root / "log" / "mail.log"
        more = log.read_text() if log.exists() else ""
        raise RuntimeError(f"postfix {verb} failed:\n{done.stdout}\n{more}")


def _free_ports(count: int) -> list[int]:
    """Return ports that stay free until Postfix takes them: the system assigns higher ones.

    They don't come from the generator that `randomly_seed` seeds: two runs with one seed may
    overlap.
    """
    ports: set[int] = set()
    while len(ports) < count:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.add(port)
    return list(ports)
