"""The bridge answers calls: it finds, checks, performs and wraps, and raises only what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.bridge.bridge import Bridge
from llmspell.effects.context import RunContext
from llmspell.effects.run import Run
from llmspell.errors import CallLimitExceeded, ToolFailed
from llmspell.interface.declare import method, script_global, script_object
from llmspell.security.profile import Profile, resolve_profile
from llmspell.wire.messages import EXT_CALLBACK, EXT_HANDLE


@script_object("Counter")
class Counter:
    """A number that grows.

    Attributes:
        start: Where it began.
    """

    start: int

    def __init__(self, start: int) -> None:
        self.start = start
        self._now = start

    @method()
    def add(self, ctx: RunContext, by: int = 1) -> int:
        """Grow.

        Args:
            by: How much.
        """
        self._now += by
        return self._now


@script_global("Probe")
class Probe:
    """What these tests call."""

    @method()
    def echo(self, ctx: RunContext, value: Any) -> Any:
        """Give it back.

        Args:
            value: Anything.
        """
        return value

    @method()
    async def later(self, ctx: RunContext, value: int) -> int:
        """Give it back after a turn of the loop.

        Args:
            value: A number.
        """
        await asyncio.sleep(0)
        return value

    @method()
    def counter(self, ctx: RunContext, start: int) -> Counter:
        """Make a counter.

        Args:
            start: Where it begins.
        """
        return Counter(start)

    @method()
    def take(self, ctx: RunContext, counter: Counter) -> int:
        """Read a counter's start.

        Args:
            counter: A counter.
        """
        return counter.start

    @method()
    def fail(self, ctx: RunContext) -> None:
        """Fail as tools do."""
        raise ToolFailed("it did not work", hint="try again", code="broken")

    @method()
    async def wait_for_what_is_cancelled(self, ctx: RunContext) -> None:
        """Wait for a task that somebody else cancels."""
        work = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        work.cancel()
        await work

    @method()
    def crash(self, ctx: RunContext) -> None:
        """Fail as bugs do."""
        raise ZeroDivisionError("our bug")


class Invoker:
    """Runs no callbacks, but remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[Any]]] = []
        self.released: list[int] = []

    def invoke(self, number: int, args: list[Any], around: object = None) -> Awaitable[Any]:
        async def ran() -> str:
            self.asked.append((number, args))
            return "ran"

        return ran()

    def release_callback(self, number: int) -> None:
        self.released.append(number)


class World:
    def __init__(self, profile: Profile | None = None) -> None:
        self.reports: list[tuple[str, BaseException]] = []
        self.run = Run(profile or resolve_profile("medium"))
        self.bridge = Bridge({"Probe": Probe()}, self.run, report=lambda where, it: self.reports.append((where, it)))
        self.invoker = Invoker()

    def call(self, target: str, name: str, *args: Any, **kwargs: Any) -> Any:
        ok, value = self.answer(["0", target, name, list(args), kwargs])
        return value if ok else (value["code"], value["message"])

    def answer(self, body: Any) -> tuple[bool, Any]:
        call = self.bridge.read(msgpack.packb(body), self.invoker)
        ok, packed = asyncio.run(self.bridge.answer(call))
        return ok, msgpack.unpackb(packed, ext_hook=lambda code, data: (code, bytes(data)))


def test_a_plain_and_an_async_method_are_answered() -> None:
    world = World()
    assert world.call("Probe", "echo", {"a": [1, None, b"\xff"]}) == {"a": [1, None, b"\xff"]}
    assert world.call("Probe", "later", value=3) == 3


def test_a_known_plain_method_is_marked_as_inline_and_an_async_one_is_not() -> None:
    world = World()
    for name, expected in (("echo", True), ("later", False)):
        world.call("Probe", name, 1)
        body = msgpack.packb(["0", "Probe", name, [1], {}])
        assert world.bridge.read(body, world.invoker).inline is expected


def test_an_unknown_global_or_method_names_the_nearest() -> None:
    world = World()
    assert world.call("Prob", "echo", 1) == ("not_found", "there is no global Prob under this profile")
    ok, error = world.answer(["0", "Probe", "ecko", [1], {}])
    assert not ok and error["code"] == "not_found" and "echo" in error["hint"]


def test_a_wrong_argument_is_the_scripts_mistake() -> None:
    code, message = World().call("Probe", "later", "three")
    assert code == "bad_argument" and "value" in message and "integer" in message


def test_a_tools_failure_keeps_its_code_and_hint() -> None:
    ok, error = World().answer(["0", "Probe", "fail", [], {}])
    assert not ok and error == {"code": "broken", "message": "it did not work", "hint": "try again"}


def test_our_own_bug_is_reported_here_and_told_to_the_script_without_its_text() -> None:
    world = World()
    code, message = world.call("Probe", "crash")
    assert code == "internal_error" and "ZeroDivisionError" in message and "our bug" not in message
    assert [where for where, _ in world.reports] == ["Probe.crash"]


def test_a_call_that_waits_for_what_was_cancelled_is_answered_and_one_that_is_cancelled_itself_is_not() -> None:
    world = World()
    code, message = world.call("Probe", "wait_for_what_is_cancelled")
    assert (code, message) == ("cancelled", "what was waited for was cancelled")

    async def cancelled() -> bool:
        call = world.bridge.read(msgpack.packb(["0", "Probe", "later", [1], {}]), world.invoker)
        answering = asyncio.create_task(world.bridge.answer(call))
        await asyncio.sleep(0)
        answering.cancel()
        return (await asyncio.gather(answering, return_exceptions=True))[0].__class__ is asyncio.CancelledError

    assert asyncio.run(cancelled())


def test_a_host_object_travels_as_a_handle_and_answers_to_it() -> None:
    world = World()
    code, data = world.call("Probe", "counter", 5)
    number = int.from_bytes(data[:4], "big")
    assert code == EXT_HANDLE and msgpack.unpackb(data[4:]) == ["Counter", {"start": 5}]
    assert world.call(f"#{number}", "add", 2) == 7
    assert world.call("Probe", "take", msgpack.ExtType(EXT_HANDLE, number.to_bytes(4, "big"))) == 5


def test_a_released_or_invented_handle_is_refused_and_a_live_one_is_not() -> None:
    world = World()
    _, data = world.call("Probe", "counter", 5)
    number = int.from_bytes(data[:4], "big")
    assert world.call(f"#{number}", "add") == 6
    world.bridge.handles.release(number)
    assert world.call(f"#{number}", "add")[0] == "bad_argument"
    assert world.call("#99", "add")[0] == "bad_argument"
    assert world.call("#x", "add")[0] == "bad_argument"
    assert world.call("Probe", "take", msgpack.ExtType(EXT_HANDLE, b"\0\0\0\x63"))[0] == "bad_argument"


def test_a_function_arrives_as_an_awaitable_and_is_given_back_when_it_is_dropped() -> None:
    world = World()
    body = msgpack.packb(["0", "Probe", "echo", [msgpack.ExtType(EXT_CALLBACK, b"\0\0\0\x07")], {}])
    call = world.bridge.read(body, world.invoker)

    async def use() -> Any:
        return await call.args[0](1, "x")

    assert asyncio.run(use()) == "ran" and world.invoker.asked == [(7, [1, "x"])]
    call.args.clear()
    assert world.invoker.released == [7]


def test_the_call_limit_ends_the_run_rather_than_the_call() -> None:
    world = World(resolve_profile("medium", limits={"calls": 2}))
    assert [world.call("Probe", "echo", i) for i in (1, 2)] == [1, 2]
    with pytest.raises(CallLimitExceeded):
        world.call("Probe", "echo", 3)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        ["0", "Probe", "echo", []],
        [0, "Probe", "echo", [], {}],
        ["0", 1, "echo", [], {}],
        ["0", "Probe", "echo", {}, {}],
        ["0", "Probe", "echo", [], []],
    ],
)
def test_a_body_that_is_no_call_is_refused(body: Any) -> None:
    world = World()
    with pytest.raises(ValueError, match="call"):
        world.bridge.read(msgpack.packb(body), world.invoker)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_call_or_a_value_error(body: bytes) -> None:
    world = World()
    try:
        call = world.bridge.read(body, world.invoker)
    except ValueError:
        return
    asyncio.run(world.bridge.answer(call))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_goes_in_comes_out(value: Any) -> None:
    ok, found = World().answer(["0", "Probe", "echo", [value], {}])
    assert ok and repr(found) == repr(value)
