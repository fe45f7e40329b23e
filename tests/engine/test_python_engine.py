"""The Python engine as the loop drives it: tasks that never begin, callbacks, exits, values that cannot cross."""
# ruff: noqa: E501 - scripts are kept on one line each

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
from fake_host import FakeHost, HostFailure, Outcome, Redirected, handle, run_script

from llmspell.engine.python_engine import make_engine

ASYNC = ("spawn", "all", "race", "any", "map", "sleep", "timeout", "channel")
INTERFACE: dict[str, Any] = {
    "Async": {"methods": dict.fromkeys(ASYNC, "worker"), "aliases": {}, "index": "", "objects": {}},
    "Tool": {"methods": {"execute": "host", "get": "host", "import": "host"}, "aliases": {"run": "execute"}, "index": "get", "objects": {"Found": {"methods": {"call": "host"}, "aliases": {}}}},
    "Logger": {"methods": {"info": "host"}, "aliases": {}, "index": "", "objects": {}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def same_process() -> Iterator[None]:
    hooks, streams = list(sys.meta_path), (sys.stdout, sys.stderr)
    yield
    sys.meta_path[:] = hooks
    sys.stdout, sys.stderr = streams


def run(source: str, **options: Any) -> Outcome:
    return run_script(make_engine, source, python="safe", interface=INTERFACE, **options)


def engine(source: str, python: str = "safe") -> tuple[FakeHost, Any]:
    host = FakeHost()
    start = {
        "name": "s",
        "args": {"list": [], "positional": [], "named": {}},
        "limits": {"output_bytes": None},
        "tty": {"stdout": False},
        "seed": 1,
        "interface": INTERFACE,
        "python": python,
    }
    made = host.engine = make_engine(host, msgpack.packb(start))
    made.load(msgpack.packb({"source": source.encode(), "name": "s", "mode": "script"}))
    return host, made


def test_what_is_printed_by_the_library_goes_the_script_s_way() -> None:
    _, made = engine("pass")
    made.adopt_process()
    assert sys.stdout is made.streams.stdout
    _, plain = engine("pass", "plain")
    before = sys.stdout
    plain.adopt_process()
    assert sys.stdout is before


def test_without_confinement_a_stream_that_cannot_be_written_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    _, made = engine("pass", "plain")
    assert made.flush() is None

    class Broken:
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Broken())
    assert made.flush() == "No space left on device"


def test_a_callback_that_is_not_there_fails_and_one_that_is_runs() -> None:
    outcome = run("Tool.execute(lambda x: x * 2)\nAsync.sleep(1)", answers={"Tool.execute": lambda x: None})
    host = outcome.host
    number = int.from_bytes(host.calls[0][2][0].data, "big")
    for invocation, callback in ((1, number), (2, number + 1)):
        host.invoke(invocation, callback, msgpack.packb([21]))
        while invocation not in host.results:
            host.turn()
    assert msgpack.unpackb(host.results[1]) == 42
    assert msgpack.unpackb(host.results[2])["code"] == "not_found"


def test_a_collection_of_garbage_releases_what_the_script_let_go_of_in_a_circle() -> None:
    source = "found = Tool.get('a')\ncircle = [found]\ncircle.append(circle)\ndel found, circle\nkept = Tool.get('b')"
    numbers = iter(range(1, 10))
    outcome = run(source, answers={"Tool.get": lambda name: handle(next(numbers), "Found", name=name)})
    assert outcome.kind == "done", outcome
    outcome.host.engine.collect()
    assert 1 in outcome.host.released
    assert 2 not in outcome.host.released


OBJECTS = {
    "a field": ("found = Tool.get('a')\nprint(found.name, found['name'], found)", "a a <Found a>\n"),
    "a method": ("print(Tool.get('a').call(1, x=2))", "called\n"),
    "what it has": ("print(dir(Tool.get('a')), dir(Tool), Tool)", "['call', 'name'] ['execute', 'get', 'import', 'import_', 'run'] <global Tool>\n"),
    "an index": ("print(Tool['b'].name, Tool.anything.name)", "b anything\n"),
    "an alias": ("print(Tool.run(5))", "5\n"),
    "a keyword": ("print(Tool.import_(6))", "6\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
def test_a_host_object_is_used_like_any_other(name: str) -> None:
    source, expected = OBJECTS[name]
    answers = {
        "Tool.get": lambda name: handle(1, "Found", name=name),
        "Tool.execute": lambda x: x,
        "Tool.import": lambda x: x,
        "#1.call": lambda *args, **kwargs: "called",
    }
    outcome = run(source, answers=answers)
    assert outcome.kind == "done", outcome
    assert outcome.out == expected


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ("Tool.get('a').nmae", 'Found has no "nmae"'),
        ("Tool.get('a')['nope']", "nope"),
        ("getattr(Tool.get('a'), '_fields')", "_fields"),
        ("Tool.get('a')._fields", "_fields"),
        ("Tool.get('a').name = 5", "cannot be changed"),
        ("Logger.inof('x')", 'Logger has no "inof"'),
        ("Logger['info']", "Logger cannot be indexed"),
        ("Logger.info = print", ""),
    ],
)
def test_what_a_host_object_has_not_is_refused(refused: str, words: str) -> None:
    outcome = run(refused + "\nprint('taken')", answers={"Tool.get": lambda name: handle(1, "Found", name=name)})
    assert outcome.kind in ("failed", "syntax")
    assert words in outcome.value["message"]
    assert outcome.out == ""


def test_an_error_whose_details_cannot_cross_arrives_without_them() -> None:
    outcome = run("raise LLMSpellError('m', code='mine', details={'x': {1, 2}})")
    assert (outcome.kind, outcome.value["code"], outcome.value["message"]) == ("failed", "mine", "m")
    assert "details" not in outcome.value
    kept = run("raise LLMSpellError('m', code='mine', details={'x': [1, 2]})")
    assert kept.value["details"] == {"x": [1, 2]}


@pytest.mark.parametrize(("mode", "value"), [("eval", "{1}"), ("script", None)])
def test_a_result_that_cannot_cross_is_told_by_its_text_where_it_is_wanted(mode: str, value: object) -> None:
    assert run("x = {1}\nx", mode=mode).value == value


def test_a_list_that_is_no_json_is_shown_by_its_text() -> None:
    assert run("[{1}]", mode="eval", show=True).out == "[{1}]\n"
    assert run("[[1]]", mode="eval", show=True).out == "[\n  [\n    1\n  ]\n]\n"
    assert run("len(line) * [line]", mode="each", stdin=b"ab\n").out == '[\n  "ab",\n  "ab"\n]\n'


def test_a_memory_error_ends_the_run_even_where_the_script_would_catch_it() -> None:
    assert run("try:\n    raise MemoryError\nexcept BaseException:\n    print('caught')").kind == "memory_limit"
    assert run("try:\n    raise KeyError\nexcept BaseException:\n    print('caught')").out == "caught\n"


def test_an_exit_text_goes_to_stderr_and_a_number_does_not() -> None:
    outcome = run("exit('sorry')")
    assert (outcome.kind, outcome.value, outcome.err) == ("exit", 1, "sorry\n")
    assert run("exit(2)").err == ""


def test_an_exit_text_with_nowhere_to_go_still_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    _, made = engine("exit('sorry')")
    monkeypatch.setattr(made.streams.err, "_fd", os.open("/dev/full", os.O_WRONLY))
    with Redirected(b""):
        assert made.main().resume(True, b"\xc0") == ("exit", 1)
    os.close(made.streams.err._fd)


def test_an_error_of_the_host_s_arrives_with_its_code() -> None:
    def fail(*_: object) -> None:
        raise HostFailure(code="tool_failed", message="no", hint="try later")

    source = (
        "try:\n    Tool.execute(1)\nexcept LLMSpellError as e:\n    print(e.code, e.message, e.hint, type(e).__name__)"
    )
    assert run(source, answers={"Tool.execute": fail}).out == "tool_failed no try later ToolFailed\n"
    assert run("print(Tool.execute(1))", answers={"Tool.execute": lambda x: x}).out == "1\n"


def test_a_deadlock_s_error_names_what_to_do() -> None:
    _, made = engine("pass")
    assert msgpack.unpackb(made.pack_error("deadlock", "m", "h")) == {"code": "deadlock", "message": "m", "hint": "h"}
    assert msgpack.unpackb(made.pack_error("deadlock", "m")) == {"code": "deadlock", "message": "m"}
