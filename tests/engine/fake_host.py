"""A host in the test's own process: the worker's real tasks, virtual time, and calls answered by Python functions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import msgpack

from llmspell.engine.protocol import ScriptFault
from llmspell.wire.frames import FrameSplitter
from llmspell.wire.messages import CALL, FAILED, NOTE, RELEASE, RESULT, WORKER_KINDS
from llmspell.worker import tasks as tasks_module
from llmspell.worker.tasks import Tasks


class RunEnded(BaseException):
    """The run ended at once: a limit, or the script's exit."""

    def __init__(self, kind: str, value: object) -> None:
        super().__init__(kind, value)
        self.kind = kind
        self.value = value


class HostFailure(Exception):
    """Raised by an answering function: the error map that the script gets."""

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.fields = fields


class FakeHost(Tasks):
    """`engine.protocol.Host` without a process.

    Args:
        answers: Functions by "Target.method"; they get the positional and the keyword arguments.
        default: Answers every other call, as (target, method, args, kwargs).
    """

    def __init__(
        self, answers: Mapping[str, Callable[..., Any]] | None = None, default: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(self._receive, max_tasks=10_000, max_message_bytes=1 << 26)
        self._answers = dict(answers or {})
        self._default = default
        self._clock = 0.0
        self.calls: list[tuple[str, str, list[Any], dict[str, Any]]] = []
        self.results: dict[int, bytes] = {}
        self.released: list[int] = []
        self.noted: list[bytes] = []
        self._splitter = FrameSplitter(WORKER_KINDS, 1 << 27)
        self._pending: list[tuple[int, bytes]] = []
        self.ended: RunEnded | None = None

    def _receive(self, data: bytes) -> None:
        for kind, number, body in self._splitter.feed(data):
            self._receive_frame(kind, number, body)

    def _receive_frame(self, kind: int, number: int, body: bytes) -> None:
        if kind == CALL:
            self._pending.append((number, body))
        elif kind == RELEASE:
            self.released.append(number)
        elif kind in (RESULT, FAILED):
            self.results[number] = body
        elif kind == NOTE:
            self.noted.append(body)

    def _answer(self, number: int, body: bytes) -> None:
        _, target, method, args, kwargs = unpack(body)
        self.calls.append((target, method, args, kwargs))
        try:
            function = self._answers.get(f"{target}.{method}")
            if function is not None:
                value = function(*args, **kwargs)
            elif self._default is not None:
                value = self._default(target, method, args, kwargs)
            else:
                raise HostFailure(code="not_found", message=f"nothing answers {target}.{method}")
        except HostFailure as failure:
            self.answer(number, False, msgpack.packb(failure.fields))
        else:
            self.answer(number, True, msgpack.packb(value, default=_pack_special))

    def now(self) -> float:
        return self._clock

    def turn(self) -> None:
        """One turn of the loop; sleeping tasks wake in order, and no time passes."""
        if self._turn_ready():
            return
        if self._pending:
            self._answer(*self._pending.pop(0))
        elif self._timers:
            self._clock = max(self._clock, self._timers[0][0])
        else:
            error = self.engine.pack_error("deadlock", "every task waits for another one")
            if not self.fail_main(error):
                raise AssertionError("nothing can happen any more")

    def _turn_ready(self) -> bool:
        before, tasks_module.monotonic = tasks_module.monotonic, self.now
        try:
            return self.run_ready() or self.fire_timer()
        finally:
            tasks_module.monotonic = before

    def block(self, request: bytes) -> tuple[bool, bytes]:
        return self.block_step(("call", request))

    def block_step(self, step: Any) -> tuple[bool, bytes]:
        blocked = self.begin_blocking(step)
        while blocked.answer is None:
            self.turn()
        return blocked.answer

    def flush(self) -> None:
        self.engine.flush()

    def fatal(self, code: str, message: str) -> None:
        self.ended = self.ended or RunEnded(code, message)
        raise self.ended  # the engine may take it for an error of the script's; `run` knows better

    def exit(self, code: int) -> None:
        raise RunEnded("exit", code)

    def run(self) -> tuple[str, bytes]:
        """Give turns until the main task has ended: ("done" | "failed", packed)."""
        self.start(self.engine.main())
        while self.outcome is None:
            self.turn()
        if self.ended is not None:
            raise self.ended
        return self.outcome


def handle(number: int, class_name: str, **fields: object) -> msgpack.ExtType:
    """A host object, as an answer holds it."""
    return msgpack.ExtType(2, number.to_bytes(4, "big") + msgpack.packb([class_name, fields]))


def _pack_special(value: object) -> object:
    raise TypeError(f"a fake answer of {type(value).__name__}")


def unpack(body: bytes) -> Any:
    """A message of the worker's; callbacks and handles stay msgpack.ExtType."""
    return msgpack.unpackb(body, strict_map_key=False)


class Outcome:
    """What a script did."""

    def __init__(self, kind: str, value: Any, out: str, err: str, host: FakeHost) -> None:
        self.kind = kind  # done | failed | syntax | exit | a limit's code
        self.value = value
        self.out = out
        self.err = err
        self.host = host

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value!r} out={self.out[-300:]!r} err={self.err[-200:]!r}>"


def run_script(
    make_engine: Callable[[Any, bytes], Any],
    source: str | bytes,
    *,
    mode: str = "script",
    answers: Mapping[str, Callable[..., Any]] | None = None,
    default: Callable[..., Any] | None = None,
    interface: Mapping[str, Any] | None = None,
    args: Mapping[str, Any] | None = None,
    stdin: bytes = b"",
    name: str = "script",
    show: bool = False,
    output_bytes: int | None = None,
    **level: str,
) -> Outcome:
    """Run a script from its text to its end, with descriptors 0, 1 and 2 redirected for so long."""
    host = FakeHost(answers, default)
    start = {
        "name": name,
        "args": args or {"list": [], "positional": [], "named": {}},
        "limits": {"output_bytes": output_bytes, "tasks": 10_000, "message_bytes": 1 << 26},
        "tty": {"stdin": False, "stdout": False, "stderr": False},
        "seed": 1,
        "show": show,
        "interface": interface or {},
        **level,
    }
    raw = source if isinstance(source, bytes) else source.encode()
    with Redirected(stdin) as streams:
        try:
            engine = host.engine = make_engine(host, msgpack.packb(start))
            engine.load(msgpack.packb({"source": raw, "name": name, "mode": mode}))
            kind, packed = host.run()
            value = unpack(packed)
        except ScriptFault as fault:
            kind, value = "syntax", unpack(fault.error)
        except RunEnded as ended:
            kind, value = ended.kind, ended.value
        host.engine.flush()
    return Outcome(kind, value, streams.out, streams.err, host)


class Redirected:
    """Descriptors 0, 1 and 2 as files of the test's, put back afterwards."""

    def __init__(self, stdin: bytes) -> None:
        self._stdin = stdin
        self.out = ""
        self.err = ""

    def __enter__(self) -> Redirected:
        self._files = [os.memfd_create(it) for it in ("in", "out", "err")]
        os.write(self._files[0], self._stdin)
        os.lseek(self._files[0], 0, os.SEEK_SET)
        self._saved = [os.dup(it) for it in range(3)]
        for target, file in enumerate(self._files):
            os.dup2(file, target)
        return self

    def __exit__(self, *_: object) -> None:
        for target, saved in enumerate(self._saved):
            os.dup2(saved, target)
            os.close(saved)
        texts = []
        for file in self._files[1:]:
            size = os.lseek(file, 0, os.SEEK_END)
            texts.append(os.pread(file, size, 0).decode("utf-8", "surrogateescape"))
        for file in self._files:
            os.close(file)
        self.out, self.err = texts
