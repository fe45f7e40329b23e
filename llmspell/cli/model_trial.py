"""`llmspell model test`: one question to one model. No other command makes a paid call by itself, so it says so."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from llmspell.cli import output
from llmspell.cli.options import Parsed

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.models.calling import Called
    from llmspell.models.protocol import Model, ModelEvent, ModelRequest

Value = Any  # what JSON holds

NAME = "llmspell model test"  # of the run, in the ledger
MAX_TOKENS = 1000  # of an answer, where neither the command line nor the settings say


class Trial:
    """One of them.

    Raises:
        ModelNotFound, ConfigError: There is no such model, or it cannot be asked; nothing was sent.
    """

    def __init__(self, parsed: Parsed, name: str, prompt: str, max_tokens: int | None) -> None:
        from llmspell.cli.settings import announce, load
        from llmspell.models.messages import user
        from llmspell.models.protocol import ModelRequest, ModelSettings
        from llmspell.models.provider_settings import layered
        from llmspell.runtime.parts import RunParts

        settings, profile = load(parsed)
        announce(settings, parsed)
        self._parts = RunParts(settings, profile, NAME)
        self._services = self._parts.agency.models()
        self._model: Model = self._services.catalog.find(name)
        # What an alias and the provider's settings say holds here as it does for agents.
        said = layered(ModelSettings(max_tokens=max_tokens), self._services.catalog.settings_for(name))
        asked = layered(said, ModelSettings(max_tokens=MAX_TOKENS))
        self._request: ModelRequest = ModelRequest((user(prompt),), settings=asked)
        limits = [settings.get(f"budget.{it}") for it in ("run_usd", "day_usd")]
        self._limits = [float(it) for it in limits if it is not None]

    @property
    def full_name(self) -> str:
        return f"{self._model.provider}/{self._model.name}"

    def planned(self) -> dict[str, Any]:
        """What would be sent, and what it may cost at the most; no key is looked for."""
        entry = self._services.catalog.entry(self._model.provider)
        return {
            "model": self.full_name,
            "base_url": entry.config.base_url,
            "key": entry.key.where,
            "headers": sorted(entry.config.headers),
            "request": self._as_sent(),
            "at_most_usd": self._most_usd(),
        }

    def planned_in_words(self) -> str:
        """The same as text."""
        from llmspell.cli.values import to_json

        planned = self.planned()
        lines = [f"model    {self.full_name}", f"address  {planned['base_url'] or '(its own)'}"]
        lines += [f"key      {planned['key'] or '(none)'}", f"cost     {self._cost_in_words()}"]
        return "\n".join([*lines, f"request  {to_json(planned['request'])}"])

    def _as_sent(self) -> Value:
        """The request in the provider's own format; in ours where a library or a package writes it."""
        config = self._services.catalog.config(self._model.provider)
        if config.api == "chat_completions":
            from llmspell.models.openai_format import write_request

            return json.loads(write_request(config, self._model.name, self._request, stream=True))
        from llmspell.models.recording import request_to_value

        return request_to_value(self._request)

    def ask(self) -> dict[str, Any]:
        """Ask it, once.

        Raises:
            ProviderError: It refused or failed.
            KeyMissing, ConfigError, BudgetExceeded, PermissionDenied: Nothing was sent.
            WallLimitExceeded: It took longer than it was given.
        """
        self._services.catalog.config(self._model.provider).key()  # or it would be said to be asked, and is not
        called, first_s, whole_s = asyncio.run(self._asked())
        usage = called.response.usage
        return {
            "model": called.model,
            "answered_by": called.response.model,
            "text": called.response.message.text,
            "finish_reason": called.response.finish_reason,
            "first_token_ms": None if first_s is None else round(first_s * 1000, 1),
            "duration_ms": round(whole_s * 1000, 1),
            "usage": {
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "cached_tokens": usage.cached_tokens,
            },
            "cost_usd": called.cost_usd,
            "request_id": called.response.request_id,
        }

    def answered_in_words(self, answered: dict[str, Any]) -> str:
        """The answer as text."""
        usage, first = answered["usage"], answered["first_token_ms"]
        cost = "not known" if self._most_usd() is None and not answered["cost_usd"] else _usd(answered["cost_usd"])
        said = answered["text"] or f"(nothing: {answered['finish_reason']})"
        rows = [
            ("model", answered["answered_by"] or answered["model"]),
            ("text", said),
            ("first token", "" if first is None else f"{first:.0f} ms"),
            ("whole", f"{answered['duration_ms']:.0f} ms"),
            ("tokens", f"{usage['input_tokens']} in, {usage['output_tokens']} out"),
            ("cost", cost),
            ("request", answered["request_id"]),
        ]
        return "\n".join(f"{name:<12} {it}" for name, it in rows if it)

    async def _asked(self) -> tuple[Called, float | None, float]:
        from llmspell.models.calling import call_model
        from llmspell.models.protocol import ReasoningDelta, TextDelta

        first_at: list[float] = []

        async def notice(event: ModelEvent) -> None:
            if not first_at and isinstance(event, TextDelta | ReasoningDelta):
                first_at.append(time.perf_counter())

        async def ask(ctx: RunContext) -> tuple[Called, float | None, float]:
            self._announce()  # here, where an interrupt is heard by the loop and ends the request
            began = time.perf_counter()
            called = await call_model(ctx, self._services, [self._model], self._request, retries=0, on_event=notice)
            whole_s = time.perf_counter() - began
            return called, first_at[0] - began if first_at else None, whole_s

        return await self._parts.do(ask)

    def _announce(self) -> None:
        text = self._request.messages[0].text
        shown = text if len(text) <= 80 else text[:79] + "…"
        output.note(f"llmspell: asks {self.full_name} once: {shown!r}; {self._cost_in_words()}")

    def _most_usd(self) -> float | None:
        """What it may cost at the most, which a budget ends too; None when nobody knows the price."""
        from llmspell.journal.spending import NANO
        from llmspell.models.estimate import input_tokens
        from llmspell.models.recording import request_to_value

        config = self._services.catalog.config(self._model.provider)
        price = self._services.prices.price_of(config, self._model.name)
        if price is None:
            return None
        n_input = input_tokens(self._request, request_to_value(self._request))
        most = price.most_nano(n_input, self._request.settings.max_tokens or 0) / NANO
        return min(most, *self._limits) if self._limits else most

    def _cost_in_words(self) -> str:
        most = self._most_usd()
        if most is None:
            return "nobody knows what it costs"
        return f"it costs {_usd(most)} at most" if most else "it costs nothing"


def _usd(usd: float) -> str:
    from llmspell.effects.budget import shown_usd

    return f"${shown_usd(usd)}"
