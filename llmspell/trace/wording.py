"""What an entry is called, and what it was done with, in a few words."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.journal.entries import Usage, Value

_ITEMS = 8  # of a list or map are looked at for its short form
_TEXT = 160
_FOLDER = 36  # characters; the end of a folder's path says more than its beginning
_NAMED = 3  # of many of one kind
_NOUNS = {
    "read": "file",
    "write": "file",
    "net": "host",
    "env": "variable",
    "run": "program",
    "tool": "tool",
    "model": "model",
    "flow": "way out",
    "module": "module",
}


def title_of(kind: str, target: str, method: str) -> str:
    """`Tool.execute` for a call of the script's, `model openai/gpt-5` for an effect inside one."""
    if kind == "invocation":
        return method or "function"
    return f"{target}.{method}" if kind == "call" else f"{target} {method}"


def detail_of(kind: str, args: Value) -> str:
    """What something was done with: of a conversation its last words, of everything else a short form."""
    if isinstance(args, Mapping):
        messages = args.get("messages")
        if isinstance(messages, Sequence) and not isinstance(messages, str) and messages:
            said = messages[-1]
            text = said.get("text") if isinstance(said, Mapping) else None
            if isinstance(text, str) and text:
                return _quoted(text)
    if kind == "call" and isinstance(args, list):
        return ", ".join(short(it) for it in args[:_ITEMS]) + (", …" if len(args) > _ITEMS else "")
    return "" if args in (None, {}, []) else short(args)


def short(value: Value, depth: int = 0) -> str:
    """A value in little room: JSON, with what is long or deep left out."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if isinstance(value, Mapping):
        marked = _marked(value)
        if marked:
            return marked
        if depth == 3 and value:
            return "{…}"
        items = [f"{_text(key)}: {short(it, depth + 1)}" for key, it in list(value.items())[:_ITEMS]]
        return "{" + ", ".join(items + ["…"] * (len(value) > _ITEMS)) + "}"
    if isinstance(value, list | tuple):
        if depth == 3 and value:
            return "[…]"
        return "[" + ", ".join([short(it, depth + 1) for it in value[:_ITEMS]] + ["…"] * (len(value) > _ITEMS)) + "]"
    return json.dumps(value, default=str)


def gathered(kind: str, names: Sequence[str]) -> str:
    """Many of one kind in few words: `3 files in docs/…`, `12 hosts: a.com:443, b.com:443, …`. One is itself."""
    distinct = list(dict.fromkeys(names))
    if len(distinct) == 1:
        return distinct[0]
    text = f"{len(distinct):,} {_NOUNS.get(kind, 'source')}s"
    folder = _common_folder(distinct) if kind in ("read", "write") else ""
    if folder:
        return f"{text} in {folder}/…"
    shown, more = distinct[:_NAMED], ", …" if len(distinct) > _NAMED else ""
    return f"{text}: {', '.join(shown)}{more}"


def _common_folder(paths: Sequence[str]) -> str:
    """The innermost folder that all are in; empty where that says nothing."""
    try:
        found = posixpath.commonpath([posixpath.dirname(it) for it in paths])
    except ValueError:  # some are relative
        return ""
    if found == "/" or len(found) <= _FOLDER:
        return found.rstrip("/")
    return "…/" + found[-_FOLDER:].partition("/")[2] if "/" in found[-_FOLDER:] else "…" + found[-_FOLDER:]


def tokens(usage: Usage) -> str:
    """Tokens in words: `286 tokens (206 in, 80 out)`."""
    n = usage.input_tokens + usage.output_tokens
    cached = f", {usage.cached_tokens:,} cached" if usage.cached_tokens else ""
    return f"{n:,} token{'' if n == 1 else 's'} ({usage.input_tokens:,} in, {usage.output_tokens:,} out{cached})"


def usd(amount: float) -> str:
    """A sum of dollars, without the sign; empty for none."""
    if amount <= 0:
        return ""
    return "<0.0001" if amount < 0.000_05 else f"{amount:.4f}"


def duration(seconds: float) -> str:
    """A span of time: `0.4 ms`, `12 ms`, `1.25 s`, `4 min 05 s`, `2 h 10 min`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.009_95 else f"{seconds * 1000:.1f} ms"
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _marked(value: Mapping[str, Value]) -> str:
    """What stands for a function, for an object of the host's, or for what was too large to be kept; else empty."""
    if len(value) == 1:
        if "$function" in value:
            return f"function {_text(value['$function'])}"
        handle = value.get("$handle")
        if isinstance(handle, list) and len(handle) >= 2:
            return f"{_text(handle[1])} #{_text(handle[0])}"
        if isinstance(cut := value.get("$cut"), Mapping):
            return f"<{_text(cut.get('bytes', '?'))} bytes, not kept>"
    return ""


def _quoted(text: str) -> str:
    cut = text if len(text) <= _TEXT else text[:_TEXT] + "…"
    return json.dumps(cut, ensure_ascii=False)


def _text(value: Value) -> str:
    return str(value)[:80]
