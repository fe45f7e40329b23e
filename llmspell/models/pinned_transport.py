"""Connections to the servers that a script names: to addresses that were permitted, and never by a proxy.

A request keeps its name, in its Host header and for the certificate; only where the connection goes is an address. Each
name has connections of its own: what was proven of one name is not proven of another at the same address."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from llmspell.models.permitted_servers import PermittedServers

_PORTS = {"http": 80, "https": 443}


class PinnedTransport(httpx2.AsyncBaseTransport):
    """Implements httpx2's transport.

    Args:
        servers: Whose addresses are connected to; all others are refused.
        context: Who is trusted to say that a server is the one that is meant.
        limits: Of the connections to each server; httpx2's own if absent.
    """

    def __init__(self, servers: PermittedServers, context: ssl.SSLContext, limits: httpx2.Limits | None = None) -> None:
        self._servers = servers
        self._context = context
        self._limits = limits or httpx2.Limits()
        self._transports: dict[tuple[str, str, int], httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        port = url.port or _PORTS[url.scheme]
        endpoint = self._servers.endpoint(url.raw_host.decode("ascii"), port)
        transport = self._transport(url.scheme, endpoint.host, port)
        *others, last = endpoint.addresses
        for address in others:
            try:
                return await transport.handle_async_request(_sent_to(address, endpoint.host, request))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue  # nothing was sent yet; one of its machines may be down
        return await transport.handle_async_request(_sent_to(last, endpoint.host, request))

    async def aclose(self) -> None:
        """Close all connections."""
        transports, self._transports = list(self._transports.values()), {}
        for it in transports:
            await it.aclose()

    def _transport(self, scheme: str, host: str, port: int) -> httpx2.AsyncHTTPTransport:
        key = (scheme, host, port)
        found = self._transports.get(key)
        if found is None:
            found = self._transports[key] = httpx2.AsyncHTTPTransport(
                verify=self._context, trust_env=False, limits=self._limits
            )
        return found


def _sent_to(address: str, name: str, request: httpx2.Request) -> httpx2.Request:
    """The same request to one address of its server."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": name},
    )
