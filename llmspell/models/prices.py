"""What models cost: from the settings, and from the table of genai-prices that is installed with us.

The table needs no network. Loading it takes about 150 ms, so it happens when a price is asked for that is not in the
user's cache yet, and best in a thread while the request is under way (`warm`)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from llmspell.config.project_rules import has_own_budget, price_tables
from llmspell.errors import ConfigError
from llmspell.journal.spending import NANO
from llmspell.models.price_cache import Kept, PriceCache

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.journal.entries import Usage
    from llmspell.models.provider_config import ProviderConfig

_MILLION = 1_000_000
_FREE_APIS = ("scripted", "echo")


@dataclass(frozen=True, slots=True)
class Rate:
    """USD per million tokens, for requests with more than `above` input tokens. `cached` counts for those of the input
    that the provider had kept."""

    input: float
    output: float
    cached: float
    above: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs.

    Attributes:
        rates: By `above`, the lowest first: some models cost more for long inputs, and then for all of them.
        request_usd: Of each request, beside its tokens.
        source: settings | table | free.
    """

    rates: tuple[Rate, ...]
    request_usd: float = 0.0
    source: str = "settings"

    def rate_for(self, input_tokens: int) -> Rate:
        """The rate of a request with so much input."""
        return next((it for it in reversed(self.rates) if input_tokens > it.above), self.rates[0])

    def cost(self, usage: Usage) -> float:
        """USD of one request."""
        rate = self.rate_for(usage.input_tokens)
        n_cached = min(usage.cached_tokens, usage.input_tokens)
        millionths = (
            (usage.input_tokens - n_cached) * rate.input + n_cached * rate.cached + usage.output_tokens * rate.output
        )
        return self.request_usd + millionths / _MILLION

    def most_nano(self, input_tokens: int, output_tokens: int) -> int:
        """Billionths of a dollar that a request may cost: nothing is taken to be cached, and it is rounded up."""
        return math.ceil(round(self._nano(input_tokens, output_tokens), 3))

    def output_for(self, nano_usd: int, input_tokens: int) -> float:
        """How many output tokens so much pays for, beside the input; infinity where they cost nothing."""
        per_token = self.rate_for(input_tokens).output * NANO / _MILLION
        left = nano_usd - self._nano(input_tokens, 0)
        return math.floor(round(left / per_token, 6)) if per_token else math.inf

    def _nano(self, input_tokens: int, output_tokens: int) -> float:
        rate = self.rate_for(input_tokens)
        millionths = input_tokens * max(rate.input, rate.cached) + output_tokens * rate.output
        return self.request_usd * NANO + millionths * (NANO / _MILLION)

    @property
    def is_free(self) -> bool:
        return not self.request_usd and not any(it.input or it.output or it.cached for it in self.rates)


FREE = Price((Rate(0.0, 0.0, 0.0),), source="free")


class Prices:
    """The prices of this process.

    Args:
        settings: The `[prices]` tables, by `provider/model` or a pattern of it such as `vllm/*`, each with `input`,
            `output` and `cached`, USD per million tokens. The name itself counts before a pattern, and of patterns the
            longest that matches.
        project: Such tables, for models whose price nobody else knows, or that are free by themselves.
        only_free: The project's count for the latter alone.
        project_file: Where those of the project stand, for who is told that they do not count.
        cache: A file for what was looked up in the table; empty keeps nothing.

    Raises:
        ConfigError: One of the tables does not say enough.
    """

    def __init__(
        self,
        settings: Mapping[str, Mapping[str, float]] | None = None,
        *,
        project: Mapping[str, Mapping[str, float]] | None = None,
        only_free: bool = False,
        project_file: str = "",
        cache: str = "",
    ) -> None:
        self._own = _Tables(settings or {})
        self._of_project = _Tables(project or {})
        self._only_free = only_free
        self._project_file = project_file
        self._is_loaded = False
        self._looked_up: dict[str, Price | None] = {}
        self._cache = PriceCache(cache)

    @classmethod
    def of_settings(cls, settings: Settings, *, cache: str = "") -> Prices:
        """Those of the settings, each table by the rules for the file that it stands in."""
        own, of_project = price_tables(settings)
        only_free = has_own_budget(settings)
        return cls(own, project=of_project, only_free=only_free, project_file=settings.project, cache=cache)

    def price_of(self, config: ProviderConfig, model: str) -> Price | None:
        """The price of a model now; None when nobody knows it, which is not the same as free."""
        found = self._known(config, model)
        # What is free because nobody says otherwise can cost something: that only makes budgets narrower.
        if found is FREE or (found is None and not self._only_free):
            found = self._of_project.find(f"{config.name}/{model}") or found
        return found

    def only_in_project(self, config: ProviderConfig, model: str) -> str:
        """The project file whose word alone the price of a model is, so that it does not count under a budget of the
        user's; empty where that is not so."""
        if self._known(config, model) is not None or self._of_project.find(f"{config.name}/{model}") is None:
            return ""
        return self._project_file

    def _known(self, config: ProviderConfig, model: str) -> Price | None:
        found = self._at_hand(config, model)
        if found is not None or not config.price_provider:
            return found
        name = f"{config.price_provider}/{model}"
        if name not in self._looked_up:
            found, is_lasting = _price_in_table(config.price_provider, model)
            self._is_loaded = True
            if is_lasting:
                self._looked_up[name] = found
            if is_lasting and found is not None:
                self._cache.keep(name, _kept(found))
        return found

    def cost(self, config: ProviderConfig, model: str, usage: Usage) -> float | None:
        """What a request has cost in USD; None when nobody knows."""
        price = self.price_of(config, model)
        return None if price is None else price.cost(usage)

    def is_at_hand(self, config: ProviderConfig, model: str) -> bool:
        """Whether the price can be told without an import."""
        return self._is_loaded or not config.price_provider or self._at_hand(config, model) is not None

    async def warm(self, config: ProviderConfig, model: str) -> None:
        """See to it that the price is at hand, without holding up the event loop."""
        if not self.is_at_hand(config, model):
            await asyncio.to_thread(self.price_of, config, model)

    def _at_hand(self, config: ProviderConfig, model: str) -> Price | None:
        found = self._without_table(config, model)
        if found is not None or not config.price_provider:
            return found
        name = f"{config.price_provider}/{model}"
        if name not in self._looked_up and (price := _of_kept(self._cache.find(name))) is not None:
            self._looked_up[name] = price
        return self._looked_up.get(name)

    def _without_table(self, config: ProviderConfig, model: str) -> Price | None:
        found = self._own.find(f"{config.name}/{model}")
        return FREE if found is None and (config.is_local or config.api in _FREE_APIS) else found


class _Tables:
    """Prices by name and by pattern."""

    __slots__ = ("_exact", "_patterns")

    def __init__(self, tables: Mapping[str, Mapping[str, float]]) -> None:
        self._exact = {name: _price_of_table(name, table) for name, table in tables.items()}
        self._patterns = sorted((it for it in tables if any(char in it for char in "*?[")), key=len, reverse=True)

    def find(self, name: str) -> Price | None:
        found = self._exact.get(name)
        if found is None:
            found = next((self._exact[it] for it in self._patterns if fnmatchcase(name, it)), None)
        return found


def _price_of_table(name: str, table: Mapping[str, float]) -> Price:
    for field in ("input", "output"):
        if field not in table:
            hint = "a price has input and output, in USD per million tokens, and may have cached"
            raise ConfigError(f'[prices."{name}"] does not say what {field} costs', hint=hint)
    per_input = float(table["input"])
    return Price((Rate(per_input, float(table["output"]), float(table.get("cached", per_input))),))


def _kept(price: Price) -> Kept:
    return {"rates": [[it.input, it.output, it.cached, it.above] for it in price.rates], "request": price.request_usd}


def _of_kept(kept: Kept | None) -> Price | None:
    if kept is None:
        return None
    try:
        rates = tuple(
            Rate(float(one), float(two), float(three), int(above)) for one, two, three, above in kept["rates"]
        )
        return Price(rates, float(kept["request"]), "table") if rates else None
    except (KeyError, TypeError, ValueError):
        return None


def _price_in_table(provider: str, model: str) -> tuple[Price | None, bool]:
    """The price now, and whether it is the same at any time: some models cost less at night, or from some day on."""
    from genai_prices.data_snapshot import get_snapshot  # late: 150 ms

    try:
        _, found = get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None, True
    is_lasting = not isinstance(found.prices, list)
    listed = found.get_prices(datetime.now(UTC))
    if listed.input_mtok is None and listed.output_mtok is None:
        return None, is_lasting  # it is paid for by other things than tokens
    starts = {0}
    for it in (listed.input_mtok, listed.output_mtok, listed.cache_read_mtok):
        starts.update(tier.start for tier in getattr(it, "tiers", ()))
    rates = tuple(_rate(listed, start) for start in sorted(starts))
    return Price(rates, _at(listed.requests_kcount, 0) / 1000, "table"), is_lasting


def _rate(listed: Any, above: int) -> Rate:  # Any: ModelPrice has its prices as attributes that it makes up
    per_input = _at(listed.input_mtok, above)
    cached = per_input if listed.cache_read_mtok is None else _at(listed.cache_read_mtok, above)
    return Rate(per_input, _at(listed.output_mtok, above), cached, above)


def _at(price: Any, above: int) -> float:
    """One price of the table for inputs of more tokens than `above`."""
    if price is None:
        return 0.0
    tiers = [it for it in getattr(price, "tiers", ()) if it.start <= above]
    return float(tiers[-1].price if tiers else getattr(price, "base", price))
