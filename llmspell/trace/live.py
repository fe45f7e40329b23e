"""What a run is doing, as it does it: for `--trace`. A watcher of the run; it draws, or writes lines.

A line for what has ended, and before it, at the first thing that happens inside something, a line for that. On a
terminal what is under way stands below them, drawn again while it changes: see `cli.trace_drawing`. Nothing here
writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.cells import cut, one_line
from llmspell.journal.packed import shown_args
from llmspell.trace.node import state_of_error
from llmspell.trace.text import ASCII_SIGNS, COLOURS, SIGNS
from llmspell.trace.wording import detail_of, duration, title_of, usd

if TYPE_CHECKING:
    from llmspell.journal.entries import Draft
    from llmspell.security.redact import Redactor

MAX_UNDER_WAY = 10_000  # of which is kept what they are; a script can have any number
_DETAIL = 60
_LARGE_BYTES = 64 * 1024  # of arguments; larger ones are not looked at
_MARK = "trace: "


class _Begun:
    __slots__ = ("depth", "key", "parent", "said", "started", "text", "told")

    def __init__(self, draft: Draft, text: str, depth: int) -> None:
        self.key = draft.key
        self.parent = draft.parent
        self.text = text
        self.depth = depth
        self.started = draft.started_at
        self.said = False  # that it has begun
        self.told = ""  # what went wrong inside it


class LiveTrace:
    """Implements `effects.watching.Watcher`.

    Args:
        write: Puts lines where they belong, without their line ends.
        redactor: Nothing in a draft is redacted.
        paint: Puts a text into a colour, where colours are taken.
    """

    def __init__(
        self,
        write: Callable[[list[str]], None],
        redactor: Redactor,
        *,
        paint: Callable[[str, str], str] = lambda text, colour: text,
        ascii_only: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._write = write
        self._redactor = redactor
        self._paint = paint
        self._clock = clock
        self._signs = {**(ASCII_SIGNS if ascii_only else SIGNS), "ok": "+" if ascii_only else "✓"}
        self._began = ">" if ascii_only else "▸"
        self._begun: dict[str, _Begun] = {}
        self.n_ended = 0
        self.tokens = 0
        self.cost_usd = 0.0

    def opened(self, draft: Draft) -> None:
        if draft.local:
            return
        around = self._begun.get(draft.parent)
        # What something happens in is named before it.
        missing: list[_Begun] = []
        while around is not None and not around.said:
            around.said = True
            missing.append(around)
            around = self._begun.get(around.parent)
        if missing:
            self._write([self._line(it.depth, self._began, it.text, "") for it in reversed(missing)])
        around = self._begun.get(draft.parent)
        if len(self._begun) < MAX_UNDER_WAY:
            self._begun[draft.key] = _Begun(draft, self._text(draft), 0 if around is None else around.depth + 1)

    def closed(self, draft: Draft) -> None:
        if draft.local:
            return
        begun = self._begun.pop(draft.key, None)
        text, depth = (self._text(draft), 0) if begun is None else (begun.text, begun.depth)
        self.n_ended += 1
        # What an earlier run has done and paid for costs nothing again.
        n_tokens = 0 if draft.reused else draft.usage.input_tokens + draft.usage.output_tokens
        cost_usd = 0.0 if draft.reused else draft.cost_usd
        self.tokens += n_tokens
        self.cost_usd += cost_usd
        state = "ok" if draft.error is None else state_of_error(str(draft.error.get("code", "")))
        took = duration(max(0.0, (draft.ended_at or self._clock()) - draft.started_at))
        facts = ["reused" if draft.reused else took]
        if n_tokens:
            facts.append(f"{n_tokens:,} tokens")
        if cost_usd > 0:
            facts.append(f"${usd(cost_usd)}")
        facts += [
            f"denied {it.kind}:{it.subject}, {f'by the rule {it.rule}' if it.rule else 'no rule grants it'}"
            for it in draft.decisions
            if not it.allowed
        ][:3]
        if draft.error is not None:
            # Redacted before it is cut, as above.
            wrong = self._clean(f"{draft.error.get('code', 'error')}: {draft.error.get('message', '')}")[:300]
            if begun is None or begun.told != wrong:  # once, where it came from
                facts.append(wrong)
            around = self._begun.get(draft.parent)
            if around is not None:
                around.told = wrong
        said = self._clean(", ".join(facts))
        self._write([self._line(depth, self._signs[state], text, said, COLOURS.get(state, ""))])

    def under_way(self) -> list[tuple[int, str, float]]:
        """Depth, text and seconds of all that is under way, in the order of beginnings."""
        now = self._clock()
        return [(it.depth, it.text, max(0.0, now - it.started)) for it in self._begun.values()]

    def _text(self, draft: Draft) -> str:
        title = title_of(draft.kind, draft.target, draft.method)
        detail = ""
        packed = draft.args_packed
        if len(packed) <= _LARGE_BYTES:
            # Redacted before it is cut: of half a secret nobody could tell that it is one.
            args = self._redactor.value(shown_args(packed, is_call=draft.kind == "call"))
            detail = detail_of(draft.kind, args)
        return cut(self._clean(title), 80) + (f" {cut(self._clean(detail), _DETAIL)}" if detail else "")

    def _clean(self, text: str) -> str:
        return one_line(self._redactor.text(text))

    def _line(self, depth: int, sign: str, text: str, said: str, colour: str = "") -> str:
        shown = f"{'  ' * min(depth, 20)}{self._paint(sign, colour) if colour else sign} {text}"
        return self._paint(_MARK, "2") + shown + (f"  {self._paint(said, colour or '2')}" if said else "")
