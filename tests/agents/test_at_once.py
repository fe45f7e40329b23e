"""How many parts of a run's agents work at the same time, and how much they are asked."""

from __future__ import annotations

import asyncio

import pytest
from played_agents import Stage

from llmspell.agents import execution
from llmspell.agents.at_once import BYTES_OF_A_PART, MAX_AT_ONCE, at_once
from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.errors import AgentStopped


def test_parts_count_while_they_work_and_not_afterwards() -> None:
    run = Stage().run
    with at_once(run, "one", MAX_AT_ONCE - 1):
        with at_once(run, "other", 1):
            pass
        third = pytest.raises(AgentStopped, match="third would have 2 parts work at the same time, and 1999")
        with third as caught, at_once(run, "third", 2):
            raise AssertionError("it must not begin")
        assert caught.value.details["reason"] == "too_many_at_once"
    assert run.n_parts == 0
    with pytest.raises(KeyError), at_once(run, "one", 5):
        raise KeyError
    assert run.n_parts == 0


def test_what_is_asked_much_counts_as_many() -> None:
    run = Stage().run
    much = pytest.raises(AgentStopped, match="with 250 MB to read, work")
    with much, at_once(run, "one", 10, MAX_AT_ONCE * BYTES_OF_A_PART):
        raise AssertionError("it must not begin")
    with at_once(run, "one", 10, 100):
        assert run.n_parts == 10


@pytest.mark.parametrize("on_error", ["fail_fast", "continue"])
def test_composites_of_composites_stop_before_they_fill_the_host(on_error: str) -> None:
    async def main() -> None:
        stage = Stage()
        made = stage.agent("echo")
        for depth in range(3):
            options = CompositeOptions(on_error=on_error)  # type: ignore[arg-type]
            made = create_composite(f"c{depth}", [made] * 100, "parallel", options)  # type: ignore[assignment]
        with pytest.raises(AgentStopped, match="2000 at the same time at most"):
            await stage.ask(made)
        assert stage.run.n_parts == 0
        small = create_composite("small", [stage.agent("echo")] * 100, "parallel")
        assert len((await stage.ask(small, "hi")).metadata["members"]) == 100  # type: ignore[arg-type]

    asyncio.run(main())


def test_a_model_that_asks_for_thousands_of_calls_in_one_turn_is_stopped() -> None:
    async def main() -> None:
        stage = Stage()
        for n_calls, is_stopped in ((MAX_AT_ONCE + 1, True), (50, False)):
            calls = [{"tool": "calculator", "arguments": {"input": str(i)}} for i in range(n_calls)]
            agent = stage.agent(
                [{"calls": calls}, {"text": "done"}], tools=["calculator"], max_tool_calls=10**6, max_identical_calls=9
            )
            if is_stopped:
                with pytest.raises(AgentStopped, match="the agent ada would have 2001 parts"):
                    await stage.ask(agent)
            else:
                assert (await stage.ask(agent)).text == "done"

    asyncio.run(main())


def test_what_the_whole_would_have_to_show_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "MAX_CHARS", 20_000)

    async def main() -> None:
        stage = Stage()
        talker = stage.agent([{"text": "x" * 4000, "times": 9}])
        made = create_composite("all", [talker] * 5, "parallel", CompositeOptions(on_error="continue"))
        with pytest.raises(AgentStopped, match="more than 20000 characters") as caught:
            await stage.ask(made, "hi")
        assert caught.value.details["reason"] == "too_much_text"
        with pytest.raises(AgentStopped):
            await stage.ask(made, "x" * 5000)
        assert (await stage.ask(create_composite("two", [talker] * 2, "parallel"), "hi")).text

    asyncio.run(main())


def test_a_debate_does_not_show_everybody_everything_without_end() -> None:
    async def main() -> None:
        stage = Stage()
        for n_chars, is_stopped in ((200_000, True), (20, False)):
            turns = [[{"text": f"{i} " + "x" * n_chars, "times": 99}] for i in range(10)]
            members = [stage.agent(it, name=f"m{i}") for i, it in enumerate(turns)]
            made = create_composite("talk", members, "debate", CompositeOptions(rounds=2))
            if is_stopped:
                with pytest.raises(AgentStopped, match="too many to show them to 9 others"):
                    await stage.ask(made, "hi")
            else:
                assert (await stage.ask(made, "hi")).metadata["rounds"]

    asyncio.run(main())
