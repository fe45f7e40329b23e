"""Every error that llmspell raises on purpose, with the exit code that an unhandled one ends a run with.

    LLMSpellError                      1   code on the wire and in scripts
    ├── UsageError                     2   usage
    ├── ScriptError                    1   script_error
    │   └── ScriptSyntaxError          1   syntax_error (knows whether more input could mend it)
    ├── BadArgument                    1   bad_argument
    ├── InvalidParams                  1   invalid_params (with a JSON path)
    ├── ConversionError                1   not_convertible (a value that the wire cannot carry)
    ├── NotFound                       1   not_found
    │   ├── ToolNotFound               1   tool_not_found
    │   ├── ModelNotFound              1   model_not_found (a model, provider or alias that is not known)
    │   ├── AgentNotFound              1   agent_not_found
    │   ├── WorkflowNotFound           1   workflow_not_found
    │   ├── ScriptNotFound            66   script_not_found
    │   └── RunNotFound               66   run_not_found
    ├── ToolFailed                     1   tool_failed (tools refine the code)
    ├── TimedOut                       1   timed_out (one call or task, not the run)
    ├── SchemaError                    1   schema_error (an answer that is not valid, after its repairs)
    ├── AgentStopped                   1   agent_stopped (too many steps, calls, identical calls)
    ├── HookCancelled                  1   hook_cancelled (a hook has said no, or a fatal one failed)
    ├── WorkflowStopped                1   workflow_stopped (too many steps, too deep, too much output)
    ├── BudgetExceeded                79   budget_exceeded
    ├── ProviderError                 69   provider_error
    │   └── MalformedAnswer           69   malformed_answer (names the field)
    ├── Cancelled                    130   cancelled
    ├── Terminated                   143   terminated
    ├── LimitExceeded                      limit_exceeded
    │   ├── WallLimitExceeded        124   wall_limit
    │   ├── CpuLimitExceeded         152   cpu_limit     (128 + SIGXCPU, as a shell shows it)
    │   ├── MemoryLimitExceeded      137   memory_limit
    │   ├── OutputLimitExceeded      153   output_limit  (128 + SIGXFSZ)
    │   ├── CallLimitExceeded         80   call_limit
    │   ├── TaskLimitExceeded         81   task_limit
    │   └── MessageLimitExceeded      82   message_limit
    ├── ProtocolViolation             76   protocol_violation (the worker sent what no worker sends)
    ├── WorkerCrashed                 71   worker_crashed
    ├── StreamError                   74   stream_error (stdout or stderr could not be written)
    ├── StoreError                    74   store_error
    │   ├── StateFull                 74   state_full (a limit on the size of state)
    │   └── StateNewer                74   state_newer (of a version that the script does not know)
    ├── ReplayMismatch                65   replay_mismatch (a call that is not on the record, or is another there)
    │   └── ScriptChanged             65   script_changed (the script is not the one that was recorded)
    ├── TapeError                     65   tape_error (a file that is no tape, or of another version)
    ├── OutcomeUnknown                75   outcome_unknown (begun before the run was cut off)
    ├── GuardrailTripped              79   guardrail_tripped
    ├── PermissionDenied              77   permission_denied
    │   ├── ApprovalNeeded            77   approval_needed (the script asks, and nobody has approved)
    │   └── FlowDenied                77   flow_denied (private and untrusted data, and a way out)
    ├── SandboxUnavailable            78   sandbox_unavailable
    ├── ConfigError                   78   config_error
    │   └── KeyMissing                78   key_missing (names the variable and the setting)
    └── InternalError                 70   internal_error (our bug)

A script owns the exit codes 0 to 63; ours lie outside. `code` is stable: scripts compare it and it crosses the wire.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not imported on the quick path
    from collections.abc import Iterable, Mapping
    from typing import ClassVar


class LLMSpellError(Exception):
    """Base of all errors here.

    Args:
        message: What was asked and what was found; lower case, no full stop.
        hint: What to do about it, or empty.
        details: Plain data for programs, for example `{"path": "$.input"}`.
        code: Replaces the class's code, for errors whose kind is decided by data (a tool's own codes).
    """

    code: str = "error"
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, hint: str = "", details: Mapping[str, object] | None = None, code: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = dict(details or {})
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def to_wire(self) -> dict[str, object]:
        """The form that crosses the wire: code, message, and hint and details where there are any."""
        wire: dict[str, object] = {"code": self.code, "message": self.message}
        if self.hint:
            wire["hint"] = self.hint
        if self.details:
            wire["details"] = self.details
        return wire


class UsageError(LLMSpellError):
    code = "usage"
    exit_code = 2


class ScriptError(LLMSpellError):
    """An error that a script raised and did not catch.

    Args:
        traceback: The script's own frames, newest last, one per line; empty when unknown.
    """

    code = "script_error"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: Mapping[str, object] | None = None,
        code: str = "",
        traceback: str = "",
    ) -> None:
        super().__init__(message, hint=hint, details=details, code=code)
        self.traceback = traceback


class ScriptSyntaxError(ScriptError):
    """The source is not a program. `incomplete` is true when more input could make it one."""

    code = "syntax_error"

    def __init__(self, message: str, *, incomplete: bool = False, traceback: str = "", hint: str = "") -> None:
        super().__init__(message, traceback=traceback, hint=hint)
        self.incomplete = incomplete


class BadArgument(LLMSpellError):
    code = "bad_argument"


class InvalidParams(LLMSpellError):
    code = "invalid_params"


class ConversionError(LLMSpellError):
    code = "not_convertible"


class NotFound(LLMSpellError):
    code = "not_found"


class ToolNotFound(NotFound):
    code = "tool_not_found"


class ModelNotFound(NotFound):
    code = "model_not_found"


class AgentNotFound(NotFound):
    code = "agent_not_found"


class WorkflowNotFound(NotFound):
    code = "workflow_not_found"


class ScriptNotFound(NotFound):
    code = "script_not_found"
    exit_code = 66


class RunNotFound(NotFound):
    code = "run_not_found"
    exit_code = 66


class ToolFailed(LLMSpellError):
    code = "tool_failed"


class TimedOut(LLMSpellError):
    code = "timed_out"


class SchemaError(LLMSpellError):
    """A model's answer is not what was asked for. `details`: `path` of the first mistake, `raw`, the text itself."""

    code = "schema_error"


class AgentStopped(LLMSpellError):
    """An agent went on for too long or in circles.

    `details`: `reason` (max_steps, max_tool_calls, repeated_call, max_handoffs, max_depth, too_many_at_once,
    too_much_text, paused, stopped), and what it has done: `steps`, `text`, `cost_usd`."""

    code = "agent_stopped"


class HookCancelled(LLMSpellError):
    """A hook has cancelled it, or one that is fatal has failed.

    `details`: `point`, `name` of what was cancelled, `hook`, the id, and `reason`, where one was given."""

    code = "hook_cancelled"


class WorkflowStopped(LLMSpellError):
    """A workflow went too far. `details`: `reason` (max_executions, max_depth, max_iterations, too_much_output)."""

    code = "workflow_stopped"


class BudgetExceeded(LLMSpellError):
    """A call would cost more than is left. `details`: `scope` (agent, run or day), `limit`, `spent`, `unit`."""

    code = "budget_exceeded"
    exit_code = 79


class ProviderError(LLMSpellError):
    """A model's provider refused or failed, after all attempts.

    `details`: `provider`, `model`, `kind` (connection, timeout, rate_limited, overloaded, server, authentication,
    permission, not_found, bad_request, context_length, content_filter, quota, circuit_open, interrupted, other),
    `retryable`, `attempts`; `status`, `request_id` and `retry_after_s` where they are known."""

    code = "provider_error"
    exit_code = 69


class MalformedAnswer(ProviderError):
    code = "malformed_answer"


class Cancelled(LLMSpellError):
    code = "cancelled"
    exit_code = 130


class Terminated(LLMSpellError):
    code = "terminated"
    exit_code = 143


class LimitExceeded(LLMSpellError):
    """A limit of the run is used up; the run ends, the script cannot catch it."""

    code = "limit_exceeded"


class WallLimitExceeded(LimitExceeded):
    code = "wall_limit"
    exit_code = 124


class CpuLimitExceeded(LimitExceeded):
    code = "cpu_limit"
    exit_code = 152


class MemoryLimitExceeded(LimitExceeded):
    code = "memory_limit"
    exit_code = 137


class OutputLimitExceeded(LimitExceeded):
    code = "output_limit"
    exit_code = 153


class CallLimitExceeded(LimitExceeded):
    code = "call_limit"
    exit_code = 80


class TaskLimitExceeded(LimitExceeded):
    code = "task_limit"
    exit_code = 81


class MessageLimitExceeded(LimitExceeded):
    code = "message_limit"
    exit_code = 82


class ProtocolViolation(LLMSpellError):
    code = "protocol_violation"
    exit_code = 76


class WorkerCrashed(LLMSpellError):
    code = "worker_crashed"
    exit_code = 71


class StreamError(LLMSpellError):
    code = "stream_error"
    exit_code = 74


class StoreError(LLMSpellError):
    code = "store_error"
    exit_code = 74


class StateFull(StoreError):
    """`details.setting` is the setting that says how much may be kept."""

    code = "state_full"


class StateNewer(StoreError):
    """`details.version` is the one that is there."""

    code = "state_newer"


class PermissionDenied(LLMSpellError):
    code = "permission_denied"
    exit_code = 77


class ApprovalNeeded(PermissionDenied):
    code = "approval_needed"


class FlowDenied(PermissionDenied):
    """`details.chain` names what was read, from where, in the order in which it came."""

    code = "flow_denied"


class ReplayMismatch(LLMSpellError):
    """`details.key` is the call's place; `details.nearest` the key of the recorded call that is most like it."""

    code = "replay_mismatch"
    exit_code = 65


class ScriptChanged(ReplayMismatch):
    code = "script_changed"


class TapeError(LLMSpellError):
    code = "tape_error"
    exit_code = 65


class OutcomeUnknown(LLMSpellError):
    """`details.key` is the place of the effect that may have been done."""

    code = "outcome_unknown"
    exit_code = 75


class GuardrailTripped(LLMSpellError):
    code = "guardrail_tripped"
    exit_code = 79


class SandboxUnavailable(LLMSpellError):
    code = "sandbox_unavailable"
    exit_code = 78


class ConfigError(LLMSpellError):
    code = "config_error"
    exit_code = 78


class KeyMissing(ConfigError):
    code = "key_missing"


class InternalError(LLMSpellError):
    code = "internal_error"
    exit_code = 70


def error_classes() -> Iterable[type[LLMSpellError]]:
    """Every class of the tree, base first."""
    pending: list[type[LLMSpellError]] = [LLMSpellError]
    while pending:
        cls = pending.pop()
        yield cls
        pending.extend(cls.__subclasses__())


def exit_code_of(code: str) -> int:
    """The exit code of an unhandled error with this code; 1 for codes of a script's or tool's own."""
    for cls in error_classes():
        if cls.code == code:
            return cls.exit_code
    return LLMSpellError.exit_code
