"""Takes out of a text what must not leave this computer with it: credentials, addresses, a name.

It is the second line of defence. The first is that none of it is put into the text: a `Secret`
does not show itself, and what a server repeats is cleaned where it is read (`drivers.smtp`). So a
rule rather hides too much than too little.
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
# The name may have something in front, and a number or the like behind; "PasswordSetError:" is the
# name of an error. What has no quotes may have spaces: a password ends with its line.
_NAMED = re.compile(
    r"(?i)([\w.-]*(?:password|passwort|passwd|pwd|passphrase|secret|token|api[_-]?key"
    r"|authorization)(?:s|[_-]\w+)?[\"']?[ \t]*[=:][ \t]*)"
    r"(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\S[^\n]*)"
)
# RFC 5321 §4.1.2, RFC 6531: anything but what ends a word, or a quoted local part; the domain may
# be an address literal. What a URL has instead of its credentials is no local part.
_ADDRESS = re.compile(
    r"(?<!\*)(?!/*\*\*\*@)(?!')"
    r"(?:\"(?:\\.|[^\"\\\n])+\"|[^\s\"<>()\[\],;:@“”„]+)(?:@|%40)"
    r"(?:\[[^\]\s]*\]|[^\s\"'<>()\[\],;:@/“”„…]+)"
)


class Redaction:
    """Rewrites a text. Applied twice it may hide a little more, and shows nothing again."""

    def __init__(self, home: str | None = None) -> None:
        """`home` is the folder that is written as `~`; None: the user's own."""
        folder = os.path.expanduser("~") if home is None else home  # noqa: PTH111 - never raises
        forms = {folder, os.path.realpath(folder)}
        self._homes = [
            _path_pattern(form) for form in sorted(forms, key=len, reverse=True) if _is_a_home(form)
        ]

    def __call__(self, text: str) -> str:
        """`text` without credentials, mail addresses and the name of the home folder."""
        text = _URL_CREDENTIALS.sub(rf"\1{MASK}@", text)
        text = _AUTH.sub(rf"\1{MASK}", text)
        text = _BEARER.sub(rf"\1{MASK}", text)
        text = _NAMED.sub(rf"\1{MASK}", text)
        text = _ADDRESS.sub(ADDRESS, text)
        for home in self._homes:
            text = home.sub("~", text)
        return text


def _is_a_home(path: str) -> bool:
    """Whether the path names a user's folder: `/` and an unexpanded `~` do not."""
    return len(path.strip("/\\~")) > 1


def _path_pattern(path: str) -> re.Pattern[str]:
    """The path as a program may write it: with either slash, in a `repr` with two of them."""
    parts = [re.escape(part) for part in re.split(r"[\\/]+", path.rstrip("\\/"))]
    flags = re.IGNORECASE if sys.platform in {"win32", "darwin"} else 0
    return re.compile(r"(?<![\w.~-])" + r"[\\/]+".join(parts) + r"(?!\w|-|\.\w)", flags)
