"""Names of hosts -> the addresses that may be connected to."""

from __future__ import annotations

import ipaddress
import socket
import threading

from qa.articles.edges import describe
from qa.errors import ArticleError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Tunnels that lead to an IPv4 address or to a network of one's own, which nobody reaches a newspaper by; and special
# blocks that `is_global` knows in newer versions of Python alone.
_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("192.0.0.0/24", "::/96", "64:ff9b:1::/48", "100::/16", "2001::/23", "2001:db8::/32", "2002::/16"),
        *("3fff::/20", "5f00::/16", "fec0::/10"),
    )
)


class HostUnknownError(ArticleError):
    """A name has no address, or none was told in time."""


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public Internet.

    Not so are those that are private, loopback, link-local, shared (CGNAT), multicast, reserved or unspecified, and
    IPv6 addresses that stand for such an IPv4 address.

    Args:
        address: IPv4 or IPv6, as `getaddrinfo` gives it.
    """
    if "%" in address:  # an interface of this machine
        return False
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    if any(found in network for network in _NEVER if network.version == found.version):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolve(host: str, port: int, *, allow_private: bool, seconds_max: float) -> list[str]:
    """Return the addresses of a host, each of which may be connected to.

    Whoever connects takes one of these and does not resolve the name again, or it might be another the next time.

    Args:
        host: Its name, or an address in any notation.
        port: The port, from 1.
        allow_private: Whether addresses that are not public may be among them.
        seconds_max: How long it may take.

    Raises:
        ArticleError: One of the addresses is not public.
        HostUnknownError: The host has no address, or it takes too long.
    """
    addresses = _look_up(host, port, seconds_max)
    for address in addresses:
        if not allow_private and not is_public(address):
            where = address if host == address else f"{host} at {address}"
            raise ArticleError(
                f"leads to {where}, which is not on the public Internet; "
                "set fetch_private_addresses = true to allow that"
            )
    return addresses


def _look_up(host: str, port: int, seconds_max: float) -> list[str]:
    found: list[str] = []
    errors: list[Exception] = []

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    # The system's resolver cannot be told how long it may take.
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(seconds_max)
    if thread.is_alive():
        raise HostUnknownError(f"cannot be fetched: the address of {host} was not found in time")
    if errors or not found:
        why = describe(errors[0]) if errors else "no address"
        raise HostUnknownError(f"cannot be fetched: the address of {host} was not found ({why})")
    return found
