"""Find a text or a regular expression in the lines of a block of text.

Why regular expressions are matched in a process of their own: docs/decisions/0013. It costs some 20 ms, once a search;
a plain text is looked for here."""

from __future__ import annotations

import array
import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

from llmspell.errors import ToolFailed

if TYPE_CHECKING:
    from llmspell.tools.file_walk import Stop

TIMEOUT_S = 5.0  # for one block
_STEP_S = 0.05  # how soon a search notices that nobody waits for it
_MEMORY = 512 * 1024 * 1024


class Hit(NamedTuple):
    """A line with matches: its number in the block, from 0, how many there are in it, and where the first begins."""

    line: int
    n_matches: int
    start: int


class LineMatcher(Protocol):
    """Finds one thing in block after block."""

    def hits(self, block: str) -> list[Hit]:
        """The lines with matches, in their order. A line's end is a newline and not part of it.

        Raises:
            ToolFailed: pattern_too_slow, pattern_too_large.
        """

    def close(self) -> None:
        """Let go of what it needs."""


class TextMatcher:
    """Finds a text that is one line."""

    def __init__(self, query: str, *, case_sensitive: bool) -> None:
        self._case_sensitive = case_sensitive
        self._query = query if case_sensitive else query.casefold()

    def hits(self, block: str) -> list[Hit]:
        text = block if self._case_sensitive else block.casefold()
        query, found = self._query, list[Hit]()
        line = counted_to = 0
        at = text.find(query)
        while at >= 0:
            line += text.count("\n", counted_to, at)
            counted_to = at
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            found.append(Hit(line, text.count(query, start, end), at - start))
            at = text.find(query, end)
        return found

    def close(self) -> None:
        """There is nothing to let go of."""


# Runs in the child. Each message of both sides is a length and its bytes. From the limits on, no file can be opened.
_CHILD = f"""
import sys, re, array, resource
source, sink = sys.stdin.buffer, sys.stdout.buffer
def receive():
    head = source.read(4)
    return source.read(int.from_bytes(head, "big")) if len(head) == 4 else None
def send(body):
    sink.write(len(body).to_bytes(4, "big") + body)
    sink.flush()
def limit(kind, soft, hard):
    top = resource.getrlimit(kind)[1]
    if top != resource.RLIM_INFINITY:
        soft, hard = min(soft, top), top if hard == resource.RLIM_INFINITY else min(hard, top)
    resource.setrlimit(kind, (soft, hard))
head = receive()
limit(resource.RLIMIT_NOFILE, 3, 3)
limit(resource.RLIMIT_CORE, 0, 0)
limit(resource.RLIMIT_AS, {_MEMORY}, {_MEMORY})
try:
    pattern = re.compile(head[1:].decode(), re.IGNORECASE if head[:1] == b"i" else 0)
except re.error as error:
    send(("%s at position %s" % (error.msg, error.pos)).encode())
    sys.exit()
except (RecursionError, OverflowError, MemoryError):
    send(b"it is nested too deeply, or too large")
    sys.exit()
send(b"")
while (block := receive()) is not None:
    # Where the host has been killed, nobody else would end this.
    limit(resource.RLIMIT_CPU, int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + 60, resource.RLIM_INFINITY)
    hits = array.array("I")
    for number, line in enumerate(block.decode("utf-8", "surrogatepass").split("\\n")):
        found = [it.span() for it in pattern.finditer(line[:-1] if line[-1:] == "\\r" else line)]
        if found:
            # An expression that may match nothing does so everywhere: that is one match, if there is no other.
            full = [it for it in found if it[0] < it[1]] or found[:1]
            hits.extend((number, len(full), full[0][0]))
    send(hits.tobytes())
"""


class RegexMatcher:
    """Finds a regular expression of Python's `re`, in a child.

    Raises:
        ToolFailed: bad_pattern; the message says where the mistake is.
    """

    def __init__(self, pattern: str, *, case_sensitive: bool, stop: Stop) -> None:
        self._stop = stop
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        )
        try:
            mistake = self._ask((b"s" if case_sensitive else b"i") + pattern.encode()).decode("utf-8", "replace")
            if mistake:
                raise ToolFailed(f"this is no regular expression: {mistake}", code="bad_pattern")
        except BaseException:
            self.close()
            raise

    def hits(self, block: str) -> list[Hit]:
        numbers = array.array("I", self._ask(block.encode("utf-8", "surrogatepass"))).tolist()
        return [Hit(*numbers[i : i + 3]) for i in range(0, len(numbers), 3)]

    def close(self) -> None:
        child = self._child
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    pass  # what was still to be written has nobody to read it
        child.wait()

    def _ask(self, body: bytes) -> bytes:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(len(body).to_bytes(4, "big") + body)
            self._child.stdin.flush()
        except BrokenPipeError:
            self._gone()
        deadline = time.monotonic() + TIMEOUT_S
        size = int.from_bytes(self._read(4, deadline), "big")
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._child.stdout is not None
        descriptor = self._child.stdout.fileno()
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        found = bytearray()
        while len(found) < size:
            self._stop.check()
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise ToolFailed(
                    f"the regular expression takes more than {TIMEOUT_S:g} s for a piece of a file",
                    code="pattern_too_slow",
                    hint="repetitions in repetitions, such as (a+)+, are slow; write it without",
                )
            if ready.poll(min(left_s, _STEP_S) * 1000):
                more = os.read(descriptor, size - len(found))
                if not more:
                    self._gone()
                found += more
        return bytes(found)

    def _gone(self) -> NoReturn:
        self._stop.check()
        raise ToolFailed(
            "the search ended without an answer: the regular expression needs too much memory",
            code="pattern_too_large",
        )
