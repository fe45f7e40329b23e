"""`Template`: whole pieces of work by name, those of the box, of files and of the script itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from llmspell.errors import BadArgument, NotFound
from llmspell.globals.tool import called_in_place
from llmspell.globals.values import require_plain
from llmspell.globals.workflow_parts import parts_of
from llmspell.interface.declare import Callback, Fields, method, script_global, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.templates.registry import TemplateRegistry

Params = Annotated[dict[str, Value], Fields] | None


@script_object("TemplateRow", record=True)
class TemplateRow(TypedDict):
    """One template in a list.

    Attributes:
        name: What `Template.execute` takes.
        description: What it does, in a sentence.
        category: What kind of work it is.
        version: Of the template.
        tags: Words to find it by.
        origin: `built in`, `script`, or the path of its file.
        error: Why a file is no template, or nil.
    """

    name: str
    description: str
    category: str
    version: str
    tags: list[str]
    origin: str
    error: str | None


@script_object("TemplateInfo", record=True)
class TemplateInfo(TypedDict):
    """Everything that is known of a template.

    Attributes:
        name: What `Template.execute` takes.
        description: What it does, in a sentence.
        category: What kind of work it is.
        version: Of the template.
        tags: Words to find it by.
        origin: `built in`, `script`, or the path of its file.
        parameters: Rows of name, type, description, required, and default, enum, minimum, maximum where there are.
        schema: The JSON Schema of its parameters.
        roles: Who asks models in it: the names that the parameter `models` takes.
        limits: What it cannot do.
        gives: What the `result` of one that comes along holds.
        examples: Parameters that work.
    """

    name: str
    description: str
    category: str
    version: str
    tags: list[str]
    origin: str
    parameters: list[dict[str, Value]]
    schema: dict[str, Value]
    roles: list[str]
    limits: str
    gives: str
    examples: list[dict[str, Value]]


@script_object("TemplateResult", record=True)
class TemplateResultMap(TypedDict):
    """What every template answers with.

    Attributes:
        success: False where the work was done but did not come out as was asked.
        text: The result for people.
        result: The result for programs.
        artifacts: Pieces that stand by themselves, such as files: path, content, mime, bytes.
        metrics: duration_ms; usage (input_tokens, output_tokens, cached_tokens, total_tokens), cost_usd and calls of
            models; steps (name, duration_ms, error).
        metadata: template, version, and what else it says of its work.
    """

    success: bool
    text: str
    result: Value
    artifacts: list[dict[str, Value]]
    metrics: dict[str, Value]
    metadata: dict[str, Value]


@script_object("CostEstimate", record=True)
class CostEstimate(TypedDict):
    """What an execution would ask of models.

    Attributes:
        calls: How many requests to models.
        input_tokens: Of all of them together.
        output_tokens: Of all of them together.
        usd: What they cost, or nil where nobody knows a price.
        min: The same four, at least.
        max: The same four, at most, as far as can be told; a ceiling is a budget.
        confidence: high: the number of calls is settled; medium: it depends on answers; low: models use tools, or it is
            not known what is asked.
        model: The model that is asked first; empty where none is set.
        models: The model of each role.
        notes: What the estimate leaves out.
    """

    calls: int | None
    input_tokens: int | None
    output_tokens: int | None
    usd: float | None
    min: dict[str, Value]
    max: dict[str, Value]
    confidence: str
    model: str
    models: dict[str, Value]
    notes: list[str]


@script_global("Template", index="info")
class TemplateGlobal:
    """Whole pieces of work by name: a code review, research in sources, a debate. A hyphen and an underscore in a name
    are the same."""

    def __init__(self, registry: TemplateRegistry) -> None:
        self._registry = registry

    @classmethod
    def build(cls, services: Services) -> TemplateGlobal:
        if services.templates is None:
            raise NotFound("this program has no templates")
        return cls(services.templates())

    @method(table=True, aliases=("discover",), recorded=False)
    async def list_(self, ctx: RunContext, text: str = "", category: str = "", tag: str = "") -> list[TemplateRow]:
        """The templates that there are, by name: those of the box, of the folders `templates`, and the script's own.

        Args:
            text: Only those with this text in their name, description, category or tags.
            category: Only those of this category.
            tag: Only those with this tag.

        Returns:
            One row for each.
        """
        rows: Any = await asyncio.to_thread(lambda: self._registry.list(text, category=category, tag=tag))
        found: list[TemplateRow] = rows
        return found

    @method(recorded=False)
    async def search(self, ctx: RunContext, text: str) -> list[TemplateRow]:
        """The templates that have every word of a text in their name, description, category or tags.

        Args:
            text: Words.

        Returns:
            One row for each, the best first.
        """
        rows: Any = await asyncio.to_thread(self._registry.search, text)
        found: list[TemplateRow] = rows
        return found

    @method(recorded=False)
    async def exists(self, ctx: RunContext, name: str) -> bool:
        """Whether there is a template of this name.

        Args:
            name: A name.
        """
        try:
            await asyncio.to_thread(self._registry.find, name)
        except NotFound:
            return False
        return True

    @method(aliases=("get", "get_info"), recorded=False)
    async def info(self, ctx: RunContext, name: str) -> TemplateInfo:
        """Everything that is known of a template.

        Args:
            name: A name from `Template.list()`.

        Raises:
            NotFound: No such template; the hint names the nearest.
            ConfigError: A file that is no template; the message names the file and the key.
        """
        row: Any = await asyncio.to_thread(self._registry.info, name)
        found: TemplateInfo = row
        return found

    @method(aliases=("get_schema",), recorded=False)
    async def schema(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """The JSON Schema of a template's parameters.

        Args:
            name: A name from `Template.list()`.

        Raises:
            NotFound: No such template; the hint names the nearest.
        """
        return dict((await asyncio.to_thread(self._registry.find, name)).parameters)

    @method(needs="model", aliases=("run",), again=True)
    async def execute(self, ctx: RunContext, name: str, params: Params = None) -> TemplateResultMap:
        """Do the work of a template.

        Args:
            name: A name from `Template.list()`.
            params: Checked against its schema before anything is done.

        Returns:
            The result, and what it took.

        Raises:
            NotFound: No such template; the hint names the nearest.
            InvalidParams: The first mistake in `params`, with its JSON path.
            PermissionDenied: The profile does not allow a model, a tool or a file that it needs.
            BudgetExceeded: The run or the day has not enough left.
            SchemaError: A model's answer is not what was asked for, after its repairs.
        """
        value: Any = (await self._registry.execute(ctx, name, _plain(params))).to_value()
        found: TemplateResultMap = value
        return found

    @method(aliases=("estimate", "estimateCost"), recorded=False)
    async def estimate_cost(self, ctx: RunContext, name: str, params: Params = None) -> CostEstimate:
        """What an execution would ask of models and cost. Asks none; files that `params` names are read for their size.

        Args:
            name: A name from `Template.list()`.
            params: As of `execute`.

        Raises:
            NotFound: No such template; the hint names the nearest.
            InvalidParams: The first mistake in `params`, with its JSON path.
        """
        value: Any = await self._registry.estimate_cost(ctx, name, _plain(params))
        found: CostEstimate = value
        return found

    @method(table=True, aliases=("create", "define"), recorded=False)
    def register(
        self,
        ctx: RunContext,
        name: str,
        description: str,
        parameters: dict[str, Value] | list[dict[str, Value]] | None = None,
        execute: Annotated[Callback, "params -> value"] | None = None,
        workflow: Value = None,
        category: str = "own",
        tags: list[str] | None = None,
        version: str = "1.0.0",
        examples: list[dict[str, Value]] | None = None,
    ) -> TemplateInfo:
        """Make a template of a function or a workflow, for this run. Made again under its name, it replaces the first.

        Args:
            name: A letter, then letters, digits, `_`, `-` and `.`, at most 64 in all.
            description: What it does, for people.
            parameters: A JSON Schema, or a table of names, as of `Tool.create`.
            execute: Gets the checked parameters. A returned table with only keys of a result (success, text, result,
                artifacts, metadata) is one; anything else is its `result`.
            workflow: Instead: a workflow, or the table of one; its input are the parameters.
            category: For `Template.list`.
            tags: For `Template.list`.
            version: Of the template.
            examples: Parameters that work.

        Returns:
            What `Template.info` says of it.

        Raises:
            BadArgument: The name is no name, the schema is none, or there is neither a function nor a workflow.
        """
        from llmspell.templates.registering import registered  # late: most scripts register none

        made = registered(
            name,
            description,
            parameters,
            None if execute is None else called_in_place(execute),
            None if workflow is None else parts_of(workflow),
            category=category,
            tags=tags or (),
            version=version,
            examples=[require_plain(it, "examples") for it in examples or ()],
        )
        self._registry.register(made)
        row: Any = self._registry.info(made.name)
        found: TemplateInfo = row
        return found


def _plain(params: dict[str, Value] | None) -> dict[str, Value]:
    """The params; objects and functions in a workflow as what they stand for.

    Raises:
        BadArgument: Another one holds a function or an object.
    """
    given = dict(params or {})
    workflow = parts_of(given.pop("workflow")) if given.get("workflow") is not None else None
    try:
        require_plain(given, "params")
    except BadArgument as problem:
        problem.hint = problem.hint or "a template's params are data"
        raise
    return given if workflow is None else {**given, "workflow": workflow}
