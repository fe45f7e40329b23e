"""Read what a model writes in the form of Thought, Action, Action Input, Observation and Finish.

Tolerant: models put code fences and bold type around it, spread JSON over lines, leave out the thought, say "Final
Answer" for Finish. One thing is never believed: an observation that the model has made up, and what it concludes from
it. Knows nothing of which tools there are (`agents.react`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from llmspell.models.messages import Value

# Repetitions are bounded where two could divide one long run of blanks among them in many ways.
# A label stands at the beginning of a line, perhaps in bold, in a list or a heading. "Final Answer" is also believed
# within a line: it hardly ever means anything else.
_LABEL = re.compile(
    r"(?:^[ \t]{0,12}[*_#>\-]{0,4}[ \t]{0,4}"
    r"(?P<label>thought|action[ _]input|action|observation|finish|final[ _]answer)"
    r"|(?P<inline>final answer))"
    r"[ \t]*(?:[*_]{1,2}:|:[*_]{0,2})[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE_INPUT = re.compile(r"[ \t]{1,4}[*_]{0,2}action input[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*", re.IGNORECASE)
_CALL = re.compile(r"(?P<name>[\w./-]+)[ \t]*(?:\((?P<round>.*)\)|\[(?P<square>.*)\])", re.DOTALL)
_THINKING = re.compile(r"\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_NO_ACTION = frozenset({"", "none", "n/a", "na", "no action", "-", "nothing"})


@dataclass(frozen=True, slots=True)
class Written:
    """What a model has written, taken apart.

    Attributes:
        action: The tool that it wants to use; empty when it wants none.
        input: The action's parameters; None where what it wrote is no JSON object, and is in `raw_input` then.
        answer: Its answer; None when it has given none, or wants to use a tool.
        kept: The text up to where it is believed.
    """

    thought: str
    action: str = ""
    input: Mapping[str, Value] | None = None
    raw_input: str = ""
    answer: str | None = None
    kept: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands between two labels.

    Attributes:
        label: As in `_LABEL`, with spaces and in small letters; empty for what stands before all labels.
        start, begin, end: Where the label starts, and where the text behind it begins and ends.
    """

    label: str
    start: int
    begin: int
    end: int


def read_written(text: str) -> Written:
    """Take apart what a model wrote. Any text at all can be read; one without action and answer has neither."""
    hidden = _THINKING.match(text)
    thoughts = [hidden[1].strip()] if hidden is not None and hidden[1].strip() else []
    parts = _parts(text, hidden.end() if hidden is not None else 0)
    for i, part in enumerate(parts):
        following = parts[i + 1 :]
        match part.label:
            case "observation":
                # Made up: nothing from here on is believed.
                return Written("\n".join(thoughts), kept=text[: part.start].strip())
            case "finish" | "final answer":
                end = next((it.start for it in following if it.label == "observation"), len(text))
                answer = _unfenced(text[part.begin : end])
                return Written("\n".join(thoughts), answer=answer, kept=text[:end].strip())
            case "action":
                found = _action(text, part, following, "\n".join(thoughts))
                if found is not None:
                    return found
            case "" | "thought":
                thoughts += [it] if (it := text[part.begin : part.end].strip()) else []
    return Written("\n".join(thoughts), kept=text.strip())


def is_no_action(name: str) -> bool:
    """Whether what stands after `Action:` says that there is none."""
    return _plain(name).lower() in _NO_ACTION


def _parts(text: str, begin: int) -> list[_Part]:
    labels = list(_LABEL.finditer(text, begin))
    ends = [it.start() for it in labels] + [len(text)]
    parts = [_Part("", begin, begin, ends[0])]
    for label, end in zip(labels, ends[1:], strict=True):
        name = (label["label"] or label["inline"]).lower().replace("_", " ")
        parts.append(_Part(name, label.start(), label.end(), end))
    return parts


def _action(text: str, part: _Part, following: list[_Part], thought: str) -> Written | None:
    """An action and its input; None where it says that there is none."""
    written = text[part.begin : part.end]
    call = _CALL.fullmatch(_plain(written))
    inline = _INLINE_INPUT.search(written)
    if following and following[0].label == "action input":
        name, begin, end = _plain(written), following[0].begin, following[0].end
    elif inline is not None:
        name, begin, end = _plain(written[: inline.start()]), part.begin + inline.end(), part.end
    elif call is not None:  # name(…) or name[…]
        raw = (call["round"] or call["square"] or "").strip()
        value = _object_at(raw, 0)[0] if raw else {}
        return Written(thought, call["name"], value, "" if value is not None else raw, kept=text[: part.end].strip())
    else:
        # No input: it may follow all the same, or there is none.
        line = written.strip("\r\n \t").partition("\n")[0]
        name, begin = _plain(line), part.begin + written.find(line) + len(line)
        end = begin
    if is_no_action(name):
        return None
    # JSON may hold what looks like a label, so it is read first, however far it goes.
    value, json_end = _object_at(text, begin)
    if value is not None:
        return Written(thought, name, value, kept=text[:json_end].strip())
    raw = _unfenced(text[begin:end])
    return Written(thought, name, None if raw else {}, raw, kept=text[:end].strip())


_OBJECT = re.compile(r"\s*(?:`{1,4}[ \t]*(?:json)?\s*)?(?=\{)", re.IGNORECASE)


def _object_at(text: str, begin: int) -> tuple[Mapping[str, Value] | None, int]:
    """The JSON object that begins here, perhaps after a fence, and where it ends. Line breaks in its strings are
    forgiven."""
    start = _OBJECT.match(text, begin)
    if start is None:
        return None, begin
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text, start.end())
    except (ValueError, RecursionError):
        return None, begin
    return value, end


def _unfenced(text: str) -> str:
    """The text without blanks around it, and without a fence that is around all of it."""
    stripped = text.strip()
    if not stripped.startswith("```"):
        return stripped
    _, _, body = stripped.partition("\n")
    body = body.rstrip().removesuffix("```").rstrip()
    return stripped if "```" in body else body


def _plain(text: str) -> str:
    """A tool's name without what models put around it."""
    return text.strip().strip("`*\"'").strip()
