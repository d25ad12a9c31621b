"""The demo's waiting mail: forty plausible messages to addresses that exist nowhere (RFC 2606)."""

from __future__ import annotations

from mailadmin.domain.message import NewMessage
from mailadmin.message import Attachment, Mailbox, compose

_OFFICE = Mailbox("office@example.org", "Example Office")
_BILLING = Mailbox("billing@example.org", "Example Billing")

_OFFICE_MAIL = (
    ("Ann Keller <ann.keller@example.org>", "Minutes of the board meeting"),
    ("Béla Szabó <bela.szabo@example.com>", "Welcome to the members' area"),
    ("Carla Rossi <carla@mail.example.net>", "Your appointment on Thursday at 10:30"),
    ("Dmitri Orlov <d.orlov@example.com>", "Re: Access to the archive"),
    ("Eva Lindqvist <eva.lindqvist@example.org>", "New opening hours from Monday"),
    ("Farid Haddad <farid@dept.example.net>", "Your order has left our warehouse"),
    ("Grace O'Malley <grace.omalley@example.com>", "Reset your password"),
    ("Hiroshi Tanaka <hiroshi@example.net>", "ご予約の確認"),
    ("Ines Duarte <ines.duarte@example.org>", "Confirmação da sua inscrição"),
    ("Jonas Weber <weber@example.com>", "Einladung zur Jahresversammlung"),
    ("Katya Ivanova <katya@mail.example.org>", "Подтверждение заказа № 8812"),
    ("Liam Byrne <liam.byrne@example.net>", "Please confirm your address"),
    ("Marta Nowak <marta.nowak@example.com>", "Your ticket 40213 was answered"),
    ("Noor Rahman <noor@example.org>", "Summer party: who brings what? 🎉"),
    ("Oskar Berg <oskar.berg@example.net>", "Maintenance on Saturday between 22:00 and 23:30"),
    ("Paula Fischer <paula@example.com>", "Your application has been received"),
    ("Quentin Dubois <q.dubois@example.org>", "Compte rendu de la réunion du 12"),
    ("Rosa Marín <rosa.marin@example.net>", "Recordatorio: mañana es el último día"),
    ("Samuel Adeyemi <samuel@dept.example.com>", "Delivery note 7741"),
    (
        "Tereza Dvořák <tereza.dvorak@example.org>",
        "The whole programme of the autumn course, with rooms, dates, material and how to get here",
    ),
)
_CUSTOMERS = (
    "accounts@example.com",
    "buchhaltung@example.net",
    "ap@shop.example.org",
    "finance@example.org",
    "kim.larsen@example.net",
    "invoices@north.example.com",
    "office@south.example.com",
    "treasurer@club.example.org",
    "payables@example.net",
    "u.schmidt@example.com",
    "v.costa@mail.example.net",
    "wanda@example.org",
    "xavier@example.com",
    "yusuf.demir@example.net",
    "zoe@shop.example.com",
    "front.desk@hotel.example.org",
    "clinic@example.net",
    "library@example.org",
    "orders@example.com",
    "workshop@example.net",
)
_FIRST_INVOICE = 2291


def waiting_messages() -> list[NewMessage]:
    """Return forty messages, office mail and invoices by turns."""
    messages: list[NewMessage] = []
    for position, ((person, subject), customer) in enumerate(
        zip(_OFFICE_MAIL, _CUSTOMERS, strict=True)
    ):
        messages.append(_office_mail(person, subject))
        messages.append(_invoice(customer, _FIRST_INVOICE + position))
    return messages


def _office_mail(person: str, subject: str) -> NewMessage:
    first_name = person.partition(" ")[0]
    return compose(
        sender=_OFFICE,
        to=[person],
        subject=subject,
        text=f"Dear {first_name},\n\nthis message is part of the demo. It goes nowhere.\n\n"
        "Your Example Office\n",
        source="demo",
    )


def _invoice(customer: str, number: int) -> NewMessage:
    amount = 40 + number * 37 % 900
    rows = f"position,amount\nservices,{amount}.00\n"
    return compose(
        sender=_BILLING,
        to=[customer],
        subject=f"Your invoice {number}",
        text=f"Please find attached your invoice {number} over {amount}.00 EUR.\n",
        html=f"<p>Please find attached your invoice <b>{number}</b> over {amount}.00 EUR.</p>",
        attachments=[Attachment(f"invoice-{number}.csv", "text/csv", rows.encode())],
        source="demo",
    )
