"""The presets, and the services with a daily limit."""

from __future__ import annotations

import pytest

from mailadmin.domain.provider import Encryption
from mailadmin.drivers.smtp.checks import encryption_problem, host_problem, port_problem
from mailadmin.drivers.smtp.settings import REGION_PLACEHOLDER
from mailadmin.providers.presets import (
    DAILY_LIMIT_SERVICES,
    PRESETS,
    daily_limit_service,
)


def test_the_presets_are_valid_and_without_a_daily_limit() -> None:
    assert [preset.name for preset in PRESETS] == [
        "Mailchimp Transactional",
        "SendGrid",
        "Mailgun (US)",
        "Mailgun (EU)",
        "Amazon SES",
        "Postmark",
        "Brevo",
    ]
    for preset in PRESETS:
        host = preset.host.replace(REGION_PLACEHOLDER, "eu-west-1")
        assert host_problem(host) is None
        assert port_problem(preset.port) is None
        assert encryption_problem(preset.encryption, host) is None
        assert preset.port == preset.encryption.default_port
        assert preset.encryption is not Encryption.NONE
        assert daily_limit_service(host) is None
        assert preset.hint
        assert preset.needs_region == (preset.name == "Amazon SES")


def test_a_preset_with_a_region_asks_for_it() -> None:
    (ses,) = [preset for preset in PRESETS if preset.needs_region]
    problem = host_problem(ses.host)
    assert problem is not None
    assert "Replace <region>" in str(problem)


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("smtp.gmail.com", "Gmail"),
        ("SMTP.GMAIL.COM.", "Gmail"),
        ("smtp-relay.gmail.com", "Gmail"),
        ("smtp.googlemail.com", "Gmail"),
        ("smtp.mail.yahoo.com", "Yahoo Mail"),
        ("smtp.mail.yahoo.co.jp", "Yahoo Mail"),
        ("smtp.mail.yahoo.com.au", "Yahoo Mail"),
        ("smtp-mail.outlook.com", "Outlook (Hotmail)"),
        ("smtp.live.com", "Outlook (Hotmail)"),
        ("smtp.office365.com", "Outlook (Hotmail)"),
        ("outlook.office365.com", "Outlook (Hotmail)"),
        ("smtp.mail.me.com", "iCloud Mail"),
        ("smtp.aol.com", "AOL Mail"),
        ("smtp.zoho.com", "Zoho Mail"),
        ("smtppro.zoho.eu", "Zoho Mail"),
        ("smtp.yandex.ru", "Yandex Mail"),
        ("smtp.yandex.com.tr", "Yandex Mail"),
        ("smtp.protonmail.ch", "Proton Mail"),
        ("mail.gmx.net", "GMX Mail"),
        ("mail.gmx.com", "GMX Mail"),
        ("smtp.mail.ru", "Mail.ru"),
        (" gmail.com ", "Gmail"),
        ("ｓｍｔｐ.ｇｍａｉｌ.com", "Gmail"),
        ("", None),
        ("smtp.example.org", None),
        ("notgmail.com", None),
        ("gmail.com.example.org", None),
        ("smtp.gmail.community", None),
        ("mail.russia.example", None),
        ("hotmail.ru", None),
        ("tenant.mail.protection.outlook.com", None),
        ("smtp.zeptomail.com", None),
        ("localhost", None),
        ("127.0.0.1", None),
    ],
)
def test_the_host_tells_a_service_with_a_daily_limit(host: str, service: str | None) -> None:
    assert daily_limit_service(host) == service
    assert service is None or service in DAILY_LIMIT_SERVICES


def test_ten_services_with_a_daily_limit_are_known() -> None:
    assert len(DAILY_LIMIT_SERVICES) == 10
