"""Cleans the HTML of a message for Qt's layout: a small, balanced and limited part of it is left.

What is left refers to nothing outside the message. Qt would be busy for minutes with a table of
10,000 columns, with tables in tables or with a word of a million letters; so each has a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailadmin.ui.html.attributes import (
    image_size,
    kept_attributes,
    loads_something,
    read_attributes,
    write_attributes,
)
from mailadmin.ui.html.pictures import Picture
from mailadmin.ui.html.styles import clean_sheet, refers_outside
from mailadmin.ui.html.tables import TableLimits

MOST_TEXT = 200_000  # characters that are laid out
_MOST_ELEMENTS = 20_000
_MOST_ITEMS = 1_000  # list items: Qt takes quadratic time for them
_DEEPEST = 50
_MOST_INDENTS = 10  # levels: the page has only so much room at its side
_LONGEST_WORD = 400  # characters, after which a line may be broken
_MOST_MATCHING = 1_000_000  # rules of a style sheet multiplied by elements

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*>?"
    r"|<(/?)([a-zA-Z][a-zA-Z0-9:]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)[^>]*+>?",
    re.DOTALL,
)
_WORD = re.compile(rf"(?>&[#0-9A-Za-z]{{1,32}};|\S){{{_LONGEST_WORD}}}(?=\S)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffc]")

_SHOWN = re.compile(
    "a|address|b|big|blockquote|br|center|cite|code|d[dltn]|del|dfn|div|em|font|h[1-6]|hr|i|img|ins"
    "|kbd|li|ol|p|pre|s|samp|small|span|strike|strong|su[bp]|table|t[dhrt]|ul?|var"
)
_LIKE_DIV = re.compile(
    "article|aside|fieldset|figure|figcaption|footer|form|header|main|nav|section"
)
_UNSEEN = re.compile(
    "applet|audio|canvas|iframe|math|noembed|noframes|object|script|select|style|svg|template"
    "|textarea|title|video|xmp"
)
_EMPTY = frozenset({"br", "hr", "img"})
_CELLS = frozenset({"td", "th"})
_INDENTS = frozenset({"blockquote", "dd", "dl", "ol", "ul"})
_TABLE = frozenset({"table", "tr", *_CELLS})
# an opening tag closes an open element of the first set, looking no further than the second set
_IMPLIED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", *_TABLE})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl", *_TABLE})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl", *_TABLE})),
    "td": (_CELLS, frozenset({"table", "tr"})),
    "th": (_CELLS, frozenset({"table", "tr"})),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    "p": (frozenset({"p"}), frozenset({"div", "li", "blockquote", *_TABLE})),
}


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """The cleaned HTML. `withheld`: parts would load something; `shortened`: parts are left out."""

    html: str
    withheld: bool
    shortened: bool


def clean_html(html: str, find: Callable[[str], Picture | None] = lambda _: None) -> CleanHtml:
    """Return `html` fit for Qt. `find` returns a picture carried by the message. Never raises."""
    return _Cleaner(html, find).clean()


class _Cleaner:
    def __init__(self, html: str, find: Callable[[str], Picture | None]) -> None:
        self._html = html
        self._find = find
        self._out: list[str] = []
        self._open: list[tuple[str, bool]] = []  # name, and whether it was written out
        self._depth = self._indents = 0  # of those written out
        self._body = ""
        self._sheets: list[str] = []
        self._rules = 0
        self._text = self._elements = self._items = 0
        self._word = 0  # letters since the last place where a line can be broken
        self._tables = TableLimits()
        self._never_closed: set[str] = set()
        self._withheld = self._shortened = False

    def clean(self) -> CleanHtml:
        position = 0
        while token := _TOKEN.search(self._html, position):
            self._put_text(self._html[position : token.start()])
            position = token.end()
            if token[2] and not token[1]:
                position = self._begin(token[2].lower(), token[3], position)
            elif token[2]:
                self._end(token[2].lower())
            if self._text >= MOST_TEXT:
                self._shortened = True
                break
        else:
            self._put_text(self._html[position:])
        while self._open:
            self._close_last()
        sheet = "\n".join(self._sheets)
        if self._rules * self._elements > _MOST_MATCHING:
            sheet = ""
        head = f"<head><style>{sheet}</style></head>" if sheet else ""
        body = f"<body{self._body}>{''.join(self._out)}</body>"
        return CleanHtml(f"<html>{head}{body}</html>", self._withheld, self._shortened)

    # text ---------------------------------------------------------------------------------------

    def _put_text(self, text: str) -> None:
        if not text:
            return
        if self._text + len(text) > MOST_TEXT:
            text = text[: MOST_TEXT - self._text]
            self._shortened = True
        self._text += len(text)
        self._spend(1 + len(text) // 100)
        text = _WORD.sub("\\g<0>\u200b", _CONTROL.sub("", text))
        last = text.split()[-1:] if text and not text[-1].isspace() else []
        self._word = (
            len(last[0]) if last and last[0] != text else self._word * bool(last) + len(text)
        )
        self._out.append(text.replace("<", "&lt;").replace(">", "&gt;"))
        if self._word >= _LONGEST_WORD:  # a word made of many elements
            self._out.append("\u200b")
            self._word = 0

    # elements -----------------------------------------------------------------------------------

    def _begin(self, name: str, written: str, position: int) -> int:
        """Begin an element; return the position after it."""
        attributes = read_attributes(written)
        self._withheld = self._withheld or loads_something(name, attributes)
        if _UNSEEN.fullmatch(name):
            return self._skip(name, position)
        if name == "body":
            self._body = self._body or write_attributes(kept_attributes(name, attributes))
            return position
        if _LIKE_DIV.fullmatch(name):
            name = "div"
        if not _SHOWN.fullmatch(name):
            return position
        if name == "img":
            self._put_image(attributes)
            return position
        if name in _EMPTY:
            self._word = 0
            if self._count_element():
                self._out.append(f"<{name}>")
            return position
        self._close_implied(name)
        self._open_element(name, attributes)
        return position

    def _open_element(self, name: str, attributes: dict[str, str]) -> None:
        fits = self._depth < _DEEPEST and self._count_element()
        if name in _TABLE:
            fits = self._tables.begin(name, attributes) and fits
        elif name in _INDENTS:
            fits = fits and self._indents < _MOST_INDENTS
        elif name == "li":
            self._items += 1
            fits = fits and self._items <= _MOST_ITEMS
        self._open.append((name, fits))
        self._depth += fits
        self._indents += fits and name in _INDENTS
        if fits:
            self._out.append(f"<{name}{write_attributes(kept_attributes(name, attributes))}>")
        elif name in {"tr", "li"}:
            self._put_space("<br>" if self._count_element() else " ")
        elif name in _CELLS:
            self._put_space(" ")

    def _put_space(self, space: str) -> None:
        if self._out[-1:] != [space]:
            self._out.append(space)
        self._word = 0

    def _end(self, name: str) -> None:
        if _LIKE_DIV.fullmatch(name):
            name = "div"
        if name == "p" and not any(each == "p" for each, _ in self._open[-20:]):
            return
        for place in range(len(self._open) - 1, max(-1, len(self._open) - 100), -1):
            found = self._open[place][0]
            if found == name:
                while len(self._open) > place:
                    self._close_last()
                return
            if found in _TABLE and name not in _TABLE:
                return  # an element that begins outside a cell does not end inside it

    def _close_implied(self, name: str) -> None:
        closed, until = _IMPLIED.get(name, (frozenset(), frozenset()))
        if not closed:
            return
        for place in range(len(self._open) - 1, max(-1, len(self._open) - 50), -1):
            found = self._open[place][0]
            if found in closed:
                while len(self._open) > place:
                    self._close_last()
                return
            if found in until:
                return

    def _close_last(self) -> None:
        name, put_out = self._open.pop()
        if name in _TABLE:
            self._tables.end(name)
        if put_out:
            self._depth -= 1
            self._indents -= name in _INDENTS
            self._out.append(f"</{name}>")

    def _count_element(self) -> bool:
        self._elements += 1
        self._spend(1)
        if self._elements > _MOST_ELEMENTS:
            self._shortened = True
        return self._elements <= _MOST_ELEMENTS

    def _spend(self, effort: int) -> None:
        """Count effort for the layout; above the limit close all open tables."""
        if self._tables.spend(effort):
            return
        self._shortened = True
        while self._open:
            self._close_last()

    def _skip(self, name: str, position: int) -> int:
        """Leave out an element with its content; return the position after it."""
        if name in self._never_closed:
            return position
        closing = re.compile(rf"</{name}[^>]*>?", re.IGNORECASE).search(self._html, position)
        if closing is None:
            self._never_closed.add(name)
            return len(self._html) if name in {"script", "style"} else position
        if name == "style":
            css = self._html[position : closing.start()]
            self._withheld = self._withheld or refers_outside(css)
            sheet, rules = clean_sheet(css)
            self._sheets.append(sheet)
            self._rules += rules
        return closing.end()

    def _put_image(self, attributes: dict[str, str]) -> None:
        source = attributes.get("src", "").strip()
        picture = self._find(source) if source else None
        if picture is None:
            own = source.partition(":")[0].lower() in {"cid", "data", ""}
            self._withheld = self._withheld or not own
            words = attributes.get("alt", "").strip()
            if words:
                self._put_text("[{}]".format(words[:200].replace("&", "&amp;")))
            return
        if self._count_element():
            width, height = image_size(attributes, picture)
            self._out.append(f'<img src="{picture.name}" width="{width}" height="{height}">')
