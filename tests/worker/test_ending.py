"""How a script ends while the host holds functions of it: the worker says so, and the host may call them once more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from test_loop import ENGINES, LUA_TOOL, PYTHON_TOOL, callback_of, error_of, start  # noqa: F401 - start is a fixture

from llmspell.wire.messages import CALL, CANCEL, CANCEL_CALL, DONE, ENDING, INVOKE, RELEASE_CALLBACK, RESULT, RETURN

LUA = LUA_TOOL % "function(params) return params.x .. State.get('a') end"
PYTHON = PYTHON_TOOL % "return params['x'] + State.get('a')" + "'made'"
ENDS = {
    "well": ("", "", {"value": "made"}),
    "by an error": ("error('broken')", "raise ValueError('broken')", "script_error"),
    "by exit": ("os.exit(3)", "import sys\nsys.exit(3)", {"exit": 3}),
}


def begin(worker: Any) -> tuple[Any, int]:
    """A worker whose function the host holds, and the function's number."""
    made, call = worker.expect(CALL)
    worker.send(RETURN, made, None)
    return worker, callback_of(call)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", ENDS)
def test_a_held_function_can_be_called_after_the_end_and_changes_nothing_of_it(
    engine: str,
    how: str,
    start: Any,  # noqa: F811
) -> None:
    lua, python, expected = ENDS[how]
    if lua:
        lua, python = LUA.replace("return 'made'", lua), PYTHON.replace("'made'", python)
    worker, callback = begin(start(engine, lua or LUA, python or PYTHON))
    ending, announced = worker.expect(ENDING)
    worker.send(INVOKE, 1, [callback, [{"x": "left "}]])
    number, call = worker.expect(CALL)
    assert call[0] == f"cb{callback}.0"
    worker.send(RETURN, number, "right")
    assert worker.expect(RESULT) == (1, "left right")
    worker.send(RETURN, ending)
    _, done = worker.expect(DONE)
    assert done == announced
    assert (error_of(done) if isinstance(expected, str) else done) == expected
    assert worker.wait() == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_script_whose_functions_were_given_back_ends_without_a_word(engine: str, start: Any) -> None:  # noqa: F811
    worker = start(engine, LUA, PYTHON)
    made, call = worker.expect(CALL)
    worker.send(RELEASE_CALLBACK, callback_of(call))
    worker.send(RETURN, made, None)
    assert worker.expect(DONE) == (0, {"value": "made"})


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_script_had_under_way_by_itself_ends_with_it(engine: str, start: Any) -> None:  # noqa: F811
    lua = "Async.spawn(function() State.get('slow') print('never') end) Async.sleep(0.001) " + LUA
    python = (
        "def slow():\n    State.get('slow')\n    print('never')\n\nAsync.spawn(slow)\nAsync.sleep(0.001)\n" + PYTHON
    )
    worker = start(engine, lua, python)
    slow, _ = worker.expect(CALL)
    made, call = worker.expect(CALL)
    worker.send(RETURN, made, None)
    assert worker.expect(CANCEL_CALL)[0] == slow
    ending, _ = worker.expect(ENDING)
    worker.send(RETURN, slow, "late")
    worker.send(INVOKE, 1, [callback_of(call), [{"x": "a"}]])
    number, inner = worker.expect(CALL)
    assert inner[3] == ["a"]
    worker.send(RETURN, number, "b")
    assert worker.expect(RESULT) == (1, "ab")
    worker.send(RETURN, ending)
    assert worker.expect(DONE) == (0, {"value": "made"})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_that_exits_after_the_end_ends_the_worker_as_the_script_had(engine: str, start: Any) -> None:  # noqa: F811
    lua = LUA_TOOL % "function(params) os.exit(9) end"
    python = "import sys\n" + PYTHON_TOOL % "sys.exit(9)" + "'made'"
    worker, callback = begin(start(engine, lua, python))
    worker.expect(ENDING)
    worker.send(INVOKE, 1, [callback, [{}]])
    assert worker.expect(DONE) == (0, {"value": "made"})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_that_is_cancelled_after_the_end_is_stopped(engine: str, start: Any) -> None:  # noqa: F811
    worker, callback = begin(start(engine, LUA, PYTHON))
    ending, _ = worker.expect(ENDING)
    worker.send(INVOKE, 1, [callback, [{"x": "a"}]])
    number, _ = worker.expect(CALL)
    worker.send(CANCEL, 0)
    assert worker.expect(CANCEL_CALL)[0] == number
    worker.receive()  # its failure
    worker.send(RETURN, ending)
    assert worker.expect(DONE) == (0, {"value": "made"})
