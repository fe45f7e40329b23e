"""Where the hooks of the settings are put: in which run, and in which order among all hooks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import BadArgument
from llmspell.events.listeners import is_glob, matcher
from llmspell.events.plain import canonical
from llmspell.events.points import AGENT, MODEL, TOOL, WORKFLOW, WORKFLOW_STAGE, Points

if TYPE_CHECKING:
    from llmspell.effects.run import Run
    from llmspell.events.hook import Function, Hook
    from llmspell.events.hooks import Hooks
    from llmspell.security.redact import Redactor

# A script's hooks are between -1000 and 1000. What measures comes first, before and after; what is sent is redacted
# when all others have done with it, and what comes back before others see it; then come those that hold back.
FIRST = 3000
OUTPUT_IS_REDACTED = 2000
SEES_OUTPUT = 1500
LAST_WORD = -1500
INPUT_IS_REDACTED = -2000
SEES_INPUT = -2500
HOLDS_BACK = -3000

MAX_SHOWN = 2000  # characters of what went in or came out

POINTS_OF: dict[str, Points] = {
    "agent": AGENT,
    "model": MODEL,
    "tool": TOOL,
    "workflow": WORKFLOW,
    "step": WORKFLOW_STAGE,
}


class Place(NamedTuple):
    """What a hook of the settings is given.

    Attributes:
        name: The hook's own, as in `[hooks.NAME]`.
        redactor: Knows the run's secrets.
        replaced: Makes a value without what `[hooks.redaction]` is to replace, where that is on.
    """

    name: str
    run: Run
    redactor: Redactor
    replaced: Callable[[Any], Any] | None = None

    @property
    def hooks(self) -> Hooks:
        return self.run.hooks

    def register(
        self, point: str, function: Function, priority: int, *, timeout_s: float | None = None, fatal: bool = False
    ) -> Hook:
        """As of `Hooks`, under this hook's name."""
        return self.hooks.register(
            point, function, priority, timeout_s=timeout_s, fatal=fatal, name=f"hooks.{self.name}"
        )

    def shown(self, value: Any) -> str:
        """What went in or came out, without what nobody shall see, in one line that is not too long."""
        if value is None:
            return ""
        clean = self.redactor.value(value)
        text = self.redactor.text(canonical(clean if self.replaced is None else self.replaced(clean)))
        return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}… ({len(text)} characters)"

    def say(self, level: str, message: str) -> None:
        """Tell people something, where anybody reads it."""
        if self.run.say is not None:
            self.run.say(level, message)


class Names:
    """Which names a hook is about, by globs. A hyphen and an underscore are the same."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._matchers = [matcher(it.replace("_", "-")) for it in patterns if is_glob(it)]
        self._exact = {it.replace("_", "-") for it in patterns if not is_glob(it)}

    def __contains__(self, name: str) -> bool:
        written = name.replace("_", "-")
        return written in self._exact or any(it(written) for it in self._matchers)


def at_least(options: Mapping[str, Any], key: str, least: float, what: str) -> Any:
    """An amount of the settings.

    Raises:
        BadArgument: It is less than that.
    """
    if options[key] < least:
        raise BadArgument(f"{key} is {what}, {least:g} or more, not {options[key]:g}")
    return options[key]


class Lines:
    """Where lines of text are written: a file, which they are added to, or stderr."""

    def __init__(self, path: str) -> None:
        self._descriptor = -1
        if path != "stderr":
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                self._descriptor = os.open(path, flags, 0o600)  # what is in it may be nobody else's business
            except OSError as problem:
                reason = (problem.strerror or str(problem)).lower()
                raise BadArgument(f"{path} cannot be written: {reason}") from problem

    def write(self, line: str) -> None:
        """Add one. A full disk must not fail a run that is watched."""
        raw = f"{line}\n".encode("utf-8", "backslashreplace")
        try:
            if self._descriptor >= 0:
                os.write(self._descriptor, raw)
            else:
                sys.stderr.buffer.write(raw)
                sys.stderr.flush()
        except (OSError, ValueError):
            pass

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
