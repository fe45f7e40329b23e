"""`open` in Python scripts: the same reads and writes as Python's own, on a file that the host holds."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from fake_host import Outcome, handle, run_script

from llmspell.engine.python_engine import make_engine

RunWith = Callable[[str, bytes], tuple[Outcome, bytes]]
MODES = {"set": io.SEEK_SET, "cur": io.SEEK_CUR, "end": io.SEEK_END}


def run_with(text: str, content: bytes) -> tuple[Outcome, bytes]:
    """Run a text for which every file has this content; what it did, and the content afterwards."""
    file = io.BytesIO(content)
    kept = {"content": content}

    def close() -> None:
        kept["content"] = file.getvalue()

    answers: dict[str, Callable[..., Any]] = {
        "_host.open": lambda path, mode: {"problem": "No such file"} if path == "missing" else handle(5, "File"),
        "#5.read": lambda size: file.read(size) or None,
        "#5.write": lambda data: file.write(data if isinstance(data, bytes) else data.encode()) and None,
        "#5.seek": lambda whence, offset: file.seek(offset, MODES[whence]),
        "#5.flush": lambda: None,
        "#5.close": close,
    }
    outcome = run_script(make_engine, text, answers=answers, python="safe")
    return outcome, kept["content"]


# Each expression is evaluated here, with Python's own file, and there.
READS = [
    "f.read()",
    "(f.read(3), f.read(2), f.read(0), f.read(100), f.read())",
    "(f.readline(), f.readline(4), f.readline(), f.read())",
    "list(f)",
    "f.readlines()",
    "[it for it in f][-1:]",
    "(next(f, None), f.read(1))",
    "(f.readable(), f.writable(), f.seekable(), f.closed)",
]
CONTENTS = [b"", b"one", b"one\ntwo\n", b"\n\n\n", "ü\n世界🙂\nend".encode(), b"a\r\nb\r\n", b"x" * 200_000 + b"\ny"]


@pytest.mark.parametrize("expression", READS)
@pytest.mark.parametrize("content", CONTENTS, ids=lambda it: repr(it[:12]))
@pytest.mark.parametrize("mode", ["r", "rb"])
def test_reading_gives_what_python_gives(mode: str, content: bytes, expression: str) -> None:
    raw = io.BytesIO(content)
    f = raw if mode == "rb" else io.TextIOWrapper(raw, "utf-8")
    expected = eval(expression.replace("f.writable()", "False"), {"f": f})  # a BytesIO could be written
    outcome, _ = run_with(f"f = open('x', {mode!r})\nprint(repr({expression}))", content)
    assert outcome.kind == "done", outcome
    assert outcome.out == repr(expected) + "\n"


def test_writing_text_and_bytes() -> None:
    text = "with open('x', 'w') as f:\n    print(f.write('ü'), f.writelines(['a\\n', 'b']))\nprint(f.closed)"
    outcome, content = run_with(text, b"")
    assert (outcome.out, content) == ("1 None\nTrue\n", "üa\nb".encode())
    _, content = run_with("with open('x', 'wb') as f:\n    f.write(b'\\xff\\x00')\n    f.flush()", b"")
    assert content == b"\xff\x00"


def test_seeking_forgets_what_was_read_ahead() -> None:
    text = "f = open('x', 'rb')\nprint(f.readline(), f.tell(), f.seek(1, 1), f.read(2), f.seek(-1, 2), f.read())"
    outcome, _ = run_with(text, b"one\ntwo\nthree")
    assert outcome.out == "b'one\\n' 4 5 b'wo' 12 b'e'\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("open('missing')", "FileNotFoundError"),
        ("open('x', 'q')", "ValueError"),
        ("open('x', 'rbt')", "ValueError"),
        ("open(5)", "TypeError"),
        ("open('x', 'w').write(b'x')", "TypeError"),
        ("open('x', 'wb').write('x')", "TypeError"),
        ("open('x', 'wb').write(10**9)", "TypeError"),
        ("f = open('x')\nf.close()\nf.read()", "ValueError"),
        ("open('x', encoding='utf-7')", "LLMSpellError"),
        ("open('x').read()", "UnicodeDecodeError"),
        ("open('x').name = 'y'", "AttributeError"),
    ],
)
def test_mistakes_are_the_errors_that_python_has(text: str, error: str) -> None:
    outcome, _ = run_with(
        f"try:\n    {text.replace(chr(10), chr(10) + '    ')}\nexcept {error}:\n    print('refused')", b"\xff"
    )
    assert outcome.out == "refused\n", outcome


def test_other_encodings_and_ways_to_treat_errors() -> None:
    outcome, _ = run_with("print(open('x', encoding='latin-1').read())", b"\xfc")
    assert outcome.out == "ü\n"
    outcome, _ = run_with("print(open('x', errors='replace').read())", b"a\xff")
    assert outcome.out == "a\ufffd\n"


def test_what_the_file_is_made_of_is_out_of_reach() -> None:
    for name in ("_host", "_engine", "_buffer", "__class__.__init__"):
        outcome, _ = run_with(f"print(open('x').{name})", b"")
        assert outcome.kind in ("failed", "syntax"), outcome
