"""Plan, execute, validate: steps run by their dependencies, and each is done again until it is accepted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.agents.quoting import quoted
from llmspell.agents.reflect import critique_of
from llmspell.errors import LLMSpellError, SchemaError
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean
from llmspell.templates.estimate import calls_of, with_tools
from llmspell.templates.protocol import Forecast, Outcome, Span
from llmspell.templates.workflow_template import workflow_of
from llmspell.workflows.actions import StepFailed

if TYPE_CHECKING:
    from llmspell.templates.work import Work
    from llmspell.workflows.context import StepContext


@dataclass(slots=True)
class Planned:
    """A step of the plan and how it went. `status`: pending, accepted, rejected, skipped."""

    id: str
    task: str
    depends_on: tuple[str, ...]
    done_when: str
    status: str = "pending"
    output: str = ""
    feedback: list[str] = field(default_factory=list)
    attempts: int = 0

    def to_value(self) -> dict[str, Value]:
        return {
            "id": self.id,
            "task": self.task,
            "depends_on": list(self.depends_on),
            "done_when": self.done_when,
            "status": self.status,
            "output": self.output,
            "attempts": self.attempts,
            "feedback": list(self.feedback),
        }


async def execute(work: Work) -> Outcome:
    """Plan it, do it, check it, report it."""
    plan = (await work.ask("planner", *_goal(work))).data
    steps = _checked(plan["steps"], work.params["max_plan_steps"])
    await _carry_out(work, steps)
    accepted = [it for it in steps.values() if it.status == "accepted"]
    shown = [quoted("result", it.output, step=it.id, task=it.task[:500]) for it in accepted]
    open_ = [it for it in steps.values() if it.status != "accepted"]
    missing = quoted("not_done", "\n".join(f"{it.id}: {it.task} ({it.status})" for it in open_)) if open_ else ""
    text = ""
    if accepted:
        text = (await work.ask("reporter", *_goal(work), *shown, missing)).text
    result = {"done_when": plan["done_when"], "steps": [it.to_value() for it in steps.values()], "answer": text}
    named = {"not_done": [it.id for it in open_]}
    return Outcome(text or "No step was accepted.", result, success=not open_, metadata=named)


async def forecast(work: Work) -> Forecast:
    """Nobody knows how many steps a plan will have: one at least, as many as it may at most."""
    most, attempts = work.params["max_plan_steps"], work.params["max_attempts"]
    n = Span(1, max(1, most * 0.6), most * attempts)
    goal = _goal(work)
    before = Span(0, work.role("worker").answer_tokens, 3 * work.role("worker").most_tokens)
    workers = await calls_of(work, "worker", *goal, n=n, more_input=before)
    if work.params["tools"]:
        workers = with_tools(workers, work.role("worker").max_steps)
    calls = [
        await calls_of(work, "planner", *goal),
        workers,
        await calls_of(work, "validator", *goal, n=n, more_input=before),
        await calls_of(work, "reporter", *goal, more_input=Span(before.least, n.likely * before.likely, most * 4000)),
    ]
    return Forecast(calls, "low")


async def _carry_out(work: Work, steps: Mapping[str, Planned]) -> None:
    """Run the plan as a workflow: a graph of functions, each of which has its step carried out and checked."""
    names = {it: f"step-{i}" for i, it in enumerate(steps, 1)}  # what a model calls them may be no name for a step
    broken: list[LLMSpellError] = []

    def function(step: Planned) -> Callable[[StepContext], Awaitable[str]]:
        async def carry_out(place: StepContext) -> str:
            try:
                await _carry_out_step(work.at(place.ctx), step, steps)
            except LLMSpellError as error:
                broken.append(error)
                raise
            if step.status == "rejected":
                raise StepFailed(f"{step.id} was not accepted", code="not_accepted")
            return step.output

        return carry_out

    table = {
        "name": "plan",
        "type": "dag",
        "max_concurrency": work.params["max_concurrency"],
        "error_strategy": "fail_fast" if work.params["on_failure"] == "stop" else "continue",
        "steps": [
            {"name": names[it.id], "fn": function(it), "depends_on": [names[one] for one in it.depends_on]}
            for it in steps.values()
        ],
    }
    await workflow_of(work, table).execute(work.ctx, None)
    if broken:  # no model can be asked, the budget is used up: that is no verdict on a step
        raise broken[0]
    for it in steps.values():
        if it.status == "pending":
            it.status = "skipped"


async def _carry_out_step(work: Work, step: Planned, steps: Mapping[str, Planned]) -> None:
    """One step, until it is accepted or there are no attempts left."""
    needed = [quoted("result", steps[it].output, step=it) for it in step.depends_on]
    asked = quoted("step", f"{step.task}\n\nIt is done when: {step.done_when}", id=step.id)
    while step.attempts < work.params["max_attempts"]:
        step.attempts += 1
        again: Sequence[str] = ()
        if step.feedback:
            mend = "Your last result was not accepted. Give a new one that mends what the feedback says."
            again = (mend, quoted("last_result", step.output), quoted("feedback", step.feedback[-1]))
        label = f"{step.id} attempt {step.attempts}"
        done = await work.ask("worker", *_goal(work), *needed, asked, *again, label=label, may_be_empty=True)
        step.output = done.text
        shown = quoted("result", done.text)
        judged = await work.ask("validator", asked, shown, label=f"{label} check", may_be_empty=True)
        critique = critique_of(judged)
        if critique.verdict == "accept":
            step.status = "accepted"
            return
        step.feedback.append(critique.feedback)
    step.status = "rejected"


def _checked(rows: Sequence[Mapping[str, Value]], most: int) -> dict[str, Planned]:
    """The steps by id, in the order of the plan.

    Raises:
        SchemaError: There are too many, an id is there twice, or a step needs one that is not there or itself.
    """
    steps = {it["id"]: Planned(it["id"], it["task"], tuple(it["depends_on"]), it["done_when"]) for it in rows}
    if len(steps) < len(rows):
        raise SchemaError("the plan has two steps of the same id", details={"path": "$.steps"})
    if len(steps) > most:
        raise SchemaError(f"the plan has {len(steps)} steps, {most} at most", hint="raise max_plan_steps")
    for it in steps.values():
        for one in it.depends_on:
            if one not in steps:
                raise SchemaError(
                    f'the step {it.id} of the plan needs "{one[:80]}", which is no step',
                    hint=did_you_mean(one[:80], steps),
                    details={"path": f"$.steps.{it.id}"},
                )
    done: set[str] = set()
    while len(done) < len(steps):
        ready = [it.id for it in steps.values() if it.id not in done and done.issuperset(it.depends_on)]
        if not ready:
            names = ", ".join(it for it in steps if it not in done)
            raise SchemaError(f"the steps {names[:300]} of the plan wait for each other", details={"path": "$.steps"})
        done.update(ready)
    return steps


def _goal(work: Work) -> list[str]:
    context = work.params["context"]
    return [quoted("goal", work.params["goal"]), *([quoted("context", context)] if context else [])]
