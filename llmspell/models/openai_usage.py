"""What an answer in the chat-completions format has used and cost, by what its server says.

Each server counts a little differently. Nothing here fails: what cannot be understood counts as not said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmspell.journal.entries import NO_USAGE, Usage

Value = Any  # what JSON holds

_USD_PER_TICK = 1e-10  # https://docs.x.ai/developers/cost-tracking
_TOO_MUCH = 1e15  # more tokens or dollars than there are


def read_usage(usage: Value) -> Usage:
    """Tokens as they are paid for: output includes what was thought.

    xAI's and Gemini's `completion_tokens` do not, but their totals do."""
    if not isinstance(usage, Mapping):
        return NO_USAGE
    n_input = _count(usage.get("prompt_tokens"))
    n_output = max(_count(usage.get("completion_tokens")), _count(usage.get("total_tokens")) - n_input)
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    if cached is None:
        cached = usage.get("prompt_cache_hit_tokens")  # DeepSeek's
    return Usage(n_input, n_output if n_input else _count(usage.get("completion_tokens")), _count(cached))


def read_cost_usd(usage: Value) -> float | None:
    """What the provider says it costs: OpenRouter's `cost` and what a provider behind it takes by itself, Perplexity's
    `cost.total_cost`, xAI's ticks."""
    if not isinstance(usage, Mapping):
        return None
    cost = usage.get("cost")
    if isinstance(cost, Mapping):
        cost = cost.get("total_cost")
    if cost is None and (ticks := _amount(usage.get("cost_in_usd_ticks"))) is not None:
        return ticks * _USD_PER_TICK
    amount = _amount(cost)
    details = usage.get("cost_details")
    if amount is not None and usage.get("is_byok") is True and isinstance(details, Mapping):
        amount += _amount(details.get("upstream_inference_cost")) or 0.0
    return amount


def _count(value: Value) -> int:
    amount = _amount(value)
    return 0 if amount is None else int(amount)


def _amount(value: Value) -> float | None:
    """A number that can be an amount of something, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < _TOO_MUCH else None
