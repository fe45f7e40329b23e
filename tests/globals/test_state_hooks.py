"""Hooks at the points of state: what they see, and that what they change has its effect."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument, HookCancelled, StateNewer

Seen = list[tuple[str, dict[str, Any], Any]]


def watch(script: Any, *points: str) -> Seen:
    seen: Seen = []

    async def look(moment: Any, ctx: Any) -> None:
        seen.append((moment.point, dict(moment.input), moment.output))

    for point in points:
        script.run.hooks.register(point, look)
    return seen


def answer(script: Any, point: str, **outcome: Any) -> None:
    async def say(moment: Any, ctx: Any) -> Any:
        change = outcome.get("change")
        return {"type": "modified", "data": change(moment)} if change else outcome

    script.run.hooks.register(point, say)


async def one_more(value: Any) -> Any:
    return (value or 0) + 1


def test_every_way_to_read_and_write_is_seen_with_what_it_is_about(script: Any) -> None:
    seen = watch(script, "Before*", "AfterState*")
    script.call("State", "set", "k", 1)
    script.call("State", "load", "user:1", "k")
    script.call("State", "incr", "k", 2)
    script.call("State", "update", "k", one_more)
    script.call("State", "delete", "k")
    script.call("State", "agent_set", "a", "k", 7)
    script.call("State", "all", "agent:a")
    script.call("State", "keys")
    script.call("State", "clear", "agent:a")
    after = {point: [it for it in seen if it[0] == point] for point in ("AfterStateWrite", "AfterStateRead")}
    written = [(it["operation"], it["scope"], it["key"], value) for _, it, value in after["AfterStateWrite"]]
    assert written == [
        ("set", "global", "k", 1),
        ("incr", "global", "k", 3),
        ("update", "global", "k", 4),
        ("delete", "global", "k", None),
        ("set", "agent:a", "k", 7),
        ("clear", "agent:a", "", None),
    ]
    read = [(it["operation"], it["scope"], it["key"], value) for _, it, value in after["AfterStateRead"]]
    assert read == [("get", "user:1", "k", None), ("all", "agent:a", "", {"k": 7}), ("keys", "global", "", [])]
    assert len([it for it in seen if it[0] == "BeforeStateWrite"]) == 6
    assert next(it for it in seen if it[0] == "BeforeStateWrite")[1]["value"] == 1


def test_a_read_is_modified_replaced_and_cancelled(script: Any) -> None:
    script.call("State", "set", "a", "there")
    answer(script, "BeforeStateRead", change=lambda it: {**it.input, "key": "a"})
    assert script.call("State", "get", "b") == "there"
    answer(script, "AfterStateRead", change=lambda it: it.output.upper())
    assert script.call("State", "get", "b") == "THERE"
    answer(script, "BeforeStateRead", type="replace", data="instead")
    assert script.call("State", "get", "b") == "INSTEAD"
    answer(script, "BeforeStateRead", type="cancel", reason="not now")
    script.run.hooks.unregister(script.run.hooks.list(point="BeforeStateRead")[1])
    with pytest.raises(HookCancelled, match="state b was cancelled by a hook at BeforeStateRead: not now"):
        script.call("State", "get", "b")


@pytest.mark.parametrize("by", ["set", "save", "incr", "update", "set_many", "transaction", "tx.incr"])
def test_a_write_is_modified_left_out_and_cancelled_whatever_writes(make_script: Any, by: str) -> None:
    def attempt(script: Any) -> Any:
        async def work(tx: Any) -> Any:
            if by == "tx.incr":
                return await script.acall(tx, "incr", "k", 1)
            return await script.acall(tx, "set", "k", 1)

        match by:
            case "set" | "incr":
                return script.call("State", by, "k", 1)
            case "save":
                return script.call("State", "save", "global", "k", 1)
            case "update":
                return script.call("State", "update", "k", one_more)
            case "set_many":
                return script.call("State", "set_many", {"k": 1})
        return script.call("State", "transaction", work)

    script = make_script()
    attempt(script)
    assert script.call("State", "get", "k") == 1
    script.call("State", "delete", "k")
    answer(script, "BeforeStateWrite", change=lambda it: {**it.input, "value": it.input["value"] + 100})
    attempt(script)
    assert script.call("State", "get", "k") == 101

    script = make_script()
    answer(script, "BeforeStateWrite", type="replace", data=7)
    attempt(script)
    assert script.call("State", "get", "k") is None

    script = make_script()
    seen = watch(script, "AfterStateWrite")
    answer(script, "BeforeStateWrite", type="cancel", reason="frozen")
    with pytest.raises(HookCancelled, match="frozen"):
        attempt(script)
    assert script.call("State", "get", "k") is None
    assert seen == []


def test_what_a_transaction_wrote_is_told_when_it_counts_and_not_when_it_fails(script: Any) -> None:
    seen = watch(script, "AfterStateWrite")

    async def write(tx: Any) -> None:
        await script.acall(tx, "set", "a", 1)
        await script.acall(tx, "incr", "b", 2)
        assert seen == []

    async def fail(tx: Any) -> None:
        await write(tx)
        raise KeyError("no")

    with pytest.raises(KeyError):
        script.call("State", "transaction", fail)
    assert seen == []
    script.call("State", "transaction", write)
    assert [(it["key"], value) for _, it, value in seen] == [("a", 1), ("b", 2)]


def test_a_conflict_is_told_and_may_be_given_up(script: Any) -> None:
    seen = watch(script, "StateConflict")
    n_attempts = 0

    async def meet(value: Any) -> Any:
        nonlocal n_attempts
        n_attempts += 1
        if n_attempts in (1, 3):
            await script.services.state.set("global", "n", n_attempts)  # as if another process did
        return (value or 0) + 1

    assert script.call("State", "update", "n", meet) == 2
    assert [it for _, it, _ in seen] == [{"scope": "global", "key": "n", "attempt": 1}]
    answer(script, "StateConflict", type="cancel", reason="give up")
    with pytest.raises(HookCancelled, match="give up"):
        script.call("State", "update", "n", meet)
    assert script.call("State", "get", "n") == 3


def test_a_hook_that_makes_nonsense_of_a_request_is_an_error_of_the_call(script: Any) -> None:
    answer(script, "BeforeStateWrite", change=lambda it: {**it.input, "scope": 7})
    with pytest.raises(BadArgument, match="a scope is text"):
        script.call("State", "set", "k", 1)
    script.run.hooks.unregister(script.run.hooks.list()[0])
    answer(script, "BeforeStateWrite", change=lambda it: "k")
    with pytest.raises(BadArgument, match="change its fields"):
        script.call("State", "set", "k", 1)
    script.run.hooks.unregister(script.run.hooks.list()[0])
    script.call("State", "set", "k", 1)


def test_a_migration_is_told_once_and_its_steps_speak_of_its_scope(script: Any) -> None:
    seen = watch(script, "StateMigration")
    script.call("State", "save", "user:1", "name", "ada")

    async def split(tx: Any) -> None:
        await script.acall(tx, "set", "first", await script.acall(tx, "get", "name"))
        await script.acall(tx, "delete", "name")
        assert await script.acall(tx, "all") == {"first": "ada"}
        assert await script.acall(tx, "all", "global") == {}

    steps = [{"version": 2, "up": split, "description": "a first name"}]
    assert script.call("State", "migrate", "user:1", steps) == {"scope": "user:1", "from": 0, "to": 2, "steps": [2]}
    assert script.call("State", "migrate", {"scope": "user:1", "steps": steps})["steps"] == []
    assert script.call("State", "version", "user:1") == 2
    assert script.call("State", "versions") == {"user:1": 2}
    assert [it for _, it, _ in seen] == [{"scope": "user:1", "from": 0, "to": 2, "steps": [2]}]
    with pytest.raises(StateNewer):
        script.call("State", "migrate", "user:1", [{"version": 1, "up": split}])


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (7, "step 1 of the migration is no table"),
        ({"version": 1}, "has no function up"),
        ({"up": one_more}, "has no version"),
        ({"version": 1.5, "up": one_more}, "has no version"),
        ({"version": True, "up": one_more}, "has no version"),
        ({"version": 1, "up": one_more, "down": one_more}, "unknown field down"),
    ],
)
def test_a_step_that_is_none_is_refused_by_its_number(script: Any, step: Any, said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        script.call("State", "migrate", "global", [step])


def test_many_at_once_scopes_and_usage(script: Any) -> None:
    script.call("State", "set_many", {"a": 1, "b": None, "c": [2]}, "user:1")
    assert script.call("State", "get_many", ["a", "b", "c", "d"], "user:1") == {"a": 1, "c": [2]}
    assert script.call("State", "decr", "a", 3, "user:1") == -2
    script.call("State", "set", "k", "abc")
    assert script.call("State", "scopes") == ["global", "user:1"]
    assert script.call("State", "usage", "global") == {"entries_count": 1, "bytes_used": 11}
    assert script.call("State", "get_storage_usage")["entries_count"] == 3
    assert script.call("State", "clear", "user:1") == 2
    assert script.call("State", "usage", "user:1")["entries_count"] == 0


@pytest.mark.parametrize(("returned", "kept"), [({"data": {"x": print}}, 1), ({"data": {"value": 2}}, 2)])
def test_what_a_hook_of_the_script_gives_is_plain_data(script: Any, returned: dict[str, Any], kept: int) -> None:
    async def hook(context: Any) -> Any:
        return {"type": "modified", **returned}

    script.call("Hook", "register", "BeforeStateWrite", hook)
    script.call("State", "set", "k", 1)
    assert script.call("State", "get", "k") == kept


def test_a_hook_may_answer_anything_in_the_place_of_clear(script: Any) -> None:
    script.call("State", "set", "k", 1)
    answer(script, "BeforeStateWrite", type="replace", data="not today")
    assert script.call("State", "clear", "global") == 0
    assert script.call("State", "get", "k") == 1
