"""`ScriptRuntime` from Python: in a loop that runs already, beside others, cancelled, interrupted, from a thread."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from llmspell.runtime import runtime as module
from llmspell.runtime.launch import Launched, launch
from llmspell.runtime.runtime import ScriptRuntime, go_on
from llmspell.runtime.script import Script, from_source
from llmspell.security.profile import resolve_profile
from llmspell.security.profiles import BUILTIN


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("STATE", "CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Launched]:
    """Every worker that the runtime starts."""
    kept: list[Launched] = []

    def keep(*args: Any, **options: Any) -> Launched:
        kept.append(launch(*args, **options))
        return kept[-1]

    monkeypatch.setattr(module, "launch", keep)
    return kept


def lua(text: str) -> Script:
    return from_source(text.encode(), "script", language="lua")


def test_several_run_at_once_in_one_loop() -> None:
    runtime = ScriptRuntime("medium")

    async def both() -> list[Any]:
        texts = ("State.set('n', 1) print(ARGS[1])", "return 1 +", "print(2)")
        return await asyncio.gather(*(runtime.run_async(lua(it), ["x"]) for it in texts))

    one, two, three = asyncio.run(both())
    assert (one.exit_code, one.stdout) == (0, b"x\n")
    assert two.error is not None and two.error.code == "syntax_error"
    assert (three.exit_code, three.stdout) == (0, b"2\n")


def test_cancelling_a_run_ends_its_worker(launched: list[Launched]) -> None:
    runtime = ScriptRuntime("medium")

    async def begin_and_cancel() -> None:
        task = asyncio.create_task(runtime.run_async(lua("Async.sleep(600)")))
        await asyncio.sleep(0)  # up to its first wait: the worker is there
        assert len(launched) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(begin_and_cancel())
    assert launched[0].worker.status == -signal.SIGKILL
    assert launched[0].worker.channel == -1


def test_an_interrupt_ends_the_run_and_its_worker(launched: list[Launched], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Launched) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "wait_quietly", interrupted)
    outcome = ScriptRuntime("medium").run(lua("while true do end"), output="capture")
    assert (outcome.exit_code, str(outcome.error)) == (130, "interrupted")
    assert launched[0].worker.status == -signal.SIGKILL


def test_a_run_from_a_thread_leaves_the_signals_alone() -> None:
    outcomes: list[Any] = []
    before = signal.getsignal(signal.SIGTERM)
    runtime = ScriptRuntime("medium")
    thread = threading.Thread(
        target=lambda: outcomes.append(runtime.run(lua("print(State.get('x'))"), output="capture"))
    )
    thread.start()
    thread.join()
    assert (outcomes[0].exit_code, outcomes[0].stdout) == (0, b"nil\n"), outcomes[0].error
    assert signal.getsignal(signal.SIGTERM) == before


# The script tells by a call that it is under way; the signals then come from within the host's own loop.
STUBBORN = "pcall(Logger.info, 'ready') while true do pcall(Async.sleep, 600) end"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_second_signal_ends_a_script_that_ignores_the_first(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    from llmspell.runtime.log import StderrLog

    def signalled(*_: object) -> None:
        for _ in range(2):
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)

    monkeypatch.setattr(StderrLog, "write", signalled)
    monkeypatch.setattr(module, "GRACE_S", 600)  # the first signal alone would leave it that long
    before = signal.getsignal(number)
    outcome = ScriptRuntime(resolve_profile("medium", {}, limits={"wall_s": 60})).run(lua(STUBBORN), output="capture")
    assert outcome.exit_code == code, outcome.error
    assert signal.getsignal(number) == before


def test_only_the_globals_of_the_profile_are_there() -> None:
    text = "print(rawget(_G, 'State') ~= nil, rawget(_G, 'JSON') ~= nil)"
    few = resolve_profile("few", {"few": {"extends": "medium", "globals": ["JSON"]}})
    assert ScriptRuntime(few).run(lua(text), output="capture").stdout == b"false\ttrue\n"
    assert ScriptRuntime("medium").run(lua(text), output="capture").stdout == b"true\ttrue\n"


@pytest.mark.parametrize("interrupt", [False, True])
def test_a_run_of_the_quick_path_goes_on_where_it_calls_the_host(
    monkeypatch: pytest.MonkeyPatch, interrupt: bool
) -> None:
    script = lua("State.set('n', 5) print(State.get('n'))")
    launched = launch(script, [], {"name": "medium", **BUILTIN["medium"]}, capture=True)
    try:
        assert not module.wait_quietly(launched)
        if interrupt:

            def stop(coroutine: Any) -> None:
                coroutine.close()
                raise KeyboardInterrupt

            monkeypatch.setattr(asyncio, "run", stop)
        outcome = go_on(launched, script, [], "medium", 30.0)
    finally:
        launched.end()
        launched.worker.close()
    if interrupt:
        assert outcome.exit_code == 130
    else:
        assert (outcome.exit_code, outcome.stdout) == (0, b"5\n"), outcome.error
