"""Replace what others shall not see, in what goes to models, tools and events, and in what comes back from them.

Where it cannot do its work, what it was to guard is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument
from llmspell.events.built_in.place import INPUT_IS_REDACTED, OUTPUT_IS_REDACTED, Place
from llmspell.events.outcome import Outcome
from llmspell.events.plain import same
from llmspell.events.points import POINTS
from llmspell.security.redact import REDACTED, Redactor

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment

MAX_PATTERNS = 1000
TIMEOUT_S = 60.0


class Replacing:
    """Makes values without what the patterns match and, where that is asked for, without secrets. Of these only what a
    text itself shows to be one: a field that is called `token` may be what a tool is there for."""

    def __init__(self, patterns: tuple[str, ...], replacement: str, redactor: Redactor | None) -> None:
        if len(patterns) > MAX_PATTERNS:
            raise BadArgument(f"patterns has at most {MAX_PATTERNS} regular expressions, not {len(patterns)}")
        self._patterns = [_compiled(it) for it in patterns]
        self._replacement = replacement
        self._redactor = redactor

    def value(self, value: Any) -> Any:
        """A copy in which every text is redacted, names of fields too."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self.value(key): self.value(it) for key, it in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(it) for it in value]
        if isinstance(value, bytes):
            text = value.decode("utf-8", "surrogateescape")
            redacted = self._text(text)
            return value if redacted == text else redacted.encode("utf-8", "surrogateescape")
        return value

    def _text(self, text: str) -> str:
        if self._redactor is not None:
            text = self._redactor.text(text)
            if self._replacement != REDACTED:
                text = text.replace(REDACTED, self._replacement)
        for pattern in self._patterns:
            text = pattern.sub(self._replace, text)  # by a function: a backslash in what is written is a backslash
        return text

    def _replace(self, found: re.Match[str]) -> str:
        return self._replacement


def replacing_of(options: Mapping[str, Any], redactor: Redactor) -> Replacing:
    """As the settings want it."""
    return Replacing(options["patterns"], options["replacement"], redactor if options["secrets"] else None)


def register(place: Place, options: Mapping[str, Any]) -> None:
    """Options: patterns, secrets, replacement, points."""
    replacing = replacing_of(options, place.redactor)

    def of(subject: str) -> Any:
        async def redact(moment: Moment, ctx: RunContext) -> Outcome | None:
            value = getattr(moment, subject)
            redacted = replacing.value(value)
            return None if same(redacted, value) else Outcome("modified", data=redacted)

        return redact

    for name in options["points"]:
        point = POINTS.get(name)
        if point is None or not point.subject:
            raise BadArgument(
                f"nothing can be redacted at {name}",
                hint=f"at {', '.join(it.name for it in POINTS.values() if it.subject)}",
            )
        priority = INPUT_IS_REDACTED if point.subject == "input" else OUTPUT_IS_REDACTED
        place.register(name, of(point.subject), priority, timeout_s=TIMEOUT_S, fatal=True)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise BadArgument(f"{pattern[:100]!r} is no regular expression: {problem}") from None
