"""`llmspell template`, as a user runs it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.cli.template_new import TEXTS, write_starter
from llmspell.cli.template_text import described, estimated
from llmspell.errors import UsageError

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
SALES = "city,sales\\nOslo,2\\nRome,4\\n".replace("\\n", "\n")


def test_templates_are_listed_and_described_with_what_they_cost(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "broken.toml").write_text("description = 3")
    listed = llmspell("template", "list")
    assert listed.returncode == 0, listed.stderr
    lines = listed.stdout.splitlines()
    assert any(line.startswith("code-review ") and "development" in line for line in lines)
    assert any(line.startswith("broken ") and "broken.toml: description: a text is needed" in line for line in lines)
    found = llmspell("template", "list", "--search", "citations", "--json")
    assert [it["name"] for it in json.loads(found.stdout)] == ["research-assistant"]
    info = llmspell("template", "info", "debate", "--model", "openai/gpt-5-mini")
    assert "  --param question=STRING  What is to be decided (required)" in info.stdout
    assert "asks models as: debater, judge" in info.stdout
    assert "the first example would ask for about 3 calls (3 to 4) of openai/gpt-5-mini" in info.stdout
    wrong = llmspell("template", "list", "--category", "developmnt")
    assert (wrong.returncode, "did you mean development" in wrong.stderr) == (2, True)


def test_params_come_as_pairs_json_text_and_from_stdin(llmspell: Llmspell, tmp_path: Path) -> None:
    plain = ("template", "run", "data-analysis", "--param", "explain=false")
    done = llmspell(*plain, "--input", "-", stdin=SALES)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "city: 2 values: 2 distinct; Oslo (1), Rome (1)\n"
        "sales: 2 values: mean 3, std 1.414214, min 2, median 3, max 4, sum 6\n"
    )
    (tmp_path / "p.json").write_text(json.dumps({"data": SALES, "explain": True}))
    by_json = llmspell(*plain, "--input", "@p.json", "--json")
    envelope = json.loads(by_json.stdout)
    assert (envelope["outcome"], envelope["value"]["result"]["rows"]) == ("ok", 2)
    assert envelope["value"]["metrics"]["calls"] == 0


def test_mistakes_name_the_nearest_and_nothing_is_asked(llmspell: Llmspell) -> None:
    unknown = llmspell("template", "run", "debat", "--json")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        'llmspell: error: there is no template "debat"\n  hint: did you mean debate?\n',
    )
    assert json.loads(unknown.stdout)["error"]["code"] == "not_found"
    wrong = llmspell("template", "run", "debate", "--param", "question=x", "--param", "rounds=99", "--model", "echo")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "$.rounds must be at most 6" in wrong.stderr


def test_an_estimate_asks_nothing_and_a_run_shows_its_parts(llmspell: Llmspell) -> None:
    asked = ("template", "run", "ensemble", "--param", "task=say hi", "--param", "members=2")
    estimate = llmspell(*asked, "--estimate", "--model", "openai/gpt-5-mini", "--json")
    found = json.loads(estimate.stdout)
    assert (found["calls"], found["confidence"], found["usd"] > 0) == (3, "high", True)
    done = llmspell(*asked, "--model", "echo", "--progress", "--verbose")
    assert done.returncode == 0
    assert "[ensemble]\n[synthesiser]\nllmspell: 3 calls of models: " in done.stderr
    assert '<answer number="2">' in done.stdout
    missing = llmspell(*asked)
    assert missing.returncode == 78, missing.stderr  # no model is set


def test_what_the_profile_does_not_grant_is_denied(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("The release is on Friday.")
    asked = (
        "template",
        "run",
        "map-reduce",
        "-p",
        "instruction=When?",
        "-p",
        "paths=notes",
        "-m",
        "echo",
        "-P",
        "high",
    )
    denied = llmspell(*asked)
    assert (denied.returncode, denied.stdout) == (77, "")
    assert "--allow" in denied.stderr
    allowed = llmspell(*asked, "--allow", "read:notes", "--allow", "model:*")
    assert (allowed.returncode, "The release is on Friday." in allowed.stdout) == (0, True)


def test_a_chat_goes_on_line_by_line(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "scripted").mkdir()
    (tmp_path / "scripted" / "talk.toml").write_text('turns = [{ when = {}, text = "{{turn}}: {{input}}" }]')
    done = llmspell("template", "run", "interactive-chat", "-m", "scripted/talk", stdin="hello\n\nagain\r\nlast")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1: hello\n2: again\n3: last\n", "")


def test_a_template_to_begin_with_runs_at_once(llmspell: Llmspell, tmp_path: Path) -> None:
    made = llmspell("template", "new", "tide")
    assert (made.returncode, made.stdout) == (0, "")
    command = made.stderr.partition("try it: llmspell ")[2].split()
    done = llmspell(*command)
    assert (done.returncode, done.stdout) == (0, "Shorten this text: Write about tides.\n")
    for lang in ("lua", "py"):
        (tmp_path / f"waves.{lang}").write_text(TEXTS[lang].format(name="waves"))
        assert llmspell("run", f"waves.{lang}", "the sea").stdout == "Write about the sea.\n"


@pytest.mark.parametrize(("name", "lang", "message"), [("../x", "toml", "no name"), ("x", "luau", "did you mean lua")])
def test_a_starter_needs_a_name_and_a_language(name: str, lang: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        write_starter(name, lang)


def test_a_starter_is_never_written_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_starter("waves", "py") == ("waves.py", "llmspell run waves.py tides")
    assert write_starter("tide", "toml")[0] == "templates/tide.toml"
    with pytest.raises(UsageError, match="is there already"):
        write_starter("tide", "toml")


def test_words_for_people() -> None:
    numbers = {"calls": 1, "input_tokens": 10, "output_tokens": 5, "usd": 0.5}
    found = {
        **numbers,
        "min": numbers,
        "max": numbers,
        "confidence": "high",
        "models": {"a": "echo/echo"},
        "notes": ["n"],
    }
    assert estimated(found) == "1 call of echo/echo: 10 tokens in, 5 out, $0.50; confidence high\nnote: n"
    wide = {**found, "max": {**numbers, "calls": 4, "usd": 2.0}, "notes": [], "models": {}}
    assert (
        estimated(wide) == "about 1 call (1 to 4): 10 tokens in, 5 out, about $0.50 ($0.50 to $2.00); confidence high"
    )
    assert estimated({**found, "usd": None, "notes": []}).endswith("an unknown sum; confidence high")
    assert estimated({**found, "calls": None}) == "an unknown number of calls\nnote: n"
    row = {"name": "x", "description": "d", "category": "c", "tags": [], "roles": [], "limits": ""}
    row |= {"gives": "n", "origin": "script"}
    parameters = [
        {
            "name": "a",
            "type": "integer",
            "description": "A",
            "required": False,
            "default": 3,
            "minimum": 1,
            "maximum": 9,
        },
        {"name": "b", "type": "string", "description": "B", "required": True, "enum": ["x", "y"]},
    ]
    text = described({**row, "parameters": parameters, "examples": [{"b": "it's"}]}, None)
    assert "  --param a=INTEGER  A (3 if not given, from 1, to 9)\n  --param b=x | y  B (required)" in text
    assert "--input '{\"b\": \"it'\\''s\"}'" in text
