"""Lists of mailboxes as headers hold them and people type them (RFC 5322 §3.4 and §4.4).

Strict where two readers could see different addresses (CVE-2023-27043): a text that does not parse
to its end is refused as a whole, never cut into what looks like an address. Read in one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailadmin.domain.errors import QT_TRANSLATE_NOOP, InvalidInput
from mailadmin.message.address import address_key, check_address, quote_local_part
from mailadmin.message.encoded_words import decode_words, single_line

_TOKEN = re.compile(
    r"""
    (?P<space>   [ \t]+ )
  | (?P<quoted>  "[^"\\]*(?:\\.[^"\\]*)*" )
  | (?P<literal> \[[^\[\]\\]*\] )
  | (?P<special> [,;:<>@.] )
  | (?P<atom>    [^ \t()<>\[\]:;@\\,."]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_WORDS = ("atom", "quoted")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it, "" for none."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "atom", "quoted", "literal", or the special character itself
    text: str  # of a quoted string: without quotes and escapes
    spaced: bool  # whether white space or a comment stands before it


def parse_mailboxes(value: str, *, field: str = "email") -> list[Mailbox]:
    """The mailboxes of a list separated by commas; those of groups too, without the group's name.

    Comments and obsolete routes are dropped, a semicolon separates as well. Raises
    InvalidInput(`field`) when any part of the list is not an address.
    """
    mailboxes: list[Mailbox] = []
    item: list[_Token] = []
    in_angle = in_group = False

    def finish() -> None:
        if item:
            mailboxes.append(_mailbox(item, value, field))
            item.clear()

    for token in _tokens(value, field):
        if in_angle:
            item.append(token)
            in_angle = token.kind != ">"
        elif token.kind == ":":
            if in_group or not all(part.kind in (*_WORDS, ".") for part in item):
                raise _refusal(value, field)
            item.clear()  # the name of the group
            in_group = True
        elif token.kind in {",", ";"}:
            finish()
            in_group = in_group and token.kind == ","
        else:
            item.append(token)
            in_angle = token.kind == "<"
    finish()
    return mailboxes


def parse_recipients(value: str, *, field: str = "email") -> list[str]:
    """The bare addresses of what a person typed: "Ann <ann@x.org>, bob@y.org"; [] for nothing.

    Each mailbox once. Raises InvalidInput(`field`).
    """
    if any(ord(character) < 32 or ord(character) == 127 for character in value.replace("\t", " ")):
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{value}” holds a line break or a control character. Write "
                "a comma between two addresses.",
            ),
            value=single_line(value, 100),
        )
    return unique_addresses([mailbox.address for mailbox in parse_mailboxes(value, field=field)])


def unique_addresses(addresses: list[str]) -> list[str]:
    """Checked addresses in their order, each mailbox once."""
    unique: dict[tuple[str, str], str] = {}
    for address in addresses:
        unique.setdefault(address_key(address), address)
    return list(unique.values())


def _tokens(value: str, field: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    spaced = False
    while position < len(value):
        if value[position] == "(":
            position = _end_of_comment(value, position, field)
            spaced = True
            continue
        match = _TOKEN.match(value, position)
        if match is None:
            raise _refusal(value, field)
        position = match.end()
        kind, text = match.lastgroup or "", match[0]
        if kind == "space":
            spaced = True
            continue
        if kind == "quoted":
            text = _ESCAPE.sub(r"\1", text[1:-1])
        tokens.append(_Token(text if kind == "special" else kind, text, spaced))
        spaced = False
    return tokens


def _end_of_comment(value: str, position: int, field: str) -> int:
    """The offset behind the comment at `position`; comments nest (RFC 5322 §3.2.2)."""
    depth = 0
    while position < len(value):
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    raise _refusal(value, field)


def _mailbox(item: list[_Token], value: str, field: str) -> Mailbox:
    kinds = [token.kind for token in item]
    if "<" not in kinds:
        return Mailbox(_address(item, value, field))
    start = kinds.index("<")
    phrase, address = item[:start], item[start + 1 : -1]
    if kinds[-1] != ">" or "<" in kinds[start + 1 :] or ">" in kinds[:-1]:
        raise _refusal(value, field)
    if any(token.kind not in (*_WORDS, ".") for token in phrase):
        raise InvalidInput(
            field,
            QT_TRANSLATE_NOOP(
                "KnownError",
                "“{value}” can be read in two ways. Put the name before <{address}> in "
                "double quotes.",
            ),
            value=single_line("".join(_spelled(token) for token in item), 100),
            address=single_line("".join(token.text for token in address), 100),
        )
    if address and address[0].kind == "@":  # an obsolete route: <@a,@b:ann@example.org>
        route_end = next((i for i, token in enumerate(address) if token.kind == ":"), len(address))
        address = address[route_end + 1 :]
    name = single_line(decode_words("".join(_spelled(token) for token in phrase).strip()))
    return Mailbox(_address(address, value, field), name)


def _address(tokens: list[_Token], value: str, field: str) -> str:
    """The address that `tokens` spell out; white space around dots and @ is obsolete (§4.4)."""
    kinds = [token.kind for token in tokens]
    shown = "".join(_spelled(token) for token in tokens).strip()
    at = kinds.index("@") if kinds.count("@") == 1 else 0
    local, domain = tokens[:at], tokens[at + 1 :]
    literal = len(domain) == 1 and domain[0].kind == "literal"
    if not _alternate(local, _WORDS) or not (literal or _alternate(domain, ("atom",))):
        raise _refusal(shown or value, field)
    local_part = "".join(token.text for token in local)
    if "quoted" in kinds:
        local_part = quote_local_part(local_part)
    return check_address(local_part + "@" + "".join(token.text for token in domain), field=field)


def _alternate(tokens: list[_Token], words: tuple[str, ...]) -> bool:
    """Whether `tokens` are words with one dot between two of them."""
    return len(tokens) % 2 == 1 and all(
        token.kind == "." if index % 2 else token.kind in words
        for index, token in enumerate(tokens)
    )


def _spelled(token: _Token) -> str:
    return (" " if token.spaced else "") + token.text


def _refusal(value: str, field: str) -> InvalidInput:
    return InvalidInput(
        field,
        QT_TRANSLATE_NOOP(
            "KnownError",
            "“{value}” is not an email address. Write name@example.org or "
            "Name <name@example.org>, and a comma between two.",
        ),
        value=single_line(value, 100),
    )
