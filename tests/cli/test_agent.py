"""`llmspell agent ask|list|info|templates`, as a user runs it: with scripted models, so nobody is paid."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell.journal.sqlite_reader import SqliteReader

ROOT = Path(__file__).resolve().parents[2]
Finished = subprocess.CompletedProcess[str]
Llmspell = Callable[..., Finished]
DEMO = """
[[turns]]
when.after_tool = true
text = "It is {{last_tool_result}}."

[[turns]]
when.offers = "calculator"
tool = "calculator"
arguments = { input = "6 * 7" }

[[turns]]
when.input = "break"
text = "half of it"
error = "authentication"

[[turns]]
when.schema = true
data = { city = "Lagos" }

[[turns]]
when = "*"
reasoning = "hm"
text = "({{system}}) {{input}}"
"""
HAIKU = """
description = "Writes a haiku"
system_prompt = "A haiku about {{ subject }} in {{ lines }} lines."

[parameters.subject]
description = "What it is about"

[parameters.lines]
type = "integer"
default = 3
description = "How long"
"""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where it runs: with a scripted model, a template of the user's, and files to show."""
    for name, text in {"scripted/demo.toml": DEMO, "agents/haiku.toml": HAIKU, "note.md": "# A note\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "dot.png").write_bytes(PNG)
    return tmp_path


@pytest.fixture
def ask(llmspell: Llmspell, folder: Path) -> Llmspell:
    def run(*argv: str, model: str = "scripted/demo", **options: Any) -> Finished:
        return llmspell("agent", "ask", *argv, "--model", model, **options)

    return run


def answered(done: Finished) -> str:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(done: Finished, code: int, *says: str) -> None:
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("llmspell: error: ") and "Traceback" not in done.stderr
    for it in says:
        assert it in done.stderr


# What is asked ------------------------------------------------------------------------------------------------------


def test_an_answer_is_all_that_there_is_on_stdout(ask: Llmspell) -> None:
    assert answered(ask("Hello!")) == "() Hello!\n"
    assert answered(ask("Hello!", model="echo")) == "Hello!\n"


def test_stdin_and_files_stand_where_they_are_named(ask: Llmspell) -> None:
    assert answered(ask("Summarise:", "-", "@note.md", "Briefly.", stdin="from stdin\n")) == (
        "() Summarise:\nfrom stdin\n\n# A note\n\nBriefly.\n"
    )
    assert answered(ask("alone", "--quiet", stdin="not asked for")) == "() alone\n"


def test_every_option_of_an_agent(ask: Llmspell) -> None:
    options = ("--system", "Be kind.", "--temperature", "0.5", "--max-tokens", "50", "--max-steps", "3")
    assert answered(ask("Hi", *options, "--timeout", "20s", "--no-stream")) == "(Be kind.) Hi\n"
    assert answered(ask("Six by seven?", "--tool", "calculator", "-T", "url_analyzer")) == "It is 42.\n"


def test_pictures_and_documents_are_shown(ask: Llmspell) -> None:
    done = ask("See:", "--image", "dot.png", "--image", "https://example.com/a.png", "--file", "note.md", model="echo")
    assert answered(done) == (
        "See:\n[image, dot.png, image/png, 70 bytes]\n[image, image/png, from https://example.com/a.png]\n"
        "[document, note.md, text/markdown, 9 bytes]\n"
    )
    refused(ask("See:", "--image", "note.md"), 1, "images[0] (note.md) is not an image that models take")


def test_files_that_are_named_are_read_wherever_they_are_unless_that_is_denied(
    ask: Llmspell, tmp_path_factory: pytest.TempPathFactory
) -> None:
    note = tmp_path_factory.mktemp("else where") / "note [1].md"
    note.write_text("a note", "utf-8")
    assert "[document, note [1].md" in answered(ask("See:", "--file", str(note), model="echo"))
    assert answered(ask(f"@{note}", model="echo")) == "a note\n"
    refused(ask("See:", "--file", str(note), "--deny", "read:*", model="echo"), 77, "note [1].md")


@pytest.mark.parametrize("schema", ['{"city": "string"}', "@schema.json"])
def test_a_schema_makes_it_json(schema: str, ask: Llmspell, folder: Path) -> None:
    (folder / "schema.json").write_text('{"type": "object", "properties": {"city": {"type": "string"}}}', "utf-8")
    assert json.loads(answered(ask("Where?", "--schema", schema))) == {"city": "Lagos"}


def test_a_template_is_filled_in_and_options_replace_its_fields(ask: Llmspell) -> None:
    done = ask("Go", "--agent", "haiku", "--param", "subject=rain", "-p", "lines=5")
    assert answered(done) == "(A haiku about rain in 5 lines.) Go\n"
    assert answered(ask("Go", "-a", "haiku", "-p", "subject=sun", "--system", "Other.")) == "(Other.) Go\n"


# How it is answered -------------------------------------------------------------------------------------------------


def test_json_is_the_whole_answer_or_the_whole_error(ask: Llmspell) -> None:
    found = json.loads(answered(ask("Six by seven?", "--tool", "calculator", "--json")))
    assert (found["success"], found["text"], found["model"]) == (True, "It is 42.", "scripted/demo")
    assert [it["kind"] for it in found["steps"]] == ["tool", "model"]
    done = ask("break", "--json")
    failed = json.loads(done.stdout)
    assert (failed["success"], failed["error"]["code"], done.returncode) == (False, "provider_error", 69)
    assert done.stderr.startswith("llmspell: error: scripted/demo failed")


def test_a_stream_into_a_pipe_shows_the_answer_on_stdout_and_the_rest_on_stderr(ask: Llmspell) -> None:
    done = ask("Six by seven?", "--tool", "calculator", "--stream")
    assert (done.stdout, done.stderr) == ("It is 42.\n", '[calculator {"input": "6 * 7"}]\n')
    assert ask("Six by seven?", "--tool", "calculator", "--stream", "-q").stderr == ""
    assert json.loads(answered(ask("Where?", "--schema", '{"city": "string"}', "--stream"))) == {"city": "Lagos"}
    broken = ask("break", "--stream")
    assert (broken.stdout, broken.returncode) == ("half of it\n", 69)


def test_verbose_says_what_it_took(ask: Llmspell) -> None:
    done = ask("Hello!", "--verbose")
    assert done.stdout == "() Hello!\n"
    assert "llmspell: scripted/demo: 1 token in, " in done.stderr and "1 step" in done.stderr


def test_a_closed_pipe_ends_it_quietly(folder: Path) -> None:
    env = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    for more in ("", " --stream", " --json"):
        line = f'"{sys.executable}" -m llmspell agent ask @big.txt -m echo{more} | head -c 3; echo " $PIPESTATUS" >&2'
        (folder / "big.txt").write_text("word " * 100_000, "utf-8")
        done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=folder, env=env, timeout=60, check=False)
        assert done.stderr.strip() == b"141" and len(done.stdout) == 3


# What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        ((), 2, ("missing argument 'prompt'",)),
        (("",), 2, ("nothing was asked", "or - for stdin")),
        (("-",), 2, ("nothing was asked",)),
        (("@nothing.txt",), 2, ("nothing.txt cannot be read: no such file",)),
        (("@/",), 2, ("/ cannot be read: is a directory",)),
        (("hi", "--bugdet", "1"), 2, ("unknown option --bugdet", "did you mean --budget?")),
        (("hi", "--temperature", "9"), 2, ("'--temperature': 9.0 is not in the range 0<=x<=2",)),
        (("hi", "--temperature", "hot"), 2, ("'hot' is not a valid float",)),
        (("hi", "--max-steps", "0"), 2, ("'--max-steps'",)),
        (("hi", "--budget", ""), 2, ("--budget needs a sum in USD",)),
        (("hi", "--budget", "much"), 2, ("an amount of USD such as 0.50, not 'much'",)),
        (("hi", "--timeout", "soon"), 2, ("--timeout",)),
        (("hi", "--schema", "{"), 2, ("--schema is no JSON",)),
        (("hi", "--schema", '{"a": "strng"}'), 1, ('"strng" is not a type', "did you mean string")),
        (("hi", "--tool", "calculater"), 1, ('there is no tool "calculater"', "did you mean calculator")),
        (("hi", "--agent", "hiku"), 1, ('there is no agent template "hiku"', "did you mean haiku?")),
        (("hi", "--param", "a=b"), 2, ("--param is for the parameters of a template", "name one with --agent")),
        (("hi", "--agent", "haiku", "--param", "ab"), 2, ("--param is KEY=VALUE, found 'ab'",)),
        (("hi", "--agent", "haiku", "--param", "subjct=a"), 1, ('no parameter "subjct"', "did you mean subject?")),
        (("hi", "--agent", "haiku", "--param", "foo=1"), 1, ('no parameter "foo"', "hint: it has subject, lines")),
        (("hi", "--agent", "haiku"), 1, ("$.subject is missing",)),
        (("hi", "--image", "none.png"), 1, ("no such file or folder",)),
        (("hi", "--deny", "model:*"), 77, ("agent ask needs the model scripted/demo, the rule model:* denies it",)),
        (("hi", "--profile", "high"), 77, ("--allow model:scripted/demo",)),
        (("hi", "--profile", "lowest"), 78, ("no such profile: lowest",)),
        (("break",), 69, ("scripted/demo failed: the key is not valid",)),
    ],
)
def test_a_mistake_is_told_in_one_line_and_a_hint(
    argv: tuple[str, ...], code: int, says: tuple[str, ...], ask: Llmspell
) -> None:
    refused(ask(*argv), code, *says)


def test_a_model_that_is_not_known_or_not_named_or_has_no_key(llmspell: Llmspell, ask: Llmspell) -> None:
    refused(llmspell("agent", "ask", "hi"), 78, "no model is asked for", "name one with --model")
    refused(ask("hi", model="opnai/x"), 1, "no provider is called opnai", "did you mean openai")
    refused(ask("hi", model="openai/gpt-5-mini"), 78, "OPENAI_API_KEY is not set", "export OPENAI_API_KEY")


def test_a_budget_that_is_used_up_ends_it_with_79(ask: Llmspell, folder: Path) -> None:
    (folder / "llmspell.toml").write_text('[prices."scripted/*"]\ninput = 1000000\noutput = 1000000\n', "utf-8")
    refused(ask("hi", "--budget", "0.01"), 79, "this run may spend $0.01 on models")
    assert answered(ask("hi", "--budget", "1000", "--max-tokens", "10")) == "() hi\n"


def test_bytes_that_are_no_text_are_counted_in_a_warning(ask: Llmspell, folder: Path) -> None:
    (folder / "latin.txt").write_bytes("café".encode("latin-1"))
    done = ask("@latin.txt")
    assert done.stdout == "() caf�\n"
    assert done.stderr == "llmspell: warning: latin.txt is not text in UTF-8: 1 of 4 bytes cannot be read\n"
    assert answered(ask("@latin.txt", "--quiet")) == "() caf�\n"


def test_more_than_any_model_reads_is_refused(ask: Llmspell, folder: Path) -> None:
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    refused(ask("@huge.txt"), 2, "huge.txt holds more than 64 MB", "let a script read it in parts")


# What is kept -------------------------------------------------------------------------------------------------------


def test_it_is_a_run_in_the_journal_and_a_row_in_the_ledger(ask: Llmspell, llmspell: Llmspell, folder: Path) -> None:
    (folder / "llmspell.toml").write_text('[prices."scripted/*"]\ninput = 1\noutput = 1\n', "utf-8")
    assert answered(ask("Six by seven?", "--tool", "calculator")) == "It is 42.\n"
    assert ask("break").returncode == 69
    with sqlite3.connect(folder / "home/.local/state/llmspell/journal.db") as journal:
        runs = journal.execute("select script, outcome, exit_code from runs order by rowid").fetchall()
    with SqliteReader(str(folder / "home/.local/state/llmspell/journal.db")) as reader:
        made = {(it.target, it.method) for row in reader.runs() for it in reader.entries(row.run.run_id)}
    assert runs == [("llmspell agent ask", "ok", 0), ("llmspell agent ask", "error", 69)]
    assert {("agent", "ask"), ("model", "scripted/demo"), ("tool", "calculator")} == made
    rows = json.loads(llmspell("cost", "--by", "agent", "--json").stdout)
    assert "ask" in json.dumps(rows)


# list, info, templates ----------------------------------------------------------------------------------------------


def test_list_shows_the_agents_in_the_box_and_the_users(llmspell: Llmspell, folder: Path) -> None:
    lines = answered(llmspell("agent", "list")).splitlines()
    assert [it.split()[0] for it in lines] == sorted(
        ["chat", "code", "critic", "data", "haiku", "orchestrator", "planner", "research"]
    )
    assert "Writes a haiku" in lines[4]
    rows = json.loads(answered(llmspell("agent", "list", "--json")))
    assert {it["name"]: it["built_in"] for it in rows}["haiku"] is False


def test_a_template_that_is_none_is_listed_with_what_is_wrong_with_it(llmspell: Llmspell, folder: Path) -> None:
    (folder / "agents/broken.toml").write_text('descripton = "x"\n', "utf-8")
    assert "an agent has no such field" in answered(llmspell("agent", "list"))
    refused(llmspell("agent", "info", "broken"), 78, "broken.toml", "did you mean description?")


def test_info_describes_an_agent(llmspell: Llmspell, folder: Path) -> None:
    text = answered(llmspell("agent", "info", "Haiku"))
    assert text.startswith("haiku: Writes a haiku\n")
    assert "--param subject=STRING  What it is about (required)" in text
    assert "--param lines=INTEGER  How long (3 if not given)" in text and "agents/haiku.toml" in text
    found = json.loads(answered(llmspell("agent", "info", "research", "--json")))
    assert found["name"] == "research" and found["tools"]
    refused(llmspell("agent", "info", "hiku"), 1, 'there is no agent template "hiku"', "did you mean haiku?")
    refused(llmspell("agent", "info"), 2, "missing argument 'name'")


def test_a_template_that_is_copied_and_changed_is_found(llmspell: Llmspell, ask: Llmspell, folder: Path) -> None:
    source = answered(llmspell("agent", "templates", "chat"))
    (folder / "agents/mine.toml").write_text(source.replace("You are {{ persona }}", "You are MINE, {{ persona }}"))
    assert "mine  (" in answered(llmspell("agent", "templates"))
    assert answered(ask("Hi", "--agent", "mine", "-p", "persona=a clerk")).startswith("(You are MINE, a clerk")
    names = [it["name"] for it in json.loads(answered(llmspell("agent", "templates", "--json")))]
    assert "mine" in names and "chat" in names
    refused(llmspell("agent", "templates", "nothing-like-it"), 1, "there is no agent template")


def test_an_unknown_command_names_the_nearest(llmspell: Llmspell) -> None:
    refused(llmspell("agent", "lst"), 2, "no such command 'lst'", "did you mean list?")
    refused(llmspell("agent"), 2, "missing command")
