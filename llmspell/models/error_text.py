"""Find in the body of a refusal what the provider says: each puts its words somewhere else.

{"error": {"message", "type", "code", "param"}}    OpenAI and most      [{"error": {…}}]              Gemini
{"error": {"message", "code", "metadata": {"raw"}}} OpenRouter          {"error": "…"}                Ollama
{"object": "error", "message": …}                   vLLM, Mistral       {"detail": "…" | [{"msg"}]}   FastAPI
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Value = Any  # what JSON holds


def parsed(body: bytes) -> Value:
    """A body's JSON, or its text where it is none."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def error_in(found: Value) -> Value:
    """What describes the error in a body: the value of `error`, or all of it."""
    if isinstance(found, list) and len(found) == 1:  # Gemini's endpoint for this format puts it into a list
        found = found[0]
    if isinstance(found, Mapping) and found.get("error"):
        error = found["error"]
        if isinstance(error, str):  # FastAPI, Ollama: the kind stands beside it, where there is one
            return {**found, "message": found.get("message") or found.get("error_description") or error}
        return error
    return found


def status_in(error: Value) -> int | None:
    """OpenRouter, vLLM and Gemini write the status that there would have been into `code` or `status`."""
    if isinstance(error, Mapping):
        for name in ("code", "status", "status_code"):
            code = error.get(name)
            if isinstance(code, str) and code.isdecimal():
                code = int(code[:4])
            if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600:
                return code
    return None


def text_of(error: Value, depth: int = 0) -> str:
    """What an error says in words, wherever its provider has put them; empty where it says nothing. Not redacted."""
    if isinstance(error, str):
        if error.lstrip()[:1] == "<":
            title = re.search(r"<title[^>]{0,200}>([^<]{1,300})", error, re.IGNORECASE)
            return f"a page of HTML: {title.group(1).strip()}" if title else "a page of HTML"
        return error
    if depth > 4:
        return ""
    if isinstance(error, list):
        return "; ".join(filter(None, (text_of(it, depth + 1) for it in error[:5])))
    if not isinstance(error, Mapping):
        return ""
    text = ""
    for name in ("message", "detail", "msg", "error_description", "error", "errors", "title", "reason"):
        if text := text_of(error.get(name), depth + 1):
            break
    where = error.get("loc") or error.get("param")
    if isinstance(where, list):
        where = ".".join(map(str, where))
    metadata = error.get("metadata")  # OpenRouter's: what the provider behind it has said
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    behind = text_of(parsed(str(raw).encode("utf-8", "replace")), depth + 1) if raw else ""
    extra = "".join(f" [{it}]" for it in (where, behind) if isinstance(it, str) and it and it not in text)
    return text + extra if text else ""
