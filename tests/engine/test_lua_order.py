"""`pairs` goes through any table in one order, whatever the process, and is otherwise what Lua's own is."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.lua_engine import make_engine
from llmspell.interface.generated import BINDING

ENGINES = ["lua54", "luajit"]
SHOW = """
local function show(t)
  local found = {}
  for k, v in pairs(t) do found[#found + 1] = tostring(k) .. "=" .. tostring(v) end
  print(table.concat(found, " "))
end
"""


def run(engine: str, source: str, **options: Any) -> Outcome:
    return run_script(partial(make_engine, engine), source, lua="safe", interface=BINDING, **options)


def lua_key(key: object) -> str:
    return repr(key).lower() if isinstance(key, bool) else repr(key)


def in_order(keys: set[object]) -> list[object]:
    numbers = sorted(it for it in keys if isinstance(it, int | float) and not isinstance(it, bool))
    run_of: list[object] = []
    while len(run_of) + 1 in numbers:
        run_of.append(len(run_of) + 1)
    rest = [it for it in numbers if it not in run_of]
    texts = sorted(it for it in keys if isinstance(it, str))
    return [*run_of, *rest, *texts, *sorted(it for it in keys if isinstance(it, bool))]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_is_that_of_the_keys_however_the_table_was_made(engine: str) -> None:
    """Random keys, put in and taken out in random orders, in lists with holes and tables that were lists."""
    chance = Random(11)
    lines, expected = [SHOW], []
    for _ in range(250):
        pool: list[Any] = [*range(-2, 12), 0.5, 2.5, 1e300, *"abcdefghijklmn", "", "B", "é", "\0", "ab"]
        chosen = chance.sample(pool, chance.randrange(len(pool)))
        keys: set[object] = set(chosen) | set(chance.sample([True, False], chance.randrange(3)) if chosen else [])
        # 1 and True are one key in Python, and two in Lua: only the number stays.
        keys = {it for it in keys if not isinstance(it, bool)}
        order = chance.sample(sorted(keys, key=repr), len(keys))
        n_list = chance.randrange(6)
        lines.append("do local t = {" + ", ".join(map(str, range(1, n_list + 1))) + "}")
        for key in order:
            text = '"' + "".join(f"\\{byte}" for byte in key.encode()) + '"' if isinstance(key, str) else repr(key)
            lines.append(f"t[{text}] = 1")
        keys |= set(range(1, n_list + 1))
        for key in chance.sample(sorted(keys, key=repr), chance.randrange(len(keys) + 1) // 2):
            text = '"' + "".join(f"\\{byte}" for byte in key.encode()) + '"' if isinstance(key, str) else repr(key)
            lines.append(f"t[{text}] = nil")
            keys.discard(key)
        with_truth = chance.random() < 0.3
        if with_truth:
            lines.append("t[true], t[false] = 1, 1")
        lines.append('local l = {} for k in pairs(t) do l[#l + 1] = type(k) == "number" and ("%g"):format(k)')
        lines.append(' or tostring(k) end print(table.concat(l, "\\1")) end')
        shown = [f"{it:g}" if isinstance(it, int | float) else str(it) for it in in_order(keys)]
        expected.append("\1".join([*shown, *(["false", "true"] if with_truth else [])]))
    outcome = run(engine, "\n".join(lines))
    assert outcome.kind == "done", outcome
    assert outcome.out.split("\n")[:-1] == expected


LIKE_LUA = {
    "a field may be removed, or given another value, while it is visited": (
        "local t = {1, 2, 3, a = 1, b = 2, c = 3} for k in pairs(t) do t[k] = nil end print(next(t))\n"
        "t = {1, 2, 3, a = 1} for k, v in pairs(t) do t[k] = v + 1 end show(t)",
        "nil\n1=2 2=3 3=4 a=2\n",
    ),
    "what is removed before its turn is not visited": (
        "local t = {a = 1, b = 2, c = 3} for k in pairs(t) do io.write(k) t.b = nil end print()\n"
        "t = {1, 2, 3, 4, x = 1} for k in pairs(t) do io.write(k) t[3] = nil end print()",
        "ac\n124x\n",
    ),
    "loops stand in each other, over one table too": (
        "local t = {b = 1, a = 2} for k in pairs(t) do for l in pairs(t) do io.write(k, l, ' ') end end print()",
        "aa ab ba bb \n",
    ),
    "a loop may be left": (
        "local t = {b = 1, a = 2} for k in pairs(t) do print(k) break end for k in pairs(t) do print(k) break end",
        "a\na\n",
    ),
    "a metatable's __index is not asked": (
        "local t = setmetatable({a = 1}, {__index = function() return 7 end, __len = function() return 99 end})\n"
        "t.b = 2 show(t) t[1] = 1 show(t)",
        "a=1 b=2\n1=1 a=1 b=2\n",
    ),
    "tables and functions come last": (
        "local t, n = {1, x = 2, [true] = 3, [{}] = 4}, 0\n"
        "for k in pairs(t) do n = n + 1 io.write(type(k), ' ') end print(n)",
        "number string boolean table 4\n",
    ),
    "values of nothing": ("show({}) show({nil, 2}) show({n = false})", "\n2=2\nn=false\n"),
    "the three values of a loop": (
        "local t = {b = 1, a = 2} local f, s, c = pairs(t) print(s == t, c, f(s, c)) print(f(s, 'a')) print(f(s, 'b'))",
        "true\tnil\ta\t2\nb\t1\nnil\n",
    ),
    "globals are walked in order, and not to be had": (
        "local n, f, s = 0, pairs(Async) print(s == Async) local last = ''\n"
        "for k in pairs(Async) do assert(last < k) last = k n = n + 1 end print(n > 5)\n"
        "print(pcall(function() s.spawn = 1 end))",
        "true\ntrue\nfalse\tscript:3: Async cannot be changed (spawn)\n",
    ),
    "maps are written in order": (
        "print(JSON.stringify({c = 1, a = {z = 1, y = 2}, b = 3}))",
        '{"a":{"y":2,"z":1},"b":3,"c":1}\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", LIKE_LUA)
def test_it_is_otherwise_as_in_lua(engine: str, case: str) -> None:
    source, shown = LIKE_LUA[case]
    outcome = run(engine, SHOW.replace("\n", " ") + source)
    assert outcome.out == shown, outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_pairs_of_what_is_no_table_fails_as_in_lua(engine: str) -> None:
    outcome = run(engine, "for _ in pairs(nil) do end")
    assert outcome.kind == "failed"
    assert "table expected, got nil" in outcome.value["message"]


def test_a_pairs_of_the_scripts_own_is_asked_and_may_wait() -> None:
    source = """
local t = setmetatable({ b = 1, a = 2 }, { __pairs = function(t)
  Async.sleep(0.001)
  return function(_, k) if not k then return "own", 1 end end, t, nil
end })
for k, v in pairs(t) do print(k, v) end
"""
    assert run("lua54", source).out == "own\t1\n"
    assert run("luajit", source).out == "a\t2\nb\t1\n"  # which does not know it


@pytest.mark.parametrize("engine", ENGINES)
def test_the_pairs_of_a_map_are_sent_in_order(engine: str) -> None:
    """The twin with the keys of a handled map, and with more of them than are sorted in at once."""
    sent: list[object] = []
    keys = [f"k{number:02}" for number in range(30)]
    fields = ", ".join(f"{it} = 1" for it in Random(3).sample(keys, 30))
    source = f"Tool.execute('x', {{ {fields}, inner = {{ z = 1, y = {{}}, x = 3 }} }})"
    run(engine, source, default=lambda target, method, args, kwargs: sent.append(args))
    assert list(sent[0][1]) == ["inner", *keys]  # type: ignore[index]
    assert list(sent[0][1]["inner"]) == ["x", "y", "z"]  # type: ignore[index]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_has_an_address_is_shown_by_a_number(engine: str) -> None:
    source = """
local t, f = {}, function() end
print(t, f, {}, tostring(t) == tostring(t), ("%s"):format(f), tostring(coroutine.create(f)))
print(setmetatable({}, { __tostring = function() return "own" end }), tostring(nil), tostring(1.5), "x")
print(getmetatable(f) and 1, pcall(function() return f.x end))
"""
    outcome = run(engine, source)
    first, second, third = outcome.out.splitlines()
    assert first.split("\t") == [
        "table: 0x00000001", "function: 0x00000002", "table: 0x00000004", "true", "function: 0x00000002",
        "thread: 0x00000003",  # made, and shown, before print is called
    ]  # fmt: skip
    assert second == "own\tnil\t1.5\tx"
    assert third.startswith("false\tfalse\tscript:5: attempt to index")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_keeps_its_number_when_the_host_lets_go_of_it(engine: str) -> None:
    numbers: list[int] = []

    def take(target: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        number = int.from_bytes(args[0].data, "big")
        numbers.append(number)
        held[0].engine.release_callback(number)

    held: list[Any] = []

    def make(host: Any, start: bytes) -> Any:
        held.append(host)
        return make_engine(engine, host, start)

    source = "local f, g = function() end, function() end for _, it in ipairs({f, g, f, g}) do Tool.exists(it) end"
    outcome = run_script(make, source, lua="safe", interface=BINDING, default=take)
    assert outcome.kind == "done", outcome
    assert numbers == [1, 2, 1, 2]
