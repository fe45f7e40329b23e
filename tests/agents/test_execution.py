"""Several agents in one execution: at the same time, in places of their own, stopped by the first failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from canned_agents import USAGE, Canned, ask, same_apart_from_time
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.events import AgentEvent
from llmspell.agents.execution import Execution, execute_as, labelled, without_schema
from llmspell.agents.protocol import AgentInput
from llmspell.agents.result import AgentResult
from llmspell.effects.context import RunContext, library_context
from llmspell.errors import BudgetExceeded, Cancelled, LLMSpellError, ToolFailed
from llmspell.models.messages import user


def run(work: Callable[[Execution], Awaitable[AgentResult]], **options: Any) -> AgentResult:
    return asyncio.run(execute_as("whole", "test", library_context(), ask(), work, **options))


def all_of(*members: Canned) -> Callable[[Execution], Awaitable[AgentResult]]:
    async def work(execution: Execution) -> AgentResult:
        await execution.ask_all([(label, it, execution.input) for label, it in labelled(members)])
        return execution.result("done")

    return work


def meeting(n_agents: int) -> list[Canned]:
    """Agents that answer when all of them have been asked, and not before."""
    barrier = asyncio.Barrier(n_agents)

    async def meet(ctx: RunContext, input: AgentInput) -> str:
        await barrier.wait()
        return "met"

    return [Canned(f"a{i}", meet) for i in range(n_agents)]


def test_members_work_at_the_same_time() -> None:
    members = meeting(100)
    result = run(all_of(*members))
    assert [it["text"] for it in result.metadata["members"]] == ["met"] * 100


def test_no_more_than_allowed_work_at_the_same_time_and_all_of_them_do() -> None:
    n_at_work, most = 0, 0

    async def count(ctx: RunContext, input: AgentInput) -> str:
        nonlocal n_at_work, most
        n_at_work += 1
        most = max(most, n_at_work)
        for _ in range(5):
            await asyncio.sleep(0)
        n_at_work -= 1
        return "ok"

    result = run(all_of(*(Canned(f"a{i}", count) for i in range(12))), max_concurrency=3)
    assert most == 3 and len(result.metadata["members"]) == 12


def test_each_member_has_a_place_of_its_own_that_does_not_depend_on_who_is_first() -> None:
    keys = []
    for order in ((0, 1, 2), (2, 1, 0)):
        turns = [asyncio.Event() for _ in range(3)]

        def waiting(i: int, turns: list[asyncio.Event] = turns, order: tuple[int, ...] = order) -> Any:
            async def answer(ctx: RunContext, input: AgentInput) -> str:
                place = order.index(i)
                if place:
                    await turns[place - 1].wait()
                turns[place].set()
                return str(i)

            return answer

        members = [Canned("same" if i else "7", waiting(i)) for i in range(3)]
        result = run(all_of(*members))
        assert [it["text"] for it in result.metadata["members"]] == ["0", "1", "2"]
        keys.append([it.keys for it in members])
    assert keys[0] == keys[1] == [["1/agent 7/1"], ["1/same/1"], ["1/same-2/1"]]


def never() -> Any:
    async def wait(ctx: RunContext, input: AgentInput) -> str:
        await asyncio.Event().wait()
        return "never"

    return wait


def test_the_first_failure_stops_the_others_and_is_raised_alone() -> None:
    other_is_at_work = asyncio.Event()

    async def work_on(ctx: RunContext, input: AgentInput) -> str:
        other_is_at_work.set()
        await asyncio.Event().wait()
        return "never"

    async def fail(ctx: RunContext, input: AgentInput) -> ToolFailed:
        await other_is_at_work.wait()
        return ToolFailed("broken")

    slow = Canned("slow", work_on)
    with pytest.raises(ToolFailed, match="broken") as caught:
        run(all_of(slow, Canned("bad", fail)))
    assert slow.cancelled
    assert caught.value.details["agent"] == "bad"


def test_one_that_waits_for_its_turn_is_not_asked_after_a_failure() -> None:
    late = Canned("late")
    with pytest.raises(ToolFailed):
        run(all_of(Canned("bad", ToolFailed("broken")), late), max_concurrency=1)
    assert late.asked == []


def test_a_failure_may_be_kept_while_the_others_go_on() -> None:
    result = run(all_of(Canned("bad", ToolFailed("broken", hint="mend it")), Canned("good", "fine")), fail_fast=False)
    bad, good = result.metadata["members"]
    assert (bad["success"], bad["error"]["message"], good["text"]) == (False, "broken", "fine")
    assert [(it.kind, it.action, it.error) for it in result.steps] == [
        ("agent", "bad", "broken (mend it)"),
        ("agent", "good", None),
        ("model", "", None),
    ]


def test_what_ends_the_run_ends_the_whole_also_where_failures_are_kept() -> None:
    with pytest.raises(Cancelled):
        run(all_of(Canned("bad", Cancelled("the run is being cancelled")), Canned("good")), fail_fast=False)


def test_an_error_that_is_no_failure_of_ours_comes_through_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        run(all_of(Canned("bug", ZeroDivisionError()), Canned("slow", never())))


def test_cancelling_the_whole_stops_every_member() -> None:
    all_at_work = asyncio.Barrier(4)

    async def work_on(ctx: RunContext, input: AgentInput) -> str:
        await all_at_work.wait()
        await asyncio.Event().wait()
        return "never"

    members = [Canned(f"a{i}", work_on) for i in range(3)]

    async def main() -> None:
        task = asyncio.create_task(execute_as("whole", "test", library_context(), ask(), all_of(*members)))
        await all_at_work.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert all(it.cancelled for it in members)


def test_what_members_use_is_added_up() -> None:
    result = run(all_of(Canned("a", cost_usd=0.5), Canned("b", cost_usd=0.25)))
    assert result.cost_usd == 0.75
    assert result.usage == USAGE + USAGE


def test_what_was_used_before_a_failure_is_told_with_it() -> None:
    async def work(execution: Execution) -> AgentResult:
        await execution.ask("good", Canned("good", cost_usd=0.5), execution.input)
        await execution.ask("bad", bad, execution.input)
        return execution.result("never")

    spent = {"usage": {"input_tokens": 1, "output_tokens": 2}, "cost_usd": 0.25}
    bad = Canned("bad", BudgetExceeded("no more", details=spent))
    with pytest.raises(BudgetExceeded) as caught:
        run(work)
    assert caught.value.details["cost_usd"] == 0.75
    assert caught.value.details["usage"]["input_tokens"] == USAGE.input_tokens + 1


def test_what_kept_failures_have_used_counts_once() -> None:
    spent = {"cost_usd": 0.25}

    async def all_fail(execution: Execution) -> AgentResult:
        bad = Canned("bad", ToolFailed("no", details=spent))
        await execution.ask_all([("bad", bad, execution.input)])
        raise execution.first_error()

    with pytest.raises(LLMSpellError) as caught:
        run(all_fail, fail_fast=False)
    assert caught.value.details["cost_usd"] == 0.25


def test_a_watcher_sees_members_progress_and_one_end() -> None:
    seen: list[AgentEvent] = []

    async def keep(event: AgentEvent) -> None:
        seen.append(event)

    result = run(all_of(Canned("a", "hi")), on_event=keep)
    assert [(it.kind, it.agent) for it in seen] == [("text", "a"), ("progress", "whole"), ("done", "whole")]
    assert seen[1].data["members"] == ["a"] and seen[1].data["cost_usd"] == 0.01
    assert seen[2].data == result.to_value()


def test_a_watcher_sees_the_wholes_failure_once() -> None:
    seen: list[AgentEvent] = []

    async def keep(event: AgentEvent) -> None:
        seen.append(event)

    with pytest.raises(ToolFailed):
        run(all_of(Canned("bad", ToolFailed("broken"))), on_event=keep)
    assert [(it.kind, it.text, it.agent, it.data["code"]) for it in seen] == [
        ("error", "broken", "whole", "tool_failed")
    ]


def test_the_same_run_gives_the_same_result() -> None:
    first, second = (run(all_of(*meeting(3))) for _ in range(2))
    assert _timeless(first) == _timeless(second)


def _timeless(result: AgentResult) -> Any:
    value = same_apart_from_time(result)
    members = [{**it, "duration_ms": 0} for it in result.metadata["members"]]
    return value.text, value.steps, value.usage, members


@given(st.lists(st.sampled_from(["a", "b", "a-2", "a-3"]), max_size=12))
def test_labels_are_unique_and_in_order(names: list[str]) -> None:
    members = [Canned(it) for it in names]
    found = labelled(members)
    assert [it for _, it in found] == members
    assert len({label for label, _ in found}) == len(members)
    assert all(label.startswith(it.name) for label, it in found)


def test_a_schema_that_the_wholes_answer_is_to_have_is_not_asked_of_parts() -> None:
    given = AgentInput((user("x"),), {"schema": {"type": "object"}, "temperature": 0.5}, {})
    assert without_schema(given).overrides == {"temperature": 0.5}
    assert without_schema(ask()) == ask()
