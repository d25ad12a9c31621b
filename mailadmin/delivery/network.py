"""Whether this computer has a network at all."""

from __future__ import annotations

import ipaddress
import socket

import psutil

_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})


def has_network() -> bool:
    """Whether an interface is up that reaches beyond this computer and its cable.

    True when in doubt. Takes about a millisecond.
    """
    try:
        states = psutil.net_if_stats()
        addresses = psutil.net_if_addrs()
    except (OSError, psutil.Error):
        return True
    return any(
        states[name].isup and any(_reaches_out(one.family, one.address) for one in found)
        for name, found in addresses.items()
        if name in states
    )


def _reaches_out(family: int, text: str) -> bool:
    if family not in _FAMILIES:
        return False
    address = ipaddress.ip_address(text.partition("%")[0])
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)
