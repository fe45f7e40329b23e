"""What a workflow is, as data: its kind, its steps, and how they hang together. Made by `reading.read_workflow`.

Values that may hold placeholders stand here as they were written; `plan` compiles them once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from llmspell.workflows.reference import Reference
from llmspell.workflows.references import NOTHING, Compiled, compile_value

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.tools.protocol import Tool
    from llmspell.workflows.conditions import Condition
    from llmspell.workflows.workflow import Workflow

Value = Any  # a script's value
Kind = Literal["sequential", "parallel", "conditional", "loop", "map", "pipeline", "dag"]
KINDS: tuple[Kind, ...] = ("sequential", "parallel", "conditional", "loop", "map", "pipeline", "dag")
StepKind = Literal["tool", "agent", "workflow", "function", "template"]
STEP_KINDS: tuple[StepKind, ...] = ("tool", "agent", "workflow", "function", "template")
Strategy = Literal["fail_fast", "continue"]

MAX_STEPS = 100_000  # of one workflow, those of workflows written inside of it included
MAX_DEPTH = 32  # of workflows in workflows
MAX_EXECUTIONS = 1_000_000  # of steps in one execution
MAX_ITERATIONS = 1_000  # of a loop by a condition that does not say how many it may take


@dataclass(frozen=True, slots=True, eq=False)
class ToolAction:
    """Run a tool: by its name, or one that only this step has."""

    tool: str | Tool
    kind: StepKind = "tool"

    @property
    def label(self) -> str:
        return self.tool if isinstance(self.tool, str) else self.tool.name


@dataclass(frozen=True, slots=True, eq=False)
class AgentAction:
    """Ask an agent: by its name, or one that was handed over."""

    agent: str | Runnable
    kind: StepKind = "agent"

    @property
    def label(self) -> str:
        return self.agent if isinstance(self.agent, str) else self.agent.name


@dataclass(frozen=True, slots=True, eq=False)
class WorkflowAction:
    """Run a workflow: by its registered name, or one that was handed over or written in the place."""

    workflow: str | Workflow
    kind: StepKind = "workflow"

    @property
    def label(self) -> str:
        return self.workflow if isinstance(self.workflow, str) else self.workflow.name


@dataclass(frozen=True, slots=True, eq=False)
class FunctionAction:
    """Call a function with a `context.StepContext`: a host's, plain or async, or a script's, which takes `around`."""

    function: Callable[..., Any]
    kind: StepKind = "function"

    @property
    def label(self) -> str:
        return getattr(self.function, "__name__", "") or "function"


@dataclass(frozen=True, slots=True, eq=False)
class TemplateAction:
    """Run a template by its name, or fill in a text."""

    template: str
    is_text: bool = False
    kind: StepKind = "template"

    @property
    def label(self) -> str:
        return self.template


Action: TypeAlias = ToolAction | AgentAction | WorkflowAction | FunctionAction | TemplateAction


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried, and how long it waits before it is tried again.

    Attributes:
        attempts: In all; 1 is no retry.
        backoff_ms: Before the second attempt; `factor` times as long before each one after that.
        on: Codes of errors that are worth another attempt; empty is all that may be.
    """

    attempts: int = 1
    backoff_ms: float = 0.0
    factor: float = 2.0
    max_backoff_ms: float = 60_000.0
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step.

    Attributes:
        input: With placeholders; None where it has none of its own: then it gets what its workflow hands on.
        depends_on: Steps that come before it, in a dag.
        timeout_ms: Of each attempt; None is no limit.
        on_error: None is the workflow's own strategy.
        fallback: What is done in its place when it fails; or the name of a step, which then runs only for that.
        compensate: What undoes it, when the workflow fails after it.
        optional: That it fails, or is skipped, is no matter to the workflow nor to those that depend on it.
        weight: Of steps that could begin, the heaviest begins first where not all can.
        route: best: of its conditional edges that hold, only the heaviest is taken · all: all of them.
        path: Where it stands in the table: `$.steps[0]`.
        compiled: Its input, ready to be filled in.
        text: That of a template that is a text.
    """

    name: str
    action: Action
    input: Value = None
    depends_on: tuple[str, ...] = ()
    condition: Condition | None = None
    timeout_ms: float | None = None
    retry: Retry | None = None
    on_error: Strategy | None = None
    fallback: Step | str | None = None
    compensate: Step | None = None
    optional: bool = False
    weight: float = 0.0
    route: Literal["all", "best"] = "all"
    description: str = ""
    path: str = "$"
    compiled: Compiled = field(init=False)
    text: Compiled | None = field(init=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        at = f"{self.path}.input"
        lenient = "template" if isinstance(self.action, ToolAction) else ""
        put(self, "compiled", NOTHING if self.input is None else compile_value(self.input, at, lenient=lenient))
        is_text = isinstance(self.action, TemplateAction) and self.action.is_text
        text = compile_value(self.action.label, f"{self.path}.template", is_text=True) if is_text else None
        put(self, "text", text)

    @property
    def kind(self) -> StepKind:
        return self.action.kind

    def references(self) -> tuple[Reference, ...]:
        """What its input and its text point at."""
        return self.compiled.references if self.text is None else self.compiled.references + self.text.references


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Steps that belong together: those of a condition, or one of several that run at the same time."""

    name: str
    steps: tuple[Step, ...]
    condition: Condition | None = None
    optional: bool = False
    path: str = "$"


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A way from one step of a dag to another. One with a condition is taken when that holds."""

    source: str
    target: str
    condition: Condition | None = None
    weight: float = 0.0
    label: str = ""
    path: str = "$"


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from start to end; each may be a placeholder. `is_closed`: end is one of them."""

    start: Value
    end: Value
    step: Value = 1
    is_closed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """What a loop or a map goes over: one of range, collection and condition.

    Attributes:
        max_iterations: None is MAX_ITERATIONS for a condition and no bound of its own for the others.
        until: Asked after each iteration; when it holds, that was the last one.
    """

    range: Range | None = None
    collection: Value = None
    condition: Condition | None = None
    max_iterations: int | None = None
    until: Condition | None = None
    aggregation: Literal["all", "last", "none"] = "all"


@dataclass(frozen=True, slots=True, eq=False)
class WorkflowSpec:
    """A whole workflow.

    Attributes:
        steps: In the order in which they were written. Of a conditional: those before its branches.
        branches: Of a conditional; of a parallel, where each is several steps.
        default: Steps of a conditional where no branch is taken.
        max_concurrency: Steps at the same time; None is as many as the run allows.
        retry: Of steps that have none of their own.
        timeout_ms: Of a whole execution.
        shared: What its shared data is at first.
        output: With placeholders: what the result's `output` is. None: that of the last step, or all of them by name.
        input_schema: JSON Schema of the input; None is anything.
    """

    name: str
    kind: Kind
    description: str = ""
    steps: tuple[Step, ...] = ()
    branches: tuple[Branch, ...] = ()
    default: tuple[Step, ...] = ()
    match: Literal["first", "all"] = "first"
    loop: Loop | None = None
    edges: tuple[Edge, ...] = ()
    max_concurrency: int | None = None
    strategy: Strategy = "fail_fast"
    retry: Retry | None = None
    timeout_ms: float | None = None
    shared: Mapping[str, Value] = field(default_factory=dict)
    output: Value = None
    input_schema: Mapping[str, Value] | None = None
    metadata: Mapping[str, Value] = field(default_factory=dict)

    def all_steps(self) -> tuple[Step, ...]:
        """Those of branches included; fallbacks and compensations are not."""
        if not self.branches and not self.default:
            return self.steps
        return (*self.steps, *(step for branch in self.branches for step in branch.steps), *self.default)
