"""A model behind the chat-completions format: most providers, and every local server.

One attempt for each request; the caller decides about time, money and trying again. The format itself is in
`openai_format` (what is asked), `openai_answer` and `openai_stream` (what is answered), failures in `http_errors`."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from llmspell.errors import ConfigError
from llmspell.models.detached import detached
from llmspell.models.error_kinds import place_of
from llmspell.models.http_client import MAX_BODY_BYTES, drain, read_all, too_long, where_of
from llmspell.models.http_errors import Asked, malformed, request_id_of
from llmspell.models.openai_answer import read_body
from llmspell.models.openai_format import write_request
from llmspell.models.openai_stream import MAX_EVENT_BYTES, EventTooLong, ServerSentEvents, StreamReading
from llmspell.models.protocol import Completed, ReasoningDelta, TextDelta
from llmspell.models.provider_config import no_key
from llmspell.version import __version__

if TYPE_CHECKING:
    import httpx2

    from llmspell.models.http_client import HttpClients
    from llmspell.models.protocol import Capabilities, ModelEvent, ModelRequest, ModelResponse
    from llmspell.models.provider_config import ProviderConfig

_PATH = "/chat/completions"


class OpenAIModel:
    """Implements `Model`. `http` is shared, so closing the model leaves it open: it is closed by whoever made it.

    The key is asked for once, at the first request, and goes into one header of each."""

    def __init__(self, config: ProviderConfig, name: str, *, http: HttpClients) -> None:
        self._config = config
        self._name = name
        self._http = http
        self._url = _endpoint(config)
        self._headers: dict[str, str] | None = None
        self._key_lock = threading.Lock()  # held in threads only; a lock of asyncio's would belong to one event loop
        self._asked = Asked(config.name, name, config.key_hint, where_of(config.base_url))

    @property
    def provider(self) -> str:
        return self._config.name

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._config.capabilities

    async def request(self, request: ModelRequest) -> ModelResponse:
        body = write_request(self._config, self._name, request, stream=False)
        headers = await self._signed()
        async with self._http.post(self._asked, self._url, body, headers, self._config.limits) as response:
            data = await read_all(self._asked, response)
        if _content_type(response) == "text/event-stream":  # a server that always streams
            reading = self._reading(request, response)
            events = ServerSentEvents()
            for _ in self._feed(events, data, reading):
                pass
            reading.feed_last(events.rest())
            return reading.finish()
        return self._read_whole(request, response, data)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        body = write_request(self._config, self._name, request, stream=True)
        headers = await self._signed()
        async with self._http.post(self._asked, self._url, body, headers, self._config.limits) as response:
            content_type = _content_type(response)
            if content_type == "text/html" or content_type.endswith("json"):  # a server that never streams
                answer = self._read_whole(request, response, await read_all(self._asked, response))
                if answer.message.reasoning:
                    yield ReasoningDelta(answer.message.reasoning)
                if answer.message.text:
                    yield TextDelta(answer.message.text)
            else:
                reading = self._reading(request, response)
                async with aclosing(self._deltas(reading, response)) as deltas:
                    async for delta in deltas:
                        yield delta
                answer = reading.finish()
        yield Completed(answer)

    async def aclose(self) -> None:
        """Nothing to let go of: see the class."""

    async def _deltas(
        self, reading: StreamReading, response: httpx2.Response
    ) -> AsyncGenerator[TextDelta | ReasoningDelta]:
        import httpx2  # late: 60 ms, and paid for by now

        events = ServerSentEvents()
        n_bytes = 0
        async with aclosing(response.aiter_bytes()) as pieces:
            try:
                async for piece in pieces:
                    n_bytes += len(piece)
                    if n_bytes > MAX_BODY_BYTES:
                        raise too_long(self._asked, request_id_of(response.headers))
                    for delta in self._feed(events, piece, reading):
                        yield delta
                    if reading.is_done:
                        await drain(pieces)
                        return
            except httpx2.TransportError:
                if not reading.is_complete:  # otherwise only what follows the answer is lost
                    raise
        for delta in reading.feed_last(events.rest()):
            yield delta

    def _feed(
        self, events: ServerSentEvents, piece: bytes, reading: StreamReading
    ) -> Iterator[TextDelta | ReasoningDelta]:
        try:
            for event in events.feed(piece):
                yield from reading.feed(event)
        except EventTooLong as error:
            problem = f"is longer than {MAX_EVENT_BYTES // (1024 * 1024)} MB"
            raise malformed(self._asked, "an event of the stream", problem) from error

    def _reading(self, request: ModelRequest, response: httpx2.Response) -> StreamReading:
        request_id = request_id_of(response.headers)
        return StreamReading(self._asked, request_id=request_id, audio_format=_audio_format(request))

    def _read_whole(self, request: ModelRequest, response: httpx2.Response, data: bytes) -> ModelResponse:
        request_id = request_id_of(response.headers)
        return read_body(self._asked, data, request_id=request_id, audio_format=_audio_format(request))

    async def _signed(self) -> dict[str, str]:
        """The headers of each request.

        Raises:
            KeyMissing, ConfigError: There is no key, or none that can be sent.
        """
        if self._headers is None:
            source = self._config.key
            # Where a key comes from may take seconds: a command, a key ring. Local servers have none to wait for.
            self._headers = self._sign("") if source is no_key else await detached(self._ask_for_key)
        return self._headers

    def _ask_for_key(self) -> dict[str, str]:
        with self._key_lock:
            return self._headers or self._sign(self._config.key().strip())

    def _sign(self, key: str) -> dict[str, str]:
        if not key.isascii() or not key.isprintable():
            places = filter(None, (self._config.key_hint, place_of("api_key", self.provider)))
            raise ConfigError(
                f"the key of provider {self.provider} has characters that no key has",
                hint=f"look at {' or '.join(places)}",
            )
        headers = {
            "accept": "application/json, text/event-stream",
            # An answer is small, and a compressed stream comes in lumps.
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": f"llmspell/{__version__}",
        }
        if key:
            headers["authorization"] = f"Bearer {key}"
        headers |= {name.lower(): value for name, value in self._config.headers.items()}
        secrets = tuple(filter(None, (key, *self._config.headers.values())))
        self._asked = Asked(self._asked.provider, self._asked.model, self._asked.key_hint, self._asked.where, secrets)
        self._headers = headers
        return headers


def _endpoint(config: ProviderConfig) -> str:
    """Where requests go. What a base URL has after `?` stays: Azure's version of the API stands there.

    Raises:
        ConfigError: The base URL is none.
    """
    base_url = config.base_url.strip()
    try:
        parts = urlsplit(base_url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigError(
            f"provider {config.name} has no base_url that can be used: {where_of(base_url) or repr(base_url[:200])}",
            hint=f"set providers.{config.name}.base_url to an address such as http://localhost:8080/v1",
        )
    path = parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=path if path.endswith(_PATH) else path + _PATH, fragment=""))


def _content_type(response: httpx2.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _audio_format(request: ModelRequest) -> str:
    audio = request.settings.extra.get("audio")
    return str(audio.get("format", "")) if isinstance(audio, dict) else ""
