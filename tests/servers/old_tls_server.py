"""A server that offers only TLS 1.0 and 1.1, on blocking sockets.

asyncio's server side closes without the alert that a real server sends when no version fits.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.certificates import Certificate


@contextmanager
def old_tls_server(certificate: Certificate, *, starttls: bool) -> Iterator[int]:
    """Serve one client on a free port; yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.pem)
    context.set_ciphers("ALL:@SECLEVEL=0")  # without this OpenSSL does not speak these versions
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.settimeout(10)
            if starttls:
                for reply in ("220 old", "250-old\r\n250 STARTTLS", "220 go ahead"):
                    client.sendall(reply.encode() + b"\r\n")
                    if not reply.startswith("220 go"):
                        client.recv(1000)
            with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as tls:
                tls.sendall(b"220 old\r\n")
                tls.recv(1000)

    thread = threading.Thread(target=serve, name="old TLS server")
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        thread.join()
        listener.close()
