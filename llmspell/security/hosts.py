"""Host names and addresses in one spelling each, and which addresses belong to the public internet.

`127.1`, `0x7f000001`, `2130706433`, `017700000001` and `::ffff:127.0.0.1` are all one address; a rule that compares
text must see only one of them. Uses `socket`'s parsers, which are those that a connection would use."""

from __future__ import annotations

import re
import socket

_NUMERIC_LAST_LABEL = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")

# IANA's special-purpose registries (IPv4: RFC 6890 and its updates). Anything here is not a public destination.
_SPECIAL_V4 = (
    "0.0.0.0/8",  # this network; 0.0.0.0 reaches localhost on Linux
    "10.0.0.0/8",
    "100.64.0.0/10",  # carrier NAT, and some clouds' metadata (100.100.100.200)
    "127.0.0.0/8",
    "169.254.0.0/16",  # link-local, and most clouds' metadata (169.254.169.254)
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)
# IPv6 is the other way round: only 2000::/3 is global unicast, and of that these are not. So mapped and compatible
# IPv4 (::/96, ::ffff:0:0/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48), fc00::/7, fe80::/10 and ff00::/8 are out already.
_GLOBAL_V6 = "2000::/3"
_SPECIAL_V6 = (
    "2001::/23",  # Teredo, ORCHID, benchmarking
    "2001:db8::/32",
    "2002::/16",  # 6to4: any IPv4 address in disguise
    "3fff::/20",
)


def canonical(host: str) -> str:
    """The one spelling of a host: lower case, ASCII, no trailing dot, addresses as a connection would read them.

    IPv4-mapped IPv6 comes out as the IPv4 address, since that is what is reached.

    Raises:
        ValueError: It is no host name and no address; the text says what is wrong with it.
    """
    if len(host) > 1000:
        raise ValueError("it is too long")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare:
        return _canonical_v6(bare)
    name = bare.rstrip(".") if bare.endswith(".") and not bare.endswith("..") else bare
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("it is not a valid international name") from None
    name = name.lower()
    if not name:
        raise ValueError("it is empty")
    if _NUMERIC_LAST_LABEL.search(name):
        try:
            return socket.inet_ntoa(socket.inet_aton(name))
        except OSError:
            raise ValueError("it looks like an address and is none") from None
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise ValueError("a name is made of letters, digits, hyphens and dots")
    return name


def _canonical_v6(text: str) -> str:
    address, _, zone = text.partition("%")
    try:
        packed = socket.inet_pton(socket.AF_INET6, address)
    except (OSError, ValueError):
        raise ValueError("it is not an IPv6 address") from None
    if packed[:12] == b"\0" * 10 + b"\xff\xff":
        return socket.inet_ntoa(packed[12:])
    shown = socket.inet_ntop(socket.AF_INET6, packed)
    return f"{shown}%{zone}" if zone else shown


def split_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]:port` or a bare IPv6 address, taken apart; nothing is checked but the port.

    Raises:
        ValueError: The port is not a number from 1 to 65535.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("an IPv6 address with a port is written [address]:port")
        port = rest[1:] if rest else None
    elif text.count(":") > 1:
        return text, None
    else:
        host, colon, tail = text.partition(":")
        port = tail if colon else None
    if port is None:
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("a port is a number from 1 to 65535")
    return host, int(port)


def join_port(host: str, port: int | None) -> str:
    """`host:port`, with brackets where they are needed; the host alone without a port."""
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def packed_address(host: str) -> bytes | None:
    """The 4 or 16 bytes of a canonical address; None for a name."""
    try:
        if ":" in host:
            return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        return socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return None


def parse_network(text: str) -> tuple[bytes, int]:
    """`10.0.0.0/8` as its bytes and the number of bits that count.

    Raises:
        ValueError: It is no address, or the length does not fit it.
    """
    host, _, bits = text.partition("/")
    packed = packed_address(host)
    if packed is None:
        raise ValueError("a network is written address/bits, as in 10.0.0.0/8")
    if not (bits.isascii() and bits.isdigit() and int(bits) <= len(packed) * 8):
        raise ValueError(f"the bits of a network are a number from 0 to {len(packed) * 8}")
    return packed, int(bits)


def in_network(address: bytes, network: bytes, bits: int) -> bool:
    """Whether the first `bits` of both agree; never for two different families."""
    if len(address) != len(network):
        return False
    shift = len(address) * 8 - bits
    return int.from_bytes(address) >> shift == int.from_bytes(network) >> shift


_V4 = tuple(parse_network(it) for it in _SPECIAL_V4)
_V6 = tuple(parse_network(it) for it in _SPECIAL_V6)
_V6_GLOBAL = parse_network(_GLOBAL_V6)


def is_public(address: str) -> bool:
    """Whether a canonical address is an ordinary public one; false for everything private, local, mapped or special."""
    packed = packed_address(address)
    if packed is None or "%" in address:
        return False
    if len(packed) == 4:
        return not any(in_network(packed, *it) for it in _V4)
    return in_network(packed, *_V6_GLOBAL) and not any(in_network(packed, *it) for it in _V6)


def is_loopback(address: str) -> bool:
    """Whether a canonical address is this machine itself."""
    packed = packed_address(address)
    return packed is not None and (packed == b"\0" * 15 + b"\1" or (len(packed) == 4 and packed[0] == 127))
