"""SMTP services Mail Admin knows: those made for sending much, and those with a daily limit.

Host names and ports are those of the services' own documentation. All presets use STARTTLS on the
submission port, which each of them offers and recommends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailadmin.domain.domain_names import domain_key
from mailadmin.domain.errors import QT_TRANSLATE_NOOP
from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.settings import REGION_PLACEHOLDER


@dataclass(frozen=True, slots=True)
class Preset:
    """What to fill in for a service. `hint` says what its user name and password are."""

    name: str
    host: str
    hint: str  # English; translated in the context "Preset"
    username: str = ""  # where it is the same for everybody
    port: int = 587
    encryption: Encryption = Encryption.TLS

    @property
    def needs_region(self) -> bool:
        """Whether the host is to be completed by the user."""
        return REGION_PLACEHOLDER in self.host


PRESETS: tuple[Preset, ...] = (
    Preset(
        "Mailchimp Transactional",
        "smtp.mandrillapp.com",
        QT_TRANSLATE_NOOP(
            "Preset", "User name: your account's email address. Password: an API key."
        ),
    ),
    Preset(
        "SendGrid",
        "smtp.sendgrid.net",
        QT_TRANSLATE_NOOP("Preset", "User name: the word “apikey”. Password: an API key."),
        username="apikey",
    ),
    Preset(
        "Mailgun (US)",
        "smtp.mailgun.org",
        QT_TRANSLATE_NOOP(
            "Preset", "User name and password: the SMTP credentials of your sending domain."
        ),
    ),
    Preset(
        "Mailgun (EU)",
        "smtp.eu.mailgun.org",
        QT_TRANSLATE_NOOP(
            "Preset", "User name and password: the SMTP credentials of your sending domain."
        ),
    ),
    Preset(
        "Amazon SES",
        f"email-smtp.{REGION_PLACEHOLDER}.amazonaws.com",
        QT_TRANSLATE_NOOP(
            "Preset",
            "Host: put your region in, such as eu-west-1. User name and password: SMTP "
            "credentials made for that region, not your access key.",
        ),
    ),
    Preset(
        "Postmark",
        "smtp.postmarkapp.com",
        QT_TRANSLATE_NOOP(
            "Preset",
            "User name and password: the server's API token, twice. For mailing lists use the "
            "host smtp-broadcasts.postmarkapp.com.",
        ),
    ),
    Preset(
        "Brevo",
        "smtp-relay.brevo.com",
        QT_TRANSLATE_NOOP(
            "Preset", "User name: the SMTP login of your account. Password: an SMTP key."
        ),
    ),
)

_COUNTRY = r"(?:com|(?:co|com)\.[a-z]{2}|[a-z]{2})"
_DAILY_LIMITS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?:.+\.)?(?:{domains})"))
    for name, domains in (
        ("Gmail", r"gmail\.com|googlemail\.com"),
        ("Yahoo Mail", rf"yahoo\.{_COUNTRY}"),
        # Not <tenant>.mail.protection.outlook.com, where mail for a Microsoft 365 tenant arrives.
        (
            "Outlook (Hotmail)",
            r"(?<!protection\.)outlook\.com|hotmail\.com|live\.com|office365\.com",
        ),
        ("iCloud Mail", r"mail\.me\.com|me\.com|mac\.com|icloud\.com"),
        ("AOL Mail", rf"aol\.{_COUNTRY}"),
        ("Zoho Mail", rf"zoho\.{_COUNTRY}|zohocloud\.ca"),
        ("Yandex Mail", rf"yandex\.{_COUNTRY}|yandex\.net|ya\.ru"),
        ("Proton Mail", r"protonmail\.(?:ch|com)|proton\.me|pm\.me"),
        ("GMX Mail", rf"gmx\.{_COUNTRY}|gmx\.net"),
        ("Mail.ru", r"mail\.ru|bk\.ru|inbox\.ru|list\.ru"),
    )
)

DAILY_LIMIT_SERVICES: tuple[str, ...] = tuple(name for name, _ in _DAILY_LIMITS)
"""Names of the services for one person's mail, which limit how much is sent in a day."""


def daily_limit_service(host: str) -> str | None:
    """The service with a daily limit that `host` belongs to, None if it is none of them."""
    name = domain_key(host.strip().rstrip("."))
    return next((service for service, hosts in _DAILY_LIMITS if hosts.fullmatch(name)), None)
