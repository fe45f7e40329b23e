"""Whether a step that failed is worth another attempt, and after how long."""

from __future__ import annotations

from llmspell.errors import (
    ApprovalNeeded,
    BadArgument,
    BudgetExceeded,
    Cancelled,
    FlowDenied,
    GuardrailTripped,
    HookCancelled,
    InvalidParams,
    LimitExceeded,
    LLMSpellError,
    NotFound,
    PermissionDenied,
    Terminated,
    WorkflowStopped,
)
from llmspell.workflows.spec import Retry

# Somebody has decided; asking again is not an attempt.
_NEVER = (
    *(PermissionDenied, ApprovalNeeded, FlowDenied, GuardrailTripped, Cancelled, Terminated, LimitExceeded),
    *(BudgetExceeded, HookCancelled, WorkflowStopped),
)
_NEVER_CODES = frozenset(it.code for it in _NEVER)
# What was wrong once is wrong again, unless whoever has written the workflow knows better.
_MISTAKES = (BadArgument, InvalidParams, NotFound)


def may_retry(error: LLMSpellError, retry: Retry, n_attempts: int) -> bool:
    """Whether a step is tried again.

    Args:
        n_attempts: How often it was tried.
    """
    if n_attempts >= retry.attempts or isinstance(error, _NEVER) or error.code in _NEVER_CODES:
        return False
    return error.code in retry.on if retry.on else not isinstance(error, _MISTAKES)


def wait_s(retry: Retry, n_attempts: int) -> float:
    """How long to wait after so many attempts."""
    if retry.backoff_ms <= 0:
        return 0.0
    power = min(n_attempts - 1, 64)  # more would overflow, and is over the most that is waited for by far
    return float(min(retry.backoff_ms * retry.factor**power, retry.max_backoff_ms)) / 1000
