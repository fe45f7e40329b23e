"""Call a model: the one function that every request to one goes through.

Each request is an effect: permitted as `model:provider/name`, held back in the budgets that it concerns, attempted,
charged, recorded. When a model fails for good before anything of its answer was handed on, the next candidate is asked,
in an effect of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from llmspell.effects.flows import leave
from llmspell.effects.perform import Effect, perform
from llmspell.errors import KeyMissing, MalformedAnswer, ModelNotFound, ProviderError
from llmspell.events.points import MODEL
from llmspell.journal.entries import NO_USAGE
from llmspell.journal.spending import ModelCall
from llmspell.models.estimate import output_tokens
from llmspell.models.metering import ModelMeter, cut_short_error
from llmspell.models.pace import Pace
from llmspell.models.protocol import ModelResponse
from llmspell.models.provider_config import ProviderConfig
from llmspell.models.recording import request_to_value, response_from_value, response_to_value
from llmspell.models.watching import watched

if TYPE_CHECKING:
    from llmspell.effects.budget import SpendingLimit
    from llmspell.effects.context import RunContext
    from llmspell.journal.ledger import Ledger
    from llmspell.models.attempted_call import OnModelEvent
    from llmspell.models.attempts import Attempts
    from llmspell.models.catalog import ModelCatalog
    from llmspell.models.guarded import GuardedCall, GuardedWatch
    from llmspell.models.messages import Value
    from llmspell.models.prices import Prices
    from llmspell.models.protocol import Capabilities, Model, ModelEvent, ModelRequest
    from llmspell.models.provider_config import Limits
    from llmspell.models.watching import Watch

_BILLED_KINDS = ("timeout", "interrupted")


@dataclass(frozen=True, slots=True)
class ModelServices:
    """What calls of models are made with. `ledger` is None where nothing is kept; `tell` is told when a model fails and
    another one is asked instead."""

    catalog: ModelCatalog
    attempts: Attempts
    prices: Prices
    ledger: Ledger | None = None
    pace: Pace = field(default_factory=Pace)
    tell: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """An answer, and what it took.

    Attributes:
        model: The full name of the model that gave it.
        cost_usd: Of this request; 0 also where nobody knows the price.
        attempts: How often it was asked.
        fallback_from: The full names of the models that failed before it.
    """

    response: ModelResponse
    model: str
    cost_usd: float
    attempts: int
    fallback_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Terms:
    """On what terms the candidates are asked, each of them. The fields are as of `call_model`."""

    services: ModelServices
    budgets: Sequence[SpendingLimit]
    retries: int | None
    agent: str


async def call_model(
    ctx: RunContext,
    services: ModelServices,
    candidates: Sequence[Model],
    request: ModelRequest,
    *,
    budgets: Sequence[SpendingLimit] = (),
    retries: int | None = None,
    on_event: OnModelEvent | None = None,
    agent: str = "",
) -> Called:
    """Ask the first of these models that answers.

    Args:
        candidates: At least one; in this order.
        budgets: Beside those of the run and of the agents around, which count in any case.
        retries: Instead of the provider's setting.
        on_event: Awaited for each event of a stream, the model not waiting for it; without it the answer comes whole.
        agent: Who asks, for the ledger.

    Raises:
        PermissionDenied: `model:provider/name` is not granted.
        BudgetExceeded: A budget does not pay for it, or the answer ended where one was used up; then
            `details["text"]` is what there is of it, and it is charged.
        ConfigError: A budget in USD is in force, and nobody knows the price.
        ProviderError, KeyMissing: The last candidate's; `details["tried"]` names all of them, if there are several.
    """
    await services.pace.turn(request.messages)
    terms = _Terms(services, budgets, retries, agent)
    call = _call_hooked if ctx.run.hooks.at and MODEL.watched(ctx.run.hooks.at) else _call

    async def ask(watch: Watch | None) -> Called:
        tried: list[dict[str, Value]] = []
        for i, model in enumerate(candidates, 1):
            try:
                called = await call(ctx, terms, model, request, watch)
                return replace(called, fallback_from=tuple(it["model"] for it in tried)) if tried else called
            except (ProviderError, KeyMissing) as error:
                tried.append({"model": _full_name(model), "code": error.code, "message": error.message})
                if i == len(candidates) or (watch is not None and watch.n_bytes > 0):
                    if len(tried) > 1:
                        error.details["tried"] = tried
                    raise
                if services.tell is not None:
                    name = _full_name(model)
                    failed = error.message if name in error.message else f"{name} failed ({error.message})"
                    services.tell(f"{failed}; asking {_full_name(candidates[i])} instead")
        raise ValueError("there must be a model to call")

    return await (ask(None) if on_event is None else watched(on_event, ask))


async def _call_hooked(
    ctx: RunContext, terms: _Terms, model: Model, request: ModelRequest, watch: Watch | None
) -> Called:
    """As `_call`, under the eyes of hooks: an answer of a hook's is no effect and costs nothing."""
    from llmspell.models.hooked import call_hooked  # late: most runs have no hooks

    async def ask(sent: ModelRequest) -> Called:
        return await _call(ctx, terms, model, sent, watch)

    async def elsewhere(place: RunContext, target: str, sent: ModelRequest) -> Called:
        other = terms.services.catalog.find(target)
        return await _call_hooked(place, terms, other, sent, watch)

    def made(response: ModelResponse) -> Called:
        return Called(response, _full_name(model), 0.0, 0)

    return await call_hooked(ctx, _full_name(model), request, watch, ask, elsewhere, made)


async def _call(ctx: RunContext, terms: _Terms, model: Model, request: ModelRequest, watch: Watch | None) -> Called:
    services = terms.services
    name = _full_name(model)
    config = _config_of(services, model)
    guarded = _guarded(ctx, name, watch) if ctx.run.rails or ctx.rails else None
    seen: Watch | GuardedWatch | None = watch
    if guarded is not None:
        request, seen = guarded.request(request), guarded.watch
    recorded = request_to_value(request)
    ledger = services.ledger
    now = time.time() if ledger is None else ledger.clock()
    call = ModelCall(model.provider, model.name, now, ctx.run_id, ctx.run.script, terms.agent)
    foreseen = model.foreseen_usd(request) if isinstance(model, _Foreseeing) else 0.0
    meter = ModelMeter(
        call,
        config,
        request,
        recorded,
        prices=services.prices,
        ledger=ledger,
        limits=terms.budgets,
        foreseen_usd=foreseen,
    )
    fresh: ModelResponse | None = None

    async def do(inner: RunContext) -> Value:
        nonlocal fresh
        if guarded is not None:
            await guarded.check_sent(inner)
        if config.server:  # it was permitted before the run read what is sent there now
            leave(inner, "net", config.server)
            inner.run.flows.answered.add(config.server)  # what streams is used at once
        sent = request
        if meter.max_tokens is not None:
            sent = replace(request, settings=replace(request.settings, max_tokens=meter.max_tokens))
        limits = config.limits if terms.retries is None else replace(config.limits, retries=terms.retries)
        n_seen = 0 if watch is None else len(watch.pieces)
        fresh, attempts, cost_usd = await _ask(inner, services, config, model, sent, limits, seen, meter)
        if guarded is not None:
            fresh = await guarded.response(inner, fresh)
        value = {"response": response_to_value(fresh), "attempts": attempts, "cost_usd": cost_usd}
        if watch is not None:
            value["pieces"] = watch.pieces[n_seen:]
        if fresh.finish_reason == "length" and (cut := meter.cut_short(fresh.usage, cost_usd or 0.0)) is not None:
            value["cut_short"] = cut
        return value

    # To be asked twice costs twice and changes nothing: an answer that was lost with its run is asked for again.
    effect = Effect("model", name, recorded, needs=(("model", name),), meter=meter, idempotent=True)
    # What comes back may be what an earlier run was answered, so nothing but the value says what it was.
    value = await perform(ctx, effect, do)
    response = fresh if fresh is not None else response_from_value(value["response"])
    if fresh is None and watch is not None:
        await watch.again(response, value.get("pieces", ()))
    if "cut_short" in value:
        raise cut_short_error(value["cut_short"], response.message.text)
    return Called(response, name, value["cost_usd"] or 0.0, value["attempts"])


async def _ask(
    inner: RunContext,
    services: ModelServices,
    config: ProviderConfig,
    model: Model,
    request: ModelRequest,
    limits: Limits,
    watch: Watch | GuardedWatch | None,
    meter: ModelMeter,
) -> tuple[ModelResponse, int, float | None]:
    """Ask, and charge what it costs, also where that can only be guessed. Returns answer, attempts and cost."""
    prices = services.prices
    warming = None
    if not prices.is_at_hand(config, model.name):
        warming = asyncio.create_task(prices.warm(config, model.name))  # nobody waits for it while the model thinks
    asked = _Asked(model)
    try:
        response, attempts = await services.attempts.run(asked, request, limits, on_event=watch)
        if response.usage == NO_USAGE and config.api not in ("scripted", "echo"):
            # Some servers do not count.
            response = replace(response, usage=meter.estimated(output_tokens(response.message)))
        try:
            if warming is not None and response.cost_usd is None:
                await warming
        finally:  # also when the run is being stopped: it was answered, and the bill will come
            cost_usd = response.cost_usd
            if cost_usd is None:
                cost_usd = prices.cost(config, model.name, response.usage)
            meter.ended(cost_usd)
            inner.charge(response.usage, cost_usd or 0.0)
    except BaseException as error:  # charged and raised again, whatever it is
        n_bytes = 0 if watch is None else watch.n_bytes
        if not meter.has_ended and asked.has_begun and (n_bytes or _may_be_billed(error)):
            inner.charge(*meter.broke_off(n_bytes))
        raise
    finally:
        if warming is not None:
            warming.cancel()  # the import itself goes on in its thread, for the next one
    return response, attempts, cost_usd


def _guarded(ctx: RunContext, name: str, watch: Watch | None) -> GuardedCall:
    from llmspell.guardrails.rails import rails_of  # late: most runs have none
    from llmspell.models.guarded import GuardedCall

    return GuardedCall(rails_of(ctx), name, watch)


def _may_be_billed(error: BaseException) -> bool:
    """Whether a provider may have worked before it failed, so that a bill will come though no answer says of what."""
    if isinstance(error, ProviderError):
        return isinstance(error, MalformedAnswer) or error.details.get("kind") in _BILLED_KINDS
    return isinstance(error, asyncio.CancelledError)


def _full_name(model: Model) -> str:
    return f"{model.provider}/{model.name}"


def _config_of(services: ModelServices, model: Model) -> ProviderConfig:
    try:
        return services.catalog.config(model.provider)
    except ModelNotFound:  # a model of a program's own, that no catalog has
        return ProviderConfig(model.provider, "plugin")


@runtime_checkable
class _Foreseeing(Protocol):
    """A model that may know what its next answer costs."""

    def foreseen_usd(self, request: ModelRequest) -> float:
        """See `models.scripted`."""


class _Asked:
    """A model that notices when it is asked: what waits for its turn costs nothing yet."""

    __slots__ = ("_model", "has_begun")

    def __init__(self, model: Model) -> None:
        self._model = model
        self.has_begun = False

    @property
    def provider(self) -> str:
        return self._model.provider

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def capabilities(self) -> Capabilities:
        return self._model.capabilities

    async def request(self, request: ModelRequest) -> ModelResponse:
        self.has_begun = True
        return await self._model.request(request)

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.has_begun = True
        return self._model.stream(request)

    async def aclose(self) -> None:
        await self._model.aclose()
