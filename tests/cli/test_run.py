import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Finished = subprocess.CompletedProcess[str]
Llmspell = Callable[..., Finished]
ROOT = Path(__file__).resolve().parents[2]


BOTH = pytest.mark.parametrize("suffix", ["lua", "py"])
EXIT = {"lua": "os.exit({})", "py": "import sys; sys.exit({})"}
CAT = {"lua": "for l in io.lines() do print(l) end", "py": "import sys\nfor l in sys.stdin: print(l, end='')"}


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text + "\n")
    return name


@BOTH
@pytest.mark.parametrize("code", [0, 1, 3, 63])
def test_a_script_owns_its_exit_code(llmspell: Llmspell, tmp_path: Path, suffix: str, code: int) -> None:
    assert llmspell(write(tmp_path, f"a.{suffix}", EXIT[suffix].format(code))).returncode == code


@BOTH
def test_arguments_after_the_file_are_the_scripts(llmspell: Llmspell, tmp_path: Path, suffix: str) -> None:
    first = {"lua": "ARGS[1]", "py": "ARGS[0]"}[suffix]
    name = write(tmp_path, f"a.{suffix}", f"print({first}, ARGS.profile)")
    done = llmspell("run", name, "x", "--profile", "low")
    assert done.stdout.split() == ["x", "low"]


@BOTH
def test_stdin_reaches_the_script_and_a_script_may_come_from_stdin(
    llmspell: Llmspell, tmp_path: Path, suffix: str
) -> None:
    assert llmspell("run", write(tmp_path, f"cat.{suffix}", CAT[suffix]), stdin="a\nb\n").stdout == "a\nb\n"
    assert llmspell("run", "-l", suffix, "-", stdin="print('from stdin')").stdout == "from stdin\n"


def test_a_script_starts_by_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "llmspell").write_text(f'#!/bin/sh\nexec {sys.executable} -m llmspell "$@"\n')
    (tmp_path / "hello").write_text("#!/usr/bin/env llmspell\n-- llmspell: language = lua\nprint('hello', ARGS[1])\n")
    for name in ("llmspell", "hello"):
        (tmp_path / name).chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([tmp_path / "hello", "you"], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout) == (0, "hello\tyou\n")


@BOTH
def test_an_uncaught_error_shows_the_line_and_the_frames_on_stderr(
    llmspell: Llmspell, tmp_path: Path, suffix: str
) -> None:
    text = {
        "lua": "local function f()\n  error('broken')\nend\nf()",
        "py": "def f():\n  raise ValueError('broken')\n\nf()",
    }
    done = llmspell("run", write(tmp_path, f"a.{suffix}", text[suffix]))
    assert (done.returncode, done.stdout) == (1, "")
    assert "broken" in done.stderr
    assert {"lua": "error('broken')", "py": "raise ValueError('broken')"}[suffix] in done.stderr
    assert f"a.{suffix}:4" in done.stderr


@BOTH
def test_json_prints_one_envelope_and_moves_the_scripts_output_to_stderr(
    llmspell: Llmspell, tmp_path: Path, suffix: str
) -> None:
    done = llmspell("run", "--json", write(tmp_path, f"a.{suffix}", "print('said')"))
    envelope = json.loads(done.stdout)
    assert done.stderr == "said\n"
    keys = {"run_id", "outcome", "exit_code", "value", "error", "usage", "cost_usd", "denied", "duration_ms"}
    assert set(envelope) == keys
    assert (envelope["outcome"], envelope["error"], envelope["denied"]) == ("ok", None, [])


def test_the_envelope_carries_error_and_exit_code(llmspell: Llmspell, tmp_path: Path) -> None:
    done = llmspell("run", "--json", write(tmp_path, "a.lua", "error('broken')"))
    envelope = json.loads(done.stdout)
    assert done.returncode == 1
    assert envelope["outcome"] == "error"
    assert envelope["error"]["code"] == "script_error"
    assert "broken" in envelope["error"]["message"]


def test_the_envelope_counts_the_scripts_calls_as_the_script_sees_them(llmspell: Llmspell) -> None:
    code = "Tool.list(); Tool.list(); return Run.usage().calls"
    envelope = json.loads(llmspell("eval", "--json", code).stdout)
    assert envelope["usage"]["calls"] == envelope["value"] == 3


def test_a_run_that_cannot_begin_has_an_envelope_too(llmspell: Llmspell, tmp_path: Path) -> None:
    done = llmspell("run", "--json", "--profile", "nonsense", write(tmp_path, "a.lua", ""))
    assert done.returncode == 78
    envelope = json.loads(done.stdout)
    assert envelope["error"]["code"] == "config_error"
    assert envelope["exit_code"] == 78
    assert envelope["usage"]["calls"] == 0


def test_the_envelope_tells_how_a_script_ended_itself(llmspell: Llmspell) -> None:
    done = llmspell("eval", "--json", "os.exit(3)")
    envelope = json.loads(done.stdout)
    assert (done.returncode, envelope["exit_code"], envelope["error"]) == (3, 3, None)
    assert set(envelope["usage"]) == {"calls", "input_tokens", "output_tokens", "cached_tokens"}
    assert envelope["duration_ms"] == round(envelope["duration_ms"], 3)


@BOTH
def test_a_missing_permission_that_nobody_handles_is_77_and_names_the_flag(
    llmspell: Llmspell, tmp_path: Path, suffix: str
) -> None:
    text = {"lua": 'Tool.execute("calculator", {input = "1"})', "py": 'Tool.execute("calculator", input="1")'}[suffix]
    name = write(tmp_path, f"a.{suffix}", text)
    denied = llmspell("run", "--profile", "high", name)
    assert denied.returncode == 77
    assert "--allow tool:calculator" in denied.stderr
    envelope = json.loads(llmspell("run", "--profile", "high", "--json", name).stdout)
    assert envelope["outcome"] == "denied"
    assert len(envelope["denied"]) == 1
    assert llmspell("run", "--profile", "high", "--allow", "tool:calculator", name).returncode == 0


@BOTH
def test_the_time_limit_is_124_and_names_itself(llmspell: Llmspell, tmp_path: Path, suffix: str) -> None:
    name = write(tmp_path, f"a.{suffix}", {"lua": "while true do end", "py": "while True: pass"}[suffix])
    for options in (["--timeout", "0.5"], ["--timeout", "500ms", "-v"]):
        done = llmspell("run", *options, name)
        assert done.returncode == 124
        assert "--timeout" in done.stderr


def test_output_goes_to_a_file(llmspell: Llmspell, tmp_path: Path) -> None:
    name = write(tmp_path, "a.lua", "print('kept')")
    assert llmspell("run", "--output", "out.txt", name).stdout == ""
    assert (tmp_path / "out.txt").read_text() == "kept\n"
    assert llmspell("run", "-o", "-", name).stdout == "kept\n"


def test_verbose_names_what_was_overridden_and_quiet_does_not(llmspell: Llmspell, tmp_path: Path) -> None:
    name = write(tmp_path, "a.lua", "")
    assert "wall_s" in llmspell("run", "-v", "--limit", "wall_s=7", name).stderr
    assert llmspell("run", "-v", "-q", "--limit", "wall_s=7", name).stderr == ""


@BOTH
def test_the_engine_can_be_chosen(llmspell: Llmspell, tmp_path: Path, suffix: str) -> None:
    if suffix == "py":
        assert llmspell("run", "--engine", "python", write(tmp_path, "a.txt", "print(1)")).stdout == "1\n"
        return
    name = write(tmp_path, "a.lua", "print(_VERSION)")
    assert llmspell("run", name).stdout == "Lua 5.4\n"
    assert llmspell("run", "--engine", "luajit", name).stdout == "Lua 5.1\n"


@BOTH
@pytest.mark.parametrize(
    ("number", "code", "says"),
    [(signal.SIGINT, 130, b"llmspell: error: interrupted\n"), (signal.SIGTERM, -signal.SIGTERM, b"")],
)
def test_a_signal_ends_the_run_and_its_worker(
    tmp_path: Path, suffix: str, number: signal.Signals, code: int, says: bytes
) -> None:
    loop = {"lua": "print('on'); io.flush()\nwhile true do end", "py": "print('on', flush=True)\nwhile True: pass"}
    name = write(tmp_path, f"a.{suffix}", loop[suffix])
    command = [sys.executable, "-m", "llmspell", name]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=env) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"on\n"
        running.send_signal(number)
        out, err = running.communicate(timeout=20)  # the worker holds stdout too: this ends when it has ended
    assert (running.returncode, out) == (code, b"")
    assert err == says
