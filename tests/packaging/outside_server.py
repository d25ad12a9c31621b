"""An SMTP server with TLS and AUTH for programs in a clean root: `… outside_server FOLDER`.

It writes the authority's certificate and the password into FOLDER and prints its port and user
name; when standard input ends it writes what it received to FOLDER/received.json.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from mailadmin.domain.provider import Encryption
from tests.servers.aiosmtpd_server import PASSWORD, USERNAME, aiosmtpd_server
from tests.servers.certificates import Certificates


def main() -> None:
    """Serve until standard input ends."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as made:
        certificates = Certificates(Path(made))
        (folder / "authority.pem").write_bytes(certificates.ca_file.read_bytes())
        (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
        with aiosmtpd_server(
            encryption=Encryption.TLS, tls=certificates.valid.context(), sign_in=True
        ) as server:
            sys.stdout.write(f"{server.port} {USERNAME}\n")
            sys.stdout.flush()
            sys.stdin.read()
            notes = [
                {
                    "from": message.envelope_from,
                    "to": message.recipients,
                    "content": message.content.decode("utf-8", "replace"),
                    "encrypted": message.encrypted,
                    "signed_in_as": message.signed_in_as,
                }
                for message in server.received
            ]
        (folder / "received.json").write_text(json.dumps(notes), encoding="utf-8")


if __name__ == "__main__":
    main()
