"""What macOS is told of the application."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

MACOS = Path(__file__).resolve().parents[2] / "resources" / "macos"

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for another shell")


def test_app_has_a_window_and_takes_no_documents_from_others() -> None:
    info = plistlib.loads((MACOS / "Info.plist").read_bytes())
    assert info["LSBackgroundOnly"] is False
    assert info["NSHighResolutionCapable"] is True
    assert re.fullmatch(r"\d+\.\d+", info["LSMinimumSystemVersion"])
    (document,) = info["CFBundleDocumentTypes"]
    assert document["CFBundleTypeRole"] == "Viewer"
    assert document["LSHandlerRank"] == "Alternate"
    assert {"com.apple.mail.email", "public.email-message"} == set(document["LSItemContentTypes"])


def test_entitlements_are_the_one_that_ctypes_needs() -> None:
    assert plistlib.loads((MACOS / "entitlements.plist").read_bytes()) == {
        "com.apple.security.cs.allow-unsigned-executable-memory": True
    }


@needs_sh
@pytest.mark.parametrize("script", ["make-dmg", "notarize", "signing-keychain"])
def test_scripts_can_be_read_by_a_shell(script: str) -> None:
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
def test_without_secrets_it_is_said_what_was_left_out(command: list[str], said: str) -> None:
    done = subprocess.run(
        ["sh", MACOS / command[0], *command[1:]],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said in done.stdout + done.stderr
    # What is on standard output of the first is taken for the name of a certificate.
    assert command[0] != "signing-keychain" or not done.stdout
