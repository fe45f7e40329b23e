"""The shapes of what workflows hand to scripts. Documentation and stubs; the values are maps."""

from __future__ import annotations

from typing import TypedDict

from llmspell.interface.declare import script_object
from llmspell.tools.protocol import Value


@script_object("WorkflowStepResult", record=True)
class WorkflowStepResultMap(TypedDict):
    """What became of one step.

    Attributes:
        name: The step's.
        kind: tool, agent, workflow, function or template.
        status: succeeded, failed, skipped, cancelled or compensated.
        success: Whether it succeeded.
        output: What it found: of a tool its ToolResult, of an agent its AgentResult, of a function what it returned.
        error: What went wrong, or nil.
        error_code: The error's code, or nil.
        attempts: How often it was tried.
        duration_ms: How long all of them took.
    """

    name: str
    kind: str
    status: str
    success: bool
    output: Value
    error: str | None
    error_code: str | None
    attempts: int
    duration_ms: float


@script_object("WorkflowResult", record=True)
class WorkflowResultMap(TypedDict):
    """What came of one execution of a workflow.

    Attributes:
        success: Whether it got to its end. A failing step does not raise: it makes this false.
        text: What it found, as a text.
        output: What it found: its field `output` filled in, or what its last step has found.
        error: What went wrong, or nil.
        error_code: The code of that, or nil.
        outputs: What each step has found, by the steps' names.
        steps: What became of each step, in the order in which they ended.
        duration_ms: How long it took.
        metadata: execution_id, workflow_type, workflow_name, total_steps, successful_steps, failed_steps,
            skipped_steps, and `extra` with the same and `agent_outputs`.
    """

    success: bool
    text: str
    output: Value
    error: str | None
    error_code: str | None
    outputs: dict[str, Value]
    steps: list[WorkflowStepResultMap]
    duration_ms: float
    metadata: dict[str, Value]


@script_object("WorkflowMistake", record=True)
class WorkflowMistake(TypedDict):
    """One thing that is wrong with a workflow.

    Attributes:
        path: Where, as a JSON path: `$.steps[1].tool`.
        message: What.
        hint: What to do about it; may be empty.
    """

    path: str
    message: str
    hint: str


@script_object("WorkflowRow", record=True)
class WorkflowRow(TypedDict):
    """One workflow in a list.

    Attributes:
        name: What `Workflow.get` takes.
        type: sequential, parallel, conditional, loop, map, pipeline or dag.
        description: What it is for.
        id: Different for each workflow of a run.
        n_steps: How many steps it has.
    """

    name: str
    type: str
    description: str
    id: str
    n_steps: int


@script_object("WorkflowType", record=True)
class WorkflowType(TypedDict):
    """One kind of workflow.

    Attributes:
        type: Its name, for `type = …`.
        name: The same.
        description: What it does.
        fields: The fields that it has beside those that all have.
    """

    type: str
    name: str
    description: str
    fields: list[str]
