"""`LocalLLM`: servers of models on the user's own machines: whether they run, what they have, and getting more."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, TypedDict

from llmspell.effects.flows import leave
from llmspell.errors import BadArgument
from llmspell.interface.declare import Callback, method, script_global, script_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.models.calling import ModelServices
    from llmspell.models.local_servers import LocalModel, LocalServer, LocalStatus, PullProgress

_USUAL = "ollama"
_LIBRARY = "registry.ollama.ai:443"  # where Ollama fetches what is called without a host
_HOST = re.compile(r"[A-Za-z0-9_.\-]{1,253}(?::[0-9]{1,5})?").fullmatch


@script_object("LocalServerStatus", record=True)
class LocalServerStatus(TypedDict):
    """Whether a server runs.

    Attributes:
        backend: The provider that it is: ollama, vllm, …
        running: Whether it answers.
        version: What it says it is; empty where it does not say.
        base_url: Where it was looked for.
        models: How many models it has.
        error: Why it cannot be used, or nil.
    """

    backend: str
    running: bool
    version: str
    base_url: str
    models: int
    error: str | None


@script_object("LocalModelRow", record=True)
class LocalModelRow(TypedDict):
    """One model that a server has. What the server does not say is absent.

    Attributes:
        id: The name that an agent takes: `ollama/llama3.2:latest`.
        backend: The provider whose server has it.
        name: The server's name for it.
        size_bytes: On disk.
        family: Such as `llama`.
        parameters: Such as `3.2B`.
        quantization: Such as `Q4_K_M`.
        context_window: In tokens.
        capabilities: Such as completion, tools, vision, embedding; of `LocalLLM.info` only.
    """

    id: str
    backend: str
    name: str
    size_bytes: int | None
    family: str | None
    parameters: str | None
    quantization: str | None
    context_window: int | None
    capabilities: list[str]


@script_object("PullState", record=True)
class PullState(TypedDict):
    """How far a pull is.

    Attributes:
        status: What the server is doing, in its own words; `success` at the end.
        completed: Bytes of the current part.
        total: Bytes that the current part has; 0 while nobody knows.
        percent: Of the current part.
    """

    status: str
    completed: int
    total: int
    percent: float


@script_global("LocalLLM")
class LocalLLMGlobal:
    """Servers of models on your own machines: Ollama, and those that speak the OpenAI format (vLLM, llama.cpp,
    LM Studio). Where they are is said by the settings, `[providers.NAME]`; asking one needs `model:NAME/*`."""

    def __init__(self, services: Callable[[], ModelServices]) -> None:
        self._services = services

    @classmethod
    def build(cls, services: Services) -> LocalLLMGlobal:
        return cls(services.models)

    @method(needs="model", idempotent=True)
    async def status(self, ctx: RunContext, backend: str = "") -> list[LocalServerStatus]:
        """Whether servers run. One that does not is no error.

        Args:
            backend: Only this one; without it, all that the profile lets the script ask.

        Returns:
            One row for each.

        Raises:
            ModelNotFound: No such provider. The message names the nearest ones.
            BadArgument: It is no local one.
            PermissionDenied: The profile does not grant the models of this one.
        """
        names = self._named(ctx, backend)
        found = await asyncio.gather(*(self._server(it).status() for it in names))
        return [self._status_row(name, it) for name, it in zip(names, found, strict=True)]

    @method(name="list", needs="model", idempotent=True)
    async def list_(self, ctx: RunContext, backend: str = "") -> list[LocalModelRow]:
        """The models that running servers have.

        Args:
            backend: Only this one's; without it, those of all that run and that the profile lets the script ask.

        Returns:
            One row for each, by server and name.

        Raises:
            ModelNotFound: No such provider. The message names the nearest ones.
            BadArgument: It is no local one.
            PermissionDenied: The profile does not grant the models of this one.
            ProviderError: The one that was named cannot be reached.
        """
        names = self._named(ctx, backend)
        if not backend:
            running = await asyncio.gather(*(self._server(it).status() for it in names))
            names = [name for name, it in zip(names, running, strict=True) if it.running]
        found = await asyncio.gather(*(self._server(it).models() for it in names))
        return [_row(name, it) for name, models in zip(names, found, strict=True) for it in models]

    @method(needs="model", idempotent=True)
    async def info(self, ctx: RunContext, name: str, backend: str = "") -> LocalModelRow:
        """What a server knows of one model.

        Args:
            name: `ollama/llama3.2`, or only what stands after the slash.
            backend: Which server; ollama, if the name does not say.

        Raises:
            ModelNotFound: No such provider. The message names the nearest ones.
            PermissionDenied: The profile does not grant this model, or the host that its name begins with.
            ProviderError: The server cannot be reached, or has no such model.
        """
        provider, model = self._model(name, backend)
        ctx.permit("model", f"{provider}/{model}")
        server = self._server(provider)
        if server.asks_ollama:
            _permit_library(ctx, model, is_fetched=False)
        return _row(provider, await server.info(model))

    @method(needs="model", idempotent=True)
    async def pull(
        self,
        ctx: RunContext,
        name: str,
        on_progress: Annotated[Callback, "PullState"] | None = None,
        backend: str = "",
    ) -> PullState:
        """Have Ollama fetch a model from its library, for as long as that takes.

        Args:
            name: `ollama/llama3.2`, or only what stands after the slash.
            on_progress: Called when the status changes and for each further percent.
            backend: Which server; ollama, if the name does not say.

        Returns:
            The last state.

        Raises:
            BadArgument: This server fetches none.
            PermissionDenied: The profile does not grant this model, or the host that its name begins with.
            FlowDenied: The run holds private and untrusted data: the name would carry it out.
            ProviderError: There is no such model, or it could not be fetched.
        """
        provider, model = self._model(name, backend)
        ctx.permit("model", f"{provider}/{model}")
        server = self._server(provider)
        if server.asks_ollama:
            _permit_library(ctx, model, is_fetched=True)
        last: PullState = {"status": "success", "completed": 0, "total": 0, "percent": 100.0}

        async def told(progress: PullProgress) -> None:
            if on_progress is not None:
                await on_progress(_state(progress))

        await server.pull(model, told)
        return last

    def _named(self, ctx: RunContext, backend: str) -> list[str]:
        """The local providers that are meant, and that the script may ask."""
        catalog = self._services().catalog
        if backend:
            name = self._local(backend)
            ctx.permit("model", f"{name}/*")
            return [name]
        allowed = ctx.profile.permissions
        local = [it.name for it in catalog.providers() if it.is_local and it.api == "chat_completions" and it.base_url]
        granted = [it for it in local if allowed.decide("model", f"{it}/*").allowed]
        if local and not granted:
            ctx.permit("model", f"{local[0]}/*")  # says which flag would help
        for it in granted:
            ctx.permit("model", f"{it}/*")
        return granted

    def _model(self, name: str, backend: str) -> tuple[str, str]:
        catalog = self._services().catalog
        first, slash, rest = name.partition("/")
        if backend:
            provider = self._local(backend)
            model = rest if slash and catalog.has_provider(first) and self._local(first) == provider else name
        elif slash and catalog.has_provider(first):
            provider, model = self._local(first), rest
        else:
            provider, model = self._local(_USUAL), name
        if not model:
            raise BadArgument("LocalLLM: no model is named", hint=f"write {provider}/MODEL")
        return provider, model

    def _local(self, backend: str) -> str:
        config = self._services().catalog.config(backend)
        if not config.is_local or config.api != "chat_completions":
            raise BadArgument(
                f"LocalLLM: {config.name} is no local server",
                hint=f"if it is one, set local = true under [providers.{config.name}]",
            )
        return config.name

    def _server(self, provider: str) -> LocalServer:
        from llmspell.models.local_servers import local_server  # late: a client for HTTP follows it

        return local_server(self._services().catalog, provider)

    def _status_row(self, provider: str, status: LocalStatus) -> LocalServerStatus:
        return {
            "backend": provider,
            "running": status.running,
            "version": status.version,
            "base_url": self._services().catalog.config(provider).base_url,
            "models": len(status.models),
            "error": status.error or None,
        }


def _permit_library(ctx: RunContext, model: str, *, is_fetched: bool) -> None:
    """Ask for the host that Ollama reaches for a model: its own library, or the one that the name begins with, which
    can be anybody's. What follows in the name is told there."""
    scheme, _, rest = model.rpartition("://")
    first, *more = rest.split("/")
    if not scheme and (not more or (len(more) == 1 and "." not in first and ":" not in first)):
        if is_fetched:
            leave(ctx, "net", _LIBRARY)
        return
    if scheme.lower() not in ("", "http", "https") or not _HOST(first):
        raise BadArgument(f"LocalLLM: no host can be called {first[:80]!r}", hint="write HOST/NAMESPACE/MODEL")
    port = "" if re.search(r":\d+\Z", first) else ":80" if scheme.lower() == "http" else ":443"
    ctx.permit("net", f"{first.lower()}{port}")


def _row(provider: str, model: LocalModel) -> LocalModelRow:
    return {
        "id": f"{provider}/{model.name}",
        "backend": provider,
        "name": model.name,
        "size_bytes": model.size_bytes,
        "family": model.family or None,
        "parameters": model.parameters or None,
        "quantization": model.quantization or None,
        "context_window": model.context_window,
        "capabilities": list(model.capabilities),
    }


def _state(progress: PullProgress) -> PullState:
    percent = 100.0 * progress.completed / progress.total if progress.total else 0.0
    return {
        "status": progress.status,
        "completed": progress.completed,
        "total": progress.total,
        "percent": round(percent, 1),
    }
