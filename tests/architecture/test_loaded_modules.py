"""What is imported to run a script: every module here costs each run its milliseconds, and the worker its surface."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from wire_server import Answer, WireServer, sse  # found through the line above

from llmspell.runtime import spawn
from llmspell.runtime.launch import launch, wait_quietly
from llmspell.runtime.script import detect
from llmspell.security.profiles import BUILTIN

# Parts of the standard library that cost milliseconds and that hello has no use for.
HEAVY = {
    "argparse", "asyncio", "concurrent.futures", "dataclasses", "datetime", "email", "enum", "fractions", "hashlib",
    "importlib.metadata", "inspect", "json", "logging", "multiprocessing", "pathlib", "random", "re", "shutil",
    "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "tomllib", "typing", "urllib.parse",
}  # fmt: skip
LIBRARIES = {"apscheduler", "click", "jsonschema", "minijinja", "prompt_toolkit", "rich", "simpleeval", "typer"}

# The quick path ends the process without returning.
REPORT = """
import os, sys
sys.argv = ["llmspell", *sys.argv[1:]]
before = set(sys.modules)
end = os._exit
def report(code):
    sys.stdout.flush()
    print(*sorted(set(sys.modules) - before), file=sys.stderr, flush=True)
    end(code)
os._exit = report
from llmspell.__main__ import main
report(main())
"""


def host_modules(arguments: list[str], folder: Path) -> set[str]:
    """What a command imports beyond the bare interpreter."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    root = str(Path(spawn.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[root, *_site_packages()]!r}\n{REPORT}", *arguments],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def _site_packages() -> list[str]:
    return [it for it in sys.path if it.endswith("-packages")]


def ours(modules: set[str]) -> set[str]:
    return {it for it in modules if it.startswith("llmspell.")}


@pytest.mark.parametrize(("suffix", "source"), [("lua", "print('hello')"), ("py", "print('hello')")])
def test_the_host_of_a_script_that_only_prints_imports_next_to_nothing(
    suffix: str, source: str, tmp_path: Path
) -> None:
    (tmp_path / f"hello.{suffix}").write_text(source, encoding="utf-8")
    modules = host_modules(["run", f"hello.{suffix}"], tmp_path)
    # msgpack imports datetime; it is loaded while the worker starts.
    assert modules & (HEAVY - {"datetime"}) == set()
    assert modules & LIBRARIES == set()
    packages = {it.split(".")[1] for it in ours(modules)}
    assert packages <= {"__main__", "cli", "config", "errors", "interface", "runtime", "security", "version", "wire"}
    assert ours(modules) & {"llmspell.runtime.runtime", "llmspell.config.load", "llmspell.config.schema"} == set()


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_static_texts_import_nothing(flag: str, tmp_path: Path) -> None:
    modules = host_modules([flag], tmp_path)
    assert modules & (HEAVY | LIBRARIES | {"msgpack"}) == set()
    assert {it.split(".")[1] for it in ours(modules)} <= {"__main__", "cli", "errors", "version"}


def test_a_script_that_calls_the_host_does_import_the_event_loop(tmp_path: Path) -> None:
    """The control: the tests above would see it."""
    (tmp_path / "call.lua").write_text("Tool.exists('x')", encoding="utf-8")
    assert "asyncio" in host_modules(["run", "call.lua"], tmp_path)


# What agents and models bring with them; each is paid for only by who uses it.
OF_AGENTS = {"llmspell.models", "llmspell.agents"}
OF_MODELS = {"httpx2", "httpcore2", "genai_prices", "pydantic", "pydantic_ai", "openai", "anthropic", "google.genai"}

AGENT = {
    "lua": "local a = Agent.create{{ name = 'a', model = '{model}', tools = {{ 'calculator' }} }}\n"
    "print(a:execute('hello').text)",
    "py": "a = Agent.create(name='a', model='{model}', tools=['calculator'])\nprint(a.execute('hello').text)",
}


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_a_script_without_agents_loads_nothing_of_agents_and_models(suffix: str, tmp_path: Path) -> None:
    text = {"lua": "State.set('n', 1) Tool.execute('calculator', { input = '1' })", "py": "State.set('n', 1)"}[suffix]
    (tmp_path / f"call.{suffix}").write_text(text, encoding="utf-8")
    modules = host_modules(["run", f"call.{suffix}"], tmp_path)
    assert "asyncio" in modules  # it does call the host
    assert modules & (OF_AGENTS | OF_MODELS) == set()


def test_a_replay_loads_no_event_loop_no_bridge_no_settings_and_nothing_that_reaches_a_network(tmp_path: Path) -> None:
    (tmp_path / "ask.lua").write_text(AGENT["lua"].format(model="echo"), encoding="utf-8")
    recorded = host_modules(["run", "ask.lua", "--record", "ask.tape"], tmp_path)
    assert recorded >= {"asyncio", "llmspell.bridge.bridge", "llmspell.agents"}  # the control
    modules = host_modules(["run", "ask.lua", "--replay", "ask.tape"], tmp_path)
    heavy = {"asyncio", "socket", "ssl", "sqlite3", "subprocess", "tomllib", "concurrent.futures"}
    assert modules & (heavy | LIBRARIES | OF_AGENTS | OF_MODELS) == set()
    packages = {it.split(".")[1] for it in ours(modules)}
    assert (
        packages & {"agents", "bridge", "effects", "events", "globals", "models", "sessions", "state", "tools"} == set()
    )
    assert ours(modules) & {"llmspell.config.load", "llmspell.runtime.runtime", "llmspell.runtime.client"} == set()


def test_a_script_without_events_and_hooks_of_the_settings_loads_neither(tmp_path: Path) -> None:
    (tmp_path / "call.lua").write_text("Tool.exists('x')", encoding="utf-8")
    modules = host_modules(["run", "call.lua"], tmp_path)
    assert {it for it in modules if it.startswith(("llmspell.events.bus", "llmspell.events.built_in"))} == set()
    (tmp_path / "call.lua").write_text("Event.publish('x')", encoding="utf-8")
    (tmp_path / "llmspell.toml").write_text("[hooks.metrics]\n", encoding="utf-8")
    assert host_modules(["run", "call.lua"], tmp_path) >= {"llmspell.events.bus", "llmspell.events.built_in.metrics"}


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_an_agent_whose_model_needs_no_network_loads_no_client(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"ask.{suffix}").write_text(AGENT[suffix].format(model="echo"), encoding="utf-8")
    modules = host_modules(["run", f"ask.{suffix}"], tmp_path)
    assert modules >= OF_AGENTS
    assert modules & OF_MODELS == set()
    assert (
        ours(modules)
        & {
            "llmspell.models.openai_model",
            "llmspell.agents.react",
            "llmspell.agents.composites",
            "llmspell.agents.reflect",
        }
        == set()
    )


def test_a_model_of_the_chat_completions_format_loads_our_client_and_no_sdk(tmp_path: Path) -> None:
    (tmp_path / "ask.lua").write_text(AGENT["lua"].format(model="mine/m"), encoding="utf-8")
    answer = {"choices": [{"message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}]}

    async def main() -> tuple[set[str], int]:
        async with WireServer(Answer(answer)) as wire:
            (tmp_path / "llmspell.toml").write_text(f'[providers.mine]\nbase_url = "{wire.url}/v1"\n', "utf-8")
            return await asyncio.to_thread(host_modules, ["run", "ask.lua"], tmp_path), len(wire.asked)

    modules, n_asked = asyncio.run(main())
    assert n_asked == 1
    assert modules >= {"httpx2", "llmspell.models.openai_model"}
    assert modules & {"pydantic", "pydantic_ai", "openai", "anthropic", "google.genai"} == set()


def test_an_answer_that_streams_loads_no_more_clients_than_one_that_is_whole(tmp_path: Path) -> None:
    script = "for e in Agent.create{ model = 'mine/m' }:stream('hello') do end"
    (tmp_path / "ask.lua").write_text(script, encoding="utf-8")
    pieces = sse({"choices": [{"delta": {"content": "hello"}, "finish_reason": "stop"}]})

    async def main() -> set[str]:
        async with WireServer(Answer([*pieces, b"data: [DONE]\n\n"])) as wire:
            (tmp_path / "llmspell.toml").write_text(f'[providers.mine]\nbase_url = "{wire.url}/v1"\n', "utf-8")
            return await asyncio.to_thread(host_modules, ["run", "ask.lua"], tmp_path)

    modules = asyncio.run(main())
    assert "httpx2" in modules
    assert modules & {"pydantic", "pydantic_ai", "openai", "anthropic", "google.genai"} == set()


# The worker's `os._exit` is wrapped so that it says, at its very end, what it had loaded.
TELL = (
    "import os, sys\n_end = os._exit\n"
    "def _tell(status):\n os.write(2, ' '.join(sys.modules).encode())\n _end(status)\n"
    "os._exit = _tell\n"
)


def worker_modules(source: str, suffix: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a confined worker has loaded when its script is done, beyond the bare interpreter."""
    bare = subprocess.run(
        [sys.executable, "-I", "-S", "-E", "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    monkeypatch.setattr(spawn, "_BOOT", TELL + spawn._BOOT)
    path = folder / f"hello.{suffix}"
    path.write_text(source, encoding="utf-8")
    launched = launch(
        detect(str(path), language=None, engine=None), [], {"name": "medium", **BUILTIN["medium"]}, capture=True
    )
    try:
        assert wait_quietly(launched)
        launched.worker.wait()  # it ends by itself, and tells on its way out
    finally:
        launched.end()
        launched.worker.close()
    out, err = (bytes(it.captured) for it in launched.relays)
    assert out == b"hello\n", err
    modules = set(err.decode().split()) - set(bare.stdout.split())
    assert "llmspell.worker.loop" in modules
    return modules


NOT_IN_A_WORKER = {
    "argparse", "asyncio", "concurrent.futures", "ctypes", "dataclasses", "hashlib", "importlib.metadata", "inspect",
    "json", "logging", "multiprocessing", "pathlib", "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile",
    "threading", "typing", "_socket", "_posixsubprocess",
}  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms confine by other means")
@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_a_worker_loads_its_engine_and_little_else(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = worker_modules("print('hello')", suffix, tmp_path, monkeypatch)
    assert modules & NOT_IN_A_WORKER == set()
    assert modules & LIBRARIES == set()
    assert {it.split(".")[1] for it in ours(modules)} <= {"engine", "version", "wire", "worker"}
    other_engine = "llmspell.engine.python_engine" if suffix == "lua" else "llmspell.engine.lua_engine"
    assert other_engine not in modules


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms confine by other means")
def test_a_worker_whose_script_imports_json_has_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the test above would see it."""
    assert "json" in worker_modules("import json\nprint('hello')", "py", tmp_path, monkeypatch)
