"""The files by which macOS knows the application."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

MACOS = Path(__file__).resolve().parents[2] / "resources" / "macos"

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for another shell")


def test_the_app_opens_email_files_only_as_an_alternate() -> None:
    info = plistlib.loads((MACOS / "Info.plist").read_bytes())
    assert info["LSBackgroundOnly"] is False
    assert info["NSHighResolutionCapable"] is True
    assert re.fullmatch(r"\d+\.\d+", info["LSMinimumSystemVersion"])
    (document,) = info["CFBundleDocumentTypes"]
    assert document["CFBundleTypeRole"] == "Viewer"
    assert document["LSHandlerRank"] == "Alternate"
    assert {"com.apple.mail.email", "public.email-message"} == set(document["LSItemContentTypes"])


def test_the_only_entitlement_is_the_one_that_ctypes_needs() -> None:
    assert plistlib.loads((MACOS / "entitlements.plist").read_bytes()) == {
        "com.apple.security.cs.allow-unsigned-executable-memory": True
    }


@needs_sh
@pytest.mark.parametrize("script", ["make-dmg", "notarize", "signing-keychain"])
def test_the_scripts_have_valid_shell_syntax(script: str) -> None:
    subprocess.run(["sh", "-n", MACOS / script], check=True)


@needs_sh
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["signing-keychain", "open"], "Not signed with a Developer ID"),
        (["notarize", "Mail Admin.dmg"], "Not notarised"),
    ],
    ids=["signing", "notarising"],
)
def test_without_secrets_a_script_says_what_it_left_out(command: list[str], said: str) -> None:
    done = subprocess.run(
        ["sh", MACOS / command[0], *command[1:]],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said in done.stdout + done.stderr
    # Standard output of the first script is used as the name of a certificate.
    assert command[0] != "signing-keychain" or not done.stdout
