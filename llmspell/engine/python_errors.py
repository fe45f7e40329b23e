"""Errors in restricted Python: the class that scripts catch, and the map that an uncaught one becomes.

Only the script's own frames are described: paths and code of ours, and of the standard library, stay out."""

from __future__ import annotations

from .python_sealed import Fixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class LLMSpellError(Exception, metaclass=Fixed):
    """Raised by every call that fails. `code` is stable: compare it, not the message."""

    def __init__(
        self, message: str = "", *, code: str = "script_error", hint: str = "", details: object = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.details = {} if details is None else details

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else str(self.message)


class UnknownName(LLMSpellError, AttributeError):
    """A global or an object has no such method; an AttributeError too, so that `hasattr` works."""


class TimedOut(LLMSpellError, TimeoutError):
    """A call or a task took too long."""


class Cancelled(LLMSpellError):
    """The task was asked to stop."""


_CLASSES: dict[object, type[LLMSpellError]] = {"timed_out": TimedOut, "cancelled": Cancelled}


def error_from_map(fields: Mapping[str, object]) -> LLMSpellError:
    """The exception for an error map that came over the wire."""
    return _CLASSES.get(fields.get("code"), LLMSpellError)(
        str(fields.get("message", "")),
        code=str(fields.get("code", "error")),
        hint=str(fields.get("hint", "") or ""),
        details=fields.get("details"),
    )


def _text(value: object) -> str:
    """`str(value)` of an exception, which may be code of the script's own and fail."""
    try:
        text = str(value)
        return text if type(text) is str else str.__str__(text)
    except Exception as error:
        return f"<its text cannot be shown: {type(error).__name__}>"


def error_to_map(error: BaseException, sources: Mapping[str, list[str]]) -> dict[str, object]:
    """The wire form of an exception.

    Args:
        sources: The lines of every file of the script, by the name that its code carries.
    """
    if isinstance(error, LLMSpellError):
        fields: dict[str, object] = {"code": error.code, "message": error.message}
        if error.hint:
            fields["hint"] = error.hint
        if error.details:
            fields["details"] = error.details
        for name in ("code", "message", "hint"):
            if name in fields and type(fields[name]) is not str:
                fields[name] = _text(fields[name])
    else:
        name, text = type(error).__name__, _text(error)
        fields = {"code": "script_error", "message": f"{name}: {text}" if text else name}
    traceback = script_traceback(error, sources) or getattr(error, "traceback", "")
    if type(traceback) is str and traceback:
        fields["traceback"] = traceback
    return fields


def script_traceback(error: BaseException, sources: Mapping[str, list[str]]) -> str:
    """The script's frames, newest last: file, line, function and the line's text."""
    lines: list[str] = []
    frame = error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        if (source := sources.get(code.co_filename)) is not None:
            where = "" if code.co_name == "<module>" else f" in {code.co_name}"
            lines.append(f"  {code.co_filename}:{frame.tb_lineno}{where}")
            if 0 < frame.tb_lineno <= len(source):
                lines.append(f"    {source[frame.tb_lineno - 1].strip()}")
        frame = frame.tb_next
    if len(lines) > 40:  # a recursion error has hundreds of frames
        lines = [*lines[:20], f"  ... {(len(lines) - 40) // 2} more ...", *lines[-20:]]
    return "\n".join(lines)


def nearest(asked: str, known: Iterable[str]) -> str:
    """A hint that names the most similar name, or empty. `difflib` would have to be loaded from a file."""

    def distance(one: str, other: str) -> int:
        row = list(range(len(other) + 1))
        for i, a in enumerate(one, 1):
            before, row[0] = row[0], i
            for j, b in enumerate(other, 1):
                before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
        return row[-1]

    if len(asked) > 60:
        return ""
    ranked = sorted((distance(asked.lower(), it.lower()), it) for it in known if len(it) <= 60)
    if ranked and ranked[0][0] <= max(1, len(asked) // 3):
        return f"did you mean {ranked[0][1]}?"
    return ""
