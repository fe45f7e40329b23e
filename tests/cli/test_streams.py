"""What goes where: stdout for results, stderr for the rest, colours by the rules, closed and full streams."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
RED = "\x1b[31;1m"
# Commands that print something of ours.
SPEAKING = [["--help"], ["--version"], ["run", "--help"], ["tool", "list"], ["eval", "'x'"], ["config", "show"]]


def start(*argv: str, **streams: object) -> subprocess.CompletedProcess[bytes]:
    measured = {key: it for key, it in os.environ.items() if key.startswith("COVERAGE")}
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", **measured}
    return subprocess.run([sys.executable, "-m", "llmspell", *argv], env=env, timeout=60, **streams)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm"}, False),
    ],
    ids=str,
)
def test_errors_are_coloured_on_request_only(llmspell: Llmspell, env: dict[str, str], coloured: bool) -> None:
    assert (RED in llmspell("none.lua", env=env).stderr) is coloured


@pytest.mark.parametrize("argv", SPEAKING, ids=" ".join)
def test_results_go_to_stdout_alone(llmspell: Llmspell, argv: list[str]) -> None:
    done = llmspell(*argv)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("argv", SPEAKING, ids=" ".join)
def test_a_reader_that_has_gone_ends_us_quietly(argv: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = start(*argv, stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("argv", SPEAKING, ids=" ".join)
def test_a_full_disk_is_74_and_said_once(argv: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = start(*argv, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 74
    assert done.stderr == b"llmspell: error: cannot write to stdout: no space left on device\n"


def test_a_gone_stderr_does_not_change_the_exit_code() -> None:
    with open("/dev/full", "wb") as full:
        assert start("none.lua", stdout=subprocess.PIPE, stderr=full).returncode == 66


def test_a_loop_over_lines_keeps_its_stdin(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("print(ARGS[1])\n")
    loop = f'printf "1\\n2\\n3\\n" | while read n; do {sys.executable} -m llmspell {tmp_path}/a.lua "$n"; done'
    done = subprocess.run(
        ["sh", "-c", loop], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    )
    assert (done.stdout, done.stderr) == ("1\n2\n3\n", "")


def test_an_unexpected_failure_is_one_line_and_a_traceback_only_on_request(llmspell: Llmspell, tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import llmspell.runtime.script as s\ndef fail(*a, **k): raise KeyError('lost')\ns.detect = fail\n"
    )
    (tmp_path / "a.lua").write_text("")
    path = f"{tmp_path}:{ROOT}"
    plain = llmspell("a.lua", env={"PYTHONPATH": path})
    assert plain.returncode == 70
    assert plain.stderr.startswith("llmspell: error: KeyError: 'lost'\n  hint: this is a bug in llmspell")
    assert "Traceback" not in plain.stderr
    assert "Traceback" in llmspell("a.lua", env={"PYTHONPATH": path, "LLMSPELL_DEBUG": "1"}).stderr
