"""Errors in Python scripts: the classes that they catch, and the map that an uncaught one becomes.

Only the script's own frames are described: paths and code of ours, and of the standard library, stay out."""

from __future__ import annotations

from .python_sealed import Fixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self


class LLMSpellError(Exception, metaclass=Fixed):
    """Raised by every call that fails. `code` is stable; an error whose code has a class below is one of that class."""

    code = "script_error"

    def __new__(cls, message: str = "", *, code: str = "", hint: str | None = None, details: object = None) -> Self:
        chosen = CLASSES.get(code, cls) if cls is LLMSpellError and type(code) is str else cls
        return super(LLMSpellError, chosen).__new__(chosen, message)  # type: ignore[return-value]

    def __init__(self, message: str = "", *, code: str = "", hint: str | None = None, details: object = None) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code
        self.hint = hint or None
        self.details = {} if details is None else details

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else str(self.message)


class BadArgument(LLMSpellError):
    """A call has a missing, superfluous or unfit argument."""

    code = "bad_argument"


class InvalidParams(LLMSpellError):
    """A tool's parameters do not fit its schema."""

    code = "invalid_params"


class ConversionError(LLMSpellError):
    """A value cannot leave the script."""

    code = "not_convertible"


class NotFound(LLMSpellError):
    """What was asked for by name is not there."""

    code = "not_found"


class ToolNotFound(NotFound):
    """There is no such tool."""

    code = "tool_not_found"


class ModelNotFound(NotFound):
    """There is no such model, provider or alias."""

    code = "model_not_found"


class AgentNotFound(NotFound):
    """There is no such agent."""

    code = "agent_not_found"


class WorkflowNotFound(NotFound):
    """There is no such workflow."""

    code = "workflow_not_found"


class ToolFailed(LLMSpellError):
    """A tool could not do what it was asked; the code may be one of the tool's own."""

    code = "tool_failed"


class TimedOut(LLMSpellError, TimeoutError):
    """A call or a task took too long."""

    code = "timed_out"


class Cancelled(LLMSpellError):
    """The task was asked to stop."""

    code = "cancelled"


class SchemaError(LLMSpellError):
    """A model's answer is not what was asked for; `details` have the `path` of the mistake and the text, `raw`."""

    code = "schema_error"


class AgentStopped(LLMSpellError):
    """An agent went on for too long or in circles; `details` have what it has done."""

    code = "agent_stopped"


class HookCancelled(LLMSpellError):
    """A hook has said no."""

    code = "hook_cancelled"


class WorkflowStopped(LLMSpellError):
    """A workflow went too far: too many steps, too deep, a loop without end, too much output."""

    code = "workflow_stopped"


class BudgetExceeded(LLMSpellError):
    """A call would cost more than is left."""

    code = "budget_exceeded"


class GuardrailTripped(LLMSpellError):
    """A guardrail that is strict has found what it looks for, or a limit of one is used up."""

    code = "guardrail_tripped"


class ProviderError(LLMSpellError):
    """A model's provider refused or failed, after all attempts."""

    code = "provider_error"


class MalformedAnswer(ProviderError):
    """A provider's answer is not what its format says."""

    code = "malformed_answer"


class ConfigError(LLMSpellError):
    """A setting is unknown, of the wrong type, or missing."""

    code = "config_error"


class KeyMissing(ConfigError):
    """No key is set for a provider."""

    code = "key_missing"


class PermissionDenied(LLMSpellError):
    """The profile does not allow it."""

    code = "permission_denied"


class FlowDenied(PermissionDenied):
    """The run holds private and untrusted data, and no permission names the way out."""

    code = "flow_denied"


class StoreError(LLMSpellError):
    """State or the journal could not be read or written."""

    code = "store_error"


class StateFull(StoreError):
    """State would hold more than a setting allows."""

    code = "state_full"


class StateNewer(StoreError):
    """State was migrated to a version that the script does not know."""

    code = "state_newer"


# Names that scripts see beside LLMSpellError, by the code that chooses them.
CLASSES: dict[str, type[LLMSpellError]] = {
    it.code: it
    for it in (
        BadArgument,
        InvalidParams,
        ConversionError,
        NotFound,
        ToolNotFound,
        ModelNotFound,
        AgentNotFound,
        WorkflowNotFound,
        ToolFailed,
        TimedOut,
        SchemaError,
        AgentStopped,
        HookCancelled,
        WorkflowStopped,
        BudgetExceeded,
        GuardrailTripped,
        ProviderError,
        MalformedAnswer,
        ConfigError,
        KeyMissing,
        Cancelled,
        PermissionDenied,
        FlowDenied,
        StoreError,
        StateFull,
        StateNewer,
    )
}
# Codes of ours that have no class of their own here: a tool's own codes are none of these.
_OTHER_CODES = frozenset({"error", "script_error", "syntax_error", "internal_error", "limit_exceeded"})


class UnknownName(LLMSpellError, AttributeError):
    """A global or an object has no such method; an AttributeError too, so that `hasattr` works."""


class ImportDenied(PermissionDenied, ModuleNotFoundError):
    """A module that the profile does not allow to load: whoever catches import errors catches it."""


def error_from_map(fields: Mapping[str, object], *, of_tool: bool = False) -> LLMSpellError:
    """The exception for an error map that came over the wire.

    Args:
        of_tool: A tool was called: a code that is not ours is its own.
    """
    code = str(fields.get("code", "error"))
    own = of_tool and code not in CLASSES and code not in _OTHER_CODES
    return (ToolFailed if own else LLMSpellError)(
        str(fields.get("message", "")),
        code=code,
        hint=str(fields.get("hint", "") or ""),
        details=fields.get("details"),
    )


def _text(value: object) -> str:
    """`str(value)` of an exception, which may be code of the script's own and fail."""
    try:
        text = str(value)
        return text if type(text) is str else str.__str__(text)
    except Exception as error:  # the script's own `__str__`
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
