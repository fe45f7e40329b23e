"""What a template is: a whole piece of work with a name, parameters, an estimate of its cost, and a result.

Called by `templates.registry`; implemented by what is built in (`templates.built_in`), by the files of users
(`templates.workflow_template`) and by what scripts register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.models.messages import Value

if TYPE_CHECKING:
    from llmspell.templates.declaration import Role
    from llmspell.templates.work import Work

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A piece of the result that stands by itself, such as a file. `path` is relative, with `/`."""

    path: str
    content: str
    mime: str = "text/plain"

    def to_value(self) -> dict[str, Value]:
        return {"path": self.path, "content": self.content, "mime": self.mime, "bytes": len(self.content.encode())}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a template has made.

    Attributes:
        text: For people.
        result: For programs.
        success: False where the work was done but did not come out as was asked; `metadata` or `result` says why.
        metadata: What else is to be said about the work.
    """

    text: str
    result: Value = None
    artifacts: tuple[Artifact, ...] = ()
    success: bool = True
    metadata: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepDone:
    """One part of the work, for people."""

    name: str
    duration_ms: float
    error: str | None = None

    def to_value(self) -> dict[str, Value]:
        return {"name": self.name, "duration_ms": self.duration_ms, "error": self.error}


@dataclass(frozen=True, slots=True)
class TemplateResult:
    """An outcome, and what it took. `calls` are requests to models."""

    name: str
    outcome: Outcome
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    calls: int = 0
    steps: tuple[StepDone, ...] = ()
    duration_ms: float = 0.0
    metadata: Mapping[str, Value] = field(default_factory=dict)

    def to_value(self) -> dict[str, Value]:
        """As scripts see it."""
        usage = self.usage
        return {
            "success": self.outcome.success,
            "text": self.outcome.text,
            "result": self.outcome.result,
            "artifacts": [it.to_value() for it in self.outcome.artifacts],
            "metrics": {
                "duration_ms": self.duration_ms,
                "usage": {
                    "input_tokens": usage.input_tokens,
                    "output_tokens": usage.output_tokens,
                    "cached_tokens": usage.cached_tokens,
                    "total_tokens": usage.input_tokens + usage.output_tokens,
                },
                "cost_usd": self.cost_usd,
                "calls": self.calls,
                "steps": [it.to_value() for it in self.steps],
            },
            "metadata": {**self.metadata, **self.outcome.metadata},
        }


@dataclass(frozen=True, slots=True)
class Span:
    """A number that is not known beforehand: at least, most likely, at most."""

    least: float
    likely: float
    most: float

    @classmethod
    def of(cls, number: float) -> Span:
        """One that is known."""
        return cls(number, number, number)


@dataclass(frozen=True, slots=True)
class Calls:
    """Requests to models of one kind that a template will make.

    Attributes:
        role: Who asks.
        n: How many.
        input_tokens, output_tokens: Of each.
        model: That is asked; None is the role's, as the params say.
    """

    role: str
    n: Span
    input_tokens: Span
    output_tokens: Span
    model: str | Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a template will ask models.

    Attributes:
        confidence: high: the number of calls is settled · medium: it depends on what models answer · low: models use
            tools, or it is not known what is called.
        notes: What the forecast leaves out or rests on.
    """

    calls: Sequence[Calls]
    confidence: Confidence = "high"
    notes: tuple[str, ...] = ()


class Template(Protocol):
    """One template. The registry checks params against `parameters` before either method is called."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def parameters(self) -> Mapping[str, Value]: ...
    @property
    def examples(self) -> tuple[Mapping[str, Value], ...]: ...
    @property
    def origin(self) -> str:
        """built in, script, or the path of its file."""

    @property
    def limits(self) -> str:
        """What it cannot do, for people."""

    @property
    def gives(self) -> str:
        """What its `result` holds, for people."""

    @property
    def prompts(self) -> Mapping[str, Role]:
        """Who asks models in it, by the names that `models` may hold."""

    async def forecast(self, work: Work) -> Forecast | None:
        """What it will ask models with these params; None where nobody can know. Asks none."""

    async def execute(self, work: Work) -> Outcome:
        """Do it."""
