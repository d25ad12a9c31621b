"""Domain names as people write them and as DNS knows them: IDNA 2008 by way of UTS 46.

What is typed is mapped (upper case, full width, combining marks) and then held to RFC 5891–5893.
Nothing is done for the sake of IDNA 2003: `ß`, `ς` and the two joiners are characters of their
own, so that straße.example and strasse.example are two domains. Whatever is looked up, compared
or sent goes through here, because Python's own "idna" codec, which its sockets and its TLS apply
to every name that isn't ASCII, is that of 2003.

A name in ASCII is taken as it is, "xn--" labels too: it can mean one domain alone.
"""

from __future__ import annotations

import re

from mailadmin.domain.errors import QT_TRANSLATE_NOOP

LONGEST_NAME = 253
"""Characters of a name in its ASCII form (RFC 1035 §2.3.4, without the root's dot)."""

JOINERS = dict.fromkeys((0x200C, 0x200D))
"""The characters which aren't seen and yet make another name of one (RFC 5892 A.1 and A.2), as
`str.translate` takes them away."""

_LONGEST_LABEL = 63
_PREFIX = "xn--"
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")
_NOT_IN_LABEL = re.compile(r"[^A-Za-z0-9-]")
_NOT_IN_HOST_LABEL = re.compile(r"[^A-Za-z0-9_-]")

_TOO_LONG = QT_TRANSLATE_NOOP(
    "KnownError",
    "“{name}” can't be used: a domain name has at most 253 characters in its ASCII form, and each "
    "part of it 63.",
)
_EMPTY = QT_TRANSLATE_NOOP(
    "KnownError",
    "“{name}” can't be used: a dot in its domain name has nothing before or after it.",
)
_OTHER_DOT = QT_TRANSLATE_NOOP(
    "KnownError", "“{name}” can't be used: write plain dots between the parts of a domain name."
)
_HYPHEN = QT_TRANSLATE_NOOP(
    "KnownError",
    "“{name}” can't be used: no part of a domain name begins or ends with a hyphen, or has hyphens "
    "as its third and fourth character.",
)
_CHARACTER = QT_TRANSLATE_NOOP(
    "KnownError", "“{name}” can't be used: {character} can't stand in a domain name."
)
_SYMBOL = QT_TRANSLATE_NOOP(
    "KnownError",
    "“{name}” can't be used: {character} can't stand in a domain name (IDNA 2008). If there is "
    "such a domain all the same, write {ascii} for its part “{label}”.",
)
_PLACE = QT_TRANSLATE_NOOP(
    "KnownError", "“{name}” can't be used: {character} can't stand there in a domain name."
)
_DIRECTION = QT_TRANSLATE_NOOP(
    "KnownError",
    "“{name}” can't be used: a part of its domain name mixes characters that are read from the "
    "right and from the left as no domain name may (RFC 5893).",
)
_NUMBER = QT_TRANSLATE_NOOP(
    "KnownError", "“{name}” can't be used: the last part of a domain name can't be a number."
)

# The rules that the library names → what to tell. The others are about a character.
_SENTENCES = {
    "domain_too_long": _TOO_LONG,
    "hyphen_3_4": _HYPHEN,
    "hyphen_start_end": _HYPHEN,
    "input_too_long": _TOO_LONG,
    "label_too_long": _TOO_LONG,
    **dict.fromkeys(("contextj", "contexto", "leading_combiner"), _PLACE),
    **dict.fromkeys((f"bidi_rule_{number}" for number in range(1, 7)), _DIRECTION),
}


class NotADomainName(ValueError):
    """A text that can't be a domain name.

    `template` says why, marked for translation as a `KnownError`'s is; it shows `{name}`, which
    the caller gives (the whole address, say), and what is in `values`.
    """

    def __init__(self, template: str, **values: str) -> None:
        self.template = template
        self.values = values
        super().__init__(template)

    def about(self, name: str) -> str:
        """The sentence in English."""
        return self.template.format(name=fit_for_a_sentence(name), **self.values)


def to_ascii(name: str, *, underscores: bool = False) -> str:
    """The domain `name` as DNS and servers know it: labels in other scripts in their "xn--" form.

    Raises NotADomainName. `underscores` are no part of host names (RFC 952), yet container
    networks use them. An IP address is no name, nor is anything that ends in a number.
    """
    unwanted = _NOT_IN_HOST_LABEL if underscores else _NOT_IN_LABEL
    labels = [_label_to_ascii(label, unwanted) for label in _mapped(name).split(".")]
    if sum(map(len, labels)) + len(labels) - 1 > LONGEST_NAME:
        raise NotADomainName(_TOO_LONG)
    # An IP address, or what only some systems take for one (RFC 3696 §2): 127.1
    if labels[-1].isdigit():
        raise NotADomainName(_NUMBER)
    return ".".join(labels)


def to_unicode(name: str) -> str:
    """The domain `name` as people read it, its "xn--" labels decoded (U-labels of RFC 5890).

    What can't be decoded, or is no domain name at all, stays as it is.
    """
    if name.isascii() and _PREFIX not in name.lower():
        return name
    try:
        return ".".join(map(_label_to_unicode, to_ascii(name, underscores=True).split(".")))
    except NotADomainName:
        return name


def domain_key(name: str) -> str:
    """Equal for two spellings of one domain. Never raises."""
    if name.isascii():
        return name.lower()
    try:
        return to_ascii(name, underscores=True).lower()
    except NotADomainName:
        return name.lower()


def other_form(text: str) -> str:
    """A host or an address with its domain in ASCII if it isn't, else decoded; "" if it has one
    form only.

    The one form shows what is meant, the other that it may not be what it looks like.
    """
    before, at, domain = text.rpartition("@")
    try:
        other = to_unicode(domain) if domain.isascii() else to_ascii(domain, underscores=True)
    except NotADomainName:
        return ""
    return "" if other == domain else before + at + other


def both_forms(text: str) -> str:
    """A host or an address with its other form: "xn--strae-oqa.example (straße.example)"."""
    other = other_form(text)
    return f"{text} ({other})" if other else text


def fit_for_a_sentence(name: str) -> str:
    """`name` as an error message quotes it: with a mark for each character that isn't seen."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name[:100])


def _mapped(name: str) -> str:
    """`name` with its characters mapped by UTS 46 and in NFC."""
    if name.isascii():
        return name
    if _OTHER_DOTS.search(name):
        raise NotADomainName(_OTHER_DOT)
    if not (visible := name.translate(JOINERS)).isprintable():  # UTS 46 would drop most of them
        unseen = next(character for character in visible if not character.isprintable())
        raise NotADomainName(_CHARACTER, character=_named(unseen))
    import idna  # late: its tables are large, and few names need them

    try:
        return idna.uts46_remap(name, std3_rules=False)
    except idna.IDNAError as error:
        raise _not_allowed(error) from None


def _label_to_ascii(label: str, unwanted: re.Pattern[str]) -> str:
    if not label:
        raise NotADomainName(_EMPTY)
    if not label.isascii():
        import idna

        try:
            return idna.alabel(label).decode("ascii")
        except idna.IDNAError as error:
            raise _not_allowed(error, label) from None
    if len(label) > _LONGEST_LABEL:
        raise NotADomainName(_TOO_LONG)
    if label.startswith("-") or label.endswith("-"):
        raise NotADomainName(_HYPHEN)
    if found := unwanted.search(label):
        raise NotADomainName(_CHARACTER, character=_named(found[0]))
    return label


def _label_to_unicode(label: str) -> str:
    if not label.lower().startswith(_PREFIX):
        return label
    import idna

    try:
        return idna.ulabel(label)
    except idna.IDNAError:
        return label


def _not_allowed(error: UnicodeError, label: str = "") -> NotADomainName:
    """What the library's `error` says, in words that tell what to do."""
    code, codepoint = getattr(error, "code", None), getattr(error, "codepoint", None)
    character = "" if codepoint is None else _named(chr(codepoint))
    if code == "disallowed_codepoint" and label:  # UTS 46 and IDNA 2003 have a form for it
        form = _PREFIX + label.encode("punycode").decode("ascii")
        return NotADomainName(_SYMBOL, character=character, ascii=form, label=label)
    sentence = _SENTENCES.get(code or "", _CHARACTER)
    return NotADomainName(sentence, character=character)


def _named(character: str) -> str:
    """The character in quotes, or its number where it is not seen."""
    visible = character.isprintable() and not character.isspace()
    return f"“{character}”" if visible else f"U+{ord(character):04X}"
