"""`Provider`: which providers of models there are, and what can be done with them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from llmspell.errors import ModelNotFound
from llmspell.interface.declare import method, script_global, script_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.models.calling import ModelServices
    from llmspell.models.catalog import ModelCatalog


@script_object("ProviderCapabilities", record=True)
class ProviderCapabilities(TypedDict):
    """What the models of a provider can be asked for. An agent falls back on words where they cannot.

    Attributes:
        tools: To call tools by themselves.
        schema: To answer by a JSON Schema.
        media: To take these kinds of media: image, audio, document.
        streaming: To answer piece by piece.
    """

    tools: bool
    schema: bool
    media: list[str]
    streaming: bool


@script_object("ProviderObject")
@dataclass(frozen=True, slots=True)
class ProviderObject:
    """One provider. In a text it stands for its name: `"asking " .. provider`. Printed by itself it says what it is as
    well, as every object does: `print(provider.name)` prints the name alone.

    Attributes:
        name: What stands before the slash of a model's name.
        enabled: Whether nothing is missing here: it needs no key, or has one, and its library is installed. Nobody is
            asked for it; where `state` is local, its server must run as well: see `LocalLLM.status`.
        state: ready; local (ready, if its server runs); no key, needs extra, refused or incomplete.
        api: chat_completions, library, scripted, echo or plugin.
        is_local: It runs on a machine of the user's and costs nothing.
        default_model: The model that its name alone means, or empty.
        capabilities: What its models can be asked for.
        models: Names of models that are known without asking it; not all that there are.
    """

    name: str
    enabled: bool
    state: str
    api: str
    is_local: bool
    default_model: str
    capabilities: ProviderCapabilities
    models: list[str]


@script_global("Provider", index="get")
class ProviderGlobal:
    """The providers of models. Nothing here asks them anything, but for `Provider.models` of a local one."""

    def __init__(self, services: Callable[[], ModelServices]) -> None:
        self._services = services

    @classmethod
    def build(cls, services: Services) -> ProviderGlobal:
        return cls(services.models)

    @method(name="list", recorded=False)
    async def list_(self, ctx: RunContext) -> list[ProviderObject]:
        """All providers: those that are built in, those of the settings, those that installed packages bring.

        Returns:
            One object for each.
        """
        catalog = self._catalog
        # In a thread: the table of models takes a fifth of a second to load.
        return await asyncio.to_thread(lambda: [_object(catalog, it) for it in catalog.provider_names()])

    @method(recorded=False)
    async def get(self, ctx: RunContext, name: str) -> ProviderObject | None:
        """One provider.

        Args:
            name: Such as `openai`.

        Returns:
            nil when there is no such provider.
        """
        try:
            return await asyncio.to_thread(_object, self._catalog, name)
        except ModelNotFound:
            return None

    @method(aliases=("getCapabilities",), recorded=False)
    def get_capabilities(self, ctx: RunContext, name: str) -> ProviderCapabilities:
        """What the models of a provider can be asked for.

        Args:
            name: A provider, or the full name of a model of its.

        Raises:
            ModelNotFound: No such provider. The message names the nearest ones.
        """
        return _capabilities(self._catalog, name.partition("/")[0])

    @method(aliases=("isAvailable",), recorded=False)
    def is_available(self, ctx: RunContext, name: str) -> bool:
        """Whether nothing is missing here to ask a provider's models. A local server must run as well: it is not asked.

        Args:
            name: A provider; false for one that there is not.
        """
        catalog = self._catalog
        try:
            return catalog.state(name.partition("/")[0]).is_usable
        except ModelNotFound:
            return False

    @method(needs="model", idempotent=True)
    async def models(self, ctx: RunContext, provider: str) -> list[str]:
        """Names of a provider's models. A local server is asked for them; of others those are listed whose price is
        known.

        Args:
            provider: Such as `ollama`.

        Returns:
            Sorted; what the settings name comes first.

        Raises:
            ModelNotFound: No such provider. The message names the nearest ones.
            PermissionDenied: A local server is asked only where the profile grants its models, `model:ollama/*`.
            ProviderError: A local server cannot be reached.
        """
        catalog = self._catalog
        entry = catalog.entry(provider)
        if entry.config.is_local and entry.config.api == "chat_completions":
            from llmspell.models.local_servers import local_server  # late: a client for HTTP follows it

            ctx.permit("model", f"{entry.config.name}/*")
            return [it.name for it in await local_server(catalog, provider).models()]
        return await asyncio.to_thread(catalog.models_of, entry.config.name)

    @property
    def _catalog(self) -> ModelCatalog:
        return self._services().catalog


def _object(catalog: ModelCatalog, name: str) -> ProviderObject:
    config, state = catalog.config(name), catalog.state(name)
    return ProviderObject(
        config.name,
        state.is_usable,
        state.state,
        config.api,
        config.is_local,
        config.default_model,
        _capabilities(catalog, name),
        catalog.models_of(name),
    )


def _capabilities(catalog: ModelCatalog, name: str) -> ProviderCapabilities:
    can = catalog.config(name).capabilities
    return {"tools": can.tools, "schema": can.schema, "media": list(can.media), "streaming": True}
