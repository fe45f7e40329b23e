"""`llmspell check`, and which rule decides: `llmspell explain`. Nothing is run."""

import json
from pathlib import Path

import pytest

from llmspell.approval.checking import check
from llmspell.approval.gate import Gate
from llmspell.config.load import load_settings
from llmspell.errors import LLMSpellError
from llmspell.runtime.script import detect
from llmspell.security.profile import resolve_profile

ROOT = Path(__file__).resolve().parents[2]

BAD = {
    "x.lua": """-- llmspell: allow = ["write:./out"]
Tool.execute("file-operations", {operation = "move", path = "a", to = "out/b"})
Tool.exekute("calculator")
State.sett("a", 1)
Tool.execute(ARGS.tool, {})
local agent = Agent.create({model = "openai/gpt-5", tools = {"calculator", "nix"}})
local home, m = os.getenv("HOME"), require("m")
undefined_thing.x = 1
-- llmspell: allow = ["net:*"]
""",
    "x.py": """# llmspell: allow = ["write:./out"]
import os, requests
Tool.execute("file-operations", operation="move", path="a", to="out/b")
Tool.exekute("calculator")
State.sett("a", 1); Tool.execute(ARGS.tool)
agent = Agent.create(model="openai/gpt-5", tools=["calculator", "nix"])
home = os.environ["HOME"]; import m
undefined_thing.x = 1
# llmspell: allow = ["net:*"]
""",
}
MODULES = {"m.lua": 'return io.open("other", "w")\n', "m.py": 'f = open("other", "w")\n'}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, text in {**BAD, **MODULES}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["x.lua", "x.py"])
def test_uses_mistakes_and_what_cannot_be_told_are_listed_with_their_verdicts(command, place, name):
    done = command("check", "--json", name)
    (found,) = json.loads(done.stdout)
    assert done.returncode == 1 and found["exit_code"] == 1
    uses = {it["permission"]: it["verdict"] for it in found["uses"]}
    assert uses == {
        "tool:file-operations": "given", "read:a": "given", "write:a": "missing", "write:out/b": "asked for",
        "tool:calculator": "given", "tool:nix": "given", "model:openai/gpt-5": "given", "env:HOME": "missing",
        "write:other": "missing",
    }  # fmt: skip
    sure = [it["message"] for it in found["mistakes"] if it["sure"]]
    module = name.replace("x", "m")
    assert "State has no method sett" in sure[0] and found["modules"] == [str(place / module)]
    assert {it["where"] for it in found["uses"] if it["permission"] == "write:other"} == {f"{module}:1"}
    doubts = " ".join(it["message"] + it["hint"] for it in found["mistakes"])
    for it in ("did you mean execute?", "no tool nix", "undefined_thing", "counts for nothing"):
        assert it in doubts
    assert ("there is no module requests" in doubts) == (name == "x.py")
    assert [it["what"] for it in found["not_told"]] == ["a tool that is worked out when it runs"]
    text = command("check", name).stdout
    comment = "#" if name == "x.py" else "--"
    assert f'{comment} llmspell: allow = ["write:./out", "write:a", "env:HOME", "write:other"]' in text
    assert "--allow write:a --allow env:HOME --allow write:other" in text and f"llmspell approve {name}" in text


def test_the_exit_code_says_whether_a_run_would_find_what_it_needs(command, place):
    (place / "fine.lua").write_text('print(Tool.execute("calculator", {input = "1"}))\n')
    (place / "needs.lua").write_text('io.open("out/a", "w")\n')
    (place / "asks.lua").write_text('-- llmspell: allow = ["write:./out"]\nio.open("out/a", "w")\n')
    (place / "dynamic.lua").write_text("Tool.execute(ARGS.x)\n")
    (place / "beyond.lua").write_text('-- llmspell: allow = ["run:git"]\n')
    (place / "header.lua").write_text('-- llmspell: allow = ["reed:x"]\n')
    (place / "header2.lua").write_text("-- llmspell: alow = []\n")
    (place / "syntax.py").write_text("x = (\n")
    codes = {
        ("fine.lua",): 0, ("fine.lua", "--strict"): 0, ("fine.lua", "--profile", "high"): 77, ("needs.lua",): 77,
        ("needs.lua", "--allow", "write:out"): 0, ("fine.lua", "--deny", "tool:*"): 77, ("asks.lua",): 77,
        ("dynamic.lua",): 0, ("dynamic.lua", "--strict"): 1, ("beyond.lua",): 77,
        ("beyond.lua", "--profile", "high"): 77,
        ("header.lua",): 1, ("header2.lua",): 1, ("syntax.py",): 1, ("gone.lua",): 66,
        ("fine.lua", "needs.lua"): 77, ("fine.lua", "needs.lua", "syntax.py"): 1,
    }  # fmt: skip
    assert {argv: command("check", *argv).returncode for argv in codes} == codes
    assert "did you mean read?" in command("check", "header.lua").stdout
    assert "line 1  unknown header setting alow (did you mean allow?)" in command("check", "header2.lua").stdout
    assert "syntax.py:1" in command("check", "syntax.py").stdout
    command("approve", "asks.lua", "--yes")
    approved = command("check", "asks.lua")
    assert approved.returncode == 0 and "asks for write:./out: approved" in approved.stdout
    assert not (place / "out").exists()


def test_a_text_on_stdin_can_be_checked(llmspell):
    assert llmspell("check", "-l", "lua", "-", stdin="print(1)").stdout == "-: fine under profile medium\n"
    assert llmspell("check", "-l", "py", "-", stdin="x = (").returncode == 1
    assert "cannot tell which language" in llmspell("check", "-", stdin="print(1)").stdout


def test_nothing_that_a_script_says_drives_the_terminal(command, place):
    (place / "bidi.lua").write_text('Tool.execute("calc\x1b[2J\u202etxt\\nx.lua: fine")\n', "utf-8")
    done = command("check", "bidi.lua")
    assert "txt\\nx.lua: fine" in done.stdout
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout and "\\x1b[2J\\u202e" in done.stdout


def test_a_script_that_runs_has_no_mistake(monkeypatch):
    """Every example, and a part of all scripts of the tests that end well."""
    gate, medium = Gate(load_settings()), resolve_profile("medium")
    cases = sorted(ROOT.glob("tests/scripts/*/*/main.*"))[::9]
    wrong = {}
    for path in (*sorted(ROOT.glob("examples/**/*.lua")), *sorted(ROOT.glob("examples/**/*.py")), *cases):
        if path.parent.name in ("a_syntax_error_runs_nothing", "an_undefined_name"):
            continue
        monkeypatch.chdir(path.parent)
        try:
            checked = check(detect(str(path)), medium, gate)
        except LLMSpellError:  # a case about headers
            continue
        if found := [it.text for _, it in checked.mistakes if it.sure]:
            wrong[str(path)] = found
    assert wrong == {}


def test_explain_says_which_rule_decides_and_what_it_won_against(command, place):
    (place / "llmspell.toml").write_text(
        '[profiles.mine]\nextends = "medium"\nallow = ["net:*.example.com"]\ndeny = ["net:bad.example.com"]\n'
    )
    mine = ("--profile", "mine", "--allow", "net:a.example.com")
    done = command("explain", "net:a.example.com", *mine).stdout.splitlines()
    assert done[0].startswith("net:a.example.com is allowed by net:*.example.com    from [profiles.mine] in ")
    assert done[0].endswith("llmspell.toml:3")
    assert "not by allow net:a.example.com    from --allow" in done[1]
    assert "not by deny net:bad.example.com" in done[2] and "speaks of something else" in done[2]
    assert command("explain", "net:bad.example.com", *mine).stdout.startswith(
        "net:bad.example.com is refused by net:bad.example.com"
    )
    assert "nothing gives it under profile medium" in command("explain", "write:./x").stdout
    found = json.loads(command("explain", "tool:calculator", "--json").stdout)
    assert found["allowed"] and found["rules"][0] == {
        "says": "allow", "rule": "tool:*", "source": "profile medium", "fits": True, "decides": True
    }  # fmt: skip
    (place / "h.lua").write_text('-- llmspell: allow = ["write:./out"]\n')
    assert "is refused" in command("explain", "write:./out/a", "--script", "h.lua").stdout
    command("approve", "h.lua", "--yes")
    allowed = command("explain", "write:./out/a", "--script", "h.lua").stdout
    assert "is allowed by write:./out    from the approved header" in allowed
    assert command("explain", "net:").returncode == 2


def test_explain_says_what_a_header_asks_for_in_words(command, place):
    (place / "h.lua").write_text(
        '-- llmspell: allow = ["write:./out", "tool:calculator", "env:A_KEY"]\n-- llmspell: deny = ["read:./secret"]\n'
    )
    words = command("explain", "h.lua").stdout
    for it in (
        f"to change and delete {place}/out", "not approved", "given by tool:*, profile medium", "by its name a key",
        "never to be given read:./secret", "profile medium (from default) gives:",
        "allow read:.    from profile medium",
        "deny read:./secret    from the script's header",
    ):  # fmt: skip
        assert it in words
    high = command("explain", "h.lua", "--profile", "high", "--json").stdout
    states = {it["permission"]: it["state"] for it in json.loads(high)["asks"]}
    assert "no header may ask for it" in states["env:A_KEY"] and "not approved" in states["tool:calculator"]
    command("approve", "h.lua", "--yes")
    assert "approved by" in command("explain", "h.lua").stdout
    assert "asks for nothing" in command("explain", "m.lua").stdout
    assert command("explain", "gone.lua").returncode == 66
