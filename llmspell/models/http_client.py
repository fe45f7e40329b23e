"""The connections to providers, shared by all models of a process: made late, kept alive, never redirected.

Knows HTTP and its bounds, nothing of what is said over it. Certificate authorities are those of SSL_CERT_FILE, and
proxies those of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as httpx2 reads them; but for the servers that a script names,
which are reached at the addresses that were permitted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from llmspell.errors import ConfigError, MalformedAnswer
from llmspell.models.http_errors import Asked, failed, malformed, refused, request_id_of
from llmspell.security.redact import Redactor

if TYPE_CHECKING:
    import httpx2

    from llmspell.models.permitted_servers import PermittedServers
    from llmspell.models.provider_config import Limits

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_ERROR_BYTES = 256 * 1024
# An agent's tools may take their time between two requests; who closes sooner on the other side is noticed.
_KEPT_ALIVE_S = 60.0
# More would wait for each other, not fail: below the usual limit of 1,024 open files.
_MAX_CONNECTIONS = 500
_DRAIN_S = 0.1
_ERROR_BODY_S = 5.0  # the status is there: what is said beside it must not take the time for another attempt


class HttpClients:
    """Clients by what they need: those for https hold a TLS context, which costs 20 ms to build.

    A connection belongs to the event loop that opened it, so each loop has its own clients, and a program that runs
    one loop after the other may keep this.

    Args:
        servers: The only ones that may be reached, for those that a script names; None for those of the settings, which
            are found as the system finds them.
    """

    def __init__(self, *, servers: PermittedServers | None = None) -> None:
        self._servers = servers
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, httpx2.AsyncClient]] = (
            WeakKeyDictionary()
        )

    def client(self, url: str) -> httpx2.AsyncClient:
        """The client for a URL, in this event loop.

        Raises:
            ConfigError: The proxy that the environment names cannot be used.
        """
        clients = self._clients.setdefault(asyncio.get_running_loop(), {})
        secure = url[:6].lower() == "https:"
        client = clients.get(secure)
        if client is None:
            client = clients[secure] = _new_client(secure, self._servers)
        return client

    async def aclose(self) -> None:
        """Close the connections of this event loop. What is asked afterwards opens new ones."""
        clients = self._clients.pop(asyncio.get_running_loop(), {})
        for client in clients.values():
            await client.aclose()

    @asynccontextmanager
    async def post(
        self, asked: Asked, url: str, body: bytes, headers: dict[str, str], limits: Limits
    ) -> AsyncIterator[httpx2.Response]:
        """An answer whose status is a success and whose body has yet to be read. Leaving early closes the connection.

        Raises:
            ProviderError: It was refused, redirected or did not come; or reading it, inside of the context, failed.
            ConfigError: The address cannot be used.
        """
        import httpx2  # late: 60 ms

        timeout = httpx2.Timeout(limits.timeout_s, connect=limits.connect_timeout_s, pool=None)
        response = None
        try:
            async with self.client(url).stream("POST", url, content=body, headers=headers, timeout=timeout) as response:
                refuse_compression(response)
                if not response.is_success:
                    start = await start_of(response)
                    raise refused(asked, response.status_code, response.headers, start)
                yield response
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            begun, headers_back = response is not None, response.headers if response is not None else {}
            raise failed(asked, error, begun=begun, request_id=request_id_of(headers_back)) from error


def refuse_compression(response: httpx2.Response) -> None:
    """Refuse answers of which a few bytes may be gigabytes, before any bound is looked at: compressed twice, or by a
    method without a bound of its own. 64 KB that are compressed once, by one of these two, have 64 MB at the most.

    Raises:
        DecodingError: It is.
    """
    import httpx2  # late, as below

    written = response.headers.get("content-encoding", "")
    if written.strip().lower() not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise httpx2.DecodingError(f"nobody has asked for {written[:60]!r}", request=response.request)


async def read_all(asked: Asked, response: httpx2.Response) -> bytes:
    """The whole body.

    Raises:
        MalformedAnswer: It is longer than `MAX_BODY_BYTES`.
    """
    pieces: list[bytes] = []
    n_bytes = 0
    async for piece in response.aiter_bytes():
        n_bytes += len(piece)
        if n_bytes > MAX_BODY_BYTES:
            raise too_long(asked, request_id_of(response.headers))
        pieces.append(piece)
    return b"".join(pieces)


async def start_of(response: httpx2.Response) -> bytes:
    """As much of an error's body as is worth reading and waiting for, as far as it comes."""
    import httpx2  # late, as above

    start = bytearray()
    try:
        async with asyncio.timeout(_ERROR_BODY_S):
            async for piece in response.aiter_bytes():
                start += piece
                if len(start) >= MAX_ERROR_BYTES:
                    break
    except (TimeoutError, httpx2.HTTPError):
        pass  # the status says enough
    return bytes(start[:MAX_ERROR_BYTES])


async def drain(pieces: AsyncIterator[bytes]) -> None:
    """Read what follows an answer's end, for a moment: a body read to its end leaves a connection that can be kept."""
    import httpx2  # late, as above

    try:
        async with asyncio.timeout(_DRAIN_S):
            async for _ in pieces:
                pass
    except (TimeoutError, httpx2.HTTPError):
        pass  # the answer is whole; the connection is closed instead


def too_long(asked: Asked, request_id: str) -> MalformedAnswer:
    """The error for a body that goes on past its bound."""
    problem = f"is longer than {MAX_BODY_BYTES // (1024 * 1024)} MB"
    return malformed(asked, "the body", problem, request_id=request_id)


def where_of(url: str) -> str:
    """A URL as an error may show it: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _new_client(secure: bool, servers: PermittedServers | None) -> httpx2.AsyncClient:
    import ssl

    import httpx2  # late, as above

    # One for http has a context that trusts nobody, so that it could not reach an https address by mistake either.
    context = httpx2.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    limits = httpx2.Limits(
        max_connections=_MAX_CONNECTIONS, max_keepalive_connections=100, keepalive_expiry=_KEPT_ALIVE_S
    )
    if servers is not None:
        from llmspell.models.pinned_transport import PinnedTransport  # late, as httpx2

        transport = PinnedTransport(servers, context, limits)
        return httpx2.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)
    try:
        return httpx2.AsyncClient(verify=context, follow_redirects=False, limits=limits)
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        message = Redactor().text(str(error).partition(" Make sure")[0])
        raise ConfigError(
            f"the proxy of the environment cannot be used: {message}", hint="look at HTTP_PROXY and HTTPS_PROXY"
        ) from error
