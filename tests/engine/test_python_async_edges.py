"""The shapes around tasks in Python scripts: async iteration, async with, promises, streams, and what each refuses."""
# ruff: noqa: E501 - scripts are kept on one line each

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine

NAMES = ("spawn", "all", "race", "any", "map", "sleep", "timeout", "channel")
INTERFACE = {"Async": {"methods": dict.fromkeys(NAMES, "worker"), "aliases": {}, "index": "", "objects": {}}}


def run(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe", interface=INTERFACE)


CASES = {
    "async generator": ("import asyncio\nasync def g():\n    for i in range(3):\n        await asyncio.sleep(0.1)\n        yield i\nasync for x in g():\n    print(x)\nprint([x async for x in g()], [x async for x in [7]])", "0\n1\n2\n[0, 1, 2] [7]\n"),
    "async generator closed": ("async def g():\n    try:\n        yield 1\n        yield 2\n    finally:\n        print('closed')\nit = g()\nasync for x in it:\n    print(x)\n    break\nawait it.aclose()", "1\nclosed\n"),
    "async iterator": ("class It:\n    def __init__(self): self.n = 0\n    def __aiter__(self): return self\n    async def __anext__(self):\n        self.n += 1\n        if self.n > 2: raise StopAsyncIteration\n        return self.n\nasync for x in It():\n    print(x)\nelse:\n    print('end')", "1\n2\nend\n"),
    "aiter that is an async generator": ("class It:\n    async def __aiter__(self):\n        yield 1\n        yield 2\nasync for x in It():\n    print(x)", "1\n2\n"),
    "async with": ("class M:\n    async def __aenter__(self):\n        print('in')\n        return 5\n    async def __aexit__(self, kind, error, trace):\n        print('out', kind, error, trace)\n        return True\nasync with M() as m:\n    print(m)\nasync with M():\n    raise ValueError('x')\nprint('after')", "in\n5\nout None None None\nin\nout <class 'ValueError'> x None\nafter\n"),
    "promise status": ("p = Promise.new(lambda ok, no: Async.spawn(lambda: (Async.sleep(1), ok(3))))\nprint(p.status(), p.done(), p)\nprint(p.await_(), p.status(), p.done(), p)\nprint(Promise.reject('x').status(), Promise)", "running False <promise running>\n3 done True <promise done>\nfailed <global Promise>\n"),
    "promise of a promise": ("p = Promise.resolve(1).then(lambda x: Promise.resolve(x + 1))\nprint(p.wait(), Promise.resolve(Async.spawn(lambda: 5)).wait(), Async.all([p, Promise.resolve(9)]))", "2 5 [2, 9]\n"),
    "promise settles once": ("def ex(ok, no):\n    ok(1)\n    ok(2)\n    no('late')\nprint(Promise.new(ex).wait())", "1\n"),
    "promise with two handlers": ("print(Promise.reject(ValueError('v')).then(None, lambda e: type(e).__name__).wait())\nprint(Promise.resolve(1).catch(lambda e: 'never').wait())", "ValueError\n1\n"),
    "promise any": ("print(Promise.any([Promise.reject('no'), Promise.resolve(4)]).wait())\ntry:\n    Promise.any([Promise.reject('a'), Promise.reject(('b', 1))]).wait()\nexcept LLMSpellError as e:\n    print(e.code, e.message)", "4\nrejected ('b', 1)\n"),
    "promise with a failing handler": ("def f(x): raise KeyError(x)\ntry:\n    Promise.resolve('k').then(f).wait()\nexcept KeyError as e:\n    print('key', e)", "key 'k'\n"),
    "stream iterated": ("def g():\n    yield from 'abc'\ns = Streaming.create(g)\nprint(s.next(), [x for x in s], s.next(), s, Streaming)", "a ['b', 'c'] None <stream> <global Streaming>\n"),
    "stream with an error": ("def g():\n    yield 1\n    raise ValueError('broken')\ns = Streaming.create(g)\nprint(s.next())\ntry:\n    s.next()\nexcept ValueError as e:\n    print(e, s.is_done(), s.next())", "1\nbroken True None\n"),
    "emitting with an error": ("def f(emit):\n    emit(1)\n    raise ValueError('broken')\ns = Streaming.create(f)\nprint(s.next())\ntry:\n    s.next()\nexcept ValueError as e:\n    print(e, s.collect())", "1\nbroken []\n"),
    "channel closed": ("c = Async.channel()\ndef send():\n    Async.sleep(0.1)\n    c.send(1)\n    Async.sleep(0.1)\n    c.close()\nAsync.spawn(send)\nprint(str(c), [x for x in c], c)", "<channel open> [1] <channel closed>\n"),
    "channel closed while receiving": ("c = Async.channel()\nAsync.spawn(lambda: (Async.sleep(0.1), c.close()))\nprint(c.recv())", "None\n"),
    "task of a call": ("async def f(x):\n    return x\ncall = f(4)\nprint(call)\nt = Async.spawn(call)\nprint(t.wait(), t, t.cancelled(), Async.spawn(f, 5).result())", "<async call of f>\n4 <task 2 done> False 5\n"),
    "call closed": ("async def f(): print('ran')\nc = f()\nc.close()\ntry:\n    await c\nexcept RuntimeError as e:\n    print('closed')\nawait f()", "closed\nran\n"),
    "promises of plain values": ("print(Promise.all([1, 'a']).wait(), Promise.race([3]).wait())", "[1, 'a'] 3\n"),
    "a failed task first": ("t = Async.spawn(lambda: 1 / 0)\nAsync.sleep(0.1)\nprint(t.status())\nfor act in (t.wait, lambda: Async.all([t, lambda: 2]), lambda: Async.race([t])):\n    try:\n        act()\n    except ZeroDivisionError:\n        print('zero')\nprint(Async.any([t, lambda: 2]))", "failed\nzero\nzero\nzero\n2\n"),
    "cancelled before it began": ("t = Async.spawn(print, 'never')\nprint(t.cancel())\nAsync.sleep(0.1)\nprint(t.status(), t.cancelled(), t.done())", "True\ncancelled True True\n"),
    "map over nothing": ("print(Async.map([], str), Async.map([1, 2], lambda x: x, 1))", "[] [1, 2]\n"),
    "map with an error": ("ran = []\ndef f(x):\n    Async.sleep(x)\n    ran.append(x)\n    if x == 2: raise ValueError(x)\ntry:\n    Async.map([1, 2, 3, 4], f, limit=2)\nexcept ValueError as e:\n    print('err', e, ran)", "err 2 [1, 2]\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_waits_behaves_as_described(name: str) -> None:
    source, expected = CASES[name]
    outcome = run(source)
    assert outcome.kind == "done", outcome
    assert outcome.out == expected


# what is refused → (the call, a word of the message, the same with something that is taken)
REFUSED = {
    "race of nothing": ("Async.race([])", "at least one", "Async.race([lambda: 1])"),
    "any of nothing": ("Async.any([])", "at least one", "Async.any([lambda: 1])"),
    "map with a negative limit": ("Async.map([1], str, limit=-1)", "limit", "Async.map([1], str, limit=1)"),
    "all of numbers": ("Async.all([1, 2])", "item 1 must be a task or a promise, got int", "Async.all([lambda: 1])"),
    "all of no list": ("Async.all(5)", "must be a list, got int", "Async.all([])"),
    "race of a dict": ("Async.race({})", "must be a list, got dict", "Async.race((int,))"),
    "any of a number": ("Async.any([int, 3])", "item 2 must", "Async.any([int])"),
    "map with another option": ("Async.map([1], str, limt=1)", "no option", "Async.map([1], str, {'limit': 1})"),
    "map of no function": ("Async.map([1], 5)", "must be a function, got int", "Async.map([1], str)"),
    "map of no list": ("Async.map(5, str)", "must be a list, got int", "Async.map('ab', str)"),
    "sleep for a text": ("Async.sleep('x')", "at least 0", "Async.sleep(0)"),
    "timeout for a text": ("Async.timeout('x', int)", "at least 0", "Async.timeout(1, int)"),
    "timeout of a number": ("Async.timeout(1, 5)", "got int", "Async.timeout(1, Async.spawn(int))"),
    "a channel of a text": ("Async.channel('x')", "at least 0", "Async.channel(2)"),
    "a stream of a number": ("Streaming.create(5)", "must be a function, got int", "Streaming.create(lambda emit: emit(1))"),
    "a promise of a number": ("Promise.new(5)", "must be a function, got int", "Promise.new(lambda a, b: a(1))"),
    "sleep backwards": ("Async.sleep(-1)", "at least 0", "Async.sleep(0)"),
    "sleep for NaN": ("Async.sleep(float('nan'))", "at least 0", "Async.sleep(0.5)"),
    "timeout backwards": ("Async.timeout(-1, lambda: 1)", "at least 0", "Async.timeout(0.1, lambda: 1)"),
    "spawn of no function": ("Async.spawn(5)", "must be a function, got int", "Async.spawn(lambda: 5)"),
    "None in a channel": ("Async.channel(1).send(None)", "None cannot be sent", "Async.channel(1).send(0)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_a_bad_argument(name: str) -> None:
    call, words, allowed = REFUSED[name]
    outcome = run(
        f"try:\n    {call}\nexcept LLMSpellError as e:\n    print(e.code, e.message)\n{allowed}\nprint('taken')"
    )
    assert outcome.out.startswith("bad_argument"), outcome
    assert words in outcome.out
    assert outcome.out.endswith("taken\n")


def test_async_with_needs_an_async_manager() -> None:
    outcome = run(
        "class M:\n    def __enter__(self): return 1\n    def __exit__(self, *a): pass\nasync with M():\n    pass"
    )
    assert "cannot be used with 'async with'" in outcome.value["message"]
    assert run("import asyncio\nasync with asyncio.Lock():\n    print('in')").out == "in\n"


def test_an_error_that_is_no_stop_leaves_async_iteration() -> None:
    outcome = run(
        "class It:\n    def __aiter__(self): return self\n    async def __anext__(self): raise KeyError('k')\ntry:\n    async for x in It(): pass\nexcept KeyError:\n    print('key')"
    )
    assert outcome.out == "key\n"
