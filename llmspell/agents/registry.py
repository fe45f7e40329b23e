"""The agents of one run: by name, by what they can do, and who works for whom.

Holds agents, composites and reflections alike. Names are unique in a run; a hyphen and an underscore are the same, and
so are upper and lower case."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakSet

from llmspell.agents.agent import Agent
from llmspell.agents.description import details_of, row_of
from llmspell.agents.fields import BY_SPELLING, spec_from
from llmspell.agents.relations import parts_of, tree_of
from llmspell.errors import AgentNotFound, BadArgument, ModelNotFound, ToolNotFound
from llmspell.events.points import AGENT_INIT, AGENT_SHUTDOWN
from llmspell.models.messages import Value
from llmspell.names import name_key
from llmspell.suggestions import not_found

if TYPE_CHECKING:
    from llmspell.agents.agent import AgentServices
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.templates import Templates
    from llmspell.effects.context import RunContext

MAX_AGENTS = 10_000
MAX_NAME_CHARS = 200

# Named here because `list` is a method below.
Names: TypeAlias = list[str]
Rows: TypeAlias = list[dict[str, Value]]


class AgentRegistry:
    """Agents by name.

    Args:
        services: What agents are made with.
        templates: What else they are made of; None where there are none.
    """

    def __init__(self, services: AgentServices, templates: Templates | None = None) -> None:
        self.services = services
        self.templates = templates
        self._agents: dict[str, Runnable] = {}
        self._templates_of: dict[str, str] = {}
        self._last_number: dict[str, int] = {}
        self._unnamed: WeakSet[Runnable] = WeakSet()

    def __len__(self) -> int:
        return len(self._agents)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name_key(name) in self._agents

    def create(self, fields: Mapping[str, Value], *, template: str = "", replace: bool = False) -> Agent:
        """Make an agent of a table and register it, under a name of its own where the table has none.

        Args:
            fields: See `agents.fields.spec_from`.
            template: The name of the one that it is made of.
            replace: Take the name from whoever has it.

        Raises:
            BadArgument: A field is wrong, the name is taken, or there are too many agents.
            ModelNotFound, ToolNotFound, ConfigError: As of `Agent`.
        """
        spec = spec_from(fields)
        is_named = any(it in BY_SPELLING and BY_SPELLING[it].name == "name" and fields[it] is not None for it in fields)
        if not is_named:
            spec = dataclasses.replace(spec, name=self.free_name(template or "agent"))
        self._check_free(spec.name, replace=replace)  # before anything is made
        agent = Agent(spec, self.services)
        self.register(agent, template=template, replace=replace, is_named=is_named)
        return agent

    async def make(
        self, ctx: RunContext, fields: Mapping[str, Value], *, template: str = "", replace: bool = False
    ) -> Agent:
        """As `create`, by somebody whose hooks may see and change what is made."""
        hooks = ctx.run.hooks
        if not (hooks.at and AGENT_INIT.watched(hooks.at)):
            return self.create(fields, template=template, replace=replace)
        from llmspell.agents.hooked import make_hooked  # late: most runs have no hooks

        def create(given: Mapping[str, Value]) -> Agent:
            return self.create(given, template=template, replace=replace)

        return await make_hooked(ctx, fields, create, self.describe)

    async def create_from_template(
        self,
        ctx: RunContext,
        name: str,
        template: str,
        params: Mapping[str, Value] | None = None,
        *,
        replace: bool = False,
    ) -> Agent:
        """Make an agent of a template and register it.

        Args:
            name: A name of its own if empty.
            params: See `Templates.create`.
            replace: Take the name from whoever has it.

        Raises:
            NotFound: There is no such template.
            BadArgument, InvalidParams, ConfigError, TemplateError: As of `Templates.create` and `create`.
        """
        if self.templates is None:
            raise BadArgument("there are no templates of agents here")
        made = await self.templates.create(name, template, params)
        found = self.templates.find(template)
        try:
            return await self.make(ctx, made, template=found.name, replace=replace)
        except (ToolNotFound, ModelNotFound) as problem:
            names = ("tools",) if isinstance(problem, ToolNotFound) else ("model", "fallback")
            if all(it not in found.fields or made[it] != found.fields[it] for it in names):
                raise  # what was given beside the template
            message, details = f"{found.path}: {problem.message}", {**problem.details, "file": found.path}
            raise type(problem)(message, hint=problem.hint, details=details) from problem

    def register(self, runnable: Runnable, *, template: str = "", replace: bool = False, is_named: bool = True) -> None:
        """Add one.

        Args:
            replace: Take the name from whoever has it. Those who work with that one keep it.
            is_named: False where its name was made up, so that another run may give it to something else.

        Raises:
            BadArgument: Its name is none, or is taken, or there are too many.
        """
        self._check_free(runnable.name, replace=replace)
        if replace:
            self.remove(runnable.name)
        key = name_key(runnable.name)
        self._agents[key] = runnable
        if template:
            self._templates_of[key] = template
        if not is_named:
            self._unnamed.add(runnable)

    def is_named(self, runnable: Runnable) -> bool:
        """Whether it was given its name, rather than one being made up for it."""
        return runnable not in self._unnamed

    def free_name(self, prefix: str = "agent") -> str:
        """A name that nobody has: `agent-1`."""
        number = self._last_number.get(prefix, 0) + 1
        while name_key(f"{prefix}-{number}") in self._agents:
            number += 1
        self._last_number[prefix] = number  # a name that was given back is not given again soon
        return f"{prefix}-{number}"

    def get(self, name: str) -> Runnable | None:
        """The one of this name, or None."""
        return self._agents.get(name_key(name))

    def find(self, name: str) -> Runnable:
        """The one of this name.

        Raises:
            AgentNotFound: There is none; the hint names the nearest.
        """
        found = self._agents.get(name_key(name))
        if found is None:
            raise not_found(AgentNotFound, "agent", name, self.names(), otherwise="no agent was made in this run")
        return found

    def remove(self, name: str) -> bool:
        """Take a name out. Those who work with the agent keep it. Returns whether there was one."""
        self._templates_of.pop(name_key(name), None)
        return self._agents.pop(name_key(name), None) is not None

    def discard(self, runnable: Runnable) -> bool:
        """Take one out, unless its name is another's by now. Returns whether it was there."""
        return self.get(runnable.name) is runnable and self.remove(runnable.name)

    async def destroy(self, ctx: RunContext, runnable: Runnable) -> None:
        """Stop one and take it out, where its name is not another's by now.

        Raises:
            HookCancelled: A hook wants it to stay.
        """
        await self._shut_down(ctx, runnable, at_end=False)

    async def shut_down(self, ctx: RunContext) -> None:
        """The run is at its end: tell the hooks of each agent that is still here, and take it out."""
        hooks = ctx.run.hooks
        if AGENT_SHUTDOWN.watched(hooks.at):
            for it in tuple(self._agents.values()):
                await self._shut_down(ctx, it, at_end=True)

    async def _shut_down(self, ctx: RunContext, runnable: Runnable, *, at_end: bool) -> None:
        def stop() -> None:
            if isinstance(runnable, Agent):
                runnable.stop()
            self.discard(runnable)  # a newer one may have its name

        if not ctx.run.hooks.at:
            stop()
            return
        from llmspell.agents.hooked import shut_down_hooked  # late: most runs have no hooks

        await shut_down_hooked(ctx, runnable, stop, at_end=at_end)

    def names(self) -> Names:
        """All names, sorted."""
        return sorted(it.name for it in self._agents.values())

    def list(self) -> Rows:
        """Rows of name, id, description, kind, model, capabilities, tools, template and status, by name."""
        return self._rows(self._agents.values())

    def discover(self, *, capability: str = "", text: str = "", model: str = "", kind: str = "") -> Rows:
        """Rows of those that match all of what is given, by name.

        Args:
            text: Words that stand in its name, description, capabilities or tools.
            model: The full name of its model, or a part of it.
            kind: agent, sequential, parallel, vote, debate, route or reflect.
        """
        words = text.casefold().split()

        def matches(row: Mapping[str, Value]) -> bool:
            shown = " ".join((row["name"], row["description"], *row["capabilities"], *row["tools"])).casefold()
            return (
                (not capability or name_key(capability) in map(name_key, row["capabilities"]))
                and all(it in shown for it in words)
                and model.casefold() in row["model"].casefold()
                and kind in ("", row["kind"])
            )

        return [it for it in self.list() if matches(it)]

    def list_capabilities(self) -> Names:
        """What any of them can do, sorted, each once."""
        return sorted({it for row in self.list() for it in row["capabilities"]})

    def get_info(self, name: str) -> dict[str, Value]:
        """The row of one.

        Raises:
            AgentNotFound: There is none of this name.
        """
        return self._row(self.find(name))

    def get_details(self, name: str) -> dict[str, Value]:
        """The row of one, and all that it was made with; never a key.

        Raises:
            AgentNotFound: There is none of this name.
        """
        return self.describe(self.find(name))

    def describe(self, runnable: Runnable) -> dict[str, Value]:
        """As `get_details`, of one whose name may be another's by now."""
        return {**self._row(runnable), **details_of(runnable)}

    def list_instances(self) -> Rows:
        """Rows of name, id, kind, status and metrics, in the order in which they were made."""
        return [
            {
                **{key: row[key] for key in ("name", "id", "kind", "status")},
                "metrics": it.metrics.to_value() if isinstance(it, Agent) else {},
            }
            for it in self._agents.values()
            for row in (self._row(it),)
        ]

    def get_hierarchy(self, name: str = "") -> dict[str, Value] | Rows:
        """Who works for whom: nested maps of `name`, `role` and `parts`.

        Args:
            name: Whose tree; empty for those of all who work for nobody else.

        Raises:
            AgentNotFound: There is none of this name.
        """
        if name:
            return tree_of(self.find(name))
        all_of_them = sorted(self._agents.values(), key=lambda it: it.name)
        subordinate = {id(part) for it in all_of_them for _, part in parts_of(it) if part is not it}
        tops = [it for it in all_of_them if id(it) not in subordinate]
        # Where all work for each other there is no top: then each is shown.
        return [tree_of(it) for it in tops or all_of_them]

    def _rows(self, agents: Iterable[Runnable]) -> Rows:
        return sorted((self._row(it) for it in agents), key=lambda row: str(row["name"]))

    def _row(self, runnable: Runnable) -> dict[str, Value]:
        is_here = self.get(runnable.name) is runnable
        return {**row_of(runnable), "template": self._templates_of.get(name_key(runnable.name), "") if is_here else ""}

    def _check_free(self, name: str, *, replace: bool) -> None:
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME_CHARS or not name.isprintable():
            raise BadArgument(f"the name of an agent has 1 to {MAX_NAME_CHARS} characters", details={"path": "$.name"})
        taken = self._agents.get(name_key(name))
        if taken is not None and replace:
            return
        if taken is not None:
            raise BadArgument(
                f'there is an agent "{taken.name}" already',
                hint="choose another name, leave it out, or destroy that one first",
                details={"path": "$.name"},
            )
        if len(self._agents) >= MAX_AGENTS:
            raise BadArgument(
                f"a run has at most {MAX_AGENTS} agents at a time", hint="use one again, or destroy those that are done"
            )
