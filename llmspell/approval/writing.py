"""Put the rules of a header into a script's text; every other byte of it stays as it is."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Sequence

from llmspell.errors import UsageError

_BOM = b"\xef\xbb\xbf"
_COMMENT = {"lua": b"--", "python": b"#"}
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")
HEADER_BYTES = 16 * 1024  # as of `runtime.header`: what comes later is not read


def header_line(rules: Sequence[str], language: str) -> str:
    """The `allow` line of a header."""
    listed = ", ".join(f"'{it}'" if '"' in it else f'"{it}"' for it in rules)
    return f"{_COMMENT[language].decode()} llmspell: allow = [{listed}]"


def with_rules(source: bytes, language: str, rules: Sequence[str]) -> bytes:
    """The text with these rules as its header's `allow`, in the place of those that it has; without any, none.

    Raises:
        UsageError: They would not stand at the top any more.
    """
    bom, text = (_BOM, source[len(_BOM) :]) if source.startswith(_BOM) else (b"", source)
    lines = text.splitlines(keepends=True) if b"\r" not in text else re.findall(rb"[^\n]*\n|[^\n]+", text)
    end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    at, after = _places(lines, language)
    line = header_line(rules, language).encode("utf-8", "surrogateescape")
    if at is not None:
        old = lines[at]
        kept_end = old[len(old.rstrip(b"\r\n")) :]
        lines[at] = line + kept_end if rules else b""
    elif rules:
        if after and not lines[after - 1].endswith(b"\n"):
            lines[after - 1] += end
        lines.insert(after, line + end)
    written = bom + b"".join(lines)
    place = written.find(line)
    if rules and place + len(line) >= HEADER_BYTES:
        raise UsageError("the header would be too long to be read", hint="ask for folders instead of files")
    return written


def _places(lines: Sequence[bytes], language: str) -> tuple[int | None, int]:
    """Where the `allow` line is, and after which lines one belongs."""
    marker = _COMMENT[language]
    after = 0
    for number, raw in enumerate(lines):
        line = raw.strip()
        if number == 0 and line.startswith(b"#!"):
            after = 1
            continue
        if not line:
            continue
        if not line.startswith(marker) or line.startswith(b"--["):
            break
        said = line[len(marker) :].strip()
        if said.startswith(b"llmspell:"):
            if said[len(b"llmspell:") :].partition(b"=")[0].strip() == b"allow":
                return number, after
            after = number + 1
        elif language == "python" and number < 2 and _CODING.match(raw):
            after = number + 1
    return None, after


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Give a file another content at once, with its mode; also where a link leads to it.

    Raises:
        UsageError: It is not what it was any more, or cannot be written.
    """
    real = os.path.realpath(path)
    try:
        with open(real, "rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if file.read() != before:
                raise UsageError(f"{path} has changed since it was run, so it was not written")
        descriptor, name = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".llmspell-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(after)
                os.fchmod(file.fileno(), mode)
            os.replace(name, real)
        except BaseException:  # whatever it is: let go of what was begun, and raise it again
            os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
