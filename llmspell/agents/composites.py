"""Composites: several agents that work together by a pattern, and can be used wherever one agent can.

    sequential   the answer of one is what the next is asked
    parallel     all are asked the same at once; the result has every answer by name
    vote         all are asked the same at once; the answer that most of them give counts     (agents.voting)
    debate       they see each other's answers and may change theirs; then a judge or a vote   (agents.debate)
    route        a router chooses the one that is asked                                        (agents.routing)

Members are anything that can be run, composites too. A supervisor is no composite but an agent: see `as_tool`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmspell.agents.composite_options import CompositeOptions, check_options, is_runnable
from llmspell.agents.debate import debate
from llmspell.agents.execution import Execution, Members, execute_as, labelled, without_schema
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.result import AgentResult
from llmspell.agents.routing import route
from llmspell.agents.voting import vote
from llmspell.errors import BadArgument
from llmspell.models.messages import Value, user
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.agents.events import OnEvent
    from llmspell.effects.context import RunContext

MAX_MEMBERS = 1000

Pattern = Callable[[Execution, Members, CompositeOptions], Awaitable[AgentResult]]


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """A `Runnable`; made by `create_composite`, which checks the parts."""

    name: str
    pattern: str
    members: Members
    options: CompositeOptions
    description: str = ""

    async def execute(self, ctx: RunContext, input: AgentInput, *, on_event: OnEvent | None = None) -> AgentResult:
        """Let the members work. See `agents.protocol.Runnable`.

        Returns:
            Its `metadata` has `pattern` and `members`: maps of name, success, text, data, error, model, cost_usd and
            duration_ms, in the order in which they were asked; and what the pattern adds.

        Raises:
            AgentNotFound: A router has chosen an agent that is no member.
            LLMSpellError: As members do: the first error, or, with `on_error = "continue"`, when all have failed.
        """
        options = self.options

        async def work(execution: Execution) -> AgentResult:
            result = await PATTERNS[self.pattern](execution, self.members, options)
            return replace(result, metadata={"pattern": self.pattern, **result.metadata})

        return await execute_as(
            self.name,
            self.pattern,
            ctx,
            input,
            work,
            on_event=on_event,
            fail_fast=options.on_error == "fail_fast",
            max_concurrency=options.max_concurrency,
        )

    def details(self) -> dict[str, Value]:
        """Its options, for people."""
        options = self.options
        names = ("on_error", "max_concurrency", "field", "rounds", "fallback")
        return {**{it: getattr(options, it) for it in names}, "choices": list(options.choices)}

    def parts(self) -> tuple[tuple[str, Runnable], ...]:
        """Who works in it, each with as what: member, judge or router."""
        found = [("member", it) for _, it in self.members]
        if self.options.judge is not None:
            found.append(("judge", self.options.judge))
        if is_runnable(self.options.router):
            found.append(("router", self.options.router))
        return tuple(found)


def create_composite(
    name: str,
    members: Sequence[Runnable],
    pattern: str,
    options: CompositeOptions | None = None,
    *,
    description: str = "",
) -> Composite:
    """Make a composite.

    Args:
        options: See `CompositeOptions`; `composite_options.options_from` makes them of a script's table.
        description: What a supervisor reads; made of the pattern and the members if empty.

    Raises:
        BadArgument: There are no members, or too many, the pattern is unknown (the hint names the nearest), or it has
            no such option.
    """
    if pattern not in PATTERNS:
        hint = did_you_mean(pattern[:100], PATTERNS) or f"one of {', '.join(PATTERNS)}"
        raise BadArgument(f'there is no pattern "{pattern[:100]}" for a composite', hint=hint)
    if not 1 <= len(members) <= MAX_MEMBERS:
        raise BadArgument(f"a composite has 1 to {MAX_MEMBERS} members, not {len(members)}")
    checked = check_options(pattern, options or CompositeOptions(), [it.name for it in members])
    names = ", ".join(dict.fromkeys(it.name for it in members))
    return Composite(name, pattern, labelled(members), checked, description or f"{pattern} of {names}"[:1000])


async def sequential(execution: Execution, members: Members, options: CompositeOptions) -> AgentResult:
    """One after the other. Where errors do not end it, a member that fails is left out: the next is asked the same."""
    asked = execution.input
    answered: AgentResult | None = None
    for i, (label, member) in enumerate(members):
        is_last = i == len(members) - 1
        outcome = await execution.ask(label, member, asked if is_last else without_schema(asked))
        if outcome.result is not None:
            answered = outcome.result
            asked = replace(execution.input, messages=(user(answered.text),))
    if answered is None:
        raise execution.first_error()
    return execution.result(answered.text, answered=answered, data=answered.data)


async def parallel(execution: Execution, members: Members, options: CompositeOptions) -> AgentResult:
    """All at once. The text has each answer under its name; `data` has them by name."""
    outcomes = await execution.ask_all([(label, it, execution.input) for label, it in members])
    answers = {it.label: it.result for it in outcomes if it.result is not None}
    if not answers:
        raise execution.first_error()
    text = "\n\n".join(f"## {label}\n\n{it.text}" for label, it in answers.items())
    data = {label: it.text if it.data is None else it.data for label, it in answers.items()}
    return execution.result(text, data=data)


PATTERNS: Mapping[str, Pattern] = {
    "sequential": sequential,
    "parallel": parallel,
    "vote": vote,
    "debate": debate,
    "route": route,
}
