"""The turns of a scripted model as data: what each of them answers, and which requests it answers.

Knows neither the files they come from (`scripted_file`) nor the order in which they are used up (`scripted`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from llmspell.journal.entries import Usage
from llmspell.models.messages import Message, Value
from llmspell.models.protocol import Capabilities, FinishReason, ModelRequest

Repeat = Literal["none", "last", "all"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as turns look at it.

    Attributes:
        input: What a person has said last.
        said: All that persons have said in this conversation.
        tool_results: What tools have answered since then, in their order.
        after_tool: The tool whose result is the last message; empty when the last message is none.
        turn: Which answer of this conversation it will be, from 1.
        variant: What stands after the `#` of the model's name.
    """

    input: str
    said: str
    system: str
    tool_results: tuple[str, ...]
    after_tool: str
    turn: int
    schema: bool
    offered: tuple[str, ...]
    variant: str
    last: Message | None

    @property
    def last_tool_result(self) -> str:
        return self.tool_results[-1] if self.tool_results else ""


def read_request(request: ModelRequest, variant: str) -> Asked:
    """Look at a request as turns do."""
    said: list[str] = []
    system: list[str] = []
    results: list[str] = []
    turn = 1
    for message in request.messages:
        match message.role:
            case "user":
                said.append(message.text)
                results.clear()
            case "system":
                system.append(message.text)
            case "tool":
                results.append(message.text)
            case _:
                turn += 1
    last = request.messages[-1] if request.messages else None
    return Asked(
        input=said[-1] if said else "",
        said="\n".join(said),
        system="\n".join(system),
        tool_results=tuple(results),
        after_tool=(last.name or "a tool") if last is not None and last.role == "tool" else "",
        turn=turn,
        schema=request.schema is not None,
        offered=tuple(it.name for it in request.tools),
        variant=variant,
        last=last,
    )


@dataclass(frozen=True, slots=True)
class When:
    """Which requests a turn answers: those for which all of this holds; what is None or empty holds for each.

    Attributes:
        input, said, system, tool_result: Patterns (see `found_in`), one of which must be found.
        after_tool: Whether the last message is the result of a tool, or whose. Where a turn asks for an `input` and
            says nothing of tools, the last message must not be one: a person has just said it.
        offers: The name of a tool that the model may call.
    """

    input: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    tool_result: tuple[str, ...] = ()
    after_tool: bool | str | None = None
    offers: str = ""
    schema: bool | None = None
    turn: int | None = None
    variant: str = ""

    def misses(self, asked: Asked) -> str:
        """Empty when the turn answers this request; otherwise what it wants instead, in words."""
        if self.variant and self.variant != asked.variant:
            return f"wants the variant #{self.variant}"
        if self.turn is not None and self.turn != asked.turn:
            return f"wants to be answer {self.turn} of its conversation, not {asked.turn}"
        if self.schema is not None and self.schema != asked.schema:
            return "wants a schema" if self.schema else "wants no schema"
        if self.offers and self.offers not in asked.offered:
            return f"wants the tool {self.offers} to be offered"
        if reason := self._misses_tool(asked):
            return reason
        for name, patterns, text in (
            ("the tool's result", self.tool_result, asked.last_tool_result),
            ("the system prompt", self.system, asked.system),
            ("what was said", self.said, asked.said),
            ("the input", self.input, asked.input),
        ):
            if patterns and not any(found_in(it, text) is not None for it in patterns):
                wanted = '" or "'.join(patterns)
                return f'wants {name} to contain "{wanted}"'
        return ""

    def _misses_tool(self, asked: Asked) -> str:
        wanted = self.after_tool
        if wanted is None:
            if self.tool_result:
                wanted = True
            elif self.input:
                wanted = False
            else:
                return ""
        if isinstance(wanted, str):
            return "" if _same_tool(wanted, asked.after_tool) else f"wants to come after the tool {wanted}"
        if wanted == bool(asked.after_tool):
            return ""
        return "wants to come after a tool" if wanted else "wants to come after a person, not after a tool"

    def stars(self, asked: Asked) -> tuple[str, ...]:
        """What the `*` of the pattern that was found in the input stand for."""
        for pattern in self.input:
            if (found := found_in(pattern, asked.input)) is not None:
                return found
        return ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call to ask for. `raw` stands for arguments that are no JSON object; `id` is made up where it is empty."""

    name: str
    arguments: Mapping[str, Value]
    id: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error to answer with; kinds as of `errors.ProviderError`. `malformed` is a field that is missing."""

    kind: str
    message: str
    retryable: bool
    status: int | None = None
    retry_after_s: float | None = None
    request_id: str = ""
    malformed: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer. Texts may hold `{{names}}`, see `scripted_text`.

    Attributes:
        when: None: it waits for its turn.
        times: How often it answers; None is any number of times.
        data: Written as JSON, it is the text; None where there is none.
        chunks: The text in the pieces in which it is streamed.
        chunk_size: Characters of a piece; None for words.
        failure: Raised after whatever else there is to say.
    """

    when: When | None = None
    times: int | None = 1
    text: str = ""
    data: Value = None
    chunks: tuple[str, ...] = ()
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    failure: Failure | None = None
    delay_ms: float = 0.0
    chunk_size: int | None = None
    chunk_delay_ms: float = 0.0
    usage: Usage | None = None
    cost_usd: float | None = None
    finish_reason: FinishReason | None = None
    citations: tuple[Mapping[str, Value], ...] = ()
    opaque: Mapping[str, Value] | None = None
    model: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """All that a scripted model knows.

    Attributes:
        default: What answers when no turn does.
        repeat: What happens when the turns without a `when` are used up: none: no more answers · last: the last of
            them again · all: everything from the beginning.
        source: The file's name, or empty where it was given in place.
    """

    turns: tuple[Turn, ...]
    default: Turn | None = None
    repeat: Repeat = "none"
    capabilities: Capabilities = Capabilities()
    description: str = ""
    source: str = ""


def found_in(pattern: str, text: str) -> tuple[str, ...] | None:
    """Where a text contains a pattern, whatever the case of its letters: what each `*` stands for; None where not.

    A `*` stands for any text, the shortest that fits; at an end of the pattern for all that there is. Not a regular
    expression: a script that is not trusted may write a pattern, and some of those take for ever."""
    first, *rest = _same_length_lower(pattern).split("*")
    lowered = _same_length_lower(text)
    begin = lowered.find(first)
    if begin < 0:
        return None
    stars: list[str] = []
    at = begin + len(first)
    for i, piece in enumerate(rest):
        end = len(text) if not piece and i == len(rest) - 1 else lowered.find(piece, at)
        if end < 0:
            return None
        stars.append(text[at:end])
        at = end + len(piece)
    return tuple(stars)


def _same_length_lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(it.lower() if len(it.lower()) == 1 else it for it in text)  # İ would become two


def _same_tool(one: str, other: str) -> bool:
    return one.replace("-", "_") == other.replace("-", "_")
