"""Sample mail of other programs arrives with its body unchanged, or is refused with a reason."""

from __future__ import annotations

import re
from pathlib import Path

from mailadmin.credentials import MemoryCredentials, Secret
from mailadmin.delivery.deliverer import Deliverer
from mailadmin.domain.errors import KnownError
from mailadmin.domain.queue import QueueStatus
from mailadmin.drivers.registry import standard_drivers
from mailadmin.intake.eml import read_eml
from mailadmin.store import Store
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, AiosmtpdServer
from tests.servers.certificates import Certificates
from tests.smtp_providers import smtp_provider

_REFUSED_AT_MOST = 2  # of 69; both were examined and can't be sent safely


def body(message: bytes) -> bytes:
    """Return the part after the header, with CRLF line ends (RFC 5322 §2.1)."""
    text = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    _, _, rest = text.partition(b"\r\n\r\n")
    return rest if rest.endswith(b"\r\n") or not rest else rest + b"\r\n"


def test_sample_mail_arrives_unchanged_or_is_refused_with_a_reason(
    tmp_path: Path,
    shared_mail: Path,
    starttls_server: AiosmtpdServer,
    certificates: Certificates,
) -> None:
    store = Store.open(tmp_path / "mail.db", standard_drivers())
    provider = store.providers.add(
        smtp_provider(
            "Relay",
            "localhost",
            starttls_server.port,
            "office@example.org",
            username=USERNAME,
            ca_file=str(certificates.ca_file),
        )
    )
    credentials = MemoryCredentials()
    credentials.save(provider, Secret(PASSWORD))
    files = sorted(shared_mail.rglob("*.eml"))
    originals: dict[str, bytes] = {}  # by the recipient that each is sent to
    refused: dict[str, str] = {}
    for number, path in enumerate(files):
        recipient = f"r{number}@example.org"
        try:
            store.queue.enqueue([read_eml(path, recipients=[recipient])])
        except KnownError as error:
            refused[path.name] = str(error)
        else:
            originals[recipient] = path.read_bytes()
    assert len(files) == 69
    assert len(refused) <= _REFUSED_AT_MOST
    assert all(reason.count(" ") > 3 for reason in refused.values()), refused
    Deliverer(store, credentials, standard_drivers()).run(until_empty=True)
    for received in starttls_server.received:
        (recipient,) = received.recipients
        assert body(received.content) == body(originals.pop(recipient))
    left = store.queue.rows(store.queue.ids())
    assert {row.email for row in left} == set(originals)
    for row in left:  # mail that the server refused has its reason
        assert row.status is QueueStatus.FAILED
        assert row.reason
    assert not left, [row.reason for row in left]
    store.close()
