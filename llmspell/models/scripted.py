"""The scripted model: answers that somebody has written down, for tests, demos and dry runs.

Deterministic: which turn answers depends on what is asked and on what was asked before, never on time. The format is
described in docs/guide/scripted-models.md; `scripted_file` reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace

from llmspell.errors import BadArgument, MalformedAnswer, ProviderError
from llmspell.models.messages import Media, Message, Text, ToolCall, Value
from llmspell.models.protocol import (
    Capabilities,
    Completed,
    FinishReason,
    ModelEvent,
    ModelRequest,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
)
from llmspell.models.scripted_file import read_script
from llmspell.models.scripted_text import filled, filled_text, values_for
from llmspell.models.scripted_turns import Asked, Failure, Script, Turn, read_request
from llmspell.models.words import count_usage, slices, words

_SHOWN_CHARACTERS = 120  # of the last message, in an error
_SHOWN_TURNS = 5
_MAX_FORESEEN = 10  # turns, all but the last of which fail


class ScriptedModel:
    """Answers with turns. Each instance counts for itself which of them it has given.

    Args:
        turns: A script, or the plain data of one: a list of turns, or a table with `turns`.
        name: What stands after `scripted/`; what follows a `#` in it is the variant, which turns can ask for.

    Raises:
        ConfigError: The plain data is no script; names the turn and the nearest key.
    """

    def __init__(self, turns: Script | Sequence[Value] | Mapping[str, Value], name: str) -> None:
        self._script = turns if isinstance(turns, Script) else read_script(turns, f"scripted/{name}")
        self._name = name
        self._variant = name.partition("#")[2]
        self._n_requests = 0
        self._n_given = [0] * len(self._script.turns)

    @property
    def provider(self) -> str:
        return "scripted"

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._script.capabilities

    async def request(self, request: ModelRequest) -> ModelResponse:
        turn, answer = self._next(request)
        await _wait(turn.delay_ms)
        if turn.failure is not None:
            raise self._error(turn.failure, answer.values)
        return answer.response

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        turn, answer = self._next(request)
        await _wait(turn.delay_ms)
        is_first = True
        for event in answer.deltas():
            if not is_first:
                await _wait(turn.chunk_delay_ms)
            is_first = False
            yield event
        if turn.failure is not None:
            raise self._error(turn.failure, answer.values)
        yield Completed(answer.response)

    def foreseen_usd(self, request: ModelRequest) -> float:
        """What the turn that comes next says itself that it costs, so that as much can be held back.

        No turn is used up. What fails first and is tried again counts with the turn after it."""
        before = self._n_given.copy()
        asked = read_request(request, self._variant)
        try:
            for _ in range(_MAX_FORESEEN):
                turn = self._choose(asked)
                if turn.failure is None:
                    return turn.cost_usd or 0.0
        except ProviderError:  # there is none, which is said when it is asked for
            pass
        finally:
            self._n_given = before
        return 0.0

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    def _next(self, request: ModelRequest) -> tuple[Turn, _Answer]:
        self._refuse_what_it_cannot(request)
        self._n_requests += 1
        n = self._n_requests
        asked = read_request(request, self._variant)
        turn = self._choose(asked)
        stars = turn.when.stars(asked) if turn.when is not None else ()
        return turn, _Answer(turn, request, values_for(asked, stars, n), asked.turn, self._name)

    def _refuse_what_it_cannot(self, request: ModelRequest) -> None:
        can = self.capabilities
        if request.tools and not can.tools:
            raise BadArgument(f"scripted/{self._name} has tools = false, and was offered {request.tools[0].name}")
        for message in request.messages:
            for part in message.parts:
                if isinstance(part, Media) and part.kind not in can.media:
                    raise BadArgument(f"scripted/{self._name} does not take media of the kind {part.kind}")

    def _choose(self, asked: Asked) -> Turn:
        """Turns with a `when` first, from the top; then the next of the others; then the default."""
        turn = self._take(asked)
        if turn is None and self._script.repeat == "all":
            self._n_given = [0] * len(self._n_given)
            turn = self._take(asked)
        if turn is None and self._script.repeat == "last":
            turn = next((it for it in reversed(self._script.turns) if it.when is None), None)
        if turn is None:
            turn = self._script.default
        if turn is None:
            raise self._no_turn(asked)
        return turn

    def _take(self, asked: Asked) -> Turn | None:
        waiting: int | None = None
        for i, turn in enumerate(self._script.turns):
            if turn.times is not None and self._n_given[i] >= turn.times:
                continue
            if turn.when is None:
                waiting = i if waiting is None else waiting
            elif not turn.when.misses(asked):
                self._n_given[i] += 1
                return turn
        if waiting is None:
            return None
        self._n_given[waiting] += 1
        return self._script.turns[waiting]

    def _no_turn(self, asked: Asked) -> ProviderError:
        turns = self._script.turns
        n = self._n_requests
        last = asked.last
        who = {"user": "a person", "tool": f"the tool {asked.after_tool}", "assistant": "a model"}
        said = f"{who.get(last.role, 'the system')} has said {_shown(last.text)}" if last else "nothing was said"
        reasons = [
            f"turn {i} {turn.when.misses(asked) or 'has answered as often as it may'}"
            for i, turn in enumerate(turns, 1)
            if turn.when is not None
        ]
        n_waiting = len(turns) - len(reasons)
        used = f": its {n_waiting} turn{'s have' if n_waiting > 1 else ' has'} answered" if n_waiting else ""
        more = [f"and {len(reasons) - _SHOWN_TURNS} more"] if len(reasons) > _SHOWN_TURNS else []
        advice = f"add a turn or a default{f' to {self._script.source}' if self._script.source else ''}"
        return ProviderError(
            f"scripted/{self._name} has no turn for request {n}{used}; {said}",
            hint="; ".join([*reasons[:_SHOWN_TURNS], *more, advice]),
            details={
                "provider": "scripted",
                "model": self._name,
                "kind": "other",
                "retryable": False,
                "attempts": 1,
                "request": n,
                "last_message": last.text[:2000] if last else "",
            },
        )

    def _error(self, failure: Failure, values: Mapping[str, str]) -> ProviderError:
        details: dict[str, object] = {
            "provider": "scripted",
            "model": self._name,
            "kind": failure.kind,
            "retryable": failure.retryable,
            "attempts": 1,
        }
        for name in ("status", "retry_after_s", "request_id"):
            if found := getattr(failure, name):
                details[name] = found
        message = filled_text(failure.message, values)
        if failure.malformed:
            details["field"] = failure.malformed
            return MalformedAnswer(f"scripted/{self._name}: {message}", details=details)
        status = f" ({failure.status})" if failure.status is not None else ""
        return ProviderError(f"scripted/{self._name} failed{status}: {message}", details=details)


class _Answer:
    """What a turn says to one request: whole, and in pieces."""

    __slots__ = ("_pieces", "_turn", "response", "values")

    def __init__(self, turn: Turn, request: ModelRequest, values: Mapping[str, str], number: int, model: str) -> None:
        self._turn = turn
        self.values = values
        self._pieces = [filled_text(it, values) for it in turn.chunks]
        if turn.data is not None:
            # In this order, for a table of Lua's has none, and what is answered is the same in every run.
            text = json.dumps(filled(turn.data, values), ensure_ascii=False, sort_keys=True)
        else:
            text = "".join(self._pieces) or filled_text(turn.text, values)
        calls = tuple(
            ToolCall(
                it.id or f"call_{number}_{i}",  # by the conversation, so that it is the same in every run
                it.name,
                filled(it.arguments, values),
                filled_text(it.raw, values),
            )
            for i, it in enumerate(turn.calls, 1)
        )
        message = Message(
            "assistant",
            (Text(text),) if text else (),
            calls,
            reasoning=filled_text(turn.reasoning, values),
            opaque={} if turn.opaque is None else {"scripted": dict(turn.opaque)},
        )
        usage = turn.usage if turn.usage is not None else count_usage(request.messages, message)
        finish_reason: FinishReason = turn.finish_reason or ("tool_calls" if calls else "stop")
        most = request.settings.max_tokens
        if most is not None and usage.output_tokens > most and text and not calls:
            # As every provider does: as much of the text as the tokens that it may have.
            kept = words(text)[: len(words(text)) * most // usage.output_tokens]
            message = replace(message, parts=(Text("".join(kept)),) if kept else ())
            self._pieces = []
            usage, finish_reason = replace(usage, output_tokens=most), "length"
        self.response = ModelResponse(
            message,
            usage,
            finish_reason,
            turn.model or model,
            turn.request_id,
            turn.citations,
            turn.cost_usd,
        )

    def deltas(self) -> Iterator[TextDelta | ReasoningDelta]:
        message = self.response.message
        for piece in _cut(message.reasoning, self._turn.chunk_size):
            yield ReasoningDelta(piece)
        for piece in self._pieces or _cut(message.text, self._turn.chunk_size):
            if piece:
                yield TextDelta(piece)


def _cut(text: str, n_characters: int | None) -> list[str]:
    return words(text) if n_characters is None else slices(text, n_characters)


async def _wait(duration_ms: float) -> None:
    if duration_ms:
        await asyncio.sleep(duration_ms / 1000)


def _shown(text: str) -> str:
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return json.dumps(cut, ensure_ascii=False)
