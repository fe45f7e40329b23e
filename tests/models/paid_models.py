"""Models that cost money, without any: scripted answers under a provider's name, with a price; and what calls them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llmspell.effects.budget import SpendingLimit
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.run import Run
from llmspell.errors import ModelNotFound, StoreError
from llmspell.journal.ledger import Ledger
from llmspell.journal.memory import MemoryJournal
from llmspell.models.attempts import Attempts
from llmspell.models.calling import ModelServices
from llmspell.models.prices import Prices
from llmspell.models.protocol import Capabilities, ModelEvent, ModelRequest, ModelResponse
from llmspell.models.provider_config import Limits, ProviderConfig
from llmspell.models.scripted import ScriptedModel
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

# A dollar for a million tokens in, ten for a million out: 1,000 and 10,000 billionths for one.
PRICES = {"paid/*": {"input": 1.0, "output": 10.0, "cached": 0.5}}
NO_WAIT = Limits(retries=0)


class PaidModel:
    """A scripted model under another provider's name, which keeps what it was asked and what `max_tokens` says.

    Args:
        gate: Not answered before it is set.
    """

    def __init__(self, *turns: Any, name: str = "paid/one", gate: asyncio.Event | None = None) -> None:
        self.provider, _, self.name = name.partition("/")
        self.requests: list[ModelRequest] = []
        self.begun = asyncio.Event()
        self._model = ScriptedModel(list(turns), name)
        self._gate = gate

    @property
    def capabilities(self) -> Capabilities:
        return self._model.capabilities

    async def request(self, request: ModelRequest) -> ModelResponse:
        await self._begin(request)
        response = await self._model.request(request)
        longest, usage = request.settings.max_tokens, response.usage
        if longest is None or longest >= usage.output_tokens:
            return response
        return replace(response, usage=replace(usage, output_tokens=longest), finish_reason="length")

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        await self._begin(request)
        async for event in self._model.stream(request):
            yield event

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    async def _begin(self, request: ModelRequest) -> None:
        self.requests.append(request)
        self.begun.set()
        if self._gate is not None:
            await self._gate.wait()


class Configs:
    """A catalog, as far as calls ask it."""

    def __init__(self, *configs: ProviderConfig) -> None:
        self._configs = {it.name: it for it in configs}

    def config(self, provider: str) -> ProviderConfig:
        if provider not in self._configs:
            raise ModelNotFound(f"there is no provider {provider}")
        return self._configs[provider]


CONFIGS = Configs(
    ProviderConfig("paid", "chat_completions", limits=NO_WAIT),
    ProviderConfig("other", "chat_completions", limits=NO_WAIT),
    ProviderConfig("ollama", "chat_completions", is_local=True, limits=NO_WAIT),
    ProviderConfig("openai", "chat_completions", price_provider="openai", limits=NO_WAIT),
    ProviderConfig("scripted", "scripted", limits=NO_WAIT),
)


def fail(error: StoreError) -> None:
    raise AssertionError(error)


@dataclass
class Place:
    """A run with a journal in memory, and what models are called with."""

    allow: tuple[str, ...] = ("model:*",)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: PRICES)
    ledger: Ledger | None = None
    run_budgets: Sequence[SpendingLimit] = ()

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(Redactor())
        profile = resolve_profile("high", allow=self.allow)
        self.run = Run(profile, self.journal, script="a.lua", budgets=tuple(self.run_budgets))
        self.journal.begin(self.run.record(script="a.lua", language="lua", content_hash=""))
        attempts = Attempts(random=lambda: 0.0)
        catalog: Any = CONFIGS
        self.services = ModelServices(catalog, attempts, Prices(self.prices), self.ledger)
        self.ctx: RunContext = task_context(self.run)

    def entries(self) -> list[Any]:
        return list(self.journal.entries(self.run.run_id))
