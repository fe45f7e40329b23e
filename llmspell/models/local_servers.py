"""Servers of models on a machine of the user's: whether they run, which models they have, and getting one more.

Ollama is asked in its own format, which says more and can pull; every other one as OpenAI lists models. Nothing here
asks for permission: that is for those who ask on a script's behalf."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, LLMSpellError, ProviderError
from llmspell.models.detached import detached
from llmspell.models.http_client import read_all, refuse_compression, start_of, where_of
from llmspell.models.http_errors import Asked, failed, malformed, refused
from llmspell.models.provider_config import ProviderConfig

if TYPE_CHECKING:
    import httpx2

    from llmspell.models.catalog import ModelCatalog
    from llmspell.models.http_client import HttpClients

_PROBE_S = 2.0  # a server on this machine answers at once or not at all
_ANSWER_S = 30.0
_SILENCE_S = 120.0  # of a pull: it says several times a second how far it is
_MAX_LINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LocalModel:
    """One model that a server has.

    Attributes:
        size_bytes: On disk; None where the server does not say. So with the others.
        parameters: Such as `3.2B`. quantization: Such as `Q4_K_M`.
        capabilities: Such as completion, tools, vision, embedding; only of `info`.
    """

    name: str
    size_bytes: int | None = None
    family: str = ""
    parameters: str = ""
    quantization: str = ""
    context_window: int | None = None
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """Whether a server runs. `error` says why it is not one that can be used."""

    running: bool
    version: str = ""
    models: tuple[str, ...] = field(default_factory=tuple)
    error: str = ""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is. `total` is 0 while nobody knows it."""

    status: str
    completed: int = 0
    total: int = 0


class LocalServer:
    """One of them.

    Args:
        asks_ollama: It speaks Ollama's own format beside the other.
    """

    def __init__(self, config: ProviderConfig, http: HttpClients, *, asks_ollama: bool) -> None:
        self._config = config
        self._http = http
        self.asks_ollama = asks_ollama
        self._root = config.base_url.removesuffix("/v1")
        speaks = "Ollama's format" if asks_ollama else "the chat-completions format"
        self._asked = Asked(config.name, "", config.key_hint, where_of(config.base_url), format=speaks)

    async def status(self) -> LocalStatus:
        """Whether it runs. Never raises for a server that does not."""
        try:
            async with asyncio.timeout(_PROBE_S):
                models = await self.models()
                return LocalStatus(True, await self._version(), tuple(it.name for it in models))
        except TimeoutError:
            return LocalStatus(False, error=f"no answer from {self._asked.where} within {_PROBE_S:g} s")
        except LLMSpellError as problem:
            return LocalStatus(False, error=problem.message)

    async def models(self) -> list[LocalModel]:
        """The models that it has, by name.

        Raises:
            ProviderError: It cannot be reached, or answers something else.
        """
        if self.asks_ollama:
            rows = self._rows(await self._get("/api/tags"), "models")
            found = [_of_ollama(str(it.get("name", "")), it) for it in rows]
        else:
            rows = self._rows(await self._get("/models", at=self._config.base_url), "data")
            found = [LocalModel(str(it.get("id", "")), context_window=_count(it.get("max_model_len"))) for it in rows]
        return sorted((it for it in found if it.name), key=lambda it: it.name)

    async def info(self, name: str) -> LocalModel:
        """What it knows of one model.

        Raises:
            ProviderError: It cannot be reached, or has no such model (`not_found`).
        """
        if not self.asks_ollama:
            models = {it.name: it for it in await self.models()}
            if name in models:
                return models[name]
            details = {"provider": self._config.name, "model": name, "kind": "not_found", "retryable": False}
            raise ProviderError(
                f"{self._config.name} has no model {name}",
                hint=f"it has {', '.join(models) or 'none'}",
                details={**details, "attempts": 1},
            )
        told = await self._json("POST", self._root + "/api/show", {"model": name}, name)
        tag = name.removesuffix(":latest")
        listed = next((it for it in await self.models() if it.name.removesuffix(":latest") == tag), None)
        return _of_ollama(name if listed is None else listed.name, {**told, "size": listed and listed.size_bytes})

    async def pull(self, name: str, on_progress: Callable[[PullProgress], Awaitable[None]] | None = None) -> None:
        """Have it fetch a model from its library; as long as that takes.

        Args:
            on_progress: Awaited when the status changes, and for each further percent.

        Raises:
            ProviderError: There is no such model, or it could not be fetched.
            BadArgument: This server fetches none.
        """
        if not self.asks_ollama:
            raise BadArgument(
                f"{self._config.name} fetches no models", hint="give it one when it is started, or use ollama"
            )
        last: tuple[str, int] = ("", -1)
        status = ""
        async with self._sent(
            "POST", self._root + "/api/pull", {"model": name, "stream": True}, name, _SILENCE_S
        ) as got:
            async for line in self._lines(got, name):
                if problem := line.get("error"):
                    raise self._failed_pull(name, str(problem))
                status = str(line.get("status", ""))
                progress = PullProgress(status, _count(line.get("completed")) or 0, _count(line.get("total")) or 0)
                percent = progress.completed * 100 // progress.total if progress.total else 0
                if on_progress is not None and (status, percent) != last:
                    last = (status, percent)
                    await on_progress(progress)
        if status != "success":
            raise self._failed_pull(name, "it ended before it was done")

    async def _version(self) -> str:
        if not self.asks_ollama:
            return ""
        try:
            return str((await self._get("/api/version")).get("version", ""))
        except ProviderError:  # what only imitates Ollama need not say
            return ""

    async def _get(self, path: str, *, at: str = "") -> dict[str, Any]:
        return await self._json("GET", (at or self._root) + path, None, "")

    async def _json(self, method: str, url: str, body: Mapping[str, Any] | None, model: str) -> dict[str, Any]:
        async with self._sent(method, url, body, model, _ANSWER_S) as response:
            return self._object(await read_all(self._asked_for(model), response), "the body", model)

    @asynccontextmanager
    async def _sent(
        self, method: str, url: str, body: Mapping[str, Any] | None, model: str, silence_s: float
    ) -> AsyncIterator[httpx2.Response]:
        import httpx2  # late: 60 ms

        key = await detached(self._config.key)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        headers |= {name.lower(): it for name, it in self._config.headers.items()}
        timeout = httpx2.Timeout(silence_s, connect=_PROBE_S)
        self._asked = replace(self._asked, secrets=tuple(filter(None, (key, *headers.values()))))
        asked, begun = self._asked_for(model), False
        try:
            client = self._http.client(url)
            async with client.stream(method, url, json=body, headers=headers, timeout=timeout) as response:
                refuse_compression(response)
                if not response.is_success:
                    raise refused(asked, response.status_code, response.headers, await start_of(response))
                begun = True
                yield response
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise failed(asked, error, begun=begun) from error

    async def _lines(self, response: httpx2.Response, model: str) -> AsyncIterator[dict[str, Any]]:
        """The objects of a body that has one in each line."""
        rest = b""
        async for piece in response.aiter_bytes():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.strip():
                    yield self._object(line, "a line", model)
            if len(rest) > _MAX_LINE_BYTES:
                raise malformed(self._asked_for(model), "a line", "is too long")
        if rest.strip():
            yield self._object(rest, "a line", model)

    def _object(self, data: bytes, what: str, model: str) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise malformed(self._asked_for(model), what, "is no JSON object")
        return found

    def _rows(self, answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        rows = answer.get(name)
        if rows is None and name in answer:  # what some servers say for none
            return []
        if not isinstance(rows, list) or not all(isinstance(it, dict) for it in rows):
            raise malformed(self._asked, name, "is no list of objects")
        return rows

    def _asked_for(self, model: str) -> Asked:
        return replace(self._asked, model=model)

    def _failed_pull(self, name: str, problem: str) -> ProviderError:
        shown = self._asked.shown(problem)
        is_unknown = "does not exist" in problem or "not found" in problem
        details = {"provider": self._config.name, "model": name, "kind": "not_found" if is_unknown else "other"}
        return ProviderError(
            f"{self._config.name} could not pull {name}: {shown}",
            hint="is it spelled as on ollama.com/library?" if is_unknown else "",
            details={**details, "retryable": not is_unknown, "attempts": 1},
        )


def local_server(catalog: ModelCatalog, provider: str) -> LocalServer:
    """The server of a provider.

    Raises:
        ModelNotFound: No such provider.
        ConfigError: Its settings lack something.
    """
    entry = catalog.entry(provider)
    return LocalServer(entry.checked(), catalog.connections(), asks_ollama=entry.builtin.asks_ollama)


def _of_ollama(name: str, row: Mapping[str, Any]) -> LocalModel:
    details = row.get("details") if isinstance(row.get("details"), dict) else {}
    info = row.get("model_info") if isinstance(row.get("model_info"), dict) else {}
    assert isinstance(details, dict) and isinstance(info, dict)
    window = next((it for key, it in info.items() if str(key).endswith(".context_length")), None)
    can = row.get("capabilities")
    return LocalModel(
        name,
        _count(row.get("size")),
        str(details.get("family") or ""),
        str(details.get("parameter_size") or ""),
        str(details.get("quantization_level") or ""),
        _count(window),
        tuple(str(it) for it in can) if isinstance(can, list) else (),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
