"""Guardrails at work: the rules and limits of one declaration, and what happens when one is tripped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.effects.noticing import LIMIT, REFUSED
from llmspell.effects.tally import Tally
from llmspell.errors import GuardrailTripped
from llmspell.guardrails.budget import RailBudget
from llmspell.guardrails.rule import Rule, Stream
from llmspell.security.redact import Redactor

if TYPE_CHECKING:
    from llmspell.effects.budget import Scope, SpendingLimit
    from llmspell.effects.context import RunContext
    from llmspell.guardrails.spec import Place, RailsSpec

MAX_KNOWN = 4096  # texts that were looked at already: a conversation is sent again with each step
MAX_KNOWN_CHARS = 20_000
MAX_TOLD = 10_000
MAX_DEPTH = 200
MAX_BITS = 1024  # of a whole number

_WHERE = {"to_model": "what goes to the model", "from_model": "what comes from the model", "to_tool": "what goes into"}
_REACHED = {
    "tokens": "its models have used {count:.0f} tokens, {limit:.0f} are allowed",
    "cost_usd": "its models have cost ${count:.4f}, ${limit:.4f} are allowed",
    "iterations": "it wants to ask its model {count:.0f} times, {limit:.0f} are allowed",
    "time": "it has taken longer than {limit:g} s",
    "tool_calls": "it wants to make {count:.0f} tool calls, {limit:.0f} are allowed",
    "identical_calls": "it wants to make the same tool call {count:.0f} times, {limit:.0f} are allowed",
    "output_chars": "an answer has {count:.0f} characters, {limit:.0f} are allowed",
}


class Rails:
    """The guardrails of a run, or of an agent.

    Args:
        agent: The agent's name; empty for those of the run.
        redactor: Knows the secrets of the host.

    Attributes:
        budgets: What its limits on tokens and money are kept by; see `effects.budget`.
    """

    def __init__(self, spec: RailsSpec, *, agent: str = "", redactor: Redactor | None = None) -> None:
        self.spec = spec
        self.agent = agent
        knows = redactor or Redactor()
        self._rules = tuple(Rule(it, knows, spec.hold_back) for it in spec.rules)
        self._known: dict[tuple[str, str, str], str] = {}
        self._told: set[tuple[str, str]] = set()
        self._tally = Tally()
        self.budgets: tuple[SpendingLimit, ...] = self._budgets()

    def _budgets(self) -> tuple[SpendingLimit, ...]:
        usd, tokens = self.spec.limits.get("cost_usd"), self.spec.limits.get("tokens")
        if usd is None and tokens is None:
            return ()
        if self.spec.action == "permissive":
            return (self._tally,)
        scope: Scope = "agent" if self.agent else "run"
        return (RailBudget(scope, usd, None if tokens is None else int(tokens), owner=self.agent),)

    @property
    def time_s(self) -> float | None:
        """After how long an execution is to be ended; None where it is not."""
        return self.spec.limits.get("time") if self.spec.action == "strict" else None

    def rules(self, place: Place, name: str) -> list[Rule]:
        """Those about the content that goes to, or comes from, this model or tool."""
        return [it for it in self._rules if it.holds(place, name)]

    def text(self, place: Place, name: str, text: str, found: Found) -> str:
        """A text as it may go on. What is found in it is added to `found`, once for a text that comes again."""
        key = (place, name, text) if len(text) <= MAX_KNOWN_CHARS else None
        if key in self._known:
            return self._known[key]
        made, is_stopped = text, False
        for rule in self.rules(place, name):
            made, names = rule.applied(made)
            if names:
                found.add(self, rule, place, name, names)
                is_stopped = is_stopped or rule.spec.action == "strict"
        if key is not None and not is_stopped:
            if len(self._known) >= MAX_KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[key] = made
        return made

    def streams(self, place: Place, name: str) -> list[tuple[Rule, Stream]]:
        """Those that must be applied before somebody sees a text that comes in pieces."""
        return [(it, Stream(it)) for it in self.rules(place, name) if it.spec.action != "permissive"]

    async def reached(self, ctx: RunContext, limit: str, count: float) -> None:
        """Say how much there is of something that may be limited.

        Raises:
            GuardrailTripped: It is too much, and the guardrail is strict.
        """
        most = self.spec.limits.get(limit)
        if most is None or count <= most:
            return
        is_strict = self.spec.action == "strict"
        once = (limit, ctx.entry)
        if not is_strict and (once in self._told or len(self._told) >= MAX_TOLD):
            return
        self._told.add(once)
        who = f"the agent {self.agent}" if self.agent else ctx.actor
        said = _REACHED[limit].format(count=count, limit=most)
        error = GuardrailTripped(
            f"the guardrail {limit} has stopped {who}: {said}",
            hint=f"raise {limit} where the guardrails are declared, or declare them permissive",
            details={"limit": limit, "allowed": most, "count": count, "agent": self.agent},
        )
        body = {"limit": limit, "allowed": most, "count": count, "agent": self.agent, "action": self.spec.action}
        await _tell(ctx, LIMIT, limit, body, error)
        if is_strict:
            raise error

    async def spent(self, ctx: RunContext) -> None:
        """Look at what was spent, where that is only noted."""
        if self.spec.action != "permissive" or not self.budgets:
            return
        usage, cost_usd = (self._tally.usage, self._tally.cost_usd) if self.agent else (ctx.run.usage, ctx.run.cost_usd)
        await self.reached(ctx, "tokens", usage.input_tokens + usage.output_tokens)
        await self.reached(ctx, "cost_usd", cost_usd)


class Found:
    """What rules have found in the texts of one request, answer or call."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str], tuple[Rails, Rule, Place, str, list[str]]] = {}

    def add(self, rails: Rails, rule: Rule, place: Place, name: str, names: Sequence[str]) -> None:
        """Add what a rule has found in one text."""
        at = (id(rule), name)
        if at not in self._rows:
            self._rows[at] = (rails, rule, place, name, [])
        self._rows[at][4].extend(names)

    async def settle(self, ctx: RunContext) -> None:
        """Note it, and tell hooks.

        Raises:
            GuardrailTripped: A rule that is strict has found something.
        """
        stopped: GuardrailTripped | None = None
        rows, self._rows = list(self._rows.values()), {}
        for rails, rule, place, name, names in rows:
            body: dict[str, Any] = {
                "rule": rule.spec.name,
                "place": place,
                "name": name,
                "found": sorted(set(names)),
                "times": len(names),
                "action": rule.spec.action,
                "agent": rails.agent,
            }
            kind = "the tool" if place == "to_tool" else ""
            where = " ".join(it for it in (_WHERE[place], kind, name) if it)
            error = GuardrailTripped(
                f'the guardrail "{rule.spec.name}" has found {", ".join(body["found"])} in {where}',
                hint='leave it out, or let the rule do less: action = "redact" or "permissive"',
                details=body,
            )
            await _tell(ctx, REFUSED, rule.spec.name, body, error)
            if rule.spec.action == "strict" and stopped is None:
                stopped = error
        if stopped is not None:
            raise stopped


async def _tell(ctx: RunContext, point: str, name: str, body: dict[str, Any], error: GuardrailTripped) -> None:
    run = ctx.run
    run.journal.note(run.run_id, "guardrail", ctx.key, body)
    if point in run.hooks.at and run.stopped is None:
        asked = {"target": "guardrail", "method": name, "actor": ctx.actor, "key": ctx.key}
        await run.hooks.notify(ctx, point, kind="system", name=name[:200], input=asked, metadata=body, error=error)


def checked_text(rails: Iterable[Rails], place: Place, name: str, text: str, found: Found) -> str:
    """A text as all of them let it go on."""
    for it in rails:
        text = it.text(place, name, text, found)
    return text


def checked_value(rails: Sequence[Rails], place: Place, name: str, value: Any, found: Found, depth: int = 0) -> Any:
    """A value with every text in it as it may go on, names of fields too; itself where nothing is changed.

    Whole numbers are looked at as the texts that they would be written as: a card's number is one."""
    if isinstance(value, str):
        return checked_text(rails, place, name, value, found)
    if isinstance(value, bytes):
        text = value.decode("utf-8", "surrogateescape")
        made = checked_text(rails, place, name, text, found)
        return value if made == text else made.encode("utf-8", "surrogateescape")
    if (digits := _digits(value)) is not None:
        made = checked_text(rails, place, name, digits, found)
        return value if made == digits else made
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        pairs = [
            (
                checked_value(rails, place, name, key, found, depth + 1),
                checked_value(rails, place, name, it, found, depth + 1),
            )
            for key, it in value.items()
        ]
        is_same = all(a is b and c is d for (a, c), (b, d) in zip(pairs, value.items(), strict=True))
        return value if is_same else dict(pairs)
    if isinstance(value, list | tuple):
        items = [checked_value(rails, place, name, it, found, depth + 1) for it in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def _digits(value: Any) -> str | None:
    """A whole number as a text; None for everything else, and for what is larger than any float."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if value.bit_length() <= MAX_BITS else None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else None


def rails_of(ctx: RunContext) -> tuple[Rails, ...]:
    """Those that hold here: the run's, and those of the agents around."""
    return (*ctx.run.rails, *ctx.rails)
