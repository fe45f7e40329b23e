"""Reach hosts by pinned addresses: permit the name, look it up once, check every address, connect to those.

A name is permitted before it is looked up, and each address behind it afterwards. What is connected to is an address
that was checked, so a second look-up cannot lead elsewhere. Private, loopback, link-local and other special addresses
are refused unless a rule means them (`Permissions.decide_address`)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol
from urllib.parse import urljoin, urlsplit

from llmspell.errors import BadArgument, PermissionDenied, ToolFailed
from llmspell.security import hosts

if TYPE_CHECKING:
    import ssl

    from llmspell.security.permissions import Decision

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_DEFAULT_PORTS = {"http": 80, "https": 443}


class DecidesHosts(Protocol):
    """Who answers for hosts: `Permissions`, or a run's wrapper around them that also keeps the audit."""

    def decide(self, kind: str, subject: str) -> Decision:
        """Whether the name may be reached."""

    def decide_address(self, address: str, port: int, name: str) -> Decision:
        """Whether this address may be, under that name."""

    def describe_denial(self, decision: Decision, actor: str = ...) -> PermissionDenied:
        """The error for a refusal."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host that may be reached, and where: all addresses were checked. `host` is the canonical name, for TLS."""

    host: str
    port: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a URL speaks to. `host` is canonical."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect that may be followed. Where `same_origin` is false, credentials must not go along."""

    url: str
    origin: Origin
    same_origin: bool


async def system_resolver(host: str, port: int) -> list[str]:
    """The addresses that the system knows for a name, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def resolve(
    host: str,
    port: int,
    permissions: DecidesHosts,
    *,
    actor: str = "the script",
    resolver: Resolver = system_resolver,
) -> Endpoint:
    """Permit a host and pin its addresses.

    Args:
        host: A name or an address in any spelling.

    Raises:
        PermissionDenied: The name or one of its addresses may not be reached. One bad address refuses all: a zone
            that mixes them is not to be trusted with the rest.
        ToolFailed: host_not_found.
        BadArgument: It is no host, or no port.
    """
    name = _canonical(host)
    if not 0 < port < 65536:
        raise BadArgument(f"no such port: {port}", hint="a port is a number from 1 to 65535")
    _require(permissions.decide("net", hosts.join_port(name, port)), permissions, actor)
    if hosts.packed_address(name) is not None:
        found: Sequence[str] = [name]
    else:
        try:
            found = await resolver(name, port)
        except (OSError, UnicodeError) as problem:
            raise ToolFailed(
                f"no such host: {name}",
                code="host_not_found",
                hint="check its spelling and the network",
                details={"host": name},
            ) from problem
    if not found:
        raise ToolFailed(f"the host {name} has no address", code="host_not_found", details={"host": name})
    addresses = tuple(dict.fromkeys(_canonical(it) for it in found))
    for address in addresses:
        decision = permissions.decide_address(address, port, name)
        if not decision.allowed:
            _refuse_address(decision, name, address, permissions, actor)
    return Endpoint(name, port, addresses)


async def connect(
    endpoint: Endpoint, *, tls: ssl.SSLContext | None = None, server_hostname: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the first pinned address that answers. A time limit is the caller's.

    Args:
        tls: The certificate is checked against the name, not the address.

    Raises:
        ToolFailed: connection_failed; tls_failed where the certificate does not fit.
    """
    problems: list[str] = []
    for address in endpoint.addresses:
        try:
            if tls is None:
                return await asyncio.open_connection(address, endpoint.port)
            name = server_hostname or endpoint.host
            return await asyncio.open_connection(address, endpoint.port, ssl=tls, server_hostname=name)
        except OSError as problem:
            if tls is not None and type(problem).__module__ == "ssl":
                raise ToolFailed(
                    f"no secure connection to {endpoint.host}: {problem}",
                    code="tls_failed",
                    details={"host": endpoint.host},
                ) from problem
            problems.append(f"{address}: {problem.strerror or problem}")
    raise ToolFailed(
        f"{hosts.join_port(endpoint.host, endpoint.port)} cannot be reached: {'; '.join(problems)}",
        code="connection_failed",
        details={"host": endpoint.host, "port": endpoint.port},
    )


def parse_url(url: str) -> Origin:
    """Whom an http or https URL speaks to.

    Raises:
        BadArgument: Another scheme, a name and password in it, characters that parsers disagree about.
    """
    # Backslashes, blanks and control characters are read as one host by some parsers and as another by others.
    if not url.isprintable() or " " in url or "\\" in url:
        raise BadArgument("the URL holds a blank, a backslash or a control character", hint="encode it as %20, %5C, …")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise BadArgument(f"not a URL: {url}: {problem}") from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadArgument(f"a URL here begins with http:// or https://, not {scheme or 'nothing'}: {url}")
    if "@" in parts.netloc:
        raise BadArgument("the URL holds a user name or password", hint="send credentials in a header")
    if not parts.hostname or port == 0:
        raise BadArgument(f"the URL names no host and port that can be reached: {url}")
    return Origin(scheme, _canonical(parts.hostname), port or _DEFAULT_PORTS[scheme])


def check_redirect(from_url: str, to_url: str, permissions: DecidesHosts, *, actor: str = "the script") -> Redirect:
    """Decide about a `Location`, which may be relative. Its host must be resolved and pinned again.

    Raises:
        PermissionDenied: The new host is not granted, or it leads from https to http.
        BadArgument: It is no http or https URL.
    """
    before = parse_url(from_url)
    try:
        url = urljoin(from_url, to_url)
    except ValueError as problem:
        raise BadArgument(f"not a URL: {to_url}: {problem}") from None
    after = parse_url(url)
    if before.scheme == "https" and after.scheme == "http":
        raise PermissionDenied(
            f"{actor} was redirected from https to http: {url}",
            hint="ask for the http address itself if that is meant",
            details={"kind": "net", "subject": url},
        )
    _require(permissions.decide("net", hosts.join_port(after.host, after.port)), permissions, actor)
    return Redirect(url, after, before == after)


def _canonical(host: str) -> str:
    try:
        return hosts.canonical(host)
    except ValueError as problem:
        raise BadArgument(f"no such host can be: {host[:300]!r}: {problem}") from None


def _require(decision: Decision, permissions: DecidesHosts, actor: str) -> None:
    if not decision.allowed:
        raise permissions.describe_denial(decision, actor)


def _refuse_address(decision: Decision, name: str, address: str, permissions: DecidesHosts, actor: str) -> NoReturn:
    denial = permissions.describe_denial(decision, actor)
    if decision.rule:
        raise denial
    what = "this machine" if hosts.is_loopback(address) else "a private or special address"
    behind = address if address == name else f"{name} leads to {address}, which"
    raise PermissionDenied(
        f"{actor} needs to connect to {name}: {behind} is {what}, and no rule names it",
        hint=denial.hint,
        details=denial.details,
    )
