"""Runs that did not end by themselves: by a limit that the host keeps, by a signal, or by being killed."""

from __future__ import annotations

from llmspell.errors import Cancelled, LimitExceeded, LLMSpellError, ReplayMismatch, Terminated, error_classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from llmspell.journal.entries import RunOutcome


def was_ended_by_host(outcome: RunOutcome | None) -> bool:
    """Whether a recorded run was ended from outside its script. None: it was killed."""
    if outcome is None:
        return True
    return outcome.outcome in ("limit", "timeout", "cancelled", "paused") and outcome.exit_code >= 64


def cause_of(outcome: RunOutcome | None, profile: Mapping[str, Any]) -> LLMSpellError:
    """The error that says what ended it.

    Args:
        profile: Its name and limits.
    """
    from llmspell.security.limits import Limits, limit_error

    if outcome is None:
        return ReplayMismatch("the recording ends here: the run was killed", hint="there is nothing more to replay")
    for cls in error_classes():
        if issubclass(cls, LimitExceeded) and cls.exit_code == outcome.exit_code and cls is not LimitExceeded:
            return limit_error(cls.code, Limits(**profile["limits"]), str(profile["name"]))
    return Terminated("terminated") if outcome.exit_code == Terminated.exit_code else Cancelled("interrupted")
