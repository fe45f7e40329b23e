"""Reflection: one agent writes a draft, a critic judges it, and the first mends it, until the critic accepts.

A round is a critique and, if it asks for one, a new draft. Both agents are shown all that they need, apart from what
they remember of other executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from llmspell.agents.execution import Execution, execute_as
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.quoting import quoted
from llmspell.agents.result import AgentResult
from llmspell.agents.structured import AnswerSchema
from llmspell.errors import BadArgument
from llmspell.models.messages import Media, Value, assistant, user

if TYPE_CHECKING:
    from llmspell.agents.agent import AgentServices
    from llmspell.agents.events import OnEvent
    from llmspell.agents.templates import Templates
    from llmspell.effects.context import RunContext

MAX_ROUNDS = 20
MAX_CRITERIA = 100

_SCHEMA: Mapping[str, Value] = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["accept", "revise"]},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "feedback": {"type": "string", "description": "What to change, each fault with its place; empty when accepted"},
    },
    "required": ["verdict", "score", "feedback"],
    "additionalProperties": False,
}
_MEND = (
    "Your answer was checked, and this has to change. Give the whole answer again with these faults mended, in the "
    "form that was asked for. Keep what was right; where the feedback is mistaken, keep your version. Say nothing of "
    "the feedback or of earlier versions."
)


@dataclass(frozen=True, slots=True)
class Critique:
    """What a critic says of one draft. `score` is from 0 to 1, or None where the critic gave none."""

    verdict: Literal["accept", "revise"]
    feedback: str
    score: float | None


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Reflect:
    """A `Runnable`; made by `create_reflect`, which checks the parts."""

    name: str
    agent: Runnable
    critic: Runnable
    criteria: tuple[str, ...]
    rounds: int
    description: str = ""

    async def execute(self, ctx: RunContext, input: AgentInput, *, on_event: OnEvent | None = None) -> AgentResult:
        """Write, judge and mend. See `agents.protocol.Runnable`.

        Returns:
            The last draft. Its `metadata` has `accepted` and `rounds`: maps of draft, verdict, feedback and score. What
            was mended in the last round was not judged again.
        """
        return await execute_as(self.name, "reflect", ctx, input, self._work, on_event=on_event)

    @property
    def pattern(self) -> str:
        return "reflect"

    def details(self) -> dict[str, Value]:
        """Its options, for people."""
        return {"criteria": list(self.criteria), "rounds": self.rounds}

    def parts(self) -> tuple[tuple[str, Runnable], ...]:
        """Who works in it, each with as what."""
        return (("generator", self.agent), ("critic", self.critic))

    async def _work(self, execution: Execution) -> AgentResult:
        draft = await self._write(execution, execution.input)
        rounds: list[dict[str, Value]] = []
        accepted = False
        for _ in range(self.rounds):
            critique = await self._judge(execution, draft, [str(it["feedback"]) for it in rounds])
            rounds.append(
                {
                    "draft": draft.text,
                    "verdict": critique.verdict,
                    "feedback": critique.feedback,
                    "score": critique.score,
                }
            )
            accepted = critique.verdict == "accept"
            if accepted:
                break
            feedback = user(f"{_MEND}\n{quoted('feedback', critique.feedback)}")
            said = (*execution.input.messages, assistant(draft.text), feedback)
            draft = await self._write(execution, replace(execution.input, messages=said))
        metadata = {"pattern": "reflect", "accepted": accepted, "rounds": rounds}
        return execution.result(draft.text, answered=draft, data=draft.data, metadata=metadata)

    async def _write(self, execution: Execution, input: AgentInput) -> AgentResult:
        return (await execution.ask(self.agent.name, self.agent, input, apart_from_memory=True)).answer()

    async def _judge(self, execution: Execution, draft: AgentResult, earlier: Sequence[str]) -> Critique:
        input = execution.input
        lines = ["Judge this draft, which is to answer this request."]
        if self.criteria:
            lines += ["Criteria:", *(f"- {it}" for it in self.criteria)]
        lines.append(quoted("request", input.text))
        lines += [quoted("earlier_feedback", it, round=str(i)) for i, it in enumerate(earlier, 1)]
        lines.append(quoted("draft", draft.text))
        media = [part for it in input.messages[-1:] for part in it.parts if isinstance(part, Media)]
        asked = AgentInput((user("\n".join(lines), *media),), {"schema": _SCHEMA}, input.context)
        return critique_of((await execution.ask(self.critic.name, self.critic, asked, apart_from_memory=True)).answer())


async def create_reflect(
    name: str,
    agent: Runnable,
    critic: Runnable | None = None,
    criteria: str | Sequence[str] = (),
    rounds: int = 3,
    *,
    description: str = "",
    services: AgentServices | None = None,
    templates: Templates | None = None,
) -> Reflect:
    """Make a reflection.

    Args:
        critic: None makes one of the template `critic`, with the agent's own model; `services` and `templates` are for
            that alone.
        criteria: What a draft must meet; the critic's own if empty.
        rounds: How often the critic is asked at the most.

    Raises:
        BadArgument: A part is not what it should be.
        LLMSpellError: As of `Templates.create` and `Agent`.
    """
    if isinstance(rounds, bool) or not isinstance(rounds, int) or not 1 <= rounds <= MAX_ROUNDS:
        raise BadArgument(f"rounds is an integer from 1 to {MAX_ROUNDS}, not {rounds!r}", details={"path": "$.rounds"})
    checked = _criteria(criteria)
    description = description or agent.description
    if critic is not None:
        return Reflect(name, agent, critic, checked, rounds, description)
    if services is None or templates is None:
        raise BadArgument("a reflection needs a critic", hint="give an agent as `critic`", details={"path": "$.critic"})
    # The criteria are in its prompt, so that they need not be in each question.
    return Reflect(name, agent, await _critic_for(agent, checked, services, templates), (), rounds, description)


def _criteria(criteria: Value) -> tuple[str, ...]:
    found = tuple(criteria) if isinstance(criteria, list | tuple) else (criteria,)
    if not all(isinstance(it, str) for it in found) or len(found) > MAX_CRITERIA:
        raise BadArgument(f"criteria are at most {MAX_CRITERIA} texts", details={"path": "$.criteria"})
    return tuple(it.strip() for it in found if it.strip())


async def _critic_for(
    agent: Runnable, criteria: Sequence[str], services: AgentServices, templates: Templates
) -> Runnable:
    """A critic made of the template, with the model of the agent whose drafts it is to judge."""
    from llmspell.agents.agent import Agent  # late: what is composed of agents does not need the loop
    from llmspell.agents.fields import spec_from
    from llmspell.agents.roles import with_model_of

    spec = spec_from(await templates.create("critic", "critic", {"criteria": list(criteria)}))
    # A template of the user's may name a model of its own.
    return Agent(with_model_of(spec, agent), services)


def critique_of(result: AgentResult) -> Critique:
    """What a critic has said. One who writes no data accepts by beginning with that word; all else is feedback."""
    data = result.data
    if not isinstance(data, dict):
        data, _ = AnswerSchema({"type": "object", "required": ["verdict"]}).read(result.text)
    if not isinstance(data, dict) or data.get("verdict") not in ("accept", "revise"):
        word = result.text.strip().lstrip("*\"'`").casefold()
        return Critique("accept" if word.startswith("accept") else "revise", result.text, None)
    given = data.get("score")
    score = float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None
    return Critique(data["verdict"], str(data.get("feedback") or ""), score)
