"""Models of the providers whose format is not chat completions, through the models layer of pydantic-ai.

Knows when things happen; how a request is made stands in `library_request`, and whom it goes to in `library_provider`.
The library costs a second to import: that happens once in a process, at the first request, in a thread, so that
everything else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, LLMSpellError
from llmspell.models.detached import detached
from llmspell.models.http_errors import interrupted
from llmspell.models.protocol import Capabilities, Completed, ModelEvent, ModelRequest, ModelResponse

if TYPE_CHECKING:
    from llmspell.models.library_request import OpenedModel
    from llmspell.models.permitted_servers import PermittedServers
    from llmspell.models.provider_config import ProviderConfig


class LibraryModel:
    """One model of one such provider. Nothing is imported, read or sent before the first request.

    Args:
        servers: The only ones that it may reach, where a script has named its server.
    """

    def __init__(self, config: ProviderConfig, name: str, *, servers: PermittedServers | None = None) -> None:
        self._config = config
        self._name = name
        self._servers = servers
        self._opening: asyncio.Future[OpenedModel] | None = None

    @property
    def provider(self) -> str:
        return self._config.name

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """Those of the settings; after the first request, without what the library does not know how to ask for."""
        opening = self._opening
        if opening is None or not _is_open(opening):
            return self._config.capabilities
        return opening.result().capabilities

    async def request(self, request: ModelRequest) -> ModelResponse:
        opened = await self._open()
        return await opened.ask(request)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        opened = await self._open()
        # Whoever reads may leave between two events, and the library's stream would then stay open until it is
        # collected. A task that only waits for the network closes it at once when it is cancelled, from anywhere.
        events: asyncio.Queue[ModelEvent | LLMSpellError | None] = asyncio.Queue()
        reading = asyncio.create_task(opened.read_stream(request, events.put_nowait))
        reading.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while True:
                event = await events.get()
                if event is None:
                    raise interrupted(opened.asked, "reading it was cancelled")
                if isinstance(event, LLMSpellError):
                    raise event
                yield event
                if isinstance(event, Completed):
                    return
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def aclose(self) -> None:
        """Let go of connections. What is asked afterwards opens new ones."""
        opening, self._opening = self._opening, None
        if opening is not None and _is_of_this_loop(opening):
            opening.cancel()  # unless it is done: its key may never come
            await asyncio.wait([opening])
            if _is_open(opening):
                await opening.result().aclose()

    async def _open(self) -> OpenedModel:
        opening = self._opening
        if opening is None or (opening.done() and not _is_open(opening)) or not _is_of_this_loop(opening):
            opening = self._opening = asyncio.ensure_future(self._opened())
        if opening.done():
            return opening.result()
        return await asyncio.shield(opening)  # others may wait for it, too

    async def _opened(self) -> OpenedModel:
        key = await detached(self._config.key)
        return await asyncio.to_thread(self._open_blocking, replace(self._config, key=lambda: key))

    def _open_blocking(self, config: ProviderConfig) -> OpenedModel:
        try:
            from llmspell.models.library_provider import open_model  # late: one second

            return open_model(config, self._name, servers=self._servers)
        except ImportError as problem:
            package = f"llmspell[{config.extra}]" if config.extra else f"pydantic-ai-slim[{config.library}]"
            raise ConfigError(
                f"provider {config.name} needs a package that is not installed", hint=f"pip install '{package}'"
            ) from problem


def _is_open(opening: asyncio.Future[OpenedModel]) -> bool:
    return opening.done() and not opening.cancelled() and opening.exception() is None


def _is_of_this_loop(opening: asyncio.Future[OpenedModel]) -> bool:
    # A connection belongs to the event loop that opened it, and a program may run one loop after the other.
    return opening.get_loop() is asyncio.get_running_loop()
