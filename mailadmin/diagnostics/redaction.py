"""Removal of credentials, mail addresses and the user's name from texts that may be passed on.

This is the second line of defence. The first is that none of it is put into the text: a `Secret`
does not show itself, and what a server repeats is cleaned where it is read (`drivers.smtp`). So a
rule hides too much rather than too little.
"""

from __future__ import annotations

import os
import re
import sys

MASK = "***"
ADDRESS = f"{MASK}@{MASK}"

_URL_CREDENTIALS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s\"'<>]*@")
_AUTH = re.compile(
    r"(?i)\b(AUTH[ \t=]+(?:(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|XOAUTH2|OAUTHBEARER|NTLM|GSSAPI"
    r"|EXTERNAL|SCRAM-[A-Z0-9-]+)[ \t]+)?)(?=\S*[0-9A-Z+/=])[A-Za-z0-9+/=_.-]{4,}"
)
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)[ \t]+)[A-Za-z0-9+/=_.~-]{8,}")
# Other letters may stand before the name, digits and the like behind it; "PasswordSetError:" is the
# name of an error. A value without quotation marks may have spaces: it ends with its line.
_NAMED = re.compile(
    r"(?i)([\w.-]*(?:password|passwort|passwd|pwd|passphrase|secret|token|api[_-]?key"
    r"|authorization)(?:s|[_-]\w+)?[\"']?[ \t]*[=:][ \t]*)"
    r"(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\S[^\n]*)"
)
# RFC 5321 §4.1.2, RFC 6531: a local part is anything up to the end of a word, or is quoted; the
# domain may be an address literal. The masked credentials of a URL are no local part.
_ADDRESS = re.compile(
    r"(?<!\*)(?!/*\*\*\*@)(?!')"
    r"(?:\"(?:\\.|[^\"\\\n])+\"|[^\s\"<>()\[\],;:@“”„]+)(?:@|%40)"
    r"(?:\[[^\]\s]*\]|[^\s\"'<>()\[\],;:@/“”„…]+)"
)


class Redaction:
    """Rewrites a text. Rewritten a second time, a text hides the same or a little more."""

    def __init__(self, home: str | None = None) -> None:
        """`home` is the folder that is written as `~`, the user's own if None."""
        folder = os.path.expanduser("~") if home is None else home  # noqa: PTH111 - never raises
        forms = {folder, os.path.realpath(folder)}
        self._homes = [
            _path_pattern(form) for form in sorted(forms, key=len, reverse=True) if _is_a_home(form)
        ]

    def __call__(self, text: str) -> str:
        """Return `text` without credentials, mail addresses and the name of the home folder."""
        text = _URL_CREDENTIALS.sub(rf"\1{MASK}@", text)
        text = _AUTH.sub(rf"\1{MASK}", text)
        text = _BEARER.sub(rf"\1{MASK}", text)
        text = _NAMED.sub(rf"\1{MASK}", text)
        text = _ADDRESS.sub(ADDRESS, text)
        for home in self._homes:
            text = home.sub("~", text)
        return text


def _is_a_home(path: str) -> bool:
    """Whether the path names somebody's folder: `/` and an unexpanded `~` don't."""
    return len(path.strip("/\\~")) > 1


def _path_pattern(path: str) -> re.Pattern[str]:
    """Return a pattern for the path with either slash, single or doubled as in a `repr`."""
    parts = [re.escape(part) for part in re.split(r"[\\/]+", path.rstrip("\\/"))]
    flags = re.IGNORECASE if sys.platform in {"win32", "darwin"} else 0
    return re.compile(r"(?<![\w.~-])" + r"[\\/]+".join(parts) + r"(?!\w|-|\.\w)", flags)
