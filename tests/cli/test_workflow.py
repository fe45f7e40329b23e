"""`llmspell workflow run|validate|show|list|plan`, in this process but for what only a process can show."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell.cli import output
from llmspell.cli.main import run_command
from llmspell.cli.workflow_input import read_input
from llmspell.errors import BadArgument, BudgetExceeded, LLMSpellError, PermissionDenied, ScriptNotFound, UsageError

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
Run = Callable[..., tuple[int, str]]

DIGEST = """
version = 1
name = "digest"
description = "a title and a hash"
type = "parallel"

[[steps]]
name = "up"
tool = "text-manipulator"
input = { operation = "uppercase", input = "{{input.title}}" }

[[steps]]
name = "sum"
tool = "calculator"
input.input = "{{input.n}} + 1"
"""
ASKING = """
output = "{{steps.say.output}}"
[agents.writer]
model = "scripted/demo"
[[steps]]
name = "say"
agent = "writer"
input = "Hello {{input}}"
"""
DEMO = """
[[turns]]
when.input = "Hello*"
text = "You said {{input}}"
cost_usd = 0.02
[[turns]]
when = "*"
text = '''{"name": "planned", "type": "sequential",
  "steps": [{"name": "a", "tool": "calculator", "input": {"input": "{{input.sum}}"}}]}'''
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a user is, with workflows and a scripted model; nothing of ours is elsewhere."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("NO_COLOR", "FORCE_COLOR", "LLMSPELL_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    (tmp_path / "digest.toml").write_text(DIGEST)
    (tmp_path / "asking.toml").write_text(ASKING)
    (tmp_path / "scripted").mkdir()
    (tmp_path / "scripted" / "demo.toml").write_text(DEMO)
    return tmp_path


@pytest.fixture
def run(folder: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """A command's exit code and stdout. What it complains of is raised."""

    def command(*argv: str) -> tuple[int, str]:
        try:
            code = run_command(["workflow", *argv])
        finally:
            output.STYLE.quiet = output.STYLE.verbose = False
        return code, capfd.readouterr().out

    return command


def fails(run: Run, *argv: str) -> LLMSpellError:
    with pytest.raises(LLMSpellError) as caught:
        run(*argv)
    return caught.value


# run -----------------------------------------------------------------------------------------------------------------


def test_it_runs_a_file_and_prints_what_it_gives(run: Run) -> None:
    code, out = run("run", "digest.toml", "--input", "title=a", "--param", "n=41")
    assert (code, json.loads(out)) == (0, {"up": "A", "sum": 42})
    assert run("run", "digest.toml", "-i", '{"title": "b", "n": 1}') == (0, '{"sum": 2, "up": "B"}\n')


def test_agents_of_the_file_are_asked_and_a_text_is_printed_as_it_is(run: Run) -> None:
    assert run("run", "asking.toml", "-i", "Ada") == (0, "You said Hello Ada\n")


def test_an_agent_that_only_the_templates_have_is_made_of_one(run: Run, folder: Path) -> None:
    (folder / "agents").mkdir()
    (folder / "agents" / "greeter.toml").write_text('description = "d"\nmodel = "scripted/demo"\n')
    (folder / "w.toml").write_text('steps = [{ name = "a", agent = "greeter", input = "Hello" }]')
    assert run("run", "w.toml") == (0, "You said Hello\n")
    (folder / "agents" / "greeter.toml").write_text(
        'description = "d"\nmodel = "echo"\n[parameters.who]\nrequired = true\n'
    )
    error = fails(run, "run", "w.toml")
    assert error.message.startswith("w.toml:1: ") and "[agents.greeter]" in error.hint
    (folder / "w.toml").write_text(
        'steps = [{ name = "a", agent = "greeter", input = "Hi" }]\n'
        '[agents.greeter]\ntemplate = "greeter"\nparams = { who = "x" }\n'
    )
    assert run("run", "w.toml") == (0, "Hi\n")


def test_the_model_of_agents_that_name_none_is_the_options(run: Run, folder: Path) -> None:
    (folder / "w.toml").write_text(
        'steps = [{ name = "a", agent = "x", input = "Hello" }]\n[agents.x]\nmax_steps = 1\n'
    )
    assert run("run", "w.toml", "--model", "echo") == (0, "Hello\n")
    assert fails(run, "run", "w.toml").message.startswith("w.toml:2: ")


def test_json_is_one_envelope_also_of_a_failure(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    code, out = run("run", "digest.toml", "-i", "title=a", "-i", "n=1", "--json")
    envelope = json.loads(out)
    assert (code, out.count("\n"), envelope["outcome"], envelope["exit_code"]) == (0, 1, "ok", 0)
    assert envelope["value"]["outputs"]["sum"]["result"] == 2 and envelope["run_id"] and envelope["error"] is None
    error = fails(run, "run", "digest.toml", "-i", '{"title": "a", "n": "1 / 0"}', "--json")
    envelope = json.loads(capfd.readouterr().out)
    assert (envelope["outcome"], envelope["exit_code"], envelope["error"]["code"]) == ("error", 1, error.code)
    assert {it["name"]: it["status"] for it in envelope["value"]["steps"]}["sum"] == "failed"
    fails(run, "run", "gone.toml", "--json")
    assert json.loads(capfd.readouterr().out)["exit_code"] == 66


@pytest.mark.parametrize(
    ("argv", "error", "code"),
    [
        (("digest.toml", "-i", "title=a", "-i", "n=1", "--deny", "tool:calculator"), PermissionDenied, 77),
        (("asking.toml", "-i", "Ada", "--budget", "0.01"), BudgetExceeded, 79),
        (("digest.toml", "-i", '{"title": "a", "n": "1 / 0"}'), LLMSpellError, 1),
        (("gone.toml",), ScriptNotFound, 66),
        (("digset",), ScriptNotFound, 66),
        (("scripted/demo.toml",), BadArgument, 1),
        (("digest.toml", "-i", "{"), UsageError, 2),
    ],
)
def test_a_failure_has_the_exit_code_of_what_failed(
    run: Run, argv: tuple[str, ...], error: type[LLMSpellError], code: int
) -> None:
    caught = fails(run, "run", *argv)
    assert isinstance(caught, error) and caught.exit_code == code


def test_the_step_that_failed_is_named(run: Run) -> None:
    error = fails(run, "run", "digest.toml", "-i", '{"title": "a", "n": "1 / 0"}')
    assert error.message.startswith("the step sum failed: ") and error.details["step"] == "sum"


def test_a_workflow_of_a_folder_is_run_by_its_name_also_as_a_step(run: Run, folder: Path) -> None:
    (folder / "workflows").mkdir()
    (folder / "workflows" / "my-digest.toml").write_text(DIGEST)
    (folder / "outer.toml").write_text(
        'steps = [{ name = "x", workflow = "my_digest" }]\noutput = "{{steps.x.output.up}}"'
    )
    assert run("run", "my_digest", "-i", "title=a", "-i", "n=1") == (0, '{"sum": 2, "up": "A"}\n')
    assert run("run", "outer.toml", "-i", "title=a", "-i", "n=1") == (0, "A\n")
    assert fails(run, "run", "my-digset").hint == "did you mean my-digest?"
    (folder / "llmspell.toml").write_text('[workflows]\npaths = ["flows"]\n')
    (folder / "flows").mkdir()
    (folder / "flows" / "other.json").write_text(json.dumps(tomllib.loads(DIGEST)))
    assert run("run", "other", "-i", "title=a", "-i", "n=1")[0] == 0
    assert fails(run, "run", "my-digest").exit_code == 66


def test_a_file_of_another_folder_is_read_only_where_that_is_granted(run: Run, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "w.toml").write_text('steps = [{ name = "x", workflow = "../asking.toml", input = "Ada" }]')
    error = fails(run, "run", "in/w.toml", "--profile", "high", "--allow", "model:*")
    assert error.exit_code == 77 and "in/w.toml:1: " in error.message
    rights = ("--allow", f"read:{folder}", "--allow", "model:*")
    assert run("run", "in/w.toml", "--profile", "high", *rights) == (0, "You said Hello Ada\n")


# The input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "pairs", "expected"),
    [
        ([], [], None),
        (["text"], [], "text"),
        (["42"], [], 42),
        (["[1, 2]"], [], [1, 2]),
        (['{"a": 1}'], ["b=x"], {"a": 1, "b": "x"}),
        (["a=1", "b=[2]"], ["a=x=y"], {"a": "x=y", "b": [2]}),
        (["a.b=1"], [], {"a.b": 1}),
        (["2 = 3"], [], "2 = 3"),
        (["@in.json"], [], {"k": [1]}),
        (["@in.txt"], [], "two\nlines\n"),
        (["text=@in.txt"], [], {"text": "two\nlines\n"}),
    ],
)
def test_an_input_is_json_a_text_a_file_or_keys(
    folder: Path, given: list[str], pairs: list[str], expected: Any
) -> None:
    (folder / "in.json").write_text('{"k": [1]}')
    (folder / "in.txt").write_text("two\nlines\n")
    assert read_input(given, pairs) == expected


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        (["{"], []),
        (["[1"], []),
        (["a", "b"], []),
        (["text"], ["a=1"]),
        ([], ["a"]),
        (["a=1", "a=2"], []),
        (["@gone"], []),
    ],
)
def test_an_input_that_makes_no_sense_is_refused(folder: Path, given: list[str], pairs: list[str]) -> None:
    with pytest.raises(UsageError):
        read_input(given, pairs)


# validate, show, list ------------------------------------------------------------------------------------------------


def test_validate_says_that_all_is_well(run: Run) -> None:
    assert run("validate", "digest.toml") == (0, "digest.toml: digest, parallel, 2 steps: no problems\n")
    code, out = run("validate", "digest.toml", "--json")
    found = json.loads(out)
    assert (code, found["valid"], found["n_steps"]) == (0, True, 2)


def test_validate_lists_all_problems_with_their_lines(run: Run, folder: Path) -> None:
    (folder / "w.toml").write_text(
        '[agents.a]\nmodle = "echo"\n[[steps]]\nname = "x"\nagent = "a"\n[[steps]]\nname = "y"\ntool = "calculater"\n'
        'input = "{{steps.z}}"\n'
    )
    code, out = run("validate", "w.toml")
    assert code == 1
    assert "w.toml:2: " in out and "did you mean mode" in out and "($.agents.a.modle)" in out
    assert "w.toml:8: " in out and "did you mean calculator" in out and "($.steps[1].tool)" in out
    assert "w.toml:9: " in out
    _, out = run("validate", "w.toml", "--json")
    found = json.loads(out)
    assert not found["valid"] and [it["line"] for it in found["problems"]].count(2) == 1
    (folder / "w.toml").write_text("x =")
    code, out = run("validate", "w.toml")
    assert (code, out.startswith("w.toml:1: not TOML")) == (1, True)
    assert fails(run, "validate", "gone.toml").exit_code == 66


def test_a_mistake_hides_no_other_one(run: Run, folder: Path) -> None:
    (folder / "w.toml").write_text(
        'foo = 1\n[[steps]]\nname = "a"\ntol = "calculator"\n[[steps]]\nname = "b"\ntool = "calculater"\n'
        '[[steps]]\nname = "c"\nworkflow = "gone.toml"\n[[steps]]\nname = "d"\ntemplate = "{{steps.a.x}} {{steps.q}}"\n'
    )
    code, out = run("validate", "w.toml", "--json")
    assert code == 1
    assert [it["line"] for it in json.loads(out)["problems"]] == [1, 4, 7, 10, 13]


def test_validate_and_show_run_nothing_and_leave_nothing(run: Run, folder: Path) -> None:
    for argv in (("validate", "asking.toml"), ("show", "asking.toml")):
        assert run(*argv)[0] == 0
    assert not list(folder.rglob("*.db"))
    run("run", "asking.toml", "-i", "Ada")
    assert list(folder.rglob("journal.db"))


def test_show_draws_and_converts(run: Run, folder: Path) -> None:
    assert run("show", "digest.toml")[1] == (
        "digest · parallel\n│\n├─● up (text-manipulator)  tool\n╰─● sum (calculator)       tool\n"
    )
    assert run("show", "digest.toml", "--format", "mermaid")[1].startswith("flowchart TD\n")
    assert run("show", "digest.toml", "-f", "dot")[1].startswith('digraph "digest" {\n')
    table = tomllib.loads(run("show", "asking.toml", "--format", "toml")[1])
    assert table == {"name": "asking", **tomllib.loads(ASKING), "version": 1}
    assert json.loads(run("show", "asking.toml", "--format", "json")[1]) == table
    assert fails(run, "show", "digest.toml", "--format", "mermiad").hint == "did you mean mermaid?"


def test_show_is_ascii_where_the_terminal_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert run("show", "digest.toml")[1].startswith("digest - parallel\n|\n|-* up")


def test_list_shows_the_workflows_of_the_folders(run: Run, folder: Path) -> None:
    assert run("list") == (0, "")
    (folder / "workflows").mkdir()
    (folder / "workflows" / "digest.toml").write_text(DIGEST)
    (folder / "workflows" / "broken.toml").write_text("x =")
    out = run("list")[1]
    assert "digest  a title and a hash\n" in out and "broken  " in out and "not TOML" in out
    assert {it["name"] for it in json.loads(run("list", "--json")[1])} == {"digest", "broken"}


# plan ----------------------------------------------------------------------------------------------------------------


def test_plan_prints_a_file_that_runs_and_draws_it(run: Run, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_command(["workflow", "plan", "add up", "--tools", "calculator,hash-calculator", "--model", "scripted/demo"])
    out, err = capfd.readouterr()
    assert tomllib.loads(out)["steps"][0]["tool"] == "calculator"
    assert err.startswith("planned · sequential\n│\n╰─● a (calculator)  tool\n")
    run("plan", "add up", "-T", "calculator", "-m", "scripted/demo", "--output", "new.toml", "--quiet")
    assert run("run", "new.toml", "-i", "sum=1+2") == (0, "3\n")
    assert fails(run, "plan", "x", "-T", "calculator", "-o", "new.toml").exit_code == 2


def test_a_plan_that_may_not_be_is_refused_and_nothing_is_written(run: Run, folder: Path) -> None:
    wrong = '{"name": "x", "type": "sequential", "steps": [{"name": "a", "tool": "hash-calculator"}]}'
    (folder / "scripted" / "bad.toml").write_text(f"[default]\ntext = '{wrong}'\n")
    error = fails(run, "plan", "add up", "-T", "calculator", "-m", "scripted/bad", "-o", "new.toml")
    assert error.code == "schema_error" and "the tool hash-calculator may not be used" in error.message
    assert not (folder / "new.toml").exists()
    for argv in (("plan", "x"), ("plan", " ", "-T", "calculator"), ("plan", "x", "-T", "calculater")):
        assert fails(run, *argv).hint


# As processes --------------------------------------------------------------------------------------------------------


def test_exit_codes_and_streams_of_the_program(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "digest.toml").write_text(DIGEST)
    done = llmspell("workflow", "run", "digest.toml", "--input", "-", stdin='{"title": "ü", "n": 1}')
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"sum": 2, "up": "Ü"}\n', "")
    denied = llmspell("workflow", "run", "digest.toml", "-i", "title=a", "-i", "n=1", "--deny", "tool:calculator")
    assert (denied.returncode, denied.stdout) == (77, "") and "the step sum failed" in denied.stderr
    late = llmspell("workflow", "run", "digest.toml", "-i", "title=a", "-i", "n=1", "--timeout", "1ms")
    assert late.returncode == 124 and "--timeout" in late.stderr
    invalid = llmspell("workflow", "validate", "digest.toml", "--tools", "x")
    assert invalid.returncode == 2 and "unknown option --tools" in invalid.stderr


def test_progress_is_for_terminals_and_for_those_who_want_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmspell.cli.workflow_progress.can_draw", lambda: True)
    shown: list[str] = []
    monkeypatch.setattr("llmspell.cli.workflow_progress.Progress._write", lambda self, text: shown.append(text))
    argv = ("run", "digest.toml", "-i", "title=a", "-i", "n=1")
    for more in (("--quiet",), ("--no-progress",)):
        assert run(*argv, *more)[0] == 0 and not shown
    assert run(*argv)[0] == 0 and "2 succeeded" in "".join(shown)
