"""What a template will cost, before anything is asked: its prompts' sizes, the calls that its params imply, and prices.

Tokens are those of `models.estimate`, on the high side. `usd` is None where nobody knows the price of a model; a model
that is free costs 0. The largest figures are not a ceiling: that is what a budget is for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError
from llmspell.journal.entries import Usage
from llmspell.models.estimate import text_bytes, text_tokens
from llmspell.models.messages import Value
from llmspell.templates.protocol import Calls, Forecast, Span

if TYPE_CHECKING:
    from llmspell.models.prices import Price
    from llmspell.templates.work import Work

_FORMAT_TOKENS = 20  # what a format adds to a request: roles, names of fields
_STEP_TOKENS = 1_500  # what an agent's question grows by with each use of a tool


async def calls_of(
    work: Work,
    role: str,
    *shown: str,
    n: Span | float = 1,
    more_input: Span | None = None,
    output: Span | None = None,
    **variables: Value,
) -> Calls:
    """The calls of one role.

    Args:
        shown: What is shown beneath the task, as far as it is known beforehand.
        more_input: Tokens of what is shown and not known: answers of other models.
        output: Tokens of an answer; the role's own figures otherwise.
    """
    found = work.role(role)
    system, task = await work.prompts(role, variables)
    n_bytes = text_bytes(system) + text_bytes(task) + sum(map(text_bytes, shown))
    if found.schema is not None:
        n_bytes += len(json.dumps(found.schema))
    fixed = text_tokens(n_bytes) + _FORMAT_TOKENS
    more = more_input or Span.of(0)
    times = n if isinstance(n, Span) else Span.of(n)
    answer = output or Span(max(1, found.answer_tokens // 4), found.answer_tokens, found.most_tokens)
    # A model whose answer is not valid is shown its mistake: once in a while, so only the most counts it.
    repaired = Span(times.least, times.likely, times.most * (2 if found.schema is not None else 1))
    return Calls(role, repaired, Span(fixed + more.least, fixed + more.likely, fixed + more.most), answer)


def with_tools(calls: Calls, max_steps: int) -> Calls:
    """The calls of agents with tools: each use of a tool asks the model again, with all that was said."""
    n, asked = calls.n, calls.input_tokens
    likely = min(3, max_steps)
    grown = Span(
        asked.least,
        asked.likely + _STEP_TOKENS * (likely - 1) / 2,
        asked.most + _STEP_TOKENS * (max_steps - 1) / 2,
    )
    return Calls(calls.role, Span(n.least, n.likely * likely, n.most * max_steps), grown, calls.output_tokens)


@dataclass(frozen=True, slots=True)
class _Sum:
    n: float = 0.0
    input: float = 0.0
    output: float = 0.0
    usd: float | None = 0.0

    def to_value(self) -> dict[str, Value]:
        return {
            "calls": round(self.n),
            "input_tokens": round(self.input),
            "output_tokens": round(self.output),
            "usd": None if self.usd is None else round(self.usd, 6),
        }


async def estimate(work: Work, forecast: Forecast | None) -> dict[str, Value]:
    """The estimate as scripts see it: input_tokens, output_tokens, calls, usd, min, max, confidence, model, notes."""
    if forecast is None:
        unknown = {"calls": None, "input_tokens": None, "output_tokens": None, "usd": None}
        note = "nobody can know what it will ask: it is a function, or a workflow that decides while it runs"
        bounds = {"min": dict(unknown), "max": dict(unknown)}
        return {**unknown, **bounds, "confidence": "low", "model": "", "models": {}, "notes": [note]}
    names: dict[str, str] = {}
    prices: dict[str, Price | None] = {}
    notes = list(forecast.notes)
    for role, calls in {it.role: it for it in forecast.calls}.items():
        names[role], prices[role] = await _model(work, work.model_of(role) if calls.model is None else calls.model)
        if prices[role] is None:
            known = f"the price of {names[role]} is not known" if names[role] else "no model is set"
            notes.append(f"{known}: the sum in USD is left out")
    likely, least, most = (_sum(forecast.calls, prices, which) for which in ("likely", "least", "most"))
    first = next(iter(names.values()), "")
    return {
        **likely.to_value(),
        "min": least.to_value(),
        "max": most.to_value(),
        "confidence": forecast.confidence,
        "model": first,
        "models": names,
        "notes": list(dict.fromkeys(notes)),
    }


def _sum(calls: Sequence[Calls], prices: Mapping[str, Price | None], which: str) -> _Sum:
    total = _Sum()
    for it in calls:
        n, asked, answered = (getattr(span, which) for span in (it.n, it.input_tokens, it.output_tokens))
        price = prices[it.role]
        if n == 0:
            continue
        # Priced call by call: some models cost more for long inputs.
        each = None if price is None else price.cost(Usage(round(asked), round(answered)))
        usd = None if each is None or total.usd is None else total.usd + n * each
        total = _Sum(total.n + n, total.input + n * asked, total.output + n * answered, usd)
    return total


async def _model(work: Work, named: str | Mapping[str, Value]) -> tuple[str, Price | None]:
    """A model by its full name, and its price."""
    from llmspell.models.prices import FREE  # late: most estimates follow an execution's imports

    models = work.services.models
    if not isinstance(named, str):
        return "scripted", FREE
    try:
        found = models.catalog.resolve(named)
    except ConfigError:
        if named:
            raise
        return "", None  # nobody has said which is the default
    config = models.catalog.config(found.provider)
    await models.prices.warm(config, found.name)
    return found.full_name, models.prices.price_of(config, found.name)
