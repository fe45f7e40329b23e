"""Tell a thought from an answer while a model writes in the form of `agents.react`.

Thoughts go out line by line as reasoning, the answer as it arrives. Actions and what a model makes up after them are
not shown: the tool's own events tell of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.agents.events import AgentEvent
from llmspell.agents.react_text import is_no_action
from llmspell.models.protocol import ReasoningDelta, TextDelta

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.models.protocol import ModelEvent

_LABEL = re.compile(
    r"[ \t]{0,12}[*_#>\-]{0,4}[ \t]{0,4}(thought|action[ _]input|action|observation|finish|final[ _]answer)"
    r"[ \t]{0,4}(?:[*_]{1,2}:|:[*_]{0,2})[ \t]{0,4}",
    re.IGNORECASE,
)
_INLINE = re.compile(r"final answer[ \t]{0,4}(?:[*_]{1,2}:|:[*_]{0,2})[ \t]{0,4}", re.IGNORECASE)
_OBSERVATION = "observation:"
_END_OF_THINKING = re.compile(r"</think(?:ing)?>", re.IGNORECASE)


class ReactStream:
    """Awaited with each piece of one answer; hands on what people should see."""

    __slots__ = ("_agent", "_has_begun", "_on_event", "_state", "_waiting")

    def __init__(self, on_event: OnEvent, agent: str) -> None:
        self._on_event = on_event
        self._agent = agent
        self._state = "thought"  # hidden: within <think> · action: its name is to follow · answer · over
        self._waiting = ""
        self._has_begun = False  # the answer, whose first blanks are not shown

    async def __call__(self, event: ModelEvent) -> None:
        match event:
            case ReasoningDelta(text):
                await self._on_event(AgentEvent("reasoning", text, self._agent))
            case TextDelta(text):
                self._waiting += text
                await self._read()

    async def end(self) -> None:
        """The model has stopped: what waited for more is all there is."""
        if self._state not in ("answer", "over"):
            self._waiting += "\n"
            await self._read()
        if self._state == "answer":
            await self._show(self._waiting.rstrip())
            self._state = "over"

    async def _read(self) -> None:
        while self._state in ("thought", "hidden", "action"):
            line, newline, rest = self._waiting.partition("\n")
            label = _LABEL.match(line) if self._state != "hidden" else None
            name = label[1].lower() if label is not None else ""
            begin = label.end() if label is not None else 0
            if name.startswith("fin"):
                self._waiting = self._waiting[begin:]
                self._state = "answer"
            elif name == "observation":
                self._state = "over"
            elif not newline:
                return  # the rest of the line decides
            elif name == "action" or (self._state == "action" and not name):
                self._waiting = rest
                self._look_at_action(line[begin:])
            else:
                self._waiting = rest
                await self._think(line, begin)
        if self._state == "answer":
            await self._answer()

    def _look_at_action(self, name: str) -> None:
        """What is written after an action's name is not shown, unless that says that there is no action."""
        if not name.strip():
            self._state = "action"  # it may stand in the next line
        else:
            self._state = "thought" if is_no_action(name) else "over"

    async def _think(self, line: str, begin: int) -> None:
        thought = line[begin:]
        if self._state == "action":
            self._state = "thought"
        if self._state == "hidden" or line.lstrip().lower().startswith("<think"):
            self._state = "thought" if _END_OF_THINKING.search(line) else "hidden"
            thought = re.sub(r"</?think(?:ing)?>", "", thought, flags=re.IGNORECASE)
        inline = _INLINE.search(thought)
        if inline is not None and self._state == "thought":
            self._waiting = f"{thought[inline.end() :]}\n{self._waiting}"
            thought = thought[: inline.start()]
            self._state = "answer"
        if thought.strip():
            await self._on_event(AgentEvent("reasoning", f"{thought.strip()}\n", self._agent))

    async def _answer(self) -> None:
        """Hand on all but a last line that may become an observation, which is not believed."""
        text = self._waiting
        ready = text
        at = 0
        while (at := text.find("\n", at)) >= 0:
            line = text[at + 1 :].lstrip(" \t*_#>-").lower()
            if line.startswith(_OBSERVATION):
                self._state = "over"
                ready = text[:at]
                break
            if "\n" not in line and _OBSERVATION.startswith(line):
                ready = text[:at]
                break
            at += 1
        # Blanks wait, too: they may be the last of it.
        shown = ready.rstrip()
        self._waiting = text[len(shown) :]
        await self._show(shown)

    async def _show(self, text: str) -> None:
        if not self._has_begun:
            text = text.lstrip()
        if text:
            self._has_begun = True
            await self._on_event(AgentEvent("text", text, self._agent))
