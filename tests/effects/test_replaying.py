"""Effects that are answered from the record of an earlier run: which, with what, and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from llmspell.effects.budget import Budget
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.flows import PRIVATE, UNTRUSTED, leaving
from llmspell.effects.perform import Effect, perform
from llmspell.effects.replaying import OnUnknown, Reuse
from llmspell.effects.reused import ended_entries
from llmspell.effects.run import Run
from llmspell.errors import Cancelled, LLMSpellError, OutcomeUnknown, ReplayMismatch, ToolFailed
from llmspell.journal.entries import RunOutcome, Usage
from llmspell.journal.memory import MemoryJournal
from llmspell.journal.spending import Amount
from llmspell.replay.chain import joined
from llmspell.replay.recording import Recording, recording_of
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

LEAF = Effect("state", "incr", ["n"])


class Recorded:
    """Runs that go on from each other, in one journal."""

    def __init__(self) -> None:
        self.journal = MemoryJournal(Redactor([]))
        self.done: list[str] = []
        self.profile = resolve_profile("none")

    def run(self, before: Recording | None = None, **on_unknown: OnUnknown) -> Run:
        run = Run(self.profile, self.journal)
        self.journal.begin(run.record(script="a.lua", language="lua", content_hash=""))
        if before is not None:
            choices: dict[str, OnUnknown] = {"": on_unknown["every"]} if on_unknown else {}
            run.replay = Reuse(before, Redactor([]), ended_entries(before), on_unknown=choices)
        return run

    def recording(self, run: Run) -> Recording:
        found = recording_of(self.journal, run.run_id)
        assert found is not None
        return found

    async def leaf(self, ctx: RunContext, value: Any = 1, effect: Effect = LEAF) -> Any:
        async def do(inner: RunContext) -> Any:
            self.done.append(inner.key)
            if isinstance(value, BaseException):
                raise value
            return value

        return await perform(ctx, effect, do)


def test_what_had_ended_is_answered_and_what_had_not_is_done():
    async def main() -> None:
        it = Recorded()
        first = it.run()
        assert await it.leaf(task_context(first), {"b": 1, "a": [2.5, b"x"]}) == {"b": 1, "a": [2.5, b"x"]}
        with pytest.raises(ToolFailed):
            await it.leaf(task_context(first), ToolFailed("no", code="busy", details={"x": 1}))
        second = it.run(it.recording(first))
        ctx = task_context(second)
        assert list((await it.leaf(ctx, "other")).items()) == [("b", 1), ("a", [2.5, b"x"])]
        with pytest.raises(LLMSpellError) as caught:
            await it.leaf(ctx, "other")
        assert (caught.value.code, caught.value.details) == ("busy", {"x": 1})
        assert await it.leaf(ctx, "new") == "new"
        assert it.done == ["0:1", "0:2", "0:3"]
        kept = [(e.key, e.reused) for e in it.journal.entries(second.run_id)]
        assert kept == [("0:1", True), ("0:2", True), ("0:3", False)]

    asyncio.run(main())


def test_a_run_that_goes_on_from_one_that_goes_on_knows_what_both_had_done():
    async def main() -> None:
        it = Recorded()
        first = it.run()
        for n in range(3):
            await it.leaf(task_context(first), n)
        second = it.run(it.recording(first))
        await it.leaf(task_context(second))  # and is cut off while it repeats
        merged = joined(it.recording(first), it.recording(second))
        third = it.run(merged)
        assert [await it.leaf(task_context(third), "live") for _ in range(4)] == [0, 1, 2, "live"]
        assert merged.order == () or list(merged.order) == sorted(merged.order)

    asyncio.run(main())


READ = Effect("Fs", "read", ["notes.txt"], kind="effect")


@pytest.mark.parametrize("n_repeated", [1, 2])
def test_labels_of_what_is_answered_are_those_of_the_run_also_along_a_chain(n_repeated: int) -> None:
    """Brought inside what is done, not by its permission: where it is answered, nothing brings them again."""

    async def read(it: Recorded, ctx: RunContext, label: str) -> Any:
        async def do(inner: RunContext) -> str:
            it.done.append(inner.key)
            inner.run.flows.bring(inner, label, "mark", label)
            return label

        return await perform(ctx, READ, do)

    async def main() -> None:
        it = Recorded()
        it.profile = replace(resolve_profile("medium"), flows="enforce")
        first = it.run()
        ctx = task_context(first)
        for label in (PRIVATE, UNTRUSTED):
            await read(it, ctx, label)
        second = it.run(it.recording(first))
        ctx = task_context(second)
        for label in (PRIVATE, UNTRUSTED)[:n_repeated]:
            await read(it, ctx, label)
        assert second.flows.labels == (PRIVATE, UNTRUSTED)[:n_repeated]  # and is cut off here
        third = it.run(joined(it.recording(first), it.recording(second)))
        ctx = task_context(third)
        assert await read(it, ctx, "is answered") == PRIVATE
        assert leaving(ctx, "net", "example.com:443") is None  # as it was then: it holds one of them
        assert await read(it, ctx, "is answered") == UNTRUSTED
        assert len(it.done) == 2
        refused = leaving(ctx, "net", "example.com:443")
        assert refused is not None
        assert refused.subject == "net:example.com:443"

    asyncio.run(main())


def test_other_arguments_end_the_run_and_the_same_ones_in_another_order_do_not():
    async def main() -> None:
        it = Recorded()
        first = it.run()
        await it.leaf(task_context(first), 1, replace(LEAF, args=[{"a": 1, "b": 2}]))
        before = it.recording(first)
        second = it.run(before)
        assert await it.leaf(task_context(second), 5, replace(LEAF, args=[{"b": 2, "a": 1}])) == 1
        third = it.run(before)
        with pytest.raises(ReplayMismatch, match="recorded with other arguments") as caught:
            await it.leaf(task_context(third), 5, replace(LEAF, args=[{"a": 1, "b": 3}]))
        assert caught.value.details["key"] == "0:1"
        assert third.replay is not None and third.replay.failure is caught.value
        assert it.done == ["0:1"]
        assert list(it.journal.entries(third.run_id)) == []  # nothing was done, so nothing has ended

    asyncio.run(main())


def test_what_is_done_again_is_done_around_what_is_answered():
    async def main() -> None:
        it = Recorded()

        async def work(inner: RunContext) -> str:
            it.done.append("work")
            return f"{await it.leaf(inner, 'a')}{len(it.done)}"

        again = Effect("agent", "x", ["hi"], again=True)
        first = it.run()
        assert await perform(task_context(first), again, work) == "a2"
        second = it.run(it.recording(first))
        assert await perform(task_context(second), again, work) == "a2"  # the record's, though it would be a3 now
        assert it.done == ["work", "0:1/1", "work"]

        async def more(inner: RunContext) -> None:
            await it.leaf(inner)
            await it.leaf(inner)

        third = it.run(it.recording(first))
        with pytest.raises(ReplayMismatch, match="0:1/2 is not in the recording"):
            await perform(task_context(third), again, more)

    asyncio.run(main())


async def _interrupted(it: Recorded, *, idempotent: bool) -> Recording:
    """A run that is stopped while an effect is under way."""
    run = it.run()
    begun = asyncio.Event()

    async def wait(_: RunContext) -> None:
        begun.set()
        await asyncio.sleep(3600)

    task = asyncio.ensure_future(perform(task_context(run), replace(LEAF, idempotent=idempotent), wait))
    await begun.wait()
    run.stop(Cancelled("interrupted"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return it.recording(run)


@pytest.mark.parametrize(("choice", "result", "n_done"), [("retry", "live", 1), ("skip", None, 0)])
def test_what_nobody_knows_the_end_of_is_asked_about(choice: OnUnknown, result: object, n_done: int):
    async def main() -> None:
        it = Recorded()
        before = await _interrupted(it, idempotent=False)
        asked = it.run(before)
        with pytest.raises(OutcomeUnknown, match=r"state.incr \(0:1\) had begun .*: \[\"n\"\]") as caught:
            await it.leaf(task_context(asked), "live")
        assert "--on-unknown=retry" in caught.value.hint
        assert "--on-unknown=skip" in caught.value.hint
        assert it.done == []
        # It is asked again by whoever goes on from the run that has asked.
        later = joined(before, it.recording(asked)) if list(it.journal.entries(asked.run_id)) else before
        decided = it.run(later, every=choice)
        assert await it.leaf(task_context(decided), "live") == result
        assert len(it.done) == n_done

    asyncio.run(main())


def test_what_is_idempotent_is_done_again_without_a_question():
    async def main() -> None:
        it = Recorded()
        run = it.run(await _interrupted(it, idempotent=True))
        assert await it.leaf(task_context(run), "live", replace(LEAF, idempotent=True)) == "live"

    asyncio.run(main())


def test_a_run_that_failed_tries_its_last_call_again():
    async def main() -> None:
        it = Recorded()
        call = replace(LEAF, kind="call", args=b"\x95\xa10\xa5State\xa3get\x90\x80")
        first = it.run()
        await it.leaf(task_context(first), b"\x01", call)
        with pytest.raises(ToolFailed):
            await it.leaf(task_context(first), ToolFailed("no"), call)
        await it.journal.end(first.run_id, RunOutcome("error", 1, 0.0))
        second = it.run(it.recording(first))
        assert await it.leaf(task_context(second), b"\x05", call) == b"\x01"
        assert await it.leaf(task_context(second), b"\x05", call) == b"\x05"

    asyncio.run(main())


def test_what_is_answered_costs_nothing_and_counts_against_budgets():
    async def main() -> None:
        it = Recorded()
        first = it.run()

        async def pay(inner: RunContext) -> int:
            inner.charge(Usage(10, 5), 0.25)
            return 1

        await perform(task_context(first), LEAF, pay)
        second = it.run(it.recording(first))
        second.budgets = (Budget("run", 1.0, None),)
        assert await perform(task_context(second), LEAF, pay) == 1
        assert (second.cost_usd, second.usage) == (0.0, Usage())
        assert isinstance(second.replay, Reuse)
        assert (second.replay.saved.effects, second.replay.saved.cost_usd) == (1, 0.25)
        assert await second.budgets[0].spent() == Amount(250_000_000, 15)
        assert [e.cost_usd for e in it.journal.entries(second.run_id)] == [0.25]

    asyncio.run(main())
