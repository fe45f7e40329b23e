"""The `llmspell:` lines in the comment at the top of a script: settings, not code.

    -- llmspell: engine = luajit
    # llmspell: allow = ["read:./data", "net:api.example.com"]

Loaded only for a script that holds such a line. Knows nothing of what the settings mean."""

from __future__ import annotations

from llmspell.errors import UsageError
from llmspell.suggestions import did_you_mean

HEADER_BYTES = 16 * 1024  # the leading comment block is looked for in so much of the text
COMMENT = {"lua": b"--", "python": b"#"}

# `allow` and `deny` ask for permissions; asking is not having.
HEADER_KEYS = ("allow", "deny", "description", "engine", "language", "name", "version")

HeaderValue = str | int | bool | list[str]


def read_header(source: bytes, name: str, language: str) -> dict[str, HeaderValue]:
    """The `llmspell:` settings in the comment lines at the top, before anything that is not a comment.

    Args:
        source: The script; a `#!` line and a byte order mark are skipped.
        name: For error messages.
        language: Decides which comments count; empty when not known yet, and then both do.

    Raises:
        UsageError: A setting that does not exist, is there twice, or has no readable value.
    """
    head = source[:HEADER_BYTES]
    if len(source) > HEADER_BYTES:  # the last line may be cut
        head = head[: head.rfind(b"\n") + 1]
    markers = (COMMENT[language],) if language else tuple(COMMENT.values())
    header: dict[str, HeaderValue] = {}
    for number, raw in enumerate(head.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        line = raw.strip()
        if not line or (number == 1 and line.startswith(b"#!")):
            continue
        marker = next((it for it in markers if line.startswith(it)), None)
        if marker is None or line.startswith(b"--["):
            break  # the end of the comment block; a long comment of Lua's is prose
        text = line[len(marker) :].decode("utf-8", "replace").strip()
        if text.startswith("llmspell:"):
            _read_setting(text[len("llmspell:") :], f"{name}:{number}", header)
    return header


def _read_setting(text: str, where: str, header: dict[str, HeaderValue]) -> None:
    key, equals, value = (it.strip() for it in text.partition("="))
    if not equals or not key:
        raise UsageError(f"{where}: a header line is `llmspell: key = value`, found {text.strip()!r}")
    if key not in HEADER_KEYS:
        hint = did_you_mean(key, HEADER_KEYS) or f"the settings are {', '.join(HEADER_KEYS)}"
        raise UsageError(f"{where}: unknown header setting {key}", hint=hint)
    if key in header:
        raise UsageError(f"{where}: the header setting {key} is there twice")
    header[key] = parse_value(value, where)


def parse_value(text: str, where: str) -> HeaderValue:
    """One value of a header: a bare word, a quoted string, a whole number, true, false, a list of strings.

    Raises:
        UsageError: None of these.
    """
    if text.startswith("["):
        return _parse_list(text, where)
    if text[:1] in ('"', "'"):
        value, rest = _quoted(text, where)
        if rest.strip():
            raise UsageError(f"{where}: text after the closing quote: {rest.strip()!r}")
        return value
    if text in ("true", "false"):
        return text == "true"
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    if not text or any(it.isspace() or it in "\"'[]=" for it in text):
        raise UsageError(f"{where}: expected a word, a quoted string or a list, found {text!r}")
    return text


def _parse_list(text: str, where: str) -> list[str]:
    items: list[str] = []
    rest = text[1:].lstrip()
    while not rest.startswith("]"):
        if rest[:1] not in ('"', "'") or not rest:
            raise UsageError(f"{where}: a list holds quoted strings and ends on its own line, found {text!r}")
        item, rest = _quoted(rest, where)
        items.append(item)
        rest = rest.lstrip()
        if rest.startswith(","):
            rest = rest[1:].lstrip()
        elif not rest.startswith("]"):
            raise UsageError(f"{where}: expected a comma or ] in {text!r}")
    if rest[1:].strip():
        raise UsageError(f"{where}: text after the closing bracket: {rest[1:].strip()!r}")
    return items


def _quoted(text: str, where: str) -> tuple[str, str]:
    """A quoted string at the start of `text`, and what follows it. No escapes: permissions need none."""
    end = text.find(text[0], 1)
    if end < 0:
        raise UsageError(f"{where}: a string is not closed: {text!r}")
    return text[1:end], text[end + 1 :]
