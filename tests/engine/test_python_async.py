"""Tasks, promises, channels and streams of Python scripts, in virtual time."""
# ruff: noqa: E501 - scripts are kept on one line each

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine

NAMES = ("spawn", "all", "race", "any", "map", "sleep", "timeout", "channel")
INTERFACE = {
    "Async": {"methods": dict.fromkeys(NAMES, "worker"), "aliases": {}, "index": "", "objects": {}},
    "Tool": {"methods": {"execute": "host"}, "aliases": {}, "index": "", "objects": {}},
}


def run(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe", interface=INTERFACE, answers={"Tool.execute": lambda x: x})


LATE = "def late(x, s=0.1, fail=False):\n    def f():\n        Async.sleep(s)\n        print('ran', x)\n        if fail: raise ValueError(x)\n        return x\n    return f\n"

CASES = {
    "spawn": ("t = Async.spawn(late(1))\nprint(t.status(), t.done())\nprint(t.wait(), t.status(), t.await_(), t.result())", "running False\nran 1\n1 done 1 1\n"),
    "spawn with arguments": ("print(Async.spawn(lambda a, b=0: a + b, 1, b=2).wait())", "3\n"),
    "all": ("print(Async.all([late(1, 0.2), late(2, 0.1), Async.spawn(late(3))]))", "ran 3\nran 2\nran 1\n[1, 2, 3]\n"),
    "all of nothing": ("print(Async.all([]))", "[]\n"),
    "all with an error": ("try:\n    Async.all([late(1, 0.3), late(2, 0.1, True)])\nexcept ValueError as e:\n    print('err', e)", "ran 2\nerr 2\n"),
    "race": ("print(Async.race([late(1, 0.3), late(2, 0.1)]))", "ran 2\n2\n"),
    "race with an error": ("try:\n    Async.race([late(1, 0.3), late(2, 0.1, True)])\nexcept ValueError:\n    print('err')", "ran 2\nerr\n"),
    "any": ("print(Async.any([late(1, 0.3), late(2, 0.1, True)]))", "ran 2\nran 1\n1\n"),
    "any with errors only": ("try:\n    Async.any([late(1, 0.3, True), late(2, 0.1, True)])\nexcept ValueError as e:\n    print(e)", "ran 2\nran 1\n1\n"),
    "map": ("print(Async.map([3, 1, 2], lambda x: late(x, x / 10)()), Async.map('ab', str.upper, {'limit': 1}))", "ran 1\nran 2\nran 3\n[3, 1, 2] ['A', 'B']\n"),
    "timeout": ("try:\n    Async.timeout(0.1, late(1, 5))\nexcept LLMSpellError as e:\n    print(e.code, isinstance(e, TimeoutError))\nprint(Async.timeout(1, late(2)))", "timed_out True\nran 2\n2\n"),
    "cancel": ("t = Async.spawn(late(1))\nprint(t.cancel(), t.status())\nAsync.sleep(0)\nprint(t.status(), t.cancel())\ntry:\n    t.wait()\nexcept LLMSpellError as e:\n    print(e.code)", "True running\ncancelled False\ncancelled\n"),
    "channel": ("c = Async.channel(0)\ndef send():\n    for i in range(3):\n        c.send(i)\n        print('sent', i)\n    c.close()\nAsync.spawn(send)\nwhile (x := c.receive()) is not None:\n    print('got', x)\nprint(c.receive())", "got 0\nsent 0\ngot 1\nsent 1\ngot 2\nsent 2\nNone\n"),
    "channel with room": ("c = Async.channel(2)\nc.send(1)\nc.send(2)\nc.close()\nprint(list(c))\ntry:\n    c.send(3)\nexcept LLMSpellError as e:\n    print(e.code)", "[1, 2]\nchannel_closed\n"),
    "promise": ("p = Promise.new(lambda resolve, reject: resolve(2))\nprint(p.then(lambda x: x + 1).wait(), Promise.resolve(p).wait())\nprint(Promise.reject('no').catch(lambda e: e.message).finally_(lambda: print('fin')).wait())", "3 2\nfin\nno\n"),
    "promise later": ("def ex(resolve, reject):\n    Async.spawn(lambda: (Async.sleep(1), resolve('late')))\nprint(Promise.new(ex).wait(), Promise.all([Promise.resolve(1), late(2)]).wait(), Promise.race([late(5, 1), late(6, 0.1)]).wait())", "ran 2\nran 6\nlate [1, 2] 6\n"),
    "promise in error": ("def ex(resolve, reject):\n    raise KeyError('x')\ntry:\n    Promise.new(ex).wait()\nexcept KeyError:\n    print('key')", "key\n"),
    "stream of a generator": ("def g():\n    yield 1\n    yield 2\ns = Streaming.create(g)\nprint(s.next(), s.is_done(), s.next(), s.isDone(), s.next())", "1 False 2 True None\n"),
    "stream of a function": ("s = Streaming.create(lambda emit: [emit(i) for i in range(3)])\nprint(s.next(), s.collect())", "0 [1, 2]\n"),
    "await": ("async def f(x):\n    return await Async.spawn(lambda: x + 1)\nprint(await f(1), await Tool.execute(7))\nprint(Async.all([f(1), f(2)]))", "2 7\n[2, 3]\n"),
    "calls in tasks": ("print(Async.map(range(20), lambda x: Tool.execute(x) * 2, limit=5)[-1])", "38\n"),
    "error in a task keeps its type": ("class E(Exception): pass\ndef f(): raise E('x')\ntry:\n    Async.spawn(f).wait()\nexcept E as e:\n    print('E', e)", "E x\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_runs_at_once_behaves_as_described(name: str) -> None:
    source, expected = CASES[name]
    outcome = run(LATE + source)
    assert outcome.kind == "done", outcome
    assert outcome.out == expected


def test_a_script_that_waits_for_nothing_ends_with_a_deadlock() -> None:
    assert run("Async.channel(0).receive()").value["code"] == "deadlock"
    assert run("Async.channel(1).send(1)").kind == "done"


def test_an_awaited_call_of_an_async_function_cannot_be_awaited_again() -> None:
    outcome = run("async def f(): return 1\nc = f()\nprint(await c)\nawait c")
    assert outcome.out == "1\n"
    assert "twice" in outcome.value["message"]


def test_a_callback_of_the_host_runs_as_a_task_of_its_own() -> None:
    import msgpack

    def create(host_function: object) -> None:
        return None

    outcome = run_script(
        make_engine,
        "def double(x):\n    Async.sleep(0.1)\n    return {'r': x * 2}\nTool.execute(double)\nAsync.sleep(1)",
        python="safe",
        interface=INTERFACE,
        answers={"Tool.execute": create},
    )
    host = outcome.host
    number = int.from_bytes(host.calls[0][2][0].data, "big")
    host.invoke(99, number, msgpack.packb([21]))
    while 99 not in host.results:
        host.turn()
    assert msgpack.unpackb(host.results[99]) == {"r": 42}
    assert host.engine.has_callbacks()
    host.engine.release_callback(number)
    assert not host.engine.has_callbacks()
