"""`Logger`: structured messages, to stderr by way of a sink and to the journal as notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

from llmspell.errors import BadArgument
from llmspell.interface.declare import Fields, method, script_global, script_object
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value
from llmspell.tools.results import readable

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services

Level = Literal["trace", "debug", "info", "warn", "error"]
LEVELS: dict[str, int] = {"trace": 0, "debug": 1, "info": 2, "warn": 3, "error": 4, "off": 5}
_SPELLINGS = {"warning": "warn", "err": "error", "fatal": "error", "critical": "error", "none": "off"}

LogFields = Annotated[dict[str, Value], Fields] | None


class LogSink(Protocol):
    """Where messages go. Called by `Logger`; implemented by whoever owns stderr, who also redacts and escapes."""

    def write(self, level: str, message: str, fields: Mapping[str, Value]) -> None:
        """Show one message. Never raises: a full disk must not fail a script that logs."""


class _Threshold:
    """The least level that is shown; shared by a Logger and every logger made of it."""

    __slots__ = ("level",)

    def __init__(self, level: str) -> None:
        self.level = level if level in LEVELS else "info"

    def shows(self, level: str) -> bool:
        return LEVELS[level] >= LEVELS[self.level]


class _Writer:
    """Writes the messages of one logger: those of its level or above, with its fields."""

    __slots__ = ("fields", "sink", "threshold")

    def __init__(self, sink: LogSink, threshold: _Threshold, fields: dict[str, Value]) -> None:
        self.sink = sink
        self.threshold = threshold
        self.fields = fields

    def write(self, ctx: RunContext, level: str, message: Value, fields: dict[str, Value] | None) -> None:
        if not self.threshold.shows(level):
            return
        text = message if isinstance(message, str) else readable(message)
        merged = {**self.fields, **fields} if fields else self.fields
        ctx.run.journal.note(ctx.run_id, "log", ctx.key, {"level": level, "message": text, "fields": dict(merged)})
        self.sink.write(level, text, merged)

    def with_fields(self, fields: dict[str, Value] | None) -> _Writer:
        return _Writer(self.sink, self.threshold, {**self.fields, **(fields or {})})


@script_object("LoggerObject")
class LoggerObject:
    """A logger whose messages all carry the same fields."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    @method(recorded=False)
    def trace(self, ctx: RunContext, message: Value, fields: LogFields = None) -> None:
        """Log at the finest level.

        Args:
            message: Text; anything else is shown as JSON.
            fields: What the message is about, by name.
        """
        self._writer.write(ctx, "trace", message, fields)

    @method(recorded=False)
    def debug(self, ctx: RunContext, message: Value, fields: LogFields = None) -> None:
        """Log what helps to find a mistake.

        Args:
            message: Text; anything else is shown as JSON.
            fields: What the message is about, by name.
        """
        self._writer.write(ctx, "debug", message, fields)

    @method(recorded=False)
    def info(self, ctx: RunContext, message: Value, fields: LogFields = None) -> None:
        """Log what happens.

        Args:
            message: Text; anything else is shown as JSON.
            fields: What the message is about, by name.
        """
        self._writer.write(ctx, "info", message, fields)

    @method(aliases=("warning",), recorded=False)
    def warn(self, ctx: RunContext, message: Value, fields: LogFields = None) -> None:
        """Log what may become a problem.

        Args:
            message: Text; anything else is shown as JSON.
            fields: What the message is about, by name.
        """
        self._writer.write(ctx, "warn", message, fields)

    @method(recorded=False)
    def error(self, ctx: RunContext, message: Value, fields: LogFields = None) -> None:
        """Log what failed. The script goes on.

        Args:
            message: Text; anything else is shown as JSON.
            fields: What the message is about, by name.
        """
        self._writer.write(ctx, "error", message, fields)

    @method(aliases=("bind",), recorded=False)
    def with_(self, ctx: RunContext, fields: LogFields = None) -> LoggerObject:
        """A logger with more fields.

        Args:
            fields: Added to those that this one has.
        """
        return LoggerObject(self._writer.with_fields(fields))


@script_global("Logger")
class LoggerGlobal(LoggerObject):
    """Structured messages, to stderr and to the run's journal. stdout stays the script's own."""

    def __init__(self, sink: LogSink, level: str = "info") -> None:
        self._threshold = _Threshold(level)
        super().__init__(_Writer(sink, self._threshold, {}))

    @classmethod
    def build(cls, services: Services) -> LoggerGlobal:
        logging = services.settings.visible().get("logging")
        return cls(services.log, str(logging.get("level", "info")) if isinstance(logging, dict) else "info")

    @method(recorded=False)
    def log(self, ctx: RunContext, level: str, message: Value, fields: LogFields = None) -> None:
        """Log at a level given by name.

        Args:
            level: `trace`, `debug`, `info`, `warn` or `error`.
            message: Text; anything else is shown as JSON.
            fields: What the message is about, by name.
        """
        self._writer.write(ctx, _level(level, "Logger.log"), message, fields)

    @method(aliases=("setLevel",), recorded=False)
    def set_level(self, ctx: RunContext, level: str) -> None:
        """Show only messages of this level and above, from now on and in this run.

        Args:
            level: `trace`, `debug`, `info`, `warn`, `error` or `off`.
        """
        self._threshold.level = _level(level, "Logger.set_level")

    @method(aliases=("getLevel",), recorded=False)
    def get_level(self, ctx: RunContext) -> str:
        """The least level that is shown."""
        return self._threshold.level

    @method(aliases=("isEnabled",), recorded=False)
    def is_enabled(self, ctx: RunContext, level: str) -> bool:
        """Whether a message of this level would be shown.

        Args:
            level: `trace`, `debug`, `info`, `warn` or `error`.
        """
        return self._threshold.shows(_level(level, "Logger.is_enabled"))


def _level(written: str, where: str) -> str:
    lower = written.lower()
    level = _SPELLINGS.get(lower, lower)
    if level not in LEVELS:
        hint = did_you_mean(lower, LEVELS) or f"one of {', '.join(LEVELS)}"
        raise BadArgument(f"{where}: no level is called {written[:40]!r}", hint=hint)
    return level
