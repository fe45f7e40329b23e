"""Bad input for every command: one clear message, the right exit code, nothing on stdout, no traceback."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Finished = subprocess.CompletedProcess[str]
Llmspell = Callable[..., Finished]


FILES: dict[str, bytes] = {
    "ok.lua": b"print('ran')\n",
    "ok.py": b"print('ran')\n",
    "report.lua": b"print('ran')\n",
    "wrong.lua": b"print('a'\n",
    "wrong.py": b"print('a'\n",
    "raises.lua": b"local t = nil\nprint(t.x)\n",
    "raises.py": b"t = None\nprint(t.x)\n",
    "binary.lua": b"\x7fELF\0\0\0",
    "bytecode.lua": b"\x1bLuaS",
    "plain.txt": b"print('a')\n",
    "header.lua": b"-- llmspell: engin = luajit\n",
    "bad.toml": b"this is = = not toml\n",
    "unknown.toml": b"[profilez.mine]\nextends = 'low'\n",
}


def refused(done: Finished, code: int, *says: str) -> None:
    assert done.stdout == ""
    assert done.returncode == code, done.stderr
    for it in says:
        assert it in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error:") == 1, done.stderr
    assert done.stderr.startswith("llmspell: error: ")


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "folder").mkdir()


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        ([], 2, ["nothing to run", "llmspell --help"]),
        (["run"], 2, ["run needs a FILE"]),
        (["run", "reprot.lua"], 66, ["there is no script reprot.lua", "did you mean report.lua"]),
        (["reprot.lua"], 66, ["there is no script reprot.lua"]),
        (["report"], 66, ["there is no script report", "did you mean report.lua?"]),
        (["evl", "1"], 2, ["there is no command and no script evl", "did you mean eval"]),
        (["run", "folder"], 66, ["folder is a folder"]),
        (["run", "binary.lua"], 2, ["NUL bytes"]),
        (["run", "bytecode.lua"], 2, ["compiled Lua"]),
        (["run", "plain.txt"], 2, ["cannot tell which language"]),
        (["run", "header.lua"], 2, ["header.lua:1", "did you mean engine"]),
        (["run", "--profle", "low", "ok.lua"], 2, ["unknown option --profle", "did you mean --profile"]),
        (["run", "-Z", "ok.lua"], 2, ["unknown option -Z"]),
        (["--frobnicate"], 2, ["unknown option --frobnicate"]),
        (["--timeout", "5", "ok.lua"], 2, ["needs a command"]),
        (["run", "--timeout"], 2, ["--timeout needs a value"]),
        (["run", "--timeout", "soon", "ok.lua"], 2, ["--timeout", "soon"]),
        (["run", "--profile", "mediun", "ok.lua"], 78, ["no such profile: mediun", "did you mean medium"]),
        (["run", "--limit", "memory=1", "ok.lua"], 2, ["no such limit: memory", "memory_bytes"]),
        (["run", "--limit", "memory_bytes", "ok.lua"], 2, ["NAME=VALUE"]),
        (["run", "--allow", "reed:.", "ok.lua"], 2, ["reed", "read"]),
        (["run", "--engine", "luajitt", "ok.lua"], 2, ["unknown engine luajitt"]),
        (["run", "-l", "py", "--engine", "luajit", "ok.lua"], 2, ["does not run python"]),
        (["run", "--config", "bad.toml", "ok.lua"], 78, ["bad.toml"]),
        (["run", "--config", "unknown.toml", "ok.lua"], 78, ["profilez", "profiles"]),
        (["run", "--config", "none.toml", "ok.lua"], 78, ["none.toml"]),
        (["run", "--output", "no/such/folder/x", "ok.lua"], 2, ["cannot write to no/such/folder/x"]),
        (["run", "wrong.lua"], 1, ["wrong.lua:"]),
        (["run", "wrong.py"], 1, ["wrong.py:1"]),
        (["run", "raises.lua"], 1, ["raises.lua:2:", "print(t.x)"]),
        (["run", "raises.py"], 1, ["raises.py:2", "print(t.x)"]),
        (["eval"], 2, ["eval needs CODE"]),
        (["eval", "-n", "-"], 2, ["cannot come from there"]),
        (["eval", "ok.lua"], 2, ["is a file", "llmspell run ok.lua"]),
        (["eval", "-l", "cobol", "1"], 2, ["unknown language cobol"]),
        (["eval", "1 +"], 1, ["eval:1"]),
        (["eval", "-l", "py", "1 +"], 1, ["eval:1"]),
        (["tool", "lst"], 2, ["no such command", "did you mean list"]),
        (["tool", "list", "--categry", "x"], 2, ["unknown option --categry", "--category"]),
        (["tool", "list", "--category", "utilitie"], 2, ["no tool has the category utilitie"]),
        (["tool", "info", "calculater"], 1, ["calculater", "calculator"]),
        (["tool", "info"], 2, ["missing argument"]),
        (["tool", "call", "calculater"], 1, ["calculator"]),
        (["tool", "call", "calculator"], 1, ["input"]),
        (["tool", "call", "calculator", "--input", "2 +"], 1, []),
        (["tool", "call", "hash-calculator", "--param", "operation"], 2, ["KEY=VALUE"]),
        (["tool", "call", "hash-calculator", "--param", "operation=hsh", "--param", "input=x"], 1, ["$.operation"]),
        (["tool", "call", "hash-calculator", "--param", "inputt=x"], 1, ["inputt", "input"]),
        (["tool", "call", "calculator", "--input", "@none.txt"], 2, ["cannot read none.txt"]),
        (["tool", "call", "calculator", "--input", "1", "--profile", "high"], 77, ["--allow tool:calculator"]),
        (["tool", "call", "calculator", "--input", "1", "--profile", "hihg"], 78, ["no such profile"]),
        (["config", "explain"], 2, ["missing argument"]),
        (["config", "explain", "jurnal.mode"], 2, ["jurnal", "journal"]),
        (["config", "show", "--config", "bad.toml"], 78, ["bad.toml"]),
        (["config", "check", "unknown.toml"], 78, ["profilez"]),
        (["config", "check", "none.toml"], 78, ["none.toml"]),
        (["config", "init", "no/such/folder.toml"], 2, ["cannot write no/such/folder.toml"]),
        (["config", "show", "jurnal"], 78, ["jurnal", "journal"]),
        (["config"], 2, ["missing command"]),
        (["doctor", "extra"], 2, ["extra"]),
        (["tool", "call", "calculator", "--timeout", "soon"], 2, ["soon"]),
        (["run", "--set", "run.profile", "ok.lua"], 2, ["--set is KEY=VALUE"]),
        (["run", "--set", "run.profle=low", "ok.lua"], 2, ["run.profle", "run.profile"]),
        (["run", "--journal", "loud", "ok.lua"], 2, ["--journal", "durable"]),
        (["doctor", "--sandbx"], 2, ["unknown option --sandbx", "--sandbox"]),
        (["completions", "bsh"], 2, ["there is no completion for bsh", "bash"]),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, list) else str(it),
)
def test_a_mistake_is_one_clear_message(llmspell: Llmspell, argv: list[str], code: int, says: list[str]) -> None:
    refused(llmspell(*argv), code, *says)


@pytest.mark.parametrize("argv", [["ok.lua"], ["run", "ok.py"], ["run", "--timeout", "20", "--", "ok.lua"]])
def test_the_same_without_a_mistake_runs(llmspell: Llmspell, argv: list[str]) -> None:
    done = llmspell(*argv)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


def test_a_file_name_cannot_drive_the_terminal(llmspell: Llmspell) -> None:
    done = llmspell("run", "\x1b[31mred\x07.lua")
    refused(done, 66, "\\x1b[31mred\\x07.lua")
    assert "\x1b" not in done.stderr


def test_a_settings_file_that_is_not_toml_is_named_with_its_line(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text("[journal]\nmode = \n")
    refused(llmspell("run", "ok.lua"), 78, "llmspell.toml:2: not TOML")


@pytest.mark.parametrize(
    ("argv", "code", "hint"),
    [
        (["version"], 66, "llmspell --version"),
        (["frobnicate"], 66, "llmspell --help"),
        (["tol", "list"], 2, "did you mean tool?"),
        (["-n", "print(1)"], 2, "llmspell eval -n CODE"),
        (["--timeout", "1s", "x"], 2, "llmspell run --timeout … FILE or llmspell eval --timeout … CODE"),
    ],
)
def test_a_command_line_without_a_command_is_shown_the_way(
    llmspell: Llmspell, argv: list[str], code: int, hint: str
) -> None:
    done = llmspell(*argv)
    refused(done, code)
    assert f"  hint: {hint}\n" in done.stderr


def test_a_folder_is_never_proposed_as_a_script(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "folder.lua").mkdir()
    assert "folder.lua" not in llmspell("run", "foldr.lua").stderr
    (tmp_path / "folder.py").write_text("")
    assert "did you mean folder.py?" in llmspell("run", "foldr.py").stderr


def test_a_script_on_stdin_is_told_to_name_its_language(llmspell: Llmspell) -> None:
    refused(llmspell("run", "-", stdin="print(1)"), 2, "hint: say -l lua or -l py before the -")
    assert llmspell("run", "-l", "lua", "-", stdin="print(1)").stdout == "1\n"


def test_an_option_that_stands_after_the_script_is_told_to_be_the_scripts(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("print(ARGS.deny)")
    late = llmspell("run", "a.lua", "--deny", "tool:x")
    assert (late.returncode, late.stdout) == (0, "tool:x\n")
    assert late.stderr == (
        "llmspell: warning: --deny stands after FILE, so it went to the script; put it before to change the run\n"
    )
    assert llmspell("run", "-q", "a.lua", "--deny", "tool:x").stderr == ""
    assert llmspell("run", "a.lua", "--since", "1").stderr == ""
