"""The templates of one run: those of the box, those of the user's folders, and those that scripts register.

A user's file comes before the box's template of the same name, and a script's before both. A hyphen and an underscore
are the same, and so are upper and lower case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from llmspell.effects.perform import Effect, perform
from llmspell.effects.tally import Tally
from llmspell.errors import AgentStopped, BadArgument, ConfigError, LLMSpellError, NotFound
from llmspell.models.messages import Value
from llmspell.names import name_key
from llmspell.suggestions import not_found
from llmspell.templates import estimate
from llmspell.templates.built_in import NAMES, load
from llmspell.templates.protocol import Outcome, Template, TemplateResult
from llmspell.templates.work import TemplateServices, Work
from llmspell.tools.validation import check_params

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.effects.context import RunContext
    from llmspell.templates.folders import TemplateFiles

MAX_DEPTH = 8  # templates in templates, whatever is between them
MAX_REGISTERED = 1000  # of one run; each is kept in the host's memory
ACTOR = "template "  # how the actor of an execution begins

# Named here because `list` is a method below.
Names: TypeAlias = list[str]
Rows: TypeAlias = list[dict[str, Value]]


class TemplateFailed(LLMSpellError):
    """A template has said that its work did not come out as was asked; where an error says why, the code is its."""

    code = "template_failed"


class TemplateRegistry:
    """Templates by name.

    Args:
        files: Of the user; None where there are none.
    """

    def __init__(self, services: TemplateServices, files: TemplateFiles | None = None) -> None:
        self.services = services
        self._files = files
        self._own: dict[str, Template] = {}

    def names(self) -> Names:
        """All of them, sorted."""
        of_files = () if self._files is None else self._files.names()
        return sorted({*NAMES, *of_files, *self._own})

    def list(self, text: str = "", *, category: str = "", tag: str = "") -> Rows:
        """Rows of name, description, category, version, tags and origin, by name. A file that is no template is there
        with its name, origin and `error`.

        Args:
            text: Only those with this in their name, description or tags.
        """
        rows = [self._row(it) for it in self.names()]
        wanted = [it for it in rows if not category or str(it.get("category", "")).lower() == category.lower()]
        wanted = [it for it in wanted if not tag or tag.lower() in [str(one).lower() for one in it.get("tags", ())]]
        return [it for it in wanted if text.lower() in _words_of(it)]

    def search(self, text: str) -> Rows:
        """Those that have every word of a text, the best first: with the words in their names."""
        words = text.lower().split()
        found = [it for it in self.list() if all(word in _words_of(it) for word in words)]
        return sorted(found, key=lambda it: -sum(word in str(it["name"]) for word in words))

    def find(self, name: str) -> Template:
        """One of them.

        Raises:
            NotFound: There is none of this name; the hint names the nearest.
            ConfigError: It is a file that is no template.
        """
        key = name_key(name)
        if key in self._own:
            return self._own[key]
        if self._files is not None and (found := self._files.find(key)) is not None:
            return found
        if key in NAMES:
            return load(key)
        raise not_found(NotFound, "template", name, self.names(), compared=key)

    def info(self, name: str) -> dict[str, Value]:
        """Everything that is known of a template. Raises as `find` does."""
        return info_of(self.find(name))

    def register(self, template: Template) -> None:
        """Add one for this run, in the place of another one of its name.

        Raises:
            BadArgument: There are too many.
        """
        key = name_key(template.name)
        if key not in self._own and len(self._own) >= MAX_REGISTERED:
            raise BadArgument(f"a run registers at most {MAX_REGISTERED} templates")
        self._own[key] = template

    async def estimate_cost(self, ctx: RunContext, name: str, params: Value = None) -> dict[str, Value]:
        """What an execution would ask and cost; asks nothing. Files that the params name are read as it would do.

        Raises:
            NotFound, InvalidParams, PermissionDenied: As of `execute`.
        """
        template = await asyncio.to_thread(self.find, name)
        work = self._work(ctx, template, params, None)
        return await estimate.estimate(work, await template.forecast(work))

    async def execute(
        self, ctx: RunContext, name: str, params: Value = None, *, on_event: OnEvent | None = None
    ) -> TemplateResult:
        """Do the work of a template, as an effect of its own.

        Args:
            on_event: Told of each part when it begins (`progress`), and of tools.

        Raises:
            NotFound: There is no such template.
            InvalidParams: A param is missing, unknown or not what it should be; `details.path` names it.
            AgentStopped: Templates have called templates too deep.
            LLMSpellError: As what the template does.
        """
        template = await asyncio.to_thread(self.find, name)
        self._refuse_too_deep(ctx, template.name)
        work = self._work(ctx, template, params, on_event)
        tally = Tally()
        started = time.perf_counter()
        outcome: Outcome | None = None

        async def do(inner: RunContext) -> Value:
            nonlocal outcome
            inner.budgets = (*inner.budgets, tally)
            work.ctx = inner
            outcome = work.settled(await template.execute(work))
            return {"success": outcome.success, "text": outcome.text, "result": outcome.result}

        is_recorded = ctx.run.journal.mode != "off"
        recorded = _recorded(work.params) if is_recorded else None
        effect = Effect("template", template.name, recorded, actor=f"{ACTOR}{template.name}", again=True)
        try:
            value = await perform(ctx, effect, do)
        except LLMSpellError as error:
            error.details.setdefault("template", template.name)
            raise
        done = outcome or Outcome(value["text"], value["result"], success=value["success"])
        return TemplateResult(
            template.name,
            done,
            tally.usage,
            tally.cost_usd,
            tally.n_calls,
            tuple(work.steps),
            round((time.perf_counter() - started) * 1000, 3),
            {"template": template.name, "version": template.version},
        )

    async def run(self, ctx: RunContext, name: str, params: Mapping[str, Value]) -> dict[str, Value]:
        """Execute one, and give its result as plain data: what a workflow's step does.

        Raises:
            TemplateFailed: It did not come out as was asked.
            LLMSpellError: As of `execute`.
        """
        done = await self.execute(ctx, name, params)
        if done.outcome.success:
            return done.to_value()
        failed = done.outcome.metadata.get("error")
        error = failed if isinstance(failed, Mapping) else {}
        raise TemplateFailed(
            f"the template {done.name} failed: {error.get('message') or done.outcome.text}"[:2000],
            code=str(error.get("code") or ""),
            details={"template": done.name, "result": done.outcome.result},
        )

    def _work(self, ctx: RunContext, template: Template, params: Value, on_event: OnEvent | None) -> Work:
        checked = check_params(f"the template {template.name}", template.parameters, params)
        return Work(ctx, template.name, checked, self.services, template.prompts, on_event=on_event)

    def _refuse_too_deep(self, ctx: RunContext, name: str) -> None:
        """Refuse what templates that call each other by workflows and functions would never end to do."""
        inside = [it.removeprefix(ACTOR) for it in ctx.actors if it.startswith(ACTOR)]
        if len(inside) >= MAX_DEPTH:
            raise AgentStopped(
                f"the template {name} would be the {len(inside) + 1}th inside of others: {', '.join(inside)}",
                hint=f"{MAX_DEPTH} at most; does one of them call itself?",
                details={"reason": "max_depth", "limit": MAX_DEPTH},
            )

    def _row(self, name: str) -> dict[str, Value]:
        try:
            return _row(self.find(name))
        except ConfigError as problem:
            origin = str(problem.details.get("file", ""))
            return {
                "name": name,
                "description": "",
                "category": "",
                "tags": [],
                "origin": origin,
                "error": str(problem),
            }


def info_of(template: Template) -> dict[str, Value]:
    """Everything that a template says of itself."""
    return {
        **{key: it for key, it in _row(template).items() if key != "error"},
        "parameters": _parameter_rows(template.parameters),
        "schema": dict(template.parameters),
        "roles": list(template.prompts),
        "limits": template.limits,
        "gives": template.gives,
        "examples": [dict(it) for it in template.examples],
    }


def _recorded(value: Value) -> Value:
    """Params as they can be kept: what is no data (agents and functions in a workflow) by its kind."""
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case Mapping():
            return {str(key): _recorded(it) for key, it in value.items()}
        case list() | tuple():
            return [_recorded(it) for it in value]
        case _:
            return f"<{type(value).__name__}>"


def _row(template: Template) -> dict[str, Value]:
    return {
        "name": template.name,
        "description": template.description,
        "category": template.category,
        "version": template.version,
        "tags": list(template.tags),
        "origin": template.origin,
        "error": None,
    }


def _words_of(row: Mapping[str, Value]) -> str:
    tags = " ".join(map(str, row.get("tags", ())))
    return f"{row['name']} {row.get('description', '')} {row.get('category', '')} {tags}".lower()


def _parameter_rows(schema: Mapping[str, Value]) -> Rows:
    required = schema.get("required", ())
    rows: Rows = []
    for name, it in schema.get("properties", {}).items():
        kind = it.get("type", "any")
        row = {
            "name": name,
            "type": kind if isinstance(kind, str) else " or ".join(kind),
            "description": it.get("description", ""),
            "required": name in required,
        }
        rows.append({**row, **{key: it[key] for key in ("default", "enum", "minimum", "maximum") if key in it}})
    return rows
