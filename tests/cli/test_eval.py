import json
import subprocess
from collections.abc import Callable

import pytest

Finished = subprocess.CompletedProcess[str]
Llmspell = Callable[..., Finished]


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["6 * 7"], "42\n"),
        (['("x"):rep(3)'], "xxx\n"),
        (["nil"], ""),
        (["true"], "true\n"),
        (["7 / 2"], "3.5\n"),
        (["4 / 2"], "2.0\n"),
        (["{ 1, 2 }"], "[\n  1,\n  2\n]\n"),
        (["{ b = 1, a = 'x' }"], '{\n  "a": "x",\n  "b": 1\n}\n'),
        (["local a = 1; return a + 1"], "2\n"),
        (["print('only')"], "only\n"),
        (["ARGS[1]", "given"], "given\n"),
        (["-l", "py", "6 * 7"], "42\n"),
        (["-l", "py", "None"], ""),
        (["-l", "py", "True"], "True\n"),
        (["-l", "py", "4 / 2"], "2.0\n"),
        (["-l", "py", "[n for n in range(2)]"], "[\n  0,\n  1\n]\n"),
        (["-l", "py", "{'b': 1, 'a': 'x'}"], '{\n  "a": "x",\n  "b": 1\n}\n'),
        (["-l", "py", "x = 1\nprint(x)"], "1\n"),
        (["--engine", "luajit", "2^10"], "1024\n"),
    ],
    ids=str,
)
def test_a_value_prints_once_and_as_its_language_writes_it(llmspell: Llmspell, argv: list[str], out: str) -> None:
    done = llmspell("eval", *argv)
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["-n", "print(#line, line)"], "3\tone\n5\tthree\n"),
        (["-p", "line:upper()"], "ONE\nTHREE\n"),
        (["-n", "-l", "py", "print(len(line), line)"], "3 one\n5 three\n"),
        (["-p", "-l", "py", "line.upper()"], "ONE\nTHREE\n"),
    ],
    ids=str,
)
def test_n_and_p_loop_over_the_lines_of_stdin(llmspell: Llmspell, argv: list[str], out: str) -> None:
    assert llmspell("eval", *argv, stdin="one\nthree\n").stdout == out


def test_code_may_come_from_stdin(llmspell: Llmspell) -> None:
    assert llmspell("eval", "-", stdin="6 * 7").stdout == "42\n"


@pytest.mark.parametrize("argv", [["{ a = { 1, 'x' } }"], ["-l", "py", "{'a': [1, 'x']}"]])
def test_json_holds_the_value(llmspell: Llmspell, argv: list[str]) -> None:
    assert json.loads(llmspell("eval", "--json", *argv).stdout)["value"] == {"a": [1, "x"]}


def test_an_error_names_the_line_of_the_code(llmspell: Llmspell) -> None:
    done = llmspell("eval", "local a = 1\nerror('no')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "eval:2" in done.stderr
