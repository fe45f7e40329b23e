"""What one execution of an agent has done so far: what its result, or the error that ends it, is made of."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from llmspell.agents.held import size_of
from llmspell.agents.result import AgentResult, Step
from llmspell.agents.tool_answer import spent_in
from llmspell.journal.entries import NO_USAGE, Usage

if TYPE_CHECKING:
    from llmspell.agents.result import StepKind
    from llmspell.agents.tool_answer import ToolAnswer
    from llmspell.errors import LLMSpellError
    from llmspell.models.calling import Called
    from llmspell.models.messages import Message, ToolCall, Value

_MAX_SHOWN_CHARS = 4_000  # of one observation, in an error
# Of all results of tools in one execution, as data. Beyond that a result is kept as the text that the model saw.
MAX_RESULT_BYTES = 16 * 1024 * 1024


class Progress:
    """Grows with what is done. Not shared: an execution has one of its own.

    Attributes:
        messages: What was said in it, by whoever asked, too.
        text: What the model has said last.
        data: The validated answer, once there is one.
    """

    def __init__(self, agent: str, said: Iterable[Message]) -> None:
        self.messages: list[Message] = list(said)
        self.steps: list[Step] = []
        self.text = ""
        self.data: Value = None
        self.usage = NO_USAGE
        self.cost_usd = 0.0
        self._agent = agent
        self._answered_by = agent
        self._tool_calls: list[Mapping[str, Value]] = []
        self._n_result_bytes = 0
        self._model = ""
        self._finish_reason = "stop"
        self._citations: tuple[Mapping[str, Value], ...] = ()
        self._metadata: dict[str, Value] = {}
        self._started = time.perf_counter()

    def asked(self, called: Called) -> None:
        """The model was asked and has answered."""
        response = called.response
        self.spent(response.usage, called.cost_usd)
        self._model = called.model
        self._finish_reason = response.finish_reason
        if response.citations:
            self._citations += response.citations
        self._fell_back(called.fallback_from)

    def _fell_back(self, models: Iterable[str]) -> None:
        """Models have failed, and another one was asked instead."""
        known = self._metadata.get("fallback_from", ())
        if new := [it for it in models if it not in known]:
            self._metadata["fallback_from"] = [*known, *new]

    def spent(self, usage: Usage, cost_usd: float) -> None:
        """Something was used, by the model or by an agent inside."""
        if usage is not NO_USAGE:
            self.usage = self.usage + usage
        self.cost_usd += cost_usd

    def used(self, kind: StepKind, thought: str, name: str, call: ToolCall, answer: ToolAnswer, ms: float) -> None:
        """A tool was used, or the conversation given away.

        Args:
            name: The tool's own name, which need not be the one that the model knows.
        """
        given: Value = call.raw if call.is_malformed else dict(call.arguments)
        result, n_bytes = answer.result, size_of(answer.result)
        if self._n_result_bytes + n_bytes > MAX_RESULT_BYTES:
            result, n_bytes = answer.text, 0
        self._n_result_bytes += n_bytes
        self.steps.append(Step(kind, thought, name, given, answer.text, answer.error, ms))
        self._tool_calls.append(
            {
                "id": call.id,
                "name": name,
                "arguments": given,
                "result": result,
                "error": answer.error,
                "duration_ms": ms,
            }
        )
        self.spent(answer.usage, answer.cost_usd)

    def failed_inside(self, details: Mapping[str, Value]) -> None:
        """An agent inside has ended this one with an error: what it says that it has used counts here, too."""
        used = spent_in(details)
        self.spent(used["usage"], used["cost_usd"])

    def handed_on(self, result: AgentResult) -> None:
        """Another agent has answered: its answer is the answer."""
        self.messages += result.messages
        self.steps += result.steps
        self._tool_calls += result.tool_calls
        self.spent(result.usage, result.cost_usd)
        self.text, self.data = result.text, result.data
        self._model, self._finish_reason = result.model, result.finish_reason
        self._citations += result.citations
        self._answered_by = result.agent
        before = self._metadata.get("fallback_from", ())
        self._metadata = {
            **self._metadata,
            **result.metadata,
            "handoffs": [self._agent, *result.metadata.get("handoffs", [result.agent])],
        }
        self._fell_back(before)

    def result(self) -> AgentResult:
        """The result of an execution that went well."""
        return AgentResult(
            self.text,
            self.data,
            tuple(self.messages),
            tuple(self._tool_calls),
            tuple(self.steps),
            self.usage,
            self.cost_usd,
            self._model,
            self._answered_by,
            self._finish_reason,
            self.elapsed_ms(),
            self._citations,
            self._metadata,
        )

    def explain(self, error: LLMSpellError) -> None:
        """Let an error say what was done before it. What an agent inside has said of itself stays in the journal."""
        found = error.details
        # An answer that a budget has cut short says itself how far it came.
        text = found["text"] if "text" in found and "agent" not in found else self.text
        done: dict[str, Value] = {
            "agent": self._agent,
            "text": text,
            "steps": [replace(it, observation=_cut(it.observation)).to_value() for it in self.steps],
            "usage": asdict(self.usage),
            "cost_usd": self.cost_usd,
        }
        # New details, for the entries of what failed inside may not have been written yet.
        error.details = {**found, **done}

    def elapsed_ms(self) -> float:
        return round((time.perf_counter() - self._started) * 1000, 3)


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]} …"
