"""A streamed answer in the chat-completions format: bytes to events, and all of it put together at the end.

Two steps that know nothing of connections. `ServerSentEvents` cuts bytes into the data of events, by
https://html.spec.whatwg.org/multipage/server-sent-events.html; httpx2's own reader would refuse servers that name
another content type, and looks at each byte four times. `StreamReading` takes the chunks, hands on what is new in each,
and ends with the JSON of the same answer unstreamed, for `openai_answer` to read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.models.http_errors import interrupted, malformed, reported
from llmspell.models.openai_answer import part_thoughts, read_answer, whole
from llmspell.models.openai_opaque import REASONING_FIELDS
from llmspell.models.openai_pieces import CallPieces, add_details, add_part
from llmspell.models.protocol import ModelResponse, ReasoningDelta, TextDelta

if TYPE_CHECKING:
    from llmspell.models.http_errors import Asked

Value = Any  # what JSON holds

MAX_EVENT_BYTES = 16 * 1024 * 1024  # a picture comes in one event
DONE = "[DONE]"
_BOM = b"\xef\xbb\xbf"


class EventTooLong(ValueError):
    """One event is longer than `MAX_EVENT_BYTES`."""


class ServerSentEvents:
    """Bytes, cut anywhere, to the data of events."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []  # the beginning of a line
        self._data: list[bytes] = []  # the lines of an event
        self._n_bytes = 0  # of both
        self._is_first = True
        self._after_cr = False

    def feed(self, piece: bytes) -> Iterator[str]:
        """The data of each event that is complete with this piece.

        Raises:
            EventTooLong: It goes on and on.
        """
        if self._after_cr and piece:
            self._after_cr = False
            if piece[0] == 10:  # of a line that ended with the piece before
                piece = piece[1:]
        for line in piece.splitlines(keepends=True):
            if line[-1] not in b"\r\n":
                self._tail.append(line)
                self._count(len(line))
                continue
            if self._tail:
                self._tail.append(line)
                line = b"".join(self._tail)
                self._tail.clear()
            if (data := self._line(line.rstrip(b"\r\n"))) is not None:
                yield data
        self._after_cr = piece[-1:] == b"\r"

    def rest(self) -> str | None:
        """The data of an event that the end of the bytes has left without its empty line, or None."""
        if self._tail:
            self._line(b"".join(self._tail))
            self._tail.clear()
        return self._line(b"")

    def _line(self, line: bytes) -> str | None:
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(_BOM)
        if not line:
            if not self._data:
                return None
            data = b"\n".join(self._data)
            self._data.clear()
            self._n_bytes = 0
            return data.decode("utf-8", "replace")
        # A colon at the beginning is a comment; names of events and their numbers say nothing here.
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            self._count(len(line))
        elif line == b"data":
            self._data.append(b"")
        return None

    def _count(self, n_bytes: int) -> None:
        self._n_bytes += n_bytes
        if self._n_bytes > MAX_EVENT_BYTES:
            raise EventTooLong


class StreamReading:
    """Chunks to deltas, and to the whole answer."""

    def __init__(self, asked: Asked, *, request_id: str = "", audio_format: str = "") -> None:
        self._asked = asked
        self._request_id = request_id
        self._audio_format = audio_format
        self._answer: dict[str, Value] = {"object": "chat.completion"}  # fields beside the choices, the last of each
        self._message: dict[str, Value] = {}  # fields of the message that are no texts
        self._texts: dict[str, list[str]] = {}  # content, refusal, transcript, and each field of thoughts
        self._audio: list[str] = []
        self._parts: list[Value] = []  # of a content that is a list
        self._calls = CallPieces()
        self._finish_reason: Value = None
        self._thoughts_from = ""  # the field that is read where several say the same
        self._half = ""  # of a character, at the end of a delta
        self._has_choice = False
        self._has_text = False  # other than of a refusal
        self.is_done = False

    @property
    def is_complete(self) -> bool:
        """Whether the answer has come to its end, even if the stream has not."""
        return self.is_done or self._finish_reason is not None

    def feed(self, data: str) -> list[TextDelta | ReasoningDelta]:
        """What is new with one event.

        Raises:
            ProviderError: It is an error.
            MalformedAnswer: It is no chunk.
        """
        if data.startswith(DONE):
            self.is_done = True
            return []
        if not data.strip():
            return []
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._malformed("a chunk of the stream", f"is no JSON: {data[:200]}") from error
        if not isinstance(chunk, Mapping):
            raise self._malformed("a chunk of the stream", "is no object")
        if chunk.get("error"):
            raise reported(self._asked, chunk["error"], request_id=self._request_id)
        choices = chunk.get("choices")
        if choices is None and not self._has_choice and "usage" not in chunk and chunk.get("message"):
            raise reported(self._asked, chunk, request_id=self._request_id)  # an error that is not called one
        for field, value in chunk.items():
            if field != "choices" and value is not None:
                self._answer[field] = value
        events: list[TextDelta | ReasoningDelta] = []
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, Mapping) and choice.get("index") in (0, None):
                events += self._choice(choice)
        return events

    def feed_last(self, data: str | None) -> list[TextDelta | ReasoningDelta]:
        """What is new with what stands at the stream's end without an empty line after it: a careless server's last
        event, or the beginning of one that was cut off, which is nothing."""
        if data is None or self.is_done:
            return []
        try:
            json.loads("null" if data.startswith(DONE) else data)
        except (ValueError, RecursionError):
            return []
        return self.feed(data)

    def finish(self) -> ModelResponse:
        """The whole answer.

        Raises:
            ProviderError: The stream has ended before the answer has, or with an error.
            MalformedAnswer: Nothing can be made of it.
        """
        if not self.is_complete:
            problem = "the stream has ended before the answer was complete"
            raise interrupted(self._asked, problem, request_id=self._request_id)
        message = dict(self._message)
        for field, texts in self._texts.items():
            message[field] = "".join(texts)
        if self._parts:
            message["content"] = self._parts
        if self._audio or "transcript" in message:
            audio = message.get("audio") or {}
            message["audio"] = {**audio, "data": "".join(self._audio), "transcript": message.pop("transcript", "")}
        if calls := self._calls.all:
            message["tool_calls"] = calls
        choices = [{"message": message, "finish_reason": self._finish_reason}] if self._has_choice else []
        answer = {**self._answer, "choices": choices}
        return read_answer(self._asked, answer, request_id=self._request_id, audio_format=self._audio_format)

    def _choice(self, choice: Mapping[str, Value]) -> Iterator[TextDelta | ReasoningDelta]:
        self._has_choice = True
        if choice.get("error"):
            raise reported(self._asked, choice["error"], request_id=self._request_id)
        if reason := choice.get("finish_reason"):
            self._finish_reason = reason
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            delta = choice.get("message") if not self._texts else None  # who streams in one piece
            if not isinstance(delta, Mapping):
                return
        if len(delta) == 1 and not self._parts and isinstance(text := delta.get("content"), str):
            self._texts.setdefault("content", []).append(text)  # as nearly all are, and there may be thousands
            thoughts = ""
            self._has_text = self._has_text or bool(text)
        else:
            text, thoughts = self._fields(delta)
        if thoughts:
            yield ReasoningDelta(whole(thoughts))
        if text and (text := self._unbroken(text)):
            yield TextDelta(text)

    def _fields(self, delta: Mapping[str, Value]) -> tuple[str, str]:
        """New text and new thoughts of a delta that may hold anything."""
        text, thoughts = self._content(delta.get("content"))
        self._has_text = self._has_text or bool(text)
        thoughts = self._thoughts(delta, thoughts)
        if (refusal := self._add("refusal", delta)) and not self._has_text:
            text = refusal
        self._rest(delta)
        if isinstance(audio := delta.get("audio"), Mapping):
            text = text or self._add("transcript", audio)
            if isinstance(data := audio.get("data"), str):
                self._audio.append(data)
            self._message["audio"] = {**self._message.get("audio", {}), **audio}
        try:
            self._calls.add(delta.get("tool_calls"), delta.get("function_call"))
        except TypeError as error:
            raise self._malformed("choices[0].delta.tool_calls", str(error)) from error
        return text, thoughts

    def _content(self, content: Value) -> tuple[str, str]:
        """New text and new thoughts of what may be a text, a list of parts, or nothing."""
        if content is None:
            return "", ""
        if isinstance(content, str):
            if self._parts:
                add_part(self._parts, {"type": "text", "text": content})
            else:
                self._texts.setdefault("content", []).append(content)
            return content, ""
        if not isinstance(content, list):
            raise self._malformed("choices[0].delta.content", "is neither text nor a list")
        if not self._parts and (before := "".join(self._texts.pop("content", ()))):
            self._parts.append({"type": "text", "text": before})
        text, thoughts = "", ""
        for part in content:
            if isinstance(part, str):
                part = {"type": "text", "text": part}
            if isinstance(part, Mapping):
                add_part(self._parts, part)
                text += part["text"] if isinstance(part.get("text"), str) else ""
                thoughts += part_thoughts(part)
        return text, thoughts

    def _thoughts(self, delta: Mapping[str, Value], in_content: str) -> str:
        """New thoughts. Some servers write the same ones into several fields: the first field to come is read."""
        found = {"content": in_content}
        for field in REASONING_FIELDS:
            found[field] = self._add(field, delta)
        if isinstance(details := delta.get("reasoning_details"), list):
            found["reasoning_details"] = add_details(self._message.setdefault("reasoning_details", []), details)
        if not self._thoughts_from:
            order = (*REASONING_FIELDS, "content", "reasoning_details")
            self._thoughts_from = next((it for it in order if found.get(it)), "")
        return found.get(self._thoughts_from, "")

    def _add(self, field: str, delta: Mapping[str, Value]) -> str:
        text = delta.get(field)
        if not isinstance(text, str):
            return ""
        self._texts.setdefault(field, []).append(text)
        return text

    def _rest(self, delta: Mapping[str, Value]) -> None:
        """Fields that are kept for the provider, or for the reader."""
        for field in ("annotations", "images"):
            if isinstance(listed := delta.get(field), list):
                self._message.setdefault(field, []).extend(listed)
        if isinstance(extra := delta.get("extra_content"), Mapping):
            self._message["extra_content"] = {**self._message.get("extra_content", {}), **extra}

    def _unbroken(self, text: str) -> str:
        """The text without half a character at its end; that one waits for its other half."""
        text = self._half + text
        self._half = ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return whole(text)

    def _malformed(self, field: str, problem: str) -> Exception:
        return malformed(self._asked, field, problem, request_id=self._request_id)
