"""Attributes of HTML elements: the harmless ones are kept, those that load something are found."""

from __future__ import annotations

import html as entities
import re

from mailadmin.ui.html.pictures import Picture
from mailadmin.ui.html.styles import clean_declarations, refers_outside
from mailadmin.ui.html.tables import TableLimits

_WIDEST = 700  # pixels of a picture
_HIGHEST = 2000
_ATTRIBUTE = re.compile(r"([^\s=>\"'/]++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?")
_OUTSIDE_ATTRIBUTES = ("background", "data", "poster", "srcset")
_PLAIN_VALUES = {
    "align": re.compile(r"(?i)left|right|center|justify"),
    "bgcolor": re.compile(r"#?\w{1,30}"),
    "border": re.compile(r"\d{1,2}"),
    "cellpadding": re.compile(r"\d{1,2}"),
    "cellspacing": re.compile(r"\d{1,2}"),
    "class": re.compile(r"[\w -]{1,200}"),
    "color": re.compile(r"#?\w{1,30}"),
    "dir": re.compile(r"(?i)ltr|rtl"),
    "face": re.compile(r"[\w ,.-]{1,200}"),
    "size": re.compile(r"[+-]?\d"),
    "start": re.compile(r"\d{1,6}"),
    "text": re.compile(r"#?\w{1,30}"),
    "type": re.compile(r"\w{1,10}"),
    "valign": re.compile(r"(?i)top|middle|bottom"),
    "width": re.compile(r"1?\d{1,3}(?:%|px)?"),
}


def read_attributes(written: str) -> dict[str, str]:
    """Parse the attributes of a tag; the keys are their names in lower case."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(written):
        value = match[2] or ""
        if value[:1] in {'"', "'"}:
            value = value[1:-1]
        found.setdefault(match[1].lower(), entities.unescape(value))
    return found


def write_attributes(attributes: dict[str, str]) -> str:
    """Return the attributes as the text of a tag, with a space before each."""
    return "".join(f' {key}="{entities.escape(value)}"' for key, value in attributes.items())


def kept_attributes(name: str, attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes that an element of this name may keep."""
    kept: dict[str, str] = {}
    for key, value in attributes.items():
        pattern = _PLAIN_VALUES.get(key)
        if key == "style":
            kept[key] = clean_declarations(value)
        elif key == "href" and name == "a":
            kept[key] = value.strip()[:2000]
        elif key in {"colspan", "rowspan"} and name in {"td", "th"}:
            kept[key] = str(TableLimits.span(value))
        elif pattern is not None and pattern.fullmatch(value.strip()):
            kept[key] = value.strip()
    if name == "table" and kept.get("align", "").lower() != "center":
        kept.pop("align", None)  # Qt takes quadratic time for a table that text flows around
    return {key: value for key, value in kept.items() if value}


def loads_something(name: str, attributes: dict[str, str]) -> bool:
    """Whether an element other than an image would load something."""
    return (
        (name == "link" and "stylesheet" in attributes.get("rel", "").lower())
        or (name in {"embed", "iframe", "script", "audio", "video"} and "src" in attributes)
        or (name == "meta" and attributes.get("http-equiv", "").lower() == "refresh")
        or any(attributes.get(each) for each in _OUTSIDE_ATTRIBUTES)
        or refers_outside(attributes.get("style", ""))
    )


def image_size(attributes: dict[str, str], picture: Picture) -> tuple[int, int]:
    """Return width and height in pixels, in the picture's proportions, within limits."""
    written = re.fullmatch(r"(\d{1,4})(?:px)?", attributes.get("width", "").strip())
    width = min(int(written[1]), _WIDEST) if written else picture.width
    width = max(1, width)
    return width, max(1, min(_HIGHEST, picture.height * width // picture.width))
