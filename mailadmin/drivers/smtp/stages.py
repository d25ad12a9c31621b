"""Where in its course an attempt or a connection test over SMTP was."""

from __future__ import annotations

from enum import StrEnum

from mailadmin.domain.errors import QT_TRANSLATE_NOOP


class Stage(StrEnum):
    """The stages, in their order."""

    CREDENTIALS = "credentials"
    DNS = QT_TRANSLATE_NOOP("Stage", "DNS")
    CONNECT = QT_TRANSLATE_NOOP("Stage", "TCP")
    GREETING = "greeting"
    TLS = "TLS"
    AUTH = QT_TRANSLATE_NOOP("Stage", "AUTH")
    MAIL = QT_TRANSLATE_NOOP("Stage", "MAIL FROM")
    RCPT = "RCPT TO"
    DATA = "DATA"
    END_OF_DATA = "end of data"  # from the first byte of the final dot on


PROBE_STAGES = (Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.AUTH, Stage.MAIL)
"""The steps of a connection test, in the order in which they are shown."""
