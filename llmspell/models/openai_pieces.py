"""Put together what a stream has cut up: tool calls, parts of a content, details of reasoning.

Pieces belong together by their index, where servers give one; where they do not, by what a reasonable server means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Value = Any  # what JSON holds

_TEXT_FIELDS = ("text", "summary", "data")


class CallPieces:
    """Tool calls in the making, in the order in which they began."""

    def __init__(self) -> None:
        self.all: list[dict[str, Value]] = []
        self._by_index: dict[int, dict[str, Value]] = {}

    def add(self, pieces: Value, legacy: Value = None) -> None:
        """Take the pieces of one delta.

        Args:
            pieces: `delta.tool_calls`.
            legacy: `delta.function_call`, of which there is one at most.

        Raises:
            TypeError: They are none; the message says what is wrong.
        """
        if pieces is None and isinstance(legacy, Mapping):
            pieces = [{"index": 0, "function": legacy}]
        if pieces is None:
            return
        if not isinstance(pieces, list):
            raise TypeError("is not a list")
        for i, piece in enumerate(pieces):
            if not isinstance(piece, Mapping):
                raise TypeError(f"has an entry {i} that is no object")
            _add_piece(self._call_of(piece, i, len(pieces)), piece)

    def _call_of(self, piece: Mapping[str, Value], position: int, n_pieces: int) -> dict[str, Value]:
        index = piece.get("index")
        call_id = piece.get("id")
        function = piece.get("function")
        name = function.get("name") if isinstance(function, Mapping) else None
        if isinstance(index, int) and not isinstance(index, bool):
            call = self._by_index.get(index)
            # Gemini's endpoint gives every call the index 0, and each its own id.
            if call is None or (call_id and name and call.get("id") and call_id != call["id"]):
                call = self._by_index[index] = self._new()
            return call
        if call_id:
            known = next((it for it in self.all if it.get("id") == call_id), None)
            return known or self._new()
        if name and (n_pieces > 1 or not self.all or self.all[-1]["function"].get("name")):
            return self._new()  # neither index nor id: a name begins the next one
        if n_pieces > 1 and position < len(self.all):
            return self.all[position]
        return self.all[-1] if self.all else self._new()

    def _new(self) -> dict[str, Value]:
        call: dict[str, Value] = {"function": {}}
        self.all.append(call)
        return call


def _add_piece(call: dict[str, Value], piece: Mapping[str, Value]) -> None:
    for field, value in piece.items():
        if field == "function" or value is None:
            continue
        if field == "extra_content" and isinstance(value, Mapping):
            call[field] = {**call.get(field, {}), **value}
        elif value != "" or field not in call:
            call[field] = value
    function = piece.get("function")
    if not isinstance(function, Mapping):
        return
    whole = call["function"]
    name = function.get("name")
    if isinstance(name, str) and name and name != whole.get("name"):  # some repeat it with every piece
        whole["name"] = whole.get("name", "") + name
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        before = whole.get("arguments", "")
        whole["arguments"] = before + arguments if isinstance(before, str) else arguments
    elif arguments is not None:
        whole["arguments"] = arguments


def add_part(parts: list[Value], part: Mapping[str, Value]) -> None:
    """Take one part of a content that is a list: what goes on with the last part becomes one with it."""
    last = parts[-1] if parts else None
    if isinstance(last, dict) and last.get("type") == part.get("type"):
        if isinstance(part.get("text"), str) and isinstance(last.get("text"), str):
            last["text"] += part["text"]
            return
        if isinstance(part.get("thinking"), str) and isinstance(last.get("thinking"), str):
            last["thinking"] += part["thinking"]
            return
        if isinstance(part.get("thinking"), list) and isinstance(last.get("thinking"), list):
            for inner in part["thinking"]:
                if isinstance(inner, Mapping):
                    add_part(last["thinking"], inner)
            last.update({key: value for key, value in part.items() if key not in ("type", "thinking")})
            return
    copied = dict(part)
    if isinstance(copied.get("thinking"), list):
        copied["thinking"] = [dict(it) for it in copied["thinking"] if isinstance(it, Mapping)]
    parts.append(copied)


def add_details(details: list[Value], pieces: list[Value]) -> str:
    """Take pieces of `reasoning_details`; the text that is new. Pieces of one detail share index, type and id."""
    new = ""
    for piece in pieces:
        if not isinstance(piece, Mapping):
            continue
        for field in ("text", "summary"):
            new += piece[field] if isinstance(piece.get(field), str) else ""
        whole = next((it for it in reversed(details) if _goes_on(it, piece)), None)
        if whole is None:
            details.append(dict(piece))
            continue
        for field, value in piece.items():
            if field in _TEXT_FIELDS and isinstance(value, str) and isinstance(whole.get(field), str):
                whole[field] += value
            elif value is not None:
                whole[field] = value
    return new


def _goes_on(detail: Mapping[str, Value], piece: Mapping[str, Value]) -> bool:
    if piece.get("index") is None or detail.get("index") != piece["index"] or detail.get("type") != piece.get("type"):
        return False
    return not piece.get("id") or not detail.get("id") or detail["id"] == piece["id"]
