"""A Python script's standard streams, its arguments, its modes and how it ends."""
# ruff: noqa: E501 - scripts are kept on one line each

import os

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_errors import LLMSpellError
from llmspell.engine.python_streams import EAGER_BYTES, Output, OutputLimit


def run(source: str, **options: object) -> Outcome:
    return run_script(make_engine, source, python="safe", **options)  # type: ignore[arg-type]


BYTES = bytes(range(256)) + b"\r\nlast line without an end \xff"

CATS = {
    "by lines": "import sys\nfor line in sys.stdin:\n    sys.stdout.write(line)",
    "by print": "import sys\nfor line in sys.stdin:\n    print(line, end='')",
    "all at once": "import sys\nsys.stdout.write(sys.stdin.read())",
    "by readline": "import sys\nwhile line := sys.stdin.readline():\n    sys.stdout.write(line)",
    "in binary": "import sys\nwhile part := sys.stdin.buffer.read(7):\n    sys.stdout.buffer.write(part)",
}


@pytest.mark.parametrize("name", CATS)
def test_what_comes_in_goes_out_byte_for_byte(name: str) -> None:
    outcome = run(CATS[name], stdin=BYTES)
    assert outcome.out.encode("utf-8", "surrogateescape") == BYTES


def test_input_reads_lines_and_the_end_is_an_eof_error() -> None:
    source = "print(input('? ') + '!', input())\ntry:\n    input()\nexcept EOFError:\n    print('end')"
    assert run(source, stdin=b"a\nb\n").out == "? a! b\nend\n"


def test_stderr_is_apart_and_print_takes_a_file() -> None:
    outcome = run("import sys\nprint('e', file=sys.stderr)\nsys.stderr.write('f')\nprint('o')")
    assert (outcome.out, outcome.err) == ("o\n", "e\nf")


def test_the_streams_lead_to_no_file() -> None:
    for name in ("fileno", "detach", "raw", "reconfigure", "close"):
        assert run(f"import sys\nsys.stdout.{name}").kind == "failed"
        assert run(f"import sys\nsys.stdin.buffer.{name}").kind == "failed"
    assert run("import sys\nsys.stdout = 1").kind == "failed"
    assert run("import sys\nsys.stdout.flush()").kind == "done"


def test_more_output_than_the_limit_ends_the_run() -> None:
    assert run("print('x' * 99)", output_bytes=100).kind == "done"
    assert run("print('x' * 100)", output_bytes=100).kind == "output_limit"


def test_output_is_written_at_once_at_first_and_in_blocks_later() -> None:
    read_fd, write_fd = os.pipe()
    os.set_blocking(read_fd, False)
    output = Output(write_fd, "stdout", tty=False, eager=False, limit=OutputLimit(None, lambda *_: None))
    output.write(b"a")
    assert os.read(read_fd, 10) == b"a"
    output._n_written = EAGER_BYTES
    output._last_flush = 1e12  # no flush is due by time
    output.write(b"b")
    with pytest.raises(BlockingIOError):
        os.read(read_fd, 10)
    output.flush()
    assert os.read(read_fd, 10) == b"b"
    os.close(read_fd)
    os.close(write_fd)


def test_output_that_cannot_be_written_is_an_error_that_says_why() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    output = Output(full, "stdout", tty=False, eager=False, limit=OutputLimit(None, lambda *_: None))
    with pytest.raises(LLMSpellError, match="cannot write to stdout: No space left on device") as caught:
        output.write(b"x")
    assert caught.value.code == "stream_error"
    assert output.failure is not None
    os.close(full)


def test_args_are_a_list_with_names() -> None:
    args = {"list": ["a", "b", "--since", "x"], "positional": ["a", "b"], "named": {"since": "x", "dry-run": "true"}}
    source = "import sys\nprint(ARGS[0], ARGS['1'], len(ARGS), list(ARGS), ARGS.since, ARGS['since'], ARGS.nope, ARGS.get('n', 5), ARGS.dry_run, 'since' in ARGS, ARGS, sys.argv)"
    assert run(source, args=args, name="r.py").out == (
        "a a 2 ['a', 'b'] x x None 5 true True ['a', 'b'] {'since': 'x', 'dry-run': 'true'} ['r.py', 'a', 'b', '--since', 'x']\n"
    )


@pytest.mark.parametrize(
    "source, value, shown",
    [
        ("1 + 1", 2, "2\n"),
        ("x = 3\nx * 2", 6, "6\n"),
        ("'text'", "text", "text\n"),
        ("None", None, ""),
        ("True", True, "True\n"),
        ("{'b': [1, 'é'], 'a': {}}", {"b": [1, "é"], "a": {}}, '{\n  "a": {},\n  "b": [\n    1,\n    "é"\n  ]\n}\n'),
        ("x = 1", None, ""),
        ("{1}", "{1}", "{1}\n"),
        ("import asyncio\nasync def f(): return 4\nawait f()", 4, "4\n"),
    ],
)
def test_the_value_of_an_eval_is_its_last_expression(source: str, value: object, shown: str) -> None:
    outcome = run(source, mode="eval", show=True)
    assert (outcome.value, outcome.out) == (value, shown)


def test_each_runs_once_for_each_line() -> None:
    assert run("print(line.upper())", mode="each", stdin=b"a\nb").out == "A\nB\n"
    assert run("line = line * 2", mode="each_print", stdin=b"a\nb\n").out == "aa\nbb\n"
    assert run("len(line)", mode="each_print", stdin=b"a\nbcd\n").out == "1\n3\n"


@pytest.mark.parametrize(
    "source, code",
    [("exit(3)", 3), ("import sys\nsys.exit()", 0), ("raise SystemExit('bye')", 1), ("quit(256 + 7)", 7),
     ("try:\n    exit(4)\nfinally:\n    print('f')", 4)],
)  # fmt: skip
def test_exit_ends_the_run_with_its_code(source: str, code: int) -> None:
    outcome = run(source)
    assert (outcome.kind, outcome.value) == ("exit", code)


@pytest.mark.parametrize(
    "source", ["raise KeyboardInterrupt", "class E(BaseException): pass\nraise E", "raise GeneratorExit"]
)
def test_other_base_exceptions_are_errors(source: str) -> None:
    assert run(source).kind == "failed"


def test_a_text_that_is_no_source_is_refused_with_its_place() -> None:
    assert (
        run_script(make_engine, b"x = 1\ny = '\xff'", python="safe")
        .value["message"]
        .startswith("script:2: the text is not")
    )
    assert run_script(make_engine, b"a\0b", python="safe").kind == "syntax"
    assert run_script(make_engine, b"\xef\xbb\xbf#!/usr/bin/env llmspell\r\nprint(1)\r\n", python="safe").out == "1\n"


def test_json_has_the_same_bytes_as_lua() -> None:
    source = "print(JSON.stringify({'b': [1, 2.5, None, True], 'a': 'é'}), JSON.parse('[1]'), JSON.null, JSON.encode([], pretty=True), JSON.decode('{}'))"
    assert run(source).out == '{"a":"é","b":[1,2.5,null,true]} [1] None [] {}\n'
    assert run("JSON.parse('{')").value["code"] == "invalid_json"
