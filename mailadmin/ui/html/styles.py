"""The part of CSS that the preview of a message may use: no loading, no endless layout."""

from __future__ import annotations

import re

_PROPERTIES = frozenset(
    [
        "background",
        "background-color",
        "color",
        "direction",
        "display",
        "font",
        "font-family",
        "font-size",
        "font-style",
        "font-variant",
        "font-weight",
        "list-style-type",
        "text-align",
        "text-decoration",
        "text-indent",
        "text-transform",
        "vertical-align",
        "white-space",
        "width",
    ]
)
_FAMILIES = ("border", "margin", "padding")  # with all properties that begin so
_VALUE = re.compile(r"""[\w\s#%.,()!"'+/]{1,300}""")  # without negative numbers and escapes
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
_LARGEST = 2000.0
_LARGEST_FONT = 120.0
_DISPLAYS = frozenset({"none", "block", "inline"})

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_SELECTOR = re.compile(r"[\w\s.,#>*-]{1,300}")
_MOST_RULES = 200
_OUTSIDE = re.compile(r"@import|url\(\s*[\"']?(?!data:|cid:|#|\s*[\"']?\))", re.IGNORECASE)


def refers_outside(css: str) -> bool:
    """Whether this style would load something that is not in the message."""
    return _OUTSIDE.search(css) is not None


def clean_declarations(css: str) -> str:
    """Return the harmless declarations of a style attribute or a rule."""
    kept: list[str] = []
    for declaration in css[:5000].split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if (name in _PROPERTIES or name.startswith(_FAMILIES)) and _is_harmless(name, value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


def clean_sheet(css: str) -> tuple[str, int]:
    """Return the harmless rules of a style sheet, and their number. @media rules are left out."""
    css = _COMMENT.sub(" ", css)
    rules: list[str] = []
    position = 0
    while len(rules) < _MOST_RULES and (opening := css.find("{", position)) >= 0:
        selector = css[position:opening].rpartition(";")[2].strip()
        position = _end_of_block(css, opening)
        if _SELECTOR.fullmatch(selector):
            kept = clean_declarations(css[opening + 1 : position - 1])
            if kept:
                rules.append(f"{selector}{{{kept}}}")
    return "\n".join(rules), len(rules)


def _end_of_block(css: str, opening: int) -> int:
    """Return the position after the block that begins at this brace."""
    depth = 0
    for brace in _BRACE.finditer(css, opening):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return len(css)


def _is_harmless(name: str, value: str) -> bool:
    lower = value.lower()
    if not _VALUE.fullmatch(value) or "url(" in lower or "expression(" in lower:
        return False
    if name == "display":
        return lower in _DISPLAYS
    numbers = [float(number) for number in _NUMBER.findall(re.sub(r"#\w+", "", value))]
    if name in {"font", "font-size"}:
        # Qt warns about a font of size 0
        sizes = numbers if name == "font-size" else numbers[-1:]
        most = _LARGEST_FONT * 5 if "%" in value else _LARGEST_FONT
        return all(1 <= size <= (1000 if name == "font" else most) for size in sizes)
    return all(number <= _LARGEST for number in numbers)
