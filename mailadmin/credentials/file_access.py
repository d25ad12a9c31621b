"""Tells who can read an open file.

The mode bits alone do not tell on Linux: with an access control list the group bits show the list's
mask, not what the group may do. systemd hands a service its credentials in exactly such files,
owned by root with mode 0440, of which the list lets the service's user read and nobody else
(`write_credential` in systemd's src/core/exec-credential.c; systemd issue 29435).
"""

from __future__ import annotations

import os
import stat
import struct
import sys

ACL = "system.posix_acl_access"
# The layout of the attribute: linux/posix_acl_xattr.h. All numbers are little-endian.
_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_VERSION = 2
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


def belongs_to_us(status: os.stat_result) -> bool:
    """Whether the owner is this process's user or root, who can read everything anyway."""
    if sys.platform == "win32":
        return True  # the owner is not in `status` there
    return status.st_uid in {0, os.geteuid()}


def is_private(fd: int, status: os.stat_result) -> bool:
    """Whether nobody but its owner, root and this process's user may read or write the file.

    On Windows always true: the mode bits there say nothing about the access control list, and a
    file in the user's profile is private by default. Access control lists of macOS are not seen.
    """
    if sys.platform == "win32":
        return True
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO) == 0:
        return True
    if sys.platform == "linux" and mode & stat.S_IRWXO == 0:
        try:
            acl = os.getxattr(fd, ACL)
        except OSError:  # there is no list: the group bits mean what they say
            return False
        return acl_admits_only(acl, {0, os.geteuid()})
    return False


def acl_admits_only(acl: bytes, uids: set[int]) -> bool:
    """Whether an access control list lets nobody in but the file's owner and `uids`."""
    if len(acl) < _HEADER.size or _HEADER.unpack_from(acl)[0] != _VERSION:
        return False
    body = acl[_HEADER.size :]
    if len(body) % _ENTRY.size:
        return False
    entries: list[tuple[int, int, int]] = list(_ENTRY.iter_unpack(body))
    mask = next((permissions for tag, permissions, _ in entries if tag == _MASK), 0o7)
    for tag, permissions, identity in entries:
        if tag == _USER and permissions & mask and identity not in uids:
            return False
        if tag in {_GROUP_OBJ, _GROUP} and permissions & mask:
            return False
        if tag == _OTHER and permissions:
            return False
        if tag not in {_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER}:
            return False
    return True
