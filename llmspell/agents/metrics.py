"""What an agent has done in its life, in numbers."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.agents.progress import Progress
    from llmspell.errors import LLMSpellError
    from llmspell.models.messages import Value


@dataclass(slots=True)
class Metrics:
    """Of all executions that have ended, whether they went well or not.

    Attributes:
        last_error: What ended the last one that failed, or None.
        is_failing: Whether the last one failed.
    """

    executions: int = 0
    failures: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    total_ms: float = 0.0
    last_error: LLMSpellError | None = None
    is_failing: bool = False

    def add(self, progress: Progress, error: LLMSpellError | None) -> None:
        """Count an execution that has ended."""
        self.executions += 1
        self.input_tokens += progress.usage.input_tokens
        self.output_tokens += progress.usage.output_tokens
        self.cost_usd += progress.cost_usd
        self.total_ms += progress.elapsed_ms()
        self.is_failing = error is not None
        if error is not None:
            self.failures += 1
            # A copy: the traceback of the error itself holds all that its frames have worked with.
            self.last_error = copy(error)

    def to_value(self) -> dict[str, Value]:
        """As scripts see it."""
        return {
            "executions": self.executions,
            "failures": self.failures,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": self.input_tokens + self.output_tokens,
            "cost_usd": self.cost_usd,
            "total_ms": round(self.total_ms, 3),
            "average_ms": round(self.total_ms / self.executions, 3) if self.executions else 0.0,
            "last_error": None if self.last_error is None else self.last_error.to_wire(),
        }
