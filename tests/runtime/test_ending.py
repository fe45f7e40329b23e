"""The last calls of a script's functions, when it has ended: they are made, bounded, and change nothing of the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from llmspell.runtime import client as client_module
from llmspell.runtime import spawn
from llmspell.runtime.outcome import Outcome
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source
from llmspell.runtime.services import RunServices
from llmspell.security.profile import resolve_profile

TOOL = {
    "lua": "Tool.create({{ name = 'n', description = 'd', parameters = {{}}, execute = function() {} end }})\n",
    "python": "def execute(params):\n    {}\n\n"
    "Tool.create(name='n', description='d', parameters={{}}, execute=execute)\n",
}
ENDLESS = {"lua": "while true do end", "python": "while True: pass"}
LANGUAGES = ["lua", "python"]
Work = Callable[[RunServices], Awaitable[object]]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("STATE", "CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


async def call_the_tool(services: RunServices) -> object:
    from llmspell.effects.context import RunContext

    return await services._parts.tools.execute(RunContext(services.run), "n", {})


def run(monkeypatch: pytest.MonkeyPatch, language: str, source: str, work: Work, **limits: object) -> Outcome:
    monkeypatch.setattr(RunServices, "wind_up", work)
    profile = resolve_profile("medium", {}, limits={"wall_s": 30, **limits})
    return ScriptRuntime(profile).run(from_source(source.encode(), "script", language=language), output="capture")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("last", "exit_code"), [("", 0), ("error('broken')", 1), ("os.exit(7)", 7)])
def test_functions_are_called_after_a_script_has_ended_in_any_way(
    language: str, last: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if language == "python":
        last = {"": "", "error('broken')": "raise ValueError('broken')", "os.exit(7)": "import sys\nsys.exit(7)"}[last]
    source = TOOL[language].format("print('called')") + "print('last')\n" + last
    outcome = run(monkeypatch, language, source, call_the_tool)
    assert (outcome.exit_code, outcome.stdout) == (exit_code, b"last\ncalled\n"), outcome.error


def test_nothing_is_called_where_no_function_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    async def note(services: RunServices) -> None:
        called.append(services)

    assert run(monkeypatch, "lua", "print(Tool.exists('n'))", note).stdout == b"false\n"
    assert called == []
    run(monkeypatch, "lua", TOOL["lua"].format(""), note)
    assert len(called) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("last", ["", "os.exit(7)"])
def test_a_function_that_never_ends_does_not_keep_the_run_nor_change_how_it_ended(
    language: str, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ENDING_S", 0.1)
    monkeypatch.setattr(client_module, "ENDING_GRACE_S", 0.05)
    if language == "python" and last:
        last = "import sys\nsys.exit(7)"
    outcome = run(monkeypatch, language, TOOL[language].format(ENDLESS[language]) + last, call_the_tool)
    assert (outcome.exit_code, outcome.error) == (7 if last else 0, None)


def test_the_run_s_time_bounds_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ENDING_S", 20)
    outcome = run(monkeypatch, "lua", TOOL["lua"].format(ENDLESS["lua"]), call_the_tool, wall_s=0.7)
    assert (outcome.exit_code, outcome.error) == (0, None)
    outcome = run(monkeypatch, "lua", ENDLESS["lua"], call_the_tool, wall_s=0.7)  # of the script's own, it does not
    assert outcome.exit_code == 124


def test_the_last_calls_count_against_the_limit_of_calls_and_their_announcement_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(services: RunServices) -> None:
        pass

    source = TOOL["lua"].format("State.get('x')")
    assert run(monkeypatch, "lua", source, nothing, calls=1).exit_code == 0
    assert run(monkeypatch, "lua", source, call_the_tool, calls=3).exit_code == 0
    assert run(monkeypatch, "lua", source, call_the_tool, calls=1).exit_code == 80


# Workers that have been taken over: they announce their end and do something else.
SEND = "import os, struct, time\ndef send(kind, number, body=b'\\x81\\xa5value\\x01'):\n" + (
    "    os.write(3, struct.pack('>IBI', len(body), kind, number) + body)\n"
)


@pytest.mark.parametrize(
    ("then", "exit_code"),
    [
        ("send(17, 6)", 76),  # twice
        ("os._exit(9)", 71),
        ("time.sleep(20)", 0),  # and stays
        ("send(13, 0, b'\\x81\\xa4exit\\x05')", 5),
    ],
)
def test_a_worker_that_lies_about_its_end(then: str, exit_code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(services: RunServices) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(client_module, "ENDING_GRACE_S", 0.3)
    monkeypatch.setattr(spawn, "_BOOT", f"{SEND}send(17, 5)\n{then}\ntime.sleep(20)\n")
    assert run(monkeypatch, "lua", "", nothing).exit_code == exit_code
