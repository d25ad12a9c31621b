"""What generated mail says: names, domains, subjects and the replies of servers.

Everything follows from fixed lists and a fixed seed, so that each run generates the same texts.
"""

# ruff: noqa: SIM905 - words are read more easily as text

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

FIRST_NAMES = (
    "ada alma amir anna anton beata boris carla chen clara dario diego elif emil erik eva fatima "
    "felix greta hana hugo igor ines ivan jana jens jonas julia kai kofi lars lea li lucia maja "
    "marek maria mehmet mei milan mina nadia nils noor olga omar otto paula pedro petra priya "
    "rafael rosa ruth sara sofia sven tariq tomas ulrike vera viktor wanda wei yara yusuf zoe"
).split()
LAST_NAMES = (
    "abe adler ali andersen bauer becker berg bianchi bruun chan costa cruz dahl demir diaz dubois "
    "eder engel evans farkas fischer garcia gomez haas hansen heinz horvat ito ivanova jansen jung "
    "kaya keller kim klein koch kovacs kruger lang larsen lindqvist lopez malik marino mendes "
    "meyer moreau muller nagy nguyen novak okafor olsen ortiz park patel petrov popescu quinn "
    "ramos reyes rossi sato schmidt silva singh smith sokolov suzuki tanaka toth vogel wagner wang "
    "weber wolf wright yilmaz zhang zhou ziegler"
).split()
_TRADES = (
    "bakery books bikes clinic design farm florist foods garage hotel law library logistics "
    "museum music optics pharmacy press school shoes"
).split()
_PLACES = (
    "alder birch cedar delta elm fjord granite harbour island juniper kestrel lagoon maple north "
    "orchid pine"
).split()
DOMAINS = [f"{place}-{trade}.example" for place in _PLACES for trade in _TRADES]
HOSTS = tuple(f"mx{number}.{domain}" for number, domain in enumerate(DOMAINS[::16], 1))

# {queue} is the server's own name for the message, {host} the server.
ACCEPTED = (
    "250 2.0.0 Ok: queued as {queue}",
    "250 2.0.0 {queue} Message accepted for delivery",
    "250 2.0.0 OK {queue} - gsmtp",
    "250 OK id={queue}",
    "250 2.6.0 <{queue}@{host}> Queued mail for delivery",
    "250 2.5.0 Requested mail action okay, completed: id={queue}",
    "250 2.1.5 Message {queue} accepted by {host}",
    "250 Ok {queue}",
)
_UNKNOWN = "Recipient refused by {host}: 550 5.1.1"
_POLICY = "Message refused by {host}: 554 5.7.1"
REFUSED = (
    f"{_UNKNOWN} No such user here",
    f"{_UNKNOWN} Recipient address rejected: User unknown in virtual mailbox table",
    f"{_UNKNOWN} The email account that you tried to reach does not exist ({{queue}})",
    f"{_UNKNOWN} Mailbox unavailable; reference {{queue}}",
    f"{_UNKNOWN} Адресат не найден, номер {{queue}}",
    f"{_UNKNOWN} Empfänger unbekannt",
    f"{_UNKNOWN} Usuario desconocido ({{queue}})",
    f"{_UNKNOWN} 収信者が見つかりません",
    "Mailbox of the recipient is disabled at {host}: 550 5.2.1 This account is inactive",
    "Mailbox of the recipient is disabled at {host}: 550 5.2.1 Mailbox closed since {queue}",
    "Mailbox of the recipient is full at {host}: 552 5.2.2 Over quota",
    "Mailbox of the recipient is full at {host}: 552 5.2.2 Quota exceeded; {queue}",
    "Message too big for the recipient's mailbox at {host}: 552 5.2.3 Message exceeds 10485760",
    "Message too big for {host}: 552 5.3.4 Message size exceeds fixed limit",
    f"{_POLICY} Message content rejected, id={{queue}} - spam",
    f"{_POLICY} Service unavailable; Client host blocked using zen.blocklist.example",
    f"{_POLICY} Our system has detected that this message is likely unsolicited. {{queue}}",
    f"{_POLICY} URL listed: see https://blocklist.example/{{queue}}",
    f"{_POLICY} Message contains a virus ({{queue}})",
    f"{_POLICY} 邮件被拒绝 {{queue}}",
    "Sender refused by {host}: 550 5.7.1 Sender address rejected: not owned by user",
    "Sender refused by {host}: 553 5.1.8 Domain of sender address does not exist",
    "{host} relays no mail for this recipient: 554 5.7.1 Relay access denied",
    "{host} relays no mail for this recipient: 550 5.7.1 Unable to relay for {queue}",
    "Domain of the recipient takes no mail, says {host}: 556 5.1.10 Null MX",
    "Domain of the recipient not found by {host}: 550 5.1.2 Host unknown",
    "SPF, DKIM or DMARC of the sender's domain failed at {host}: 550 5.7.26 Unauthenticated",
    "SPF, DKIM or DMARC of the sender's domain failed at {host}: 550 5.7.23 SPF fail {queue}",
    "{host} can't reach the recipient's server: 554 5.4.4 Unable to route {queue}",
    "Mail goes round in a circle, says {host}: 554 5.4.6 Too many hops",
    "{host} takes only addresses in ASCII: 553 5.6.7 SMTPUTF8 is not supported",
    "Message refused by {host}: 550 5.6.0 Message has bare LF, rejected as {queue}",
)
DEFERRED = (
    "Mailbox of the recipient is full at {host}: 452 4.2.2 Over quota, try again later",
    "Mailbox of the recipient is disabled at {host}: 450 4.2.1 Mailbox busy, try again later",
    "Recipient not accepted yet by {host}: 450 4.2.0 Greylisted for 300 seconds ({queue})",
    "Recipient not accepted yet by {host}: 451 4.7.1 Please try again later",
    "Message not accepted yet by {host}: 421 4.7.0 Too much mail from this address; {queue}",
    "Message not accepted yet by {host}: 451 4.3.0 Temporary lookup failure",
    "{host} has no room for mail: 452 4.3.1 Insufficient system storage",
    "{host} can't reach the recipient's server: 451 4.4.1 Connection timed out ({queue})",
    "Too many recipients at once for {host}: 452 4.5.3 Too many recipients",
    "Сервер {host} пока не принял: 450 4.2.0 повторите позже",
)

# Twice as often as each of the others: the language most mail of this organisation is written in.
_LATIN = (
    "account annual appointment attached booking change confirmation contract customer delivery "
    "draft February feedback invitation invoice January last meeting minutes Monday monthly new "
    "news note notice offer order overdue passport payment plan project proposal question quote "
    "receipt reminder report request reset review schedule security shipment statement summary "
    "team ticket update urgent week welcome your"
).split()
_WORDS = (
    _LATIN,
    _LATIN,
    (
        "Angebot Auftrag Bestätigung Erinnerung für Gebühr Grüße Jahresübersicht Kündigung "
        "Lieferung Mahnung nächste Prüfung Rechnung Straße Termin Übergabe Verträge wöchentlich"
    ).split(),
    (
        "août bientôt contrat dernière échéance été facture février garçon livraison "
        "numéro paiement préavis reçu réunion où à votre été œuvre"
    ).split(),
    (
        "важно встреча договор заказ запрос изменение напоминание новый обновление оплата отчёт "
        "письмо подтверждение приглашение проверка срочно счёт товар"
    ).split(),
    "ημερομηνία λογαριασμός νέα παραγγελία πληρωμή προσφορά συνάντηση τιμολόγιο".split(),
    "会议记录 付款通知 发票 合同变更 客户反馈 年度报告 新订单 本周安排 紧急 系统更新".split(),
    "お知らせ ご注文 会議のご案内 契約書 見積書 請求書 重要 納品のお知らせ 変更".split(),
    "اجتماع تأكيد تذكير جديد دعوة طلب عقد فاتورة".split(),
    "הזמנה חשבונית חוזה עדכון פגישה תזכורת".split(),
)
_EMOJI = ("🎉", "📦", "✅", "⚠️", "👩🏽‍💻", "🇪🇺", "💶", "🗓️")
_RARE = "quarantine"  # one subject in some thousands


def subjects(count: int) -> Iterator[str]:
    """Subjects of 3 to 8 words in a dozen languages, some with a number or an emoji."""
    random = Random(4)
    for number in range(1, count + 1):
        words = random.choices(random.choice(_WORDS), k=random.randint(3, 8))
        extra = number % 16
        if extra in (1, 5, 9):
            words[-1] = f"#{10_000_000 + number}"
        elif extra == 3:
            words[0] = random.choice(_EMOJI)
        elif number % 4000 == 2000:
            words[1] = _RARE
        yield " ".join(words)


def header_text(subject: str) -> str:
    """A subject as it stands in a message: RFC 2047 where it isn't ASCII, a line for each word."""
    if subject.isascii():
        return subject
    first, *others = subject.split(" ")
    return "\r\n ".join(_encoded(word) for word in (first, *(f" {word}" for word in others)))


def _encoded(word: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(word.encode()).decode()}?="
