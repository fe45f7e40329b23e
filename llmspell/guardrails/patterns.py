"""Regular expressions of users and scripts, by RE2: its time grows with the text's length, whatever the expression.

Python's own would hold up the host for hours with the wrong text. RE2 has neither lookaround nor backreferences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, ConfigError

if TYPE_CHECKING:
    from llmspell.guardrails.finders import Span

MAX_PATTERNS = 200
MAX_PATTERN_CHARS = 2_000
_MAX_MEMORY = 8 * 1024 * 1024  # of one compiled expression; a larger one is refused


class Pattern:
    """One expression, as a `finders.Finder`."""

    __slots__ = ("_pattern", "longest", "name")

    def __init__(self, text: str, longest: int) -> None:
        self.name = "pattern"
        self.longest = longest
        self._pattern = _compiled(text)

    def spans(self, text: str, start: int) -> Iterator[Span]:
        for found in self._pattern.finditer(text, start):
            if found.end() > found.start():
                yield found.start(), found.end()


def _compiled(text: str) -> Any:
    try:
        import re2  # late: few rules have expressions
    except ImportError as error:
        raise ConfigError(
            "rules with regular expressions need the library google-re2, which is not installed",
            hint="install the extra: pip install 'llmspell[patterns]'",
        ) from error
    if len(text) > MAX_PATTERN_CHARS:
        raise BadArgument(f"a regular expression has at most {MAX_PATTERN_CHARS} characters, this one {len(text)}")
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    try:
        pattern = re2.compile(text, options)
        is_everywhere = pattern.search("") is not None
    except re2.error as problem:
        said = problem.args[0] if problem.args else ""
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise BadArgument(
            f"{text[:100]!r} is no regular expression of RE2: {said[:200]}",
            hint="it is as Python's, without lookaround and backreferences",
        ) from None
    if is_everywhere:
        raise BadArgument(f"the regular expression {text[:100]!r} is found everywhere, also in an empty text")
    return pattern
