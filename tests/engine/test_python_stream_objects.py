"""What `sys.stdin`, `sys.stdout` and their buffers do in a script, beside what the same calls do in CPython."""
# ruff: noqa: E501 - scripts are kept on one line each

import os
import pty
import tty

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_streams import OutputLimit, Streams
from llmspell.worker.notes import Notes

NOTES = Notes(lambda _: None, 1 << 20)


def run(source: str, stdin: bytes = b"") -> Outcome:
    return run_script(make_engine, "import sys\n" + source, python="safe", stdin=stdin)


CASES = {
    "readlines": ("print(sys.stdin.readlines())", "['a\\n', 'b\\n', 'c']\n"),
    "next": ("it = sys.stdin\nprint(repr(next(it)), repr(it.readline()), next(it))\ntry:\n    next(it)\nexcept StopIteration:\n    print('end')", "'a\\n' 'b\\n' c\nend\n"),
    "parts": ("print(repr(sys.stdin.read(3)), repr(sys.stdin.readline(1)), repr(sys.stdin.read()))", "'a\\nb' '\\n' 'c'\n"),
    "binary lines": ("b = sys.stdin.buffer\nprint(b.readline(), b.readlines(), b.read())", "b'a\\n' [b'b\\n', b'c'] b''\n"),
    "binary iteration": ("print([x for x in sys.stdin.buffer])", "[b'a\\n', b'b\\n', b'c']\n"),
    "binary as it comes": ("print(sys.stdin.buffer.read1(), sys.stdin.buffer.read1())", "b'a\\nb\\nc' b''\n"),
    "what they are": ("print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stdin.readable(), sys.stdout.writable(), sys.stdin.encoding)", "False False True True utf-8\n"),
    "writelines": ("sys.stdout.writelines(['a', 'b\\n'])\nsys.stdout.flush()\nprint(sys.stdout.write('xyz'), sys.stdout.buffer.write(b'q'))\nsys.stdout.buffer.flush()", "ab\nxyzq3 1\n"),
    "print": ("print(1, 2, sep=None, end=None)\nprint('x', file=sys.stdout, flush=True)\nprint(1, 2, sep='-', end='!\\n', flush=True)\nprint()", "1 2\nx\n1-2!\n\n"),
    "a file of one's own": ("class F:\n    def __init__(self): self.parts = []\n    def write(self, text): self.parts.append(text)\n    def flush(self): self.parts.append('flushed')\nf = F()\nprint(1, 2, file=f, flush=True)\nprint(f.parts)", "['1 2\\n', 'flushed']\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_stream_does_what_cpython_s_does(name: str) -> None:
    source, expected = CASES[name]
    outcome = run(source, b"a\nb\nc")
    assert outcome.kind == "done", outcome
    assert outcome.out == expected


@pytest.mark.parametrize(
    ("refused", "words", "allowed"),
    [
        ("sys.stdout.write(5)", "must be str, not int", "sys.stdout.write('5')"),
        ("sys.stdout.buffer.write('5')", "bytes-like object is required", "sys.stdout.buffer.write(bytearray(b'5'))"),
        ("print(5, 6, sep=7)", "TypeError", "print(5, 6, sep='7')"),
    ],
)
def test_what_is_no_text_is_refused(refused: str, words: str, allowed: str) -> None:
    outcome = run(refused)
    assert outcome.kind == "failed"
    assert words in outcome.value["message"]
    assert run(allowed).out.startswith("5")


def streams(stdin: int, stdout: int, *, terminal: bool = False) -> Streams:
    return Streams((stdin, stdout, stdout), tty=terminal, limit=OutputLimit(None, lambda *_: None), notes=NOTES)


def test_to_a_terminal_output_goes_line_by_line() -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    made = streams(0, theirs, terminal=True)
    made.stdout.write("half a line")
    with pytest.raises(BlockingIOError):
        os.read(ours, 100)
    made.stdout.write(", and its end\n")
    assert os.read(ours, 100) == b"half a line, and its end\n"
    assert made.stdout.isatty()
    made.stdout.write("rest")
    assert made.flush() is None
    assert os.read(ours, 100) == b"rest"
    os.close(ours)
    os.close(theirs)


def test_a_stdin_that_is_closed_reads_as_empty() -> None:
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    made = streams(read_fd, write_fd)
    assert made.stdin.read() == ""
    with pytest.raises(EOFError):
        made.input()
    os.close(write_fd)


def test_what_went_wrong_with_the_output_is_told_at_the_end() -> None:
    full = os.open("/dev/full", os.O_RDWR)
    made = streams(0, full)
    assert made.flush() is None
    made.out._held.append(b"held back")
    assert made.flush() == "No space left on device"
    assert made.flush() == "No space left on device"
    os.close(full)


def test_an_output_limit_counts_all_streams_together_and_to_the_byte() -> None:
    ended: list[str] = []
    read_fd, write_fd = os.pipe()
    limit = OutputLimit(4, lambda code, why: ended.append(code))
    made = Streams((0, write_fd, write_fd), tty=False, limit=limit, notes=NOTES)
    made.stdout.write("ab")
    made.stderr.write("cd")
    assert ended == []
    made.stderr.write("e")
    assert ended == ["output_limit"]
    os.close(read_fd)
    os.close(write_fd)
