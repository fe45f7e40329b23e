"""`Workflow.builder()`: a workflow put together call by call. Each call adds to the table that `build` reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from llmspell.agents.held import size_of
from llmspell.errors import BadArgument
from llmspell.globals.workflow_fields import FIELDS, KINDS
from llmspell.globals.workflow_object import WorkflowObject
from llmspell.globals.workflow_parts import without_underscores
from llmspell.interface.declare import Callback, Fields, method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.held import Held
    from llmspell.effects.context import RunContext

Make = Callable[[dict[str, Value]], WorkflowObject]
More = Annotated[dict[str, Value], Fields] | None
Rest = Annotated[dict[str, Value], Fields] | Annotated[Callback, "step -> value"] | None

MAX_PARTS = 100_000  # of one kind, in one builder; a workflow has no more steps


def _setter(name: str) -> Callable[[WorkflowBuilder, RunContext, Value], WorkflowBuilder]:
    """The method that keeps one field."""
    field, aliases, doc = FIELDS[name]

    def keep(self: WorkflowBuilder, ctx: RunContext, value: Value = None) -> WorkflowBuilder:
        return self._with(field, value)

    keep.__doc__ = f"{doc}\n\nArgs:\n    value: As of `Workflow.from_table`; nil takes it back.\n"
    return method(name=name, aliases=aliases, recorded=False)(keep)


def _kind(name: str) -> Callable[[WorkflowBuilder, RunContext, More], WorkflowBuilder]:
    """The method that chooses a kind."""
    aliases, doc, _ = KINDS[name]

    def choose(self: WorkflowBuilder, ctx: RunContext, options: More = None) -> WorkflowBuilder:
        for field, value in (options or {}).items():
            self._with(field, value)
        return self._with("type", name)

    choose.__doc__ = f"{doc}\n\nArgs:\n    options: More fields, such as `max_concurrency`.\n"
    return method(name=name, aliases=aliases, recorded=False)(choose)


@script_object("WorkflowBuilder")
class WorkflowBuilder:
    """Collects the fields of a workflow. Each call returns the builder, `build` the workflow; the fields are those of
    `Workflow.from_table`."""

    def __init__(self, make: Make, held: Held, name: str = "") -> None:
        self._make = make
        self._held = held
        self._n_bytes = 0
        self._fields: dict[str, Value] = {"name": name} if name else {}
        self._parts: dict[str, list[Value]] = {}

    for _name in KINDS:
        vars()[f"{_name}_"] = _kind(_name)
    for _name in FIELDS:
        vars()[f"{_name}_"] = _setter(_name)

    @method(aliases=("step",), recorded=False)
    def add_step(self, ctx: RunContext, step: Value = None, fields: Rest = None) -> WorkflowBuilder:
        """One more step.

        Args:
            step: A table: name; one of tool, agent, workflow, fn or template; and input, depends_on, condition,
                timeout_ms, retry, on_error, fallback, compensate, optional. Or its name, and the rest in `fields`.
            fields: The rest, where `step` is a name: a table, or a function.
        """
        return self._add("steps", _named(step, fields))

    @method(recorded=False)
    def add_then_step(self, ctx: RunContext, step: Value = None, fields: Rest = None) -> WorkflowBuilder:
        """One more step that is done when `condition` holds.

        Args:
            step: As of `add_step`.
            fields: As of `add_step`.
        """
        return self._add("then_steps", _named(step, fields))

    @method(recorded=False)
    def add_else_step(self, ctx: RunContext, step: Value = None, fields: Rest = None) -> WorkflowBuilder:
        """One more step that is done when `condition` does not hold.

        Args:
            step: As of `add_step`.
            fields: As of `add_step`.
        """
        return self._add("else_steps", _named(step, fields))

    @method(aliases=("branch",), recorded=False)
    def add_branch(self, ctx: RunContext, branch: Value = None, fields: More = None) -> WorkflowBuilder:
        """One more branch.

        Args:
            branch: A table: name, condition, steps. Or its name, and the rest in `fields`.
            fields: The rest, where `branch` is a name.
        """
        return self._add("branches", _named(branch, fields))

    @method(recorded=False)
    def add_default_step(self, ctx: RunContext, step: Value = None, fields: Rest = None) -> WorkflowBuilder:
        """One more step that is done when the condition of no branch holds.

        Args:
            step: As of `add_step`.
            fields: As of `add_step`.
        """
        return self._add("default", _named(step, fields))

    @method(recorded=False)
    def add_template_step(
        self, ctx: RunContext, name: Value = None, template: str = "", params: Value = None, options: More = None
    ) -> WorkflowBuilder:
        """One more step that runs a template.

        Args:
            name: Of the step; or a table, as of `add_step`.
            template: The template's name.
            params: What it is run with.
            options: Other fields of a step.
        """
        rest = {key: it for key, it in (("template", template or None), ("input", params)) if it is not None}
        return self._add("steps", _named(name, {**(options or {}), **rest} or None))

    @method(aliases=("edge",), recorded=False)
    def add_edge(self, ctx: RunContext, edge: Value = None, to: str = "", options: More = None) -> WorkflowBuilder:
        """One more edge of a graph.

        Args:
            edge: A table: from, to, condition, weight. Or the name of the step that it leaves.
            to: The step that it leads to.
            options: condition and weight.
        """
        if isinstance(edge, str):
            edge = {"from": edge, "to": to or None, **without_underscores(options or {})}
        return self._add("edges", options if edge is None else edge)

    @method(aliases=("range",), recorded=False)
    def with_range(self, ctx: RunContext, start: Value, stop: Value = None, step: Value = None) -> WorkflowBuilder:
        """The numbers that a loop goes through: `with_range(1, 3)` is 1, 2, 3.

        Args:
            start: The first; or a table: `from` and `to`, which is the last one, or `start` and `end`, which is not
                one of them; and `step`.
            stop: The last.
            step: From one to the next; 1 if absent.
        """
        if not isinstance(start, dict | list):
            start = {key: it for key, it in (("from", start), ("to", stop), ("step", step)) if it is not None}
        return self._with("range", start)

    @method(aliases=("with_shared_data", "set_shared_data", "setSharedData"), recorded=False)
    def shared_data(self, ctx: RunContext, data: Value, value: Value = None) -> WorkflowBuilder:
        """What its steps share when it begins.

        Args:
            data: A table, or a key.
            value: Of the key.
        """
        if isinstance(data, str):
            before = self._fields.get("shared_data")
            data = {**(before if isinstance(before, dict) else {}), data: value}
        return self._with("shared_data", data)

    @method(aliases=("add_steps",), recorded=False)
    def steps(self, ctx: RunContext, steps: list[Value]) -> WorkflowBuilder:
        """More steps.

        Args:
            steps: Tables, as of `add_step`.
        """
        for it in steps:
            self._add("steps", it)
        return self

    @method(name="set", aliases=("with_field",), recorded=False)
    def set_(self, ctx: RunContext, field: str, value: Value = None) -> WorkflowBuilder:
        """Any field, by its name.

        Args:
            field: A field of `Workflow.from_table`.
            value: Its value; nil takes it back.
        """
        return self._with(field, value)

    @method(recorded=False)
    def build(self, ctx: RunContext) -> WorkflowObject:
        """The workflow, checked.

        Raises:
            BadArgument: A field is unknown or does not fit, a name is used twice, the steps go round in a circle, or
                something is referred to that is not there. `details.path` says where.
            ToolNotFound: There is no such tool; the hint names the nearest.
            AgentNotFound: There is no such agent.
        """
        fields = dict(self._fields)
        for name, parts in self._parts.items():
            before = fields.get(name)
            fields[name] = [*(before if isinstance(before, list) else []), *parts]
        return self._make(fields)

    def _with(self, field: str, value: Value) -> WorkflowBuilder:
        self._hold(size_of(value) - size_of(self._fields.get(field)))
        if value is None:
            self._fields.pop(field, None)
        else:
            self._fields[field] = value
        return self

    def _add(self, field: str, part: Value) -> WorkflowBuilder:
        parts = self._parts.setdefault(field, [])
        if len(parts) >= MAX_PARTS:
            raise BadArgument(f"a workflow has at most {MAX_PARTS:,} {field.replace('_', ' ')}")
        self._hold(size_of(part))
        parts.append(part)
        return self

    def _hold(self, n_bytes: int) -> None:
        if n_bytes > 0:
            self._held.check()
        self._n_bytes += n_bytes
        self._held.hold(self, self._n_bytes)


def _named(part: Value, rest: Value) -> Value:
    """A step or a branch as one table: given as one, as its fields, or as its name and the rest."""
    if rest is None:
        return part
    if part is not None and not isinstance(part, str):
        raise BadArgument("a step is a table, or a name and a table", hint='add_step("sum", { tool = "calculator" })')
    fields = without_underscores(rest) if isinstance(rest, dict) else {"fn": rest}
    return fields if part is None else {**fields, "name": part}
