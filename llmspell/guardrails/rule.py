"""A rule, ready to be applied: to a whole text, or to one that comes in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from llmspell.guardrails import finders, library
from llmspell.guardrails.patterns import Pattern

if TYPE_CHECKING:
    from llmspell.guardrails.finders import Finder, Span
    from llmspell.guardrails.spec import Place, RuleSpec
    from llmspell.security.redact import Redactor

CONTEXT_CHARS = 64  # before a place that a finder may look at
AT_ONCE_CHARS = 64  # are given on together: to look again for each character that comes would cost much more
MAX_OPEN_CHARS = 16 * 1024  # of something found that goes on and on; then it is taken as it is


class Rule:
    """What a `spec.RuleSpec` says, with its finders.

    Args:
        hold_back: Of matches of patterns; None where answers are held back as a whole.

    Raises:
        ConfigError: A library is missing.
        BadArgument: A pattern is none.
    """

    def __init__(self, spec: RuleSpec, redactor: Redactor, hold_back: int | None) -> None:
        self.spec = spec
        found = [finders.finder_of(it, redactor) or library.finder_of(it) for it in spec.find]
        self._finders: tuple[Finder, ...] = (*found, *(Pattern(it, hold_back or 0) for it in spec.patterns))
        # One more: what follows a match decides whether it is one.
        self.hold_back = None if hold_back is None else max((it.longest for it in self._finders), default=0) + 1

    def holds(self, place: Place, name: str) -> bool:
        """Whether it is about this model or tool, there."""
        return place in self.spec.on and any(fnmatchcase(name.lower(), it.lower()) for it in self.spec.names)

    def spans(self, text: str, start: int = 0) -> Iterator[tuple[Span, str]]:
        """What it finds, from a place on: the earliest first, of several that begin together the longest; then on from
        its end. With the finder's name."""
        cursors = [_Cursor(it, text, start) for it in self._finders]
        while True:
            waiting = [it for it in cursors if it.span is not None]
            if not waiting:
                return
            best = min(waiting, key=_earliest)
            span = best.span
            assert span is not None
            yield span, best.finder.name
            for it in waiting:
                it.skip_to(span[1])

    def applied(self, text: str) -> tuple[str, list[str]]:
        """The text as it may go on, and the names of what was found in it."""
        made: list[str] = []
        names: list[str] = []
        at = 0
        for (start, end), name in self.spans(text):
            names.append(name)
            made += (text[at:start], self.spec.replacement)
            at = end
        if not names or self.spec.action != "redact":
            return text, names
        return "".join((*made, text[at:])), names


class _Cursor:
    """The next thing that one finder finds."""

    __slots__ = ("_spans", "_text", "finder", "span")

    def __init__(self, finder: Finder, text: str, start: int) -> None:
        self.finder = finder
        self._text = text
        self._spans = finder.spans(text, start)
        self.span = next(self._spans, None)

    def skip_to(self, at: int) -> None:
        """Go on from a place, if what was found next begins before it."""
        if self.span is not None and self.span[0] < at:
            if self.span[1] != at:  # it overlaps what another one has found: what it would find after that is unknown
                self._spans = self.finder.spans(self._text, at)
            self.span = next(self._spans, None)


def _earliest(cursor: _Cursor) -> tuple[int, int]:
    assert cursor.span is not None
    return cursor.span[0], -cursor.span[1]


class Stream:
    """One rule over one text that comes in pieces: gives on what can be no part of anything it looks for.

    What it gives on, put together, is what `Rule.applied` makes of the whole, wherever the text was cut: exactly, for
    all that is no longer than the rule holds back. What goes on beyond that is held until it ends, up to a bound.

    Attributes:
        found: The names of what was found.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._text = ""
        self._at = 0  # where what was not given on begins
        self.found: list[str] = []

    def feed(self, piece: str, *, is_last: bool = False) -> str:
        """Take a piece, and give on what may be."""
        rule = self._rule
        self._text += piece
        text, at = self._text, self._at
        if is_last:
            limit = len(text)
        elif rule.hold_back is None:
            return ""
        else:
            limit = len(text) - rule.hold_back
        if limit - at < (1 if is_last else AT_ONCE_CHARS):
            return ""
        made: list[str] = []
        for (start, end), name in rule.spans(text, at):
            if start >= limit:
                break
            if end == len(text) and not is_last and end - start < MAX_OPEN_CHARS:
                limit = start  # it may go on
                break
            self.found.append(name)
            made += (text[at:start], rule.spec.replacement if rule.spec.action == "redact" else text[start:end])
            at = end
        if at < limit:
            made.append(text[at:limit])
            at = limit
        cut = max(0, at - CONTEXT_CHARS)
        self._text, self._at = text[cut:], at - cut
        return "".join(made)
