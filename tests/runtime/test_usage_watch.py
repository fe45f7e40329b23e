"""Hooks hear of a script that comes near its limits; nobody measures for anybody else."""

import asyncio
import dataclasses
import os

import pytest

from llmspell.effects.context import library_context
from llmspell.runtime.usage_watch import CPU, MEMORY, Usage, UsageWatch, usage_of
from llmspell.security.profile import resolve_profile


def limited_run(**limits):
    profile = resolve_profile("high")
    return library_context(profile=dataclasses.replace(profile, limits=profile.limits.changed(limits))).run


def listening(run, *points):
    seen = []

    async def look(moment, ctx):
        seen.append((moment.point, moment.name, moment.input["share"]))

    for it in points:
        run.hooks.register(it, look)
    return seen


def look(watch, usages):
    async def main():
        for it in usages:
            watch._measure = lambda it=it: it
            await watch.look()

    asyncio.run(main())


def test_it_is_told_when_a_limit_comes_near_and_again_after_it_was_far():
    run = limited_run(memory_bytes=1000, cpu_s=10)
    watch = UsageWatch(run, lambda: None)

    async def main():  # hooks come while the watch is there
        return listening(run, MEMORY, CPU)

    seen = asyncio.run(main())
    look(
        watch,
        [Usage(799, 1), Usage(800, 9), Usage(900, 9.5), Usage(750, 9), Usage(900, 9), Usage(100, 9), Usage(990, 9)],
    )
    assert seen == [(MEMORY, "memory_bytes", 0.8), (CPU, "cpu_s", 0.9), (MEMORY, "memory_bytes", 0.99)]


def test_without_a_limit_or_a_process_there_is_nothing_to_tell():
    run = limited_run(memory_bytes="none", cpu_s="none")
    watch = UsageWatch(run, lambda: None)
    seen = listening_later(run)
    look(watch, [None, Usage(1 << 60, 1e9)])
    assert seen == []


def listening_later(run):
    async def main():
        return listening(run, MEMORY, CPU)

    return asyncio.run(main())


def test_it_measures_only_while_somebody_listens():
    async def main():
        run, looked = limited_run(memory_bytes=1000), asyncio.Event()
        watch = UsageWatch(run, lambda: looked.set() or Usage(1, 0), every_s=0)
        await asyncio.sleep(0)
        assert not looked.is_set() and watch._task is None

        async def nothing(moment, ctx):
            pass

        hook = run.hooks.register(MEMORY, nothing)
        await looked.wait()
        run.hooks.unregister(hook)
        await watch._task
        watch.close()
        assert run.hooks.when_watched == {}

    asyncio.run(main())


def test_hooks_that_were_there_first_are_heard_and_a_fatal_one_that_fails_ends_nothing():
    async def main():
        run, called = limited_run(memory_bytes=1000), asyncio.Event()

        async def fail(moment, ctx):
            called.set()
            raise ValueError("broken")

        run.hooks.register(MEMORY, fail, fatal=True)
        watch = UsageWatch(run, lambda: Usage(900, 0), every_s=0)
        await called.wait()
        await asyncio.sleep(0)
        assert not watch._task.done()
        watch.close()

    asyncio.run(main())


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc here")
def test_a_process_is_measured_from_outside():
    found = usage_of(os.getpid())
    assert found is not None and found.memory_bytes > 1_000_000 and found.cpu_s > 0
    assert usage_of(2**30) is None
