"""What agents keep in the host's memory is counted, given back, and refused where it is too much."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest
from canned_agents import Canned
from played_agents import Stage

from llmspell.agents.conversation import Conversation
from llmspell.agents.held import Held, size_of
from llmspell.agents.protocol import AgentInput
from llmspell.errors import BadArgument
from llmspell.models.messages import Media, Message, ToolCall, user

MB = 1024 * 1024


class Owner:
    pass


def test_what_an_owner_holds_replaces_what_it_held_and_is_given_back_with_it() -> None:
    held = Held()
    one, other = Owner(), Owner()
    held.hold(one, 100)
    held.hold(other, 10)
    held.hold(one, 40)
    assert held.n_bytes == 50
    del one
    gc.collect()
    assert held.n_bytes == 10


def test_more_is_refused_when_there_is_too_much_and_not_before() -> None:
    held, owner = Held(3 * MB), Owner()
    held.hold(owner, 3 * MB)
    held.check()
    held.hold(owner, 3 * MB + 1)
    with pytest.raises(BadArgument, match="keep 3 MB in memory, 3 MB at most"):
        held.check()
    held.hold(owner, 0)
    held.check()
    unlimited = Held()
    unlimited.hold(owner, 10**15)
    unlimited.check()


def test_a_size_is_about_what_the_value_takes() -> None:
    text = "x" * 1_000_000
    for value in (text, [text], {"a": text}, {text: 1}, user(text), Message("assistant", reasoning=text)):
        assert 1_000_000 <= size_of(value) < 1_001_000
    assert size_of(user(Media("image", data=b"x" * 1_000_000))) > 1_000_000
    assert size_of(Message("assistant", tool_calls=(ToolCall("1", "t", {"a": text}, text),))) > 2_000_000
    assert size_of("ä😀" * 1000) >= sys.getsizeof("ä😀" * 1000)
    assert 0 < size_of(None) < 1000 and size_of(Owner()) == size_of(1)
    assert size_of([{}] * 1000) > 50_000


def held_by(stage: Stage, max_bytes: int) -> Held:
    held = Held(max_bytes)
    object.__setattr__(stage.services, "held", held)  # frozen: as another run's services
    return held


def test_agents_with_much_to_say_are_refused_until_others_are_gone() -> None:
    stage = Stage()
    held = held_by(stage, MB)
    kept = [stage.agent("echo", system_prompt="x" * 600_000)]
    with pytest.raises(BadArgument, match="keep 1 MB in memory"):
        stage.agent("echo", custom={"x": "x" * 600_000})
    gc.collect()
    kept.append(stage.agent("echo"))  # what was refused is not kept
    kept.clear()
    gc.collect()
    assert held.n_bytes == 0


def test_what_agents_remember_counts_and_forgetting_makes_room() -> None:
    async def main() -> None:
        stage = Stage()
        held = held_by(stage, MB)
        agent, plain = stage.agent("echo", memory="buffer"), stage.agent("echo")
        await stage.ask(agent, "x" * 600_000)  # and as much is answered
        with pytest.raises(BadArgument, match="let agents forget"):
            await stage.ask(agent, "more")
        assert (await stage.ask(plain, "hi")).text == "hi"  # who remembers nothing may go on
        agent.forget()
        assert held.n_bytes < 100_000 and (await stage.ask(agent, "more")).text == "more"

    asyncio.run(main())


def test_a_window_counts_what_is_in_it() -> None:
    async def main() -> None:
        stage = Stage()
        held = held_by(stage, MB)
        agent = stage.agent("echo", memory={"type": "window", "max_messages": 2})
        for _ in range(10):
            await stage.ask(agent, "x" * 200_000)
        assert held.n_bytes < 500_000

    asyncio.run(main())


def test_conversations_and_their_forks_count() -> None:
    async def main() -> None:
        stage = Stage()
        held = Held(MB)
        conversation = Conversation(Canned("a"), [user("x" * 400_000)], held=held)
        forks = [conversation.fork(), conversation.fork()]
        with pytest.raises(BadArgument):
            conversation.fork()
        with pytest.raises(BadArgument):
            await forks[0].send(stage.context, AgentInput((user("more"),), {}, {}))
        forks.clear()
        gc.collect()
        assert len(conversation.fork()) == 1

    asyncio.run(main())
