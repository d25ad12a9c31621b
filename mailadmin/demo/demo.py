"""Starts the demo's servers, fills its database, and removes both at the end."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from mailadmin.credentials import MemoryCredentials, Secret
from mailadmin.delivery.options import DeliveryOptions
from mailadmin.demo.mail import waiting_messages
from mailadmin.demo.replies import AcceptingRecipients, PickyRecipients
from mailadmin.demo.sink import HOST, Account, Listener, Sink
from mailadmin.domain.provider import Encryption, Provider
from mailadmin.drivers.registry import Drivers
from mailadmin.drivers.smtp.settings import SmtpSettings
from mailadmin.store import Store

OPTIONS = DeliveryOptions(retry_delays=(6.0, 12.0, 24.0), retry_repeat=40.0, retry_expiry=240.0)
"""Delays in seconds where the default has minutes, so that a viewer sees retries."""

_REPLY_DELAY = 0.35  # seconds before each reply to MAIL, RCPT and the message itself
_USERNAME = "office@example.org"


class Demo:
    """A running demo. `start` makes one; its caller has to call `close`, in any thread.

    `location` is the database, filled and closed; `credentials` hold the passwords of its
    providers, `options` are for the `Deliverer`.
    """

    def __init__(self, location: Path, credentials: MemoryCredentials, closing: ExitStack) -> None:
        self.location = location
        self.credentials = credentials
        self.options = OPTIONS
        self._closing = closing

    @classmethod
    def start(cls, drivers: Drivers) -> Demo:
        """Start the servers on free ports of the loopback interface and fill a new database.

        Raises OSError if the computer has no loopback interface or no room for temporary files.
        """
        with ExitStack() as closing:
            folder = closing.enter_context(
                TemporaryDirectory(prefix="mailadmin-demo-", ignore_cleanup_errors=True)
            )
            account = Account(_USERNAME, Secret(secrets.token_urlsafe(12)))
            sink = Sink(
                (
                    Listener(AcceptingRecipients(), account, _REPLY_DELAY),
                    Listener(PickyRecipients(), None, _REPLY_DELAY),
                )
            )
            closing.callback(sink.close)
            credentials = MemoryCredentials()
            closing.callback(credentials.close)
            location = Path(folder) / "demo.db"
            steady, picky = _providers(*sink.ports)
            credentials.save(steady, account.password)
            store = Store.open(location, drivers)
            try:
                store.providers.add(steady)
                store.providers.add(picky)
                store.queue.enqueue(waiting_messages())
            finally:
                store.close()
            return cls(location, credentials, closing.pop_all())

    def close(self) -> None:
        """Stop the servers and remove the files; a second call does nothing.

        The store has to be closed before, where open files can't be removed (Windows).
        """
        self._closing.pop_all().close()


def _providers(steady_port: int, picky_port: int) -> tuple[Provider, Provider]:
    """Return one provider that takes every message, and one that refuses some recipients."""
    steady = Provider(
        caption="Demo relay",
        settings=SmtpSettings(HOST, steady_port, _USERNAME, Encryption.NONE),
        send_from="office@example.org",
        send_from_name="Example Office",
        max_connections=1,
    )
    picky = Provider(
        caption="Demo relay that refuses some",
        settings=SmtpSettings(HOST, picky_port, encryption=Encryption.NONE),
        send_from="billing@example.org",
        send_from_name="Example Billing",
        max_connections=2,
    )
    return steady, picky
