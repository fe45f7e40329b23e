"""`import asyncio` in scripts: each program prints what it prints under CPython's asyncio, in virtual time."""
# ruff: noqa: E501 - scripts are kept on one line each

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine


def run(source: str) -> Outcome:
    return run_script(make_engine, "import asyncio\n" + source, python="safe")


LATE = """
async def late(x, seconds, fail=False):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        print('stopped', x)
        raise
    print('ran', x)
    if fail: raise ValueError(x)
    return x
"""

CASES = {
    "run": ("print(asyncio.run(late(1, 0.1)))", "ran 1\n1\n"),
    "sleep with a result": ("async def main(): print(await asyncio.sleep(1, 'slept'), await asyncio.sleep(0))\nasyncio.run(main())", "slept None\n"),
    "gather": ("async def main(): print(await asyncio.gather(late(1, 0.2), late(2, 0.1)))\nasyncio.run(main())", "ran 2\nran 1\n[1, 2]\n"),
    "gather of errors": ("async def main():\n    a, b = await asyncio.gather(late(1, 0.2, True), late(2, 0.1), return_exceptions=True)\n    print(repr(a), b)\nasyncio.run(main())", "ran 2\nran 1\nValueError(1) 2\n"),
    "gather that fails": ("async def main():\n    try:\n        await asyncio.gather(late(1, 0.1, True), late(2, 0.05))\n    except ValueError as e:\n        print('err', e)\nasyncio.run(main())", "ran 2\nran 1\nerr 1\n"),
    "create_task": ("async def main():\n    t = asyncio.create_task(late(1, 0.1), name='t')\n    print(t.done())\n    print(await t, t.done(), t.result(), t.cancelled())\nasyncio.run(main())", "False\nran 1\n1 True 1 False\n"),
    "cancel": ("async def main():\n    t = asyncio.ensure_future(late(1, 5))\n    await asyncio.sleep(0)\n    print(t.cancel())\n    try:\n        await t\n    except asyncio.CancelledError:\n        print('cancelled', t.cancelled())\nasyncio.run(main())", "True\nstopped 1\ncancelled True\n"),
    "wait_for": ("async def main():\n    print(await asyncio.wait_for(late(1, 0.1), timeout=1), await asyncio.wait_for(late(2, 0.1), None))\n    try:\n        await asyncio.wait_for(late(3, 5), 0.1)\n    except asyncio.TimeoutError:\n        print('late')\nasyncio.run(main())", "ran 1\nran 2\n1 2\nstopped 3\nlate\n"),
    "as_completed": ("async def main():\n    for it in asyncio.as_completed([late(1, 0.3), late(2, 0.1), late(3, 0.2)]):\n        print(await it)\nasyncio.run(main())", "ran 2\n2\nran 3\n3\nran 1\n1\n"),
    "as_completed with an error": ("async def main():\n    for it in asyncio.as_completed([late(1, 0.2), late(2, 0.1, True)]):\n        try:\n            print(await it)\n        except ValueError as e:\n            print('err', e)\nasyncio.run(main())", "ran 2\nerr 2\nran 1\n1\n"),
    "to_thread": ("async def main(): print(await asyncio.to_thread(lambda a, b=0: a + b, 1, b=2))\nasyncio.run(main())", "3\n"),
    "lock": ("async def work(lock, x):\n    async with lock:\n        print('in', x, lock.locked())\n        await asyncio.sleep(0.1)\n        print('out', x)\nasync def main():\n    lock = asyncio.Lock()\n    await asyncio.gather(work(lock, 1), work(lock, 2))\n    print(lock.locked(), await lock.acquire(), lock.locked())\n    lock.release()\n    print(lock.locked())\nasyncio.run(main())", "in 1 True\nout 1\nin 2 True\nout 2\nFalse True True\nFalse\n"),
    "lock after an error": ("async def main():\n    lock = asyncio.Lock()\n    try:\n        async with lock:\n            raise KeyError('x')\n    except KeyError:\n        print('err', lock.locked())\nasyncio.run(main())", "err False\n"),
    "semaphore": ("n = [0]\nasync def work(gate):\n    async with gate:\n        n[0] += 1\n        print(n[0])\n        await asyncio.sleep(0.1)\n        n[0] -= 1\nasync def main():\n    for gate in (asyncio.Semaphore(2), asyncio.BoundedSemaphore(1)):\n        await asyncio.gather(work(gate), work(gate), work(gate))\nasyncio.run(main())", "1\n2\n2\n1\n1\n1\n"),
    "event": ("async def wait(event):\n    await event.wait()\n    print('woken')\nasync def main():\n    event = asyncio.Event()\n    tasks = [asyncio.create_task(wait(event)) for _ in range(2)]\n    await asyncio.sleep(0.1)\n    print(event.is_set())\n    event.set()\n    await asyncio.gather(*tasks)\n    print(event.is_set())\n    event.clear()\n    print(event.is_set())\nasyncio.run(main())", "False\nwoken\nwoken\nTrue\nFalse\n"),
    "queue": ("async def produce(queue):\n    for i in range(3):\n        await queue.put(i)\n    print('put all')\nasync def consume(queue):\n    while True:\n        item = await queue.get()\n        await asyncio.sleep(0.1)\n        print('got', item)\n        queue.task_done()\nasync def main():\n    queue = asyncio.Queue()\n    worker = asyncio.create_task(consume(queue))\n    await produce(queue)\n    await queue.join()\n    worker.cancel()\n    print(queue.empty(), queue.qsize())\nasyncio.run(main())", "put all\ngot 0\ngot 1\ngot 2\nTrue 0\n"),
    "queue with a limit": ("async def main():\n    queue = asyncio.Queue(maxsize=1)\n    print(queue.full(), queue.empty())\n    queue.put_nowait(1)\n    print(queue.full(), queue.qsize())\n    t = asyncio.create_task(queue.put(2))\n    await asyncio.sleep(0.1)\n    print(t.done())\n    print(queue.get_nowait())\n    await t\n    print(await queue.get(), queue.full())\nasyncio.run(main())", "False True\nTrue 1\nFalse\n1\n2 False\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_program_for_asyncio_prints_what_it_prints_in_cpython(name: str) -> None:
    source, expected = CASES[name]
    outcome = run(LATE + source)
    assert outcome.kind == "done", outcome
    assert outcome.out == expected


def test_a_queue_without_room_or_items_says_so_and_one_with_them_does_not() -> None:
    source = """
queue = asyncio.Queue(1)
def tried(act):
    try:
        print(act())
    except LLMSpellError as e:
        print(e.code)
tried(queue.get_nowait)
tried(lambda: queue.put_nowait(7))
tried(lambda: queue.put_nowait(8))
tried(queue.get_nowait)
"""
    assert run(source).out.splitlines() == ["queue_empty", "None", "queue_full", "7"]


GROUP = (
    LATE
    + """
async def main():
    async with asyncio.TaskGroup() as group:
        one = group.create_task(late(1, 0.2))
        two = group.create_task(late(2, 0.1, FAIL))
    print(one.result(), two.result())
asyncio.run(main())
"""
)


def test_a_task_group_waits_for_its_tasks_and_its_first_error_stops_the_others() -> None:
    assert run(GROUP.replace("FAIL", "False")).out == "ran 2\nran 1\n1 2\n"
    failed = run(GROUP.replace("FAIL", "True"))
    assert failed.out == "ran 2\nstopped 1\n"
    assert failed.kind == "failed"


def test_an_error_in_a_task_group_s_block_stops_its_tasks() -> None:
    source = """
async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(late(1, 5))
            await asyncio.sleep(0.1)
            raise KeyError('x')
    except KeyError:
        print('err')
    await asyncio.sleep(1)
asyncio.run(main())
"""
    assert run(LATE + source).out == "stopped 1\nerr\n"


def test_there_is_no_event_loop_to_reach_and_the_message_says_what_serves() -> None:
    outcome = run("asyncio.get_event_loop()")
    assert "asyncio.run" in str(outcome.value)
    assert run("print(asyncio.run(asyncio.sleep(0, 'ok')))").out == "ok\n"


def test_a_gate_shows_what_it_is() -> None:
    source = "print(asyncio.Lock(), asyncio.Event(), asyncio.Queue(), asyncio.Semaphore(2))"
    assert run(source).out == "<asyncio Lock> <asyncio Event> <asyncio Queue> <asyncio Semaphore>\n"


@pytest.mark.parametrize("change", ["it._count = 9", "it.release = print", "del it._key", "type(it)()"])
def test_a_script_cannot_change_what_waits(change: str) -> None:
    outcome = run(f"it = asyncio.Lock()\n{change}\nprint('changed')")
    assert outcome.kind in ("failed", "syntax")
    assert "changed\n" not in outcome.out
