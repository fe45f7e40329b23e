"""`Run`: what this run is, has used, and has done so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

from llmspell.effects.flows import LABELS, MARK
from llmspell.errors import BadArgument
from llmspell.interface.declare import method, script_global, script_object
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.journal.protocol import JournalReader
    from llmspell.models.calling import ModelServices

MAX_SOURCE_CHARS = 1_000  # of what a script marks


@script_object("RunUsage", record=True)
class RunUsage(TypedDict):
    """What a run has used.

    Attributes:
        calls: Calls of the script to the host.
        input_tokens: Sent to models.
        output_tokens: Received from models.
        cached_tokens: Of the sent ones, those that a model had kept.
        cost_usd: Money.
        duration_ms: Since the run began.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float
    duration_ms: float


@script_object("RunEntry", record=True)
class RunEntry(TypedDict):
    """One finished or begun effect of a run.

    Attributes:
        key: Its name, the same in every run of the same script.
        parent: The key of the entry it happened in, or empty.
        target: The global or object that was called.
        method: What was called of it.
        args: What it was called with; secrets are left out and large values cut.
        result: What it returned, if it did.
        error: What it failed with, if it did.
        started_at: Seconds since 1970.
        duration_ms: How long it took; nil while it is under way.
        cost_usd: Money.
    """

    key: str
    parent: str
    target: str
    method: str
    args: Value
    result: Value
    error: dict[str, Value] | None
    started_at: float
    duration_ms: float | None
    cost_usd: float


@script_object("RunLabel", record=True)
class RunLabel(TypedDict):
    """Where a label of the run came from.

    Attributes:
        label: `private` or `untrusted`.
        source: What was read: `read:notes.txt`, `net:example.com:443`, `state:State`.
        actor: On whose behalf.
        key: The key of the entry in which it was read.
    """

    label: str
    source: str
    actor: str
    key: str


@script_global("Run", index="field")
class RunGlobal:
    """This run. `Run.id` is its identifier, `Run.profile` the name of its profile."""

    def __init__(self, reader: JournalReader | None, models: Callable[[], ModelServices] | None = None) -> None:
        self._reader = reader
        self._models = models

    @classmethod
    def build(cls, services: Services) -> RunGlobal:
        return cls(services.reader, services.models)

    @method(idempotent=True)
    def field(self, ctx: RunContext, name: str) -> str:
        """A fact about the run, as `Run.id` reads it.

        Args:
            name: `id` or `profile`.

        Raises:
            BadArgument: No such fact.
        """
        facts = {"id": ctx.run_id, "profile": ctx.run.profile.name}
        if name not in facts:
            known = [*facts, "cost", "usage", "budget", "checkpoint", "journal", "labels", "mark"]
            raise BadArgument(f"Run has no field {name[:80]!r}", hint=did_you_mean(name, known))
        return facts[name]

    @method(idempotent=True)
    def cost(self, ctx: RunContext) -> float:
        """What the run has cost so far, in USD."""
        return ctx.run.cost_usd

    @method(idempotent=True)
    def usage(self, ctx: RunContext) -> RunUsage:
        """What the run has used so far."""
        run = ctx.run
        return {
            "calls": run.n_calls,
            "input_tokens": run.usage.input_tokens,
            "output_tokens": run.usage.output_tokens,
            "cached_tokens": run.usage.cached_tokens,
            "cost_usd": run.cost_usd,
            "duration_ms": _since_start_s(ctx) * 1000,
        }

    @method(idempotent=True)
    async def budget(self, ctx: RunContext) -> dict[str, Value]:
        """The limits of the run that the host counts, and what is left of them. One without a limit is absent.

        Returns:
            `calls` and `wall_s`, each with `limit`, `used` and `left`; `usd` and `tokens`, what models may cost, each
            with `limit`, `spent` and `left`; `day` has the latter two of all runs of this day (UTC) together.
        """
        limits = ctx.run.profile.limits
        counted = {"calls": (limits.calls, ctx.run.n_calls), "wall_s": (limits.wall_s, _since_start_s(ctx))}
        found: dict[str, Value] = {
            name: {"limit": limit, "used": used, "left": max(limit - used, 0)}
            for name, (limit, used) in counted.items()
            if limit is not None
        }
        if self._models is not None and not ctx.run.budgets:
            self._models()  # the budgets are made with the models, when the first of them is used
        for it in ctx.run.budgets:
            spent = await it.spent()
            amounts = {"usd": (it.usd, spent.usd), "tokens": (it.tokens, spent.tokens)}
            rows = {
                name: {"limit": limit, "spent": used, "left": max(round(limit - used, 9), 0)}
                for name, (limit, used) in amounts.items()
                if limit is not None
            }
            found.update({"day": rows} if it.scope == "day" else rows)
        return found

    @method(recorded=False)
    def checkpoint(self, ctx: RunContext, label: str) -> None:
        """Name this place of the run in the journal.

        Args:
            label: Any text.
        """
        ctx.checkpoint(label)

    @method(recorded=False)
    def labels(self, ctx: RunContext) -> list[RunLabel]:
        """What kinds of data the run holds: where each label came from, in that order; see the guide to guardrails.

        Returns:
            Empty where nothing was read that is private or untrusted.
        """
        rows: list[Any] = [it.to_value() for it in list(ctx.run.flows.sources.values())]
        found: list[RunLabel] = rows
        return found

    @method(recorded=False)
    def mark(self, ctx: RunContext, label: str, source: str) -> None:
        """Say of data that it is private or untrusted, where the host cannot know: of stdin, of arguments. It cannot be
        taken back.

        Args:
            label: `private` or `untrusted`.
            source: What it is, for people: `the mails on stdin`.

        Raises:
            BadArgument: There is no such label, or the source is empty or longer than 1,000 characters.
        """
        if label not in LABELS:
            hint = did_you_mean(label[:80], LABELS) or f"the labels are {', '.join(LABELS)}"
            raise BadArgument(f"there is no label {label[:80]!r}", hint=hint)
        if not source.strip() or not source.isprintable():
            raise BadArgument("Run.mark: say in a line what it is that is marked")
        if len(source) > MAX_SOURCE_CHARS:  # not cut: nobody could tell half a secret from a text
            raise BadArgument(f"Run.mark: say in a line of {MAX_SOURCE_CHARS:,} characters what it is that is marked")
        ctx.run.flows.bring(ctx, label, MARK, source.strip())

    @method(recorded=False)
    async def journal(self, ctx: RunContext) -> list[RunEntry]:
        """What the run has done so far, in the order in which it ended.

        Returns:
            Empty where no journal is kept.
        """
        if self._reader is None:
            return []
        await ctx.journal.flush()  # what ended a moment ago may not have been written yet
        rows: list[Any] = [it.to_value() for it in self._reader.entries(ctx.run_id)]
        found: list[RunEntry] = rows
        return found


def _since_start_s(ctx: RunContext) -> float:
    return max(time.time() - ctx.run.started_at, 0.0)
