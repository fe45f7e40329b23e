"""A workflow that a script holds: something that can be executed, looked at, and watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from llmspell.errors import LLMSpellError
from llmspell.events.hooks import ENDS_THE_RUN
from llmspell.globals.values import require_plain
from llmspell.globals.workflow_parts import WorkflowHandle
from llmspell.globals.workflow_records import WorkflowMistake, WorkflowResultMap
from llmspell.interface.declare import Callback, Fields, method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.logger import LogSink
    from llmspell.workflows.workflow import Listener, Workflow

Options = Annotated[dict[str, Value], Fields] | None


@script_object("WorkflowObject")
class WorkflowObject(WorkflowHandle):
    """Steps and the order in which they are done.

    Attributes:
        name: What it is called.
        id: Different for each workflow of a run.
        type: sequential, parallel, conditional, loop, map, pipeline or dag.
        description: What it is for.
    """

    name: str
    id: str
    type: str
    description: str

    def __init__(self, workflow: Workflow, log: LogSink) -> None:
        super().__init__(workflow)
        self._log = log
        self.name = workflow.name
        self.id = workflow.id
        self.type = workflow.kind
        self.description = workflow.description

    @method(aliases=("run", "invoke", "execute_async", "executeAsync"), again=True)
    async def execute(self, ctx: RunContext, input: Value = None, options: Options = None) -> WorkflowResultMap:
        """Do all steps, and wait for the end.

        Args:
            input: What `{{input}}` stands for in the steps: any plain data.
            options: More keys of it.

        Returns:
            What came of it. A failing step makes `success` false and is named in `error`; it raises nothing.

        Raises:
            LimitExceeded: A limit of the run is used up.
            Cancelled: The run is being stopped.
        """
        return await executed(self.workflow, ctx, input, options)

    @method(recorded=False)
    def validate(self, ctx: RunContext) -> list[WorkflowMistake]:
        """What is wrong with it by now: a tool that was switched off, a workflow that was removed.

        Returns:
            Nothing when all is well.
        """
        found: list[WorkflowMistake] = self.workflow.validate()  # type: ignore[assignment]  # maps with these keys
        return found

    @method(aliases=("getInfo", "info"), recorded=False)
    def get_info(self, ctx: RunContext) -> dict[str, Value]:
        """name, id, type, description, its steps, and what else it was made with."""
        return self.workflow.info()

    @method(aliases=("getName",), recorded=False)
    def get_name(self, ctx: RunContext) -> str:
        """What it is called."""
        return self.name

    @method(aliases=("getType",), recorded=False)
    def get_type(self, ctx: RunContext) -> str:
        """sequential, parallel, conditional, loop, map, pipeline or dag."""
        return self.type

    @method(aliases=("toTable",), recorded=False)
    def to_table(self, ctx: RunContext) -> dict[str, Value]:
        """The table that it was made of, by its canonical names; plain data, functions as `{ ["function"] = "…" }`."""
        return self.workflow.to_table()

    # Drawing it -----------------------------------------------------------------------------------------------------

    @method(recorded=False)
    def show(self, ctx: RunContext, width: int = 100) -> str:
        """A drawing of its steps, for a terminal: one line for each, and those together that run at the same time.

        Args:
            width: Cells of the terminal; a longer line is cut.
        """
        from llmspell.workflows.pictures.outline import to_outline  # late: few scripts draw

        return to_outline(self.workflow.graph(), width=max(1, width))

    @method(aliases=("toMermaid",), recorded=False)
    def to_mermaid(self, ctx: RunContext) -> str:
        """Its steps as a Mermaid flowchart, which GitHub and many editors draw."""
        from llmspell.workflows.pictures.mermaid import to_mermaid

        return to_mermaid(self.workflow.graph())

    @method(aliases=("toDot",), recorded=False)
    def to_dot(self, ctx: RunContext) -> str:
        """Its steps as a graph in DOT, the language of Graphviz."""
        from llmspell.workflows.pictures.dot import to_dot

        return to_dot(self.workflow.graph())

    @method(aliases=("toToml",), recorded=False)
    def to_toml(self, ctx: RunContext) -> str:
        """Its table as the text of a file, for `llmspell workflow run FILE`.

        Raises:
            BadArgument: It has functions, which no file can hold.
        """
        from llmspell.workflows.file_writing import write_workflow

        return write_workflow(self.workflow.to_table())

    # Watching it ----------------------------------------------------------------------------------------------------

    @method(aliases=("onBeforeExecute",), recorded=False)
    def on_before_execute(self, ctx: RunContext, fn: Annotated[Callback, "moment -> nil"]) -> WorkflowObject:
        """Call a function before each execution. One that fails is logged, and changes nothing; a hook can do more.

        Args:
            fn: Gets a table: workflow, type, input.
        """
        return self._watch(self.workflow.on_before_execute, fn)

    @method(aliases=("onAfterExecute",), recorded=False)
    def on_after_execute(self, ctx: RunContext, fn: Annotated[Callback, "result -> nil"]) -> WorkflowObject:
        """Call a function after each execution that succeeded.

        Args:
            fn: Gets the result, and beside its keys workflow and type.
        """
        return self._watch(self.workflow.on_after_execute, fn)

    @method(aliases=("onError",), recorded=False)
    def on_error(self, ctx: RunContext, fn: Annotated[Callback, "result -> nil"]) -> WorkflowObject:
        """Call a function after each execution that failed.

        Args:
            fn: Gets the result, and beside its keys workflow and type.
        """
        return self._watch(self.workflow.on_error, fn)

    # What its steps share, and what they have found ------------------------------------------------------------------

    @method(aliases=("setSharedData",), recorded=False)
    def set_shared_data(self, ctx: RunContext, key: Value, value: Value = None) -> None:
        """Set what the steps of later executions begin with.

        Args:
            key: A name, or a table of names and values.
            value: Plain data; nil removes it.
        """
        for name, it in (key if isinstance(key, dict) else {key: value}).items():
            self.workflow.set_shared_data(name, require_plain(it, str(name)))

    @method(aliases=("getSharedData",), recorded=False)
    def get_shared_data(self, ctx: RunContext, key: str = "") -> Value:
        """What the last execution has left in its shared data, or what was set.

        Args:
            key: Empty for all of it.

        Returns:
            nil when there is none.
        """
        return self.workflow.get_shared_data(key)

    @method(aliases=("getOutput",), recorded=False)
    def get_output(self, ctx: RunContext, step: str) -> Value:
        """What a step has found in the last execution.

        Args:
            step: Its name.

        Returns:
            nil when it has found nothing, or was not done.
        """
        return self.workflow.get_output(step)

    @method(aliases=("getAllOutputs", "get_outputs"), recorded=False)
    def get_all_outputs(self, ctx: RunContext) -> dict[str, Value]:
        """What all steps have found in the last execution, by their names."""
        return self.workflow.get_all_outputs()

    def _watch(self, add: Callable[[Listener], None], fn: Callback) -> WorkflowObject:
        workflow, log = self.workflow, self._log

        async def tell(told: Value, ctx: RunContext) -> None:
            try:
                await fn({"workflow": workflow.name, "type": workflow.kind, **told}, around=ctx)
            except ENDS_THE_RUN:
                raise
            except LLMSpellError as error:
                log.write("warn", f"a function that watches the workflow {workflow.name} failed: {error}", {})

        add(tell)
        return self


async def executed(workflow: Workflow, ctx: RunContext, input: Value, options: Value) -> WorkflowResultMap:
    """Execute a workflow with what a script gives it.

    Raises:
        BadArgument: That is not plain data.
    """
    if options:
        input = {**input, **options} if isinstance(input, dict) else options if input is None else input
    result = await workflow.execute(ctx, require_plain(input, "input"))
    value: WorkflowResultMap = result.to_value()  # type: ignore[assignment]  # a plain map with these keys
    return value
