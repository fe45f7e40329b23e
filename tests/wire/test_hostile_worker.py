"""A worker that has been taken over: whatever it sends ends its own run or is answered with an error, and nothing else.

The real host runs a real process in the worker's place, which speaks on the real channel."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmspell.runtime import spawn
from llmspell.runtime.outcome import Outcome
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source
from llmspell.security.profile import resolve_profile

RunHostile = Callable[..., Outcome]

PRELUDE = r"""
import os, struct, sys
sys.path += sys.argv.pop(1).split("\n")
import msgpack
from msgpack import ExtType

pack, unpack = msgpack.packb, msgpack.unpackb
READY, CALL, RESULT, FAILED, CANCEL_CALL, RELEASE, DONE, NOTE = 1, 3, 5, 7, 9, 11, 13, 15
RETURN, RAISE, INVOKE = 8, 10, 6
held = b""

def send(*frames):
    view = memoryview(b"".join(frames))
    while view:
        view = view[os.write(3, view):]

def frame(kind, number=0, body=b"\xc0"):
    return struct.pack(">IBI", len(body), kind, number) + body

def call(number, target, method, *args, **kwargs):
    return frame(CALL, number, pack(["0", target, method, list(args), kwargs]))

def read():
    # The next message: (kind, number, value).
    global held
    while True:
        if len(held) >= 9:
            size, kind, number = struct.unpack(">IBI", held[:9])
            if len(held) >= 9 + size:
                body, held = held[9:9 + size], held[9 + size:]
                return kind, number, unpack(body, strict_map_key=False)
        chunk = os.read(3, 65536)
        if not chunk:
            os._exit(0)
        held += chunk

def answer_of(number):
    # How the host answered: the error's code, or the value.
    while True:
        kind, found, value = read()
        if found == number and kind in (RETURN, RAISE):
            return value if kind == RETURN else value["code"]

def done(value=None):
    send(frame(DONE, 0, pack({"value": value})))
    linger()

def linger():
    while os.read(3, 65536):
        pass
    os._exit(0)

for _ in range(2):
    read()  # START and EXECUTE
"""


@pytest.fixture
def run_hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunHostile:
    """Run a program in the worker's place."""
    for kind in ("STATE", "CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(program: str, **limits: object) -> Outcome:
        monkeypatch.setattr(spawn, "_BOOT", PRELUDE + program + "\nlinger()")
        profile = resolve_profile("medium", {}, limits={"wall_s": 30, **limits})
        script = from_source(b"print('never')", "hostile.lua", language="lua")
        return ScriptRuntime(profile).run(script, mode="eval", output="capture")

    return run


VIOLATIONS: Mapping[str, str] = {
    "garbage": "send(bytes(range(256)) * 10)",
    "random bytes": "send(os.urandom(100_000))",
    "text": "send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello')",
    "garbage after what is right": "send(frame(READY, 0, pack({})), call(1, 'State', 'exists', 'k'), b'\\xff' * 100)",
    "garbage after an answer": "send(call(1, 'State', 'exists', 'k')); answer_of(1); send(b'\\xff' * 100)",
    "a header that announces 4 GiB": "send(struct.pack('>IBI', 0xFFFFFFFF, CALL, 1))",
    "a body one byte too large": "send(struct.pack('>IBI', 64 * 1024 * 1024 + 1, CALL, 1))",
    "an unknown kind": "send(frame(99))",
    "a kind of the host's": "send(frame(2, 0, pack({})))",
    "a note": "send(frame(NOTE, 0, pack({})))",
    "a body that is no MessagePack": "send(frame(CALL, 1, b'\\xc1'))",
    "an empty body": "send(frame(CALL, 1, b''))",
    "two values in a body": "send(frame(CALL, 1, pack(1) + pack(2)))",
    "a call that is a map": "send(frame(CALL, 1, pack({'target': 'Tool'})))",
    "a call of four": "send(frame(CALL, 1, pack(['0', 'Tool', 'list', []])))",
    "a call of six": "send(frame(CALL, 1, pack(['0', 'Tool', 'list', [], {}, 1])))",
    "a call whose target is a number": "send(frame(CALL, 1, pack(['0', 5, 'list', [], {}])))",
    "a call whose arguments are a map": "send(frame(CALL, 1, pack(['0', 'Tool', 'list', {}, {}])))",
    "a call whose keywords are a list": "send(frame(CALL, 1, pack(['0', 'Tool', 'list', [], []])))",
    "keywords that are no text": "send(frame(CALL, 1, pack(['0', 'Tool', 'list', [], {1: 2}])))",
    "text that is not UTF-8": "send(frame(CALL, 1, pack(['0', 'Tool', 'get', []]).replace(b'0', b'\\xff', 1)))",
    "a value nested a hundred deep": "send(call(1, 'State', 'set', 'k', unpack(b'\\x91' * 100 + b'\\xc0')))",
    "a body nested a million deep": "send(frame(CALL, 1, b'\\x91' * 1_000_000 + b'\\xc0'))",
    "too many items": "send(call(1, 'State', 'set', 'k', [0] * 1_000_001))",
    "a list that says it is long": "send(frame(CALL, 1, b'\\xdd\\xff\\xff\\xff\\xff'))",
    "an unknown extension": "send(call(1, 'State', 'set', 'k', ExtType(42, b'x')))",
    "a function of three bytes": "send(call(1, 'State', 'set', 'k', ExtType(1, b'abc')))",
    "a long integer of letters": "send(call(1, 'State', 'set', 'k', ExtType(3, b'12x')))",
    "a timestamp": "send(frame(CALL, 1, b'\\x95' + pack(['0', 'Tool', 'get'])[1:] + b'\\x91\\xd6\\xffabcd\\x80'))",
    "an id that is in use": "send(call(2, 'Tool', 'execute', 'calculator', {'input': '1'}) * 2)",
    "an ending that is a list": "send(frame(DONE, 0, pack([1])))",
    "an ending that is no MessagePack": "send(frame(DONE, 0, b'\\xc1'))",
    "a function's answer that is no MessagePack": """
send(call(1, "Tool", "create", {"name": "t", "description": "d", "execute": ExtType(1, (7).to_bytes(4, "big"))}))
answer_of(1)
send(call(2, "Tool", "execute", "t", {}))
kind, number, _ = read()
send(frame(RESULT, number, b"\\xc1"))
""",
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_what_no_worker_sends_ends_the_run(
    name: str, run_hostile: RunHostile, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = run_hostile(VIOLATIONS[name])
    assert outcome.error is not None
    assert (outcome.error.code, outcome.exit_code) == ("protocol_violation", 76), outcome.error
    assert "sends and was ended" in outcome.error.message or "last message" in outcome.error.message
    assert "Traceback" not in "".join(capfd.readouterr())


# What is answered or passed over: (program, the value that the worker ends with).
ANSWERED: Mapping[str, tuple[str, object]] = {
    "an unknown global": ("send(call(1, 'Nope', 'x')); done(answer_of(1))", "not_found"),
    "an unknown method": ("send(call(1, 'Tool', 'nope')); done(answer_of(1))", "not_found"),
    "a Python method of the object": ("send(call(1, 'Tool', '__init__')); done(answer_of(1))", "not_found"),
    "a class method": ("send(call(1, 'Tool', 'build', None)); done(answer_of(1))", "not_found"),
    "an attribute": ("send(call(1, 'Logger', '_writer')); done(answer_of(1))", "not_found"),
    "a global of the engines'": ("send(call(1, 'Async', 'spawn')); done(answer_of(1))", "not_found"),
    "an unknown handle": ("send(call(1, '#999', 'read', 5)); done(answer_of(1))", "bad_argument"),
    "a handle that is no number": ("send(call(1, '#abc', 'read', 5)); done(answer_of(1))", "bad_argument"),
    "a handle of many digits": ("send(call(1, '#' + '9' * 5000, 'read', 5)); done(answer_of(1))", "bad_argument"),
    "a handle as an argument": (
        "send(call(1, 'State', 'set', ExtType(2, b'\\0\\0\\0\\7'), 1)); done(answer_of(1))",
        "bad_argument",
    ),
    "keywords that are ours": (
        "send(call(1, 'State', 'get', 'k', self=1)); send(call(2, 'State', 'get', 'k', ctx=1));"
        "done([answer_of(1), answer_of(2)])",
        ["bad_argument", "bad_argument"],
    ),
    "a file that is not granted": (
        "send(call(1, '_host', 'open', '/etc/passwd', 'r')); done(answer_of(1))",
        "permission_denied",
    ),
    "a module name that climbs": (
        "send(call(1, '_host', 'module', '../../etc/passwd', 'lua')); done(answer_of(1))",
        "module_not_found",
    ),
    "a handle that was released": (
        "send(call(1, 'Tool', 'get', 'calculator')); kind, _, value = read();"
        "number = int.from_bytes(value.data[:4], 'big'); send(frame(RELEASE, number));"
        "send(call(2, f'#{number}', 'execute', {'input': '1'})); done(answer_of(2))",
        "bad_argument",
    ),
    "a result that nobody asked for": ("send(frame(RESULT, 77, pack(1))); done('ok')", "ok"),
    "a failure that nobody asked for": ("send(frame(FAILED, 77, b'\\xc1')); done('ok')", "ok"),
    "a cancellation of nothing": ("send(frame(CANCEL_CALL, 77)); done('ok')", "ok"),
    "a release of nothing": ("send(frame(RELEASE, 0xFFFFFFFF) * 1000); done('ok')", "ok"),
    "ready twice": ("send(frame(READY, 0, pack({})) * 2, call(1, 'State', 'get', 'k')); done(answer_of(1))", None),
    "ready with garbage in it": ("send(frame(READY, 0, b'\\xc1')); done('ok')", "ok"),
    "done twice": ("send(frame(DONE, 0, pack({'value': 1})) + frame(DONE, 0, pack({'value': 2}))); linger()", 1),
    "one byte at a time": (
        "[send(bytes([it])) for it in call(1, 'State', 'exists', 'k')]; done(answer_of(1))",
        False,
    ),
    "a tool's function that answers twice": (
        "send(call(1, 'Tool', 'create', {'name': 't', 'description': 'd', 'execute': ExtType(1, b'\\0\\0\\0\\7')}));"
        "answer_of(1); send(call(2, 'Tool', 'execute', 't', {})); kind, number, _ = read();"
        "send(frame(RESULT, number, pack('first')), frame(RESULT, number, pack('second')));"
        "done(answer_of(2)['result'])",
        "first",
    ),
    "a tool's function whose error is no map": (
        "send(call(1, 'Tool', 'create', {'name': 't', 'description': 'd', 'execute': ExtType(1, b'\\0\\0\\0\\7')}));"
        "answer_of(1); send(call(2, 'Tool', 'execute', 't', {})); kind, number, _ = read();"
        "send(frame(FAILED, number, pack([1, 2]))); done(isinstance(answer_of(2), str))",
        True,
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_what_means_nothing_is_answered_with_an_error_or_passed_over(
    name: str, run_hostile: RunHostile, capfd: pytest.CaptureFixture[str]
) -> None:
    program, expected = ANSWERED[name]
    outcome = run_hostile(program)
    assert (outcome.value, outcome.exit_code) == (expected, 0), outcome.error
    assert "Traceback" not in "".join(capfd.readouterr())


CRASHES: Mapping[str, str] = {
    "closes the channel": "os.close(3); os._exit(0)",
    "closes it within a message": "send(call(1, 'State', 'exists', 'k')[:20]); os._exit(0)",
    "ends with a status": "os._exit(5)",
    "ends while a call is under way": "send(call(1, 'Tool', 'execute', 'calculator', {'input': '1'})); os._exit(0)",
    "a segmentation fault": "import signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "a forbidden system call": "import signal; os.kill(os.getpid(), signal.SIGSYS)",
}


@pytest.mark.parametrize("name", CRASHES)
def test_a_worker_that_ends_before_the_script_is_done_has_crashed(name: str, run_hostile: RunHostile) -> None:
    outcome = run_hostile(CRASHES[name])
    assert outcome.error is not None
    assert (outcome.error.code, outcome.exit_code) == ("worker_crashed", 71)


ENDINGS: Mapping[str, tuple[str, int]] = {
    "a large exit code": ("send(frame(DONE, 0, pack({'exit': 10**6 + 3})))", (10**6 + 3) & 0xFF),
    "a negative exit code": ("send(frame(DONE, 0, pack({'exit': -1})))", 255),
    "an error that is no map": ("send(frame(DONE, 0, pack({'error': 5})))", 1),
    "an error without text": ("send(frame(DONE, 0, pack({'error': {'code': 1, 'message': [], 'details': 2}})))", 1),
    "nothing": ("send(frame(DONE, 0, pack({})))", 0),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_an_odd_ending_is_an_ending(name: str, run_hostile: RunHostile) -> None:
    program, code = ENDINGS[name]
    assert run_hostile(program).exit_code == code


def test_more_calls_at_once_than_tasks_can_make_are_a_violation(run_hostile: RunHostile) -> None:
    program = "send(*(call(i, 'Tool', 'execute', 'calculator', {'input': '1'}) for i in range(1, 100)))"
    outcome = run_hostile(program, tasks=10)
    assert outcome.error is not None
    assert outcome.error.code == "protocol_violation"
    assert (
        run_hostile("send(*(call(i, 'State', 'exists', 'k') for i in range(1, 10)));done(answer_of(9))").exit_code == 0
    )


@pytest.mark.parametrize(
    "program",
    [
        "linger()",
        "send(struct.pack('>IBI', 60 * 1024 * 1024, CALL, 1) + b'x' * 10); linger()",
        "send(call(1, 'Tool', 'create', {'name': 't', 'description': 'd', 'execute': ExtType(1, b'\\0\\0\\0\\7')}));"
        "answer_of(1); send(call(2, 'Tool', 'execute', 't', {})); linger()",
    ],
    ids=["silent", "within a message", "within a function"],
)
def test_a_worker_that_never_ends_meets_the_time_limit(program: str, run_hostile: RunHostile) -> None:
    outcome = run_hostile(program, wall_s=1)
    assert outcome.error is not None
    assert (outcome.error.code, outcome.exit_code) == ("wall_limit", 124)


FLOODS: Mapping[str, str] = {
    "messages that mean nothing": "for _ in range(200):\n    send(frame(CANCEL_CALL, 5) * 2000)\ndone('ok')",
    "answers that it never reads": (
        "send(call(1, 'State', 'set', 'k', 'x' * 1_000_000)); answer_of(1)\n"
        "for i in range(2, 2000):\n    send(call(i, 'State', 'get', 'k', 'y' * 50_000))"
    ),
    "objects that it never releases": (
        "for i in range(1, 3000):\n    send(call(i, 'Tool', 'get', 'calculator')); answer_of(i)\ndone('ok')"
    ),
}


@pytest.mark.skipif(sys.platform == "darwin", reason="counts ru_maxrss in bytes")
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_does_not_fill_the_hosts_memory(name: str, run_hostile: RunHostile) -> None:
    run_hostile("done()")  # what a first run loads is no part of it
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = run_hostile(FLOODS[name], wall_s=3)
    assert outcome.exit_code in (0, 124)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 200 * 1024
