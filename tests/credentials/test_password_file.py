"""Password files are read if they are private, and refused with a reason if not."""

from __future__ import annotations

import os
import stat
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mailadmin.credentials import CredentialState, Lookup, PasswordFileRefused, PasswordFiles
from mailadmin.credentials.file_access import ACL, acl_admits_only
from mailadmin.credentials.password_file import SIZE_LIMIT, read_password
from mailadmin.domain.provider import StoredProvider

VARIABLE = "MAILADMIN_PASSWORD_FILE_7"  # the fixture's provider has ID 7
posix = pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing on Windows")
STRANGER = 54321  # a user and group that do not own this process


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_bytes(b"from the file\n")
    path.chmod(0o600)
    return path


def look_up(provider: StoredProvider, path: object) -> Lookup:
    """Look up with the variable set to `path`; check what all refusals have in common."""
    found = PasswordFiles({VARIABLE: str(path)}).look_up(provider)
    assert found is not None
    assert found.source == "file"
    if found.state is not CredentialState.STORED:
        assert found.state is CredentialState.MISSING
        assert found.secret is None
        assert VARIABLE in found.detail
        assert isinstance(found.problem, PasswordFileRefused)
        assert found.problem.__context__ is None
    return found


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_file_is_read(file: Path, provider: StoredProvider, mode: int) -> None:
    file.chmod(mode)
    found = look_up(provider, file)
    assert found.state is CredentialState.STORED
    assert found.secret is not None
    assert found.secret.reveal() == "from the file"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o602, 0o644, 0o666, 0o610, 0o440])
def test_a_file_that_others_can_use_is_refused(
    file: Path, provider: StoredProvider, mode: int
) -> None:
    file.chmod(mode)
    found = look_up(provider, file)
    assert found.state is CredentialState.MISSING
    assert f"{mode:04o}" in found.detail
    assert "chmod 600" in found.detail


@posix
def test_a_link_is_followed_and_its_target_is_checked(file: Path, provider: StoredProvider) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    assert look_up(provider, link).state is CredentialState.STORED
    file.chmod(0o644)
    assert "0644" in look_up(provider, link).detail


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(file: Path, provider: StoredProvider) -> None:
    os.chown(file, STRANGER, -1)
    assert "belongs to another user" in look_up(provider, file).detail


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"plain", "plain"),
        (b"plain\n", "plain"),
        (b"plain\r\n", "plain"),
        (b" spaces count \n", " spaces count "),
        ("pä ✓\n".encode(), "pä ✓"),
        (b"\xef\xbb\xbfmarked", "marked"),
        (b"x" * SIZE_LIMIT, "x" * SIZE_LIMIT),
    ],
)
def test_the_content_without_its_line_break_is_the_password(
    file: Path, provider: StoredProvider, content: bytes, password: str
) -> None:
    file.write_bytes(content)
    secret = look_up(provider, file).secret
    assert secret is not None
    assert secret.reveal() == password


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\r\n",
        b"a\0b",
        b"a\n\n",
        b"a\nb",
        b"a\rb",
        b"latin \xe4",
        b"\xff\xfea\0",
        b"\xef\xbb\xbf",
    ],
)
def test_a_content_that_is_no_password_is_refused_and_not_quoted(
    file: Path, provider: StoredProvider, content: bytes
) -> None:
    file.write_bytes(content)
    found = look_up(provider, file)
    assert "no usable password" in found.detail
    assert "latin" not in found.detail


def test_a_large_file_is_refused_without_reading_it(file: Path, provider: StoredProvider) -> None:
    with file.open("wb") as stream:
        stream.truncate(1 << 40)  # sparse: a terabyte that takes no space
    begun = time.monotonic()
    assert "larger than" in look_up(provider, file).detail
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("path", ["", "/no/such/file", "a\0b", "\ud800"])
def test_a_path_without_a_file_is_refused(provider: StoredProvider, path: str) -> None:
    assert look_up(provider, path).state is CredentialState.MISSING


@posix
def test_a_pipe_a_folder_and_a_device_are_refused_without_waiting(
    tmp_path: Path, provider: StoredProvider
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, tmp_path, Path(os.devnull)):
        assert "not a regular file" in look_up(provider, path).detail
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "can't be read" in look_up(provider, loop).detail


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root can read everything")
def test_a_file_that_can_not_be_opened_is_refused(file: Path, provider: StoredProvider) -> None:
    file.chmod(0)
    assert "Permission denied" in look_up(provider, file).detail


def test_without_a_variable_for_the_provider_no_file_is_read(provider: StoredProvider) -> None:
    files = PasswordFiles({"MAILADMIN_PASSWORD_FILE_70": "/x", "MAILADMIN_PASSWORD_FILE_": "/x"})
    assert files.look_up(provider) is None
    assert files.look_up(provider.without_id()) is None


def test_the_environment_is_read_at_each_look_up(
    file: Path, provider: StoredProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = PasswordFiles()
    assert files.look_up(provider) is None
    monkeypatch.setenv(VARIABLE, str(file))
    found = files.look_up(provider)
    assert found is not None
    assert found.state is CredentialState.STORED


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_reading_leaves_no_file_open(file: Path) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_files()
    for mode in (0o600, 0o644) * 10:
        file.chmod(mode)
        with suppress(PasswordFileRefused):
            read_password(str(file), VARIABLE)
    assert open_files() == before


# -- access control lists of Linux: those of LoadCredential= with User= in systemd -----------


def acl(*entries: tuple[int, int, int]) -> bytes:
    """Return an access control list of (tag, permissions, identity) as the kernel stores it."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY = 0xFFFFFFFF


def credential_of(uid: int, *, group: int = 0, mask: int = 4) -> bytes:
    """Return the list of a systemd credential that `uid` may read."""
    return acl((1, 4, NOBODY), (2, 4, uid), (4, group, NOBODY), (16, mask, NOBODY), (32, 0, NOBODY))


@pytest.mark.skipif(sys.platform != "linux", reason="POSIX access control lists")
def test_a_systemd_credential_with_mode_0440_is_read(file: Path, provider: StoredProvider) -> None:
    file.chmod(0o400)
    try:
        os.setxattr(file, ACL, credential_of(os.geteuid()))
    except OSError as error:
        pytest.skip(f"no access control lists here: {error}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o440

    assert look_up(provider, file).state is CredentialState.STORED

    os.setxattr(file, ACL, credential_of(STRANGER))
    assert "0440" in look_up(provider, file).detail
    os.setxattr(file, ACL, credential_of(os.geteuid(), group=4))
    assert "0440" in look_up(provider, file).detail


@pytest.mark.parametrize(
    ("content", "private"),
    [
        (credential_of(1000), True),
        (credential_of(0), True),
        (credential_of(1001), False),
        (credential_of(1001, mask=0), True),  # the mask takes the group's rights away
        (credential_of(1000, group=4), False),
        (acl((1, 6, NOBODY), (4, 0, NOBODY), (8, 4, 27), (16, 4, NOBODY), (32, 0, NOBODY)), False),
        (acl((1, 6, NOBODY), (4, 0, NOBODY), (32, 4, NOBODY)), False),
        (acl((1, 6, NOBODY), (4, 4, NOBODY), (32, 0, NOBODY)), False),  # no mask: the group's count
        (acl((64, 7, NOBODY)), False),
        (b"", False),
        (b"\3\0\0\0", False),
        (credential_of(1000)[:-1], False),
    ],
)
def test_an_access_control_list_is_private_if_it_admits_only_this_user(
    content: bytes, private: bool
) -> None:
    assert acl_admits_only(content, {0, 1000}) is private
