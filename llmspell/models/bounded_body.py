"""Answers that end: the packages of providers read a body whole, however long it is, and this is what ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from llmspell.models import http_client


class BodyTooLong(Exception):
    """A body goes on past `http_client.MAX_BODY_BYTES`, compression undone."""


def bound(response: httpx2.Response) -> None:
    """Let the body of an answer that has yet to be read go as far as the bound, and raise `BodyTooLong` there.

    Raises:
        DecodingError: It is compressed in a way that would pass any bound at once.
    """
    http_client.refuse_compression(response)
    response.stream = _Bounded(httpx2.Response(response.status_code, headers=response.headers, stream=response.stream))
    response.headers.pop("content-encoding", None)  # what is counted is decompressed, by the inner one


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.Response) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        n_bytes = 0
        async for piece in self._inner.aiter_bytes():
            n_bytes += len(piece)
            if n_bytes > http_client.MAX_BODY_BYTES:
                raise BodyTooLong
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
