"""What can be wrong with an agent: one clear error each, the right exit code, and a journal that stays whole."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from warm_host import warm_host

ROOT = Path(__file__).parents[2]
REFUSING = '[providers.refusing]\nbase_url = "http://127.0.0.1:9/v1"\nretries = 0\n'

# Lua, Python, exit code, and what stderr says.
BAD: dict[str, tuple[str, str, int, tuple[str, ...]]] = {
    "an unknown provider": (
        'Agent.create{ model = "opnai/gpt-5-mini" }',
        'Agent.create(model="opnai/gpt-5-mini")',
        1,
        ("no provider is called opnai", "did you mean openai"),
    ),
    "an unknown alias": (
        'Agent.create{ model = "fast" }',
        'Agent.create(model="fast")',
        1,
        ("no model is called fast", 'add the line fast = "provider/model" under [models]'),
    ),
    "no key": (
        'Agent.create{ model = "openai/gpt-5-mini" }:execute("hi")',
        'Agent.create(model="openai/gpt-5-mini").execute("hi")',
        78,
        ("OPENAI_API_KEY is not set", "api_key under [providers.openai]"),
    ),
    "an unknown tool": (
        'Agent.create{ model = "echo", tools = { "calculater" } }',
        'Agent.create(model="echo", tools=["calculater"])',
        1,
        ('there is no tool "calculater"', "did you mean calculator"),
    ),
    "a schema that is none": (
        'Agent.create{ model = "echo", schema = { type = "object", properties = 3 } }',
        'Agent.create(model="echo", schema={"type": "object", "properties": 3})',
        1,
        ("the schema is not valid at $.properties",),
    ),
    "an image that is none": (
        'Agent.create{ model = "echo" }:execute{ text = "what?", images = { "fake.png" } }',
        'Agent.create(model="echo").execute(text="what?", images=["fake.png"])',
        1,
        ("images[0] (fake.png) is not an image that models take",),
    ),
    "a server that refuses": (
        'Agent.create{ model = "refusing/m" }:execute("hi")',
        'Agent.create(model="refusing/m").execute("hi")',
        69,
        ("cannot reach refusing/m at http://127.0.0.1:9/v1: connection refused", "providers.refusing.base_url"),
    ),
    "an unknown field": (
        'Agent.create{ model = "echo", temprature = 0 }',
        'Agent.create(model="echo", temprature=0)',
        1,
        ('an agent has no field "temprature"', "did you mean temperature"),
    ),
}

# The twins that are right: a tool that raises is the model's to mend, and a prompt may be long.
RIGHT: dict[str, tuple[str, str, str]] = {
    "a tool that raises": (
        """
        local bad = Tool.create{ name = "bad", description = "Fails.", execute = function() error("boom", 0) end }
        local model = { scripted = { { tool = "bad" }, { text = "sorry: {{last_tool_result}}" } } }
        print(Agent.create{ model = model, tools = { bad } }:execute("hi").text)
        """,
        """
def boom(params):
    raise ValueError("boom")


bad = Tool.create(name="bad", description="Fails.", execute=boom)
model = {"scripted": [{"tool": "bad"}, {"text": "sorry: {{last_tool_result}}"}]}
print(Agent.create(model=model, tools=[bad]).execute("hi").text)
""",
        "sorry: Error (script_error): ",
    ),
    "a prompt of 10 MB": (
        'print(#Agent.create{ model = "echo" }:execute(("x"):rep(10 * 1024 * 1024)).text)',
        'print(len(Agent.create(model="echo").execute("x" * 10 * 1024 * 1024).text))',
        "10485760",
    ),
}


def run(folder: Path, suffix: str, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "llmspell.toml").write_text(REFUSING, "utf-8")
    (folder / "fake.png").write_text("no image", "utf-8")
    (folder / f"bad.{suffix}").write_text(source, "utf-8")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "LANG": "C.UTF-8"}
    done = warm_host().run(["run", f"bad.{suffix}"], input=b"", cwd=folder, env=env)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def ending_of(folder: Path) -> tuple[str, int] | None:
    """What the journal says of the last run; None when the run had no effect, and so left no trace."""
    path = folder / ".local/state/llmspell/journal.db"
    if not path.exists():
        return None
    with sqlite3.connect(path) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        runs = journal.execute("SELECT outcome, exit_code FROM runs").fetchall()
        orphans = journal.execute("SELECT count(*) FROM pages WHERE run_id NOT IN (SELECT run_id FROM runs)").fetchone()
    assert len(runs) <= 1 and orphans == (0,)
    return runs[0] if runs else None


@pytest.mark.parametrize("suffix", ["lua", "py"])
@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_one_clear_error_and_the_journal_stays_whole(name: str, suffix: str, tmp_path: Path) -> None:
    lua, python, code, said = BAD[name]
    done = run(tmp_path, suffix, lua if suffix == "lua" else python)
    assert (done.returncode, done.stdout) == (code, "")
    for text in said:
        assert text in done.stderr
    assert done.stderr.count("error:") == 1 and "Traceback" not in done.stderr
    ending = ending_of(tmp_path)
    assert ending is None or ending[1] == code


@pytest.mark.parametrize("suffix", ["lua", "py"])
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_no_mistake_is_answered(name: str, suffix: str, tmp_path: Path) -> None:
    lua, python, said = RIGHT[name]
    done = run(tmp_path, suffix, lua if suffix == "lua" else python)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(said)
    assert ending_of(tmp_path) == ("ok", 0)
