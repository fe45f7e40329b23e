"""S15 and S28: an agent has the rights of its script, and so have the tools that its model calls."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.journal.sqlite_reader import SqliteReader

Run = Callable[..., subprocess.CompletedProcess[str]]
HOST_DECIDES = True
DENIED = 77
ECHO = {
    "lua": 'print(Agent.create{ model = "echo" }:execute("hello").text)',
    "py": 'print(Agent.create(model="echo").execute("hello").text)',
}
CALLS = {
    "lua": """
local agent = Agent.create{ name = "clerk", tools = { "NAME" }, model = { scripted = {
  { tool = "NAME", arguments = { ARGUMENTS } }, { text = "{{last_tool_result}}" } } } }
local answer = agent:execute("go")
print(answer.text)
""",
    "py": """
agent = Agent.create(name="clerk", tools=["NAME"], model={"scripted": [
    {"tool": "NAME", "arguments": dict(ARGUMENTS)}, {"text": "{{last_tool_result}}"}]})
print(agent.execute("go").text)
""",
}


@pytest.mark.parametrize("language", ECHO)
def test_s15_a_model_is_called_only_where_it_is_granted(llmspell: Run, tmp_path: Path, language: str) -> None:
    script = tmp_path / f"script.{language}"
    script.write_text(ECHO[language] + "\n")
    for options in (("-P", "high"), ("-P", "medium", "--deny", "model:echo/*"), ("-P", "high", "-a", "model:openai/*")):
        refused = llmspell("run", *options, script.name)
        assert (refused.returncode, refused.stdout) == (DENIED, ""), refused.stderr
        assert "model:echo/" in refused.stderr
    for options in (("-P", "high", "-a", "model:echo/echo"), ("-P", "medium")):
        assert llmspell("run", *options, script.name).stdout == "hello\n"


def test_s15_fallbacks_aliases_and_overrides_are_asked_for_by_what_they_are(llmspell: Run, tmp_path: Path) -> None:
    (tmp_path / "script.lua").write_text(
        'print(Agent.create{ model = "fast", fallback = { "echo" } }:execute("x").text)'
    )
    alias = ("--set", "models.fast=scripted/none")
    refused = llmspell("run", *alias, "-P", "high", "-a", "model:fast", "-a", "model:echo/echo", "script.lua")
    assert "model:scripted/none" in refused.stderr or "no scripted model" in refused.stderr
    assert refused.stdout == ""
    instead = ("--set", "models.override=echo")
    assert llmspell("run", *alias, *instead, "-P", "high", "script.lua").returncode == DENIED
    assert llmspell("run", *alias, *instead, "-P", "high", "-a", "model:echo/*", "script.lua").stdout == "x\n"


@pytest.mark.parametrize("language", CALLS)
def test_s28_a_tool_that_is_denied_to_the_script_is_denied_to_its_model(
    llmspell: Run, tmp_path: Path, language: str
) -> None:
    source = CALLS[language].replace("NAME", "calculator")
    arguments = 'input = "6 * 7"' if language == "lua" else 'input="6 * 7"'
    (tmp_path / f"script.{language}").write_text(source.replace("ARGUMENTS", arguments))
    done = llmspell("run", "--deny", "tool:calculator", f"script.{language}")
    assert done.returncode == 0, done.stderr  # the model was told, and could go on
    assert "42" not in done.stdout and "the rule tool:calculator denies it" in done.stdout
    assert denials(tmp_path) == [("tool", "calculator", "tool:calculator")]
    assert llmspell("run", f"script.{language}").stdout == "42\n"


def denials(folder: Path) -> list[tuple[str, str, str]]:
    """What the journal says was denied in the newest run."""
    (path,) = folder.rglob("journal.db")
    with SqliteReader(str(path)) as reader:
        (run, *_) = reader.runs()
        notes = [it.value for it in reader.notes(run.run.run_id, kind="denied")]
    return [(it["kind"], it["subject"], it["rule"]) for it in notes]


@pytest.mark.parametrize(
    ("arguments", "grant", "shown"),
    [
        ('operation = "read", path = "FOLDER/outside/secret.txt"', "read:FOLDER/outside", "outside-secret"),
        ('operation = "read", path = "link.txt"', "read:FOLDER/outside", "outside-secret"),
        ('operation = "write", path = "written.txt", input = "new"', "write:.", "written.txt"),
        ('operation = "delete", path = "own.txt"', "write:.", "own.txt"),
    ],
)
def test_s28_files_are_reached_by_a_models_tools_under_the_scripts_grants(
    llmspell: Run, tmp_path: Path, arguments: str, grant: str, shown: str
) -> None:
    folder, outside = tmp_path / "here", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("outside-secret")
    (folder / "own.txt").write_text("own")
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    source = CALLS["lua"].replace("NAME", "file-operations").replace("ARGUMENTS", arguments)
    (folder / "script.lua").write_text(source.replace("FOLDER", str(tmp_path)))
    before = {it.name: it.read_text() for it in folder.iterdir()}
    # The folder is that of the run, and so of its grants.
    start = ["sh", "-c", f'cd {folder} && exec "$@"', "sh"]
    done = llmspell("run", "script.lua", prefix=start)
    assert done.returncode == 0 and "outside-secret" not in done.stdout, done.stderr
    assert "needs to" in done.stdout and {it.name: it.read_text() for it in folder.iterdir()} == before
    done = llmspell("run", "--allow", grant.replace("FOLDER", str(tmp_path)), "script.lua", prefix=start)
    assert done.returncode == 0 and shown in done.stdout, done.stdout + done.stderr


def test_s28_agents_that_are_tools_or_members_have_no_more_rights(lua: Run) -> None:
    source = """
local function clerk(name)
  return Agent.create{ name = name, tools = { "calculator" }, model = { scripted = {
    { tool = "calculator", arguments = { input = "6 * 7" } }, { text = "{{last_tool_result}}" } } } }
end
local lead = Agent.create{ name = "lead", tools = { clerk("one") }, model = { scripted = {
  { tool = "one", arguments = { input = "go" } }, { text = "{{last_tool_result}}" } } } }
print(lead:execute("go").text)
print(Agent.create_composite("all", { clerk("two"), clerk("three") }, "parallel"):execute("go").text)
local given = Agent.create{ name = "given", handoffs = { clerk("four") }, model = { scripted = {
  { tool = "transfer_to_four", arguments = {} } } } }
print(given:execute("go").text)
"""
    denied = lua(source, "--deny", "tool:calculator")
    assert denied.returncode == 0 and "42" not in denied.stdout, denied.stderr
    assert denied.stdout.count("denies it") == 4
    allowed = lua(source)
    assert allowed.stdout.count("42") == 4 and "denies" not in allowed.stdout, allowed.stderr
