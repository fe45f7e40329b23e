"""How a run ended, and the exit code and message that follow from it.

Imported by the quick path only when there is something to say."""

from __future__ import annotations

from llmspell.errors import (
    LLMSpellError,
    ProtocolViolation,
    ScriptError,
    ScriptSyntaxError,
    WorkerCrashed,
    exit_code_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from llmspell.effects.reused import Saved
    from llmspell.effects.run import Run
    from llmspell.runtime.launch import Launched

# The worker's exit statuses that name a limit (worker.loop.FATAL_STATUS), and the signals that do.
LIMIT_OF_STATUS = {
    137: "memory_limit",
    153: "output_limit",
    81: "task_limit",
    82: "message_limit",
    -24: "cpu_limit",  # SIGXCPU
}
SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 31: "SIGSYS"}
SIGPIPE_STATUS = -13
EXIT_SIGPIPE = 141
OUTCOMES = {77: "denied", 79: "budget", 124: "timeout", 130: "cancelled", 143: "cancelled", 75: "paused"}


class Ending:
    """How the worker ended.

    Attributes:
        exit_code: What the run's process exits with.
        value: The script's value, for an "eval"; None otherwise.
        error: What ended the run, if anything did.
    """

    __slots__ = ("error", "exit_code", "value")

    def __init__(self, exit_code: int, value: object = None, error: LLMSpellError | None = None) -> None:
        self.exit_code = exit_code
        self.value = value
        self.error = error

    @property
    def outcome(self) -> str:
        """ok | error | denied | budget | timeout | limit | cancelled | paused"""
        if self.error is None:
            return "ok" if self.exit_code == 0 else "error"
        if self.error.code.endswith("_limit") and self.exit_code != 124:
            return "limit"
        return OUTCOMES.get(self.exit_code, "error")


def read_ending(launched: Launched, profile: Mapping[str, Any]) -> Ending:
    """Read how a run ended, after the worker was ended.

    Args:
        profile: name and limits, for the messages.
    """
    if launched.violation:
        return _failed(ProtocolViolation(f"the worker sent what no worker sends and was ended: {launched.violation}"))
    for kind, _, body in launched.frames:
        if kind == 13:  # DONE
            return _read_done(body, profile)
    if launched.output_exceeded:
        return _limit("output_limit", profile)
    if launched.timed_out:
        return _limit("wall_limit", profile)
    status = launched.worker.status
    assert status is not None
    if status in LIMIT_OF_STATUS:
        return _limit(LIMIT_OF_STATUS[status], profile)
    if status == SIGPIPE_STATUS:
        return Ending(EXIT_SIGPIPE)  # its reader has gone, which nobody needs to be told
    if status < 0:
        name = SIGNALS.get(-status, f"signal {-status}")
        why = {9: "perhaps the system is out of memory", 31: "it made a system call that its confinement forbids"}
        hint = why.get(-status, "the script may have driven its interpreter too deep")
        return _failed(WorkerCrashed(f"the worker was ended by {name}", hint=hint))
    return _failed(WorkerCrashed(f"the worker ended with status {status} before the script was done"))


def _failed(error: LLMSpellError) -> Ending:
    return Ending(type(error).exit_code, None, error)


def _limit(code: str, profile: Mapping[str, Any]) -> Ending:
    from llmspell.security.limits import Limits, limit_error  # late: most runs stay within their limits

    return _failed(limit_error(code, Limits(**profile["limits"]), str(profile["name"])))


def _read_done(body: bytes, profile: Mapping[str, Any]) -> Ending:
    try:
        from llmspell.wire.values import unpack

        done = unpack(body)
    except ValueError as bad:
        return _failed(ProtocolViolation(f"the worker sent what no worker sends and was ended: {bad}"))
    if not isinstance(done, dict):
        return _failed(ProtocolViolation("the worker's last message is not a map"))
    if isinstance(done.get("exit"), int):
        return Ending(done["exit"] & 0xFF)
    if "error" in done:
        error = read_error(done["error"])
        return Ending(exit_code_of(error.code), None, error)
    return Ending(0, done.get("value"))


def read_error(wire: object) -> LLMSpellError:
    """A script's error map as an exception. What a worker sends is not trusted: anything may be missing."""
    found = wire if isinstance(wire, dict) else {}
    code, message, hint, trace = (
        it if isinstance(it, str) else ""
        for it in (found.get(name) for name in ("code", "message", "hint", "traceback"))
    )
    details = found.get("details")
    details = {str(key): value for key, value in details.items()} if isinstance(details, dict) else {}
    if code == ScriptSyntaxError.code:
        return ScriptSyntaxError(
            message or "the script is not a program",
            incomplete=bool(details.get("incomplete")),
            traceback=trace,
            hint=hint,
        )
    return ScriptError(
        message or "the script failed without a message",
        hint=hint,
        code=code or ScriptError.code,
        details=details,
        traceback=trace,
    )


class Outcome:
    """What a run came to, for people and programs.

    Attributes:
        run_id: Its name in the journal; None when it had no effect and so left no trace there.
        outcome: ok | error | denied | budget | timeout | limit | cancelled | paused
        exit_code: 0 to 63 are the script's own; the others as in `errors`.
        value: The value of an "eval".
        error: What ended it, if anything did.
        usage: The script's calls and the tokens of models, by kind; empty where it had neither.
        denied: What was refused, `kind:subject`.
        saved: What an earlier run had done, of one that goes on from it; None for all others.
        stdout: What was captured, as is stderr; empty when the output was not captured.
    """

    __slots__ = (
        "cost_usd",
        "denied",
        "duration_ms",
        "error",
        "exit_code",
        "outcome",
        "run_id",
        "saved",
        "stderr",
        "stdout",
        "usage",
        "value",
    )

    def __init__(
        self,
        *,
        run_id: str | None,
        outcome: str,
        exit_code: int,
        value: object,
        error: LLMSpellError | None,
        usage: Mapping[str, object],
        cost_usd: float,
        denied: list[str],
        duration_ms: float,
        stdout: bytes,
        stderr: bytes,
        saved: Saved | None = None,
    ) -> None:
        self.run_id = run_id
        self.outcome = outcome
        self.exit_code = exit_code
        self.value = value
        self.error = error
        self.usage = usage
        self.cost_usd = cost_usd
        self.denied = denied
        self.duration_ms = duration_ms
        self.stdout = stdout
        self.stderr = stderr
        self.saved = saved

    @property
    def ok(self) -> bool:
        """Whether the script did what it was written to do."""
        return self.outcome == "ok"


def outcome_of(
    run: Run | None, ending: Ending, *, duration_ms: float, stdout: bytes = b"", stderr: bytes = b""
) -> Outcome:
    """What became of a run, with what it used.

    Args:
        run: None where it ended before the host did anything for it.
    """
    from dataclasses import asdict  # late: the quick path has no `run`

    return Outcome(
        run_id=run.run_id if run else None,
        outcome=ending.outcome,
        exit_code=ending.exit_code,
        value=ending.value,
        error=ending.error,
        usage={"calls": run.n_calls, **asdict(run.usage)} if run else {},
        cost_usd=run.cost_usd if run else 0.0,
        denied=[f"{it.kind}:{it.subject}" for it in run.audit.denied] if run else [],
        duration_ms=duration_ms,
        stdout=stdout,
        stderr=stderr,
        saved=getattr(run.replay, "saved", None) if run else None,
    )
