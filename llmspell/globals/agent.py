"""`Agent`: make agents, find them, and put several of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from llmspell.agents.agent import Agent
from llmspell.errors import BadArgument
from llmspell.globals.agent_builder import AgentBuilder
from llmspell.globals.agent_object import AgentObject, tool_of
from llmspell.globals.agent_parts import texts_of
from llmspell.globals.agent_records import AgentEventMap, AgentRow
from llmspell.globals.agent_run import AgentRun
from llmspell.globals.agent_shared import SharedData
from llmspell.globals.tool import ToolObject
from llmspell.interface.declare import Fields, method, script_global
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.registry import AgentRegistry
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services

More = Annotated[dict[str, Value], Fields] | None


@script_global("Agent", index="get", objects=(AgentEventMap,))
class AgentGlobal(SharedData):
    """Models with instructions, tools, memory and limits. Nothing is sent before an agent is first asked."""

    def __init__(self, registry: AgentRegistry) -> None:
        super().__init__(registry.services.contexts)
        self._registry = registry
        self._run = AgentRun(registry)

    @classmethod
    def build(cls, services: Services) -> AgentGlobal:
        return cls(services.agents())

    @method(table=True, aliases=("createAsync", "create_async", "register", "new"), recorded=False)
    async def create(
        self,
        ctx: RunContext,
        name: str = "",
        description: str = "",
        model: Value = None,
        system_prompt: str = "",
        tools: Value = None,
        schema: Value = None,
        memory: Value = None,
        budget: Value = None,
        guardrails: Value = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        stop: Value = None,
        seed: int | None = None,
        reasoning: Value = None,
        tool_choice: Value = None,
        max_steps: int | None = None,
        max_tool_calls: int | None = None,
        max_identical_calls: int | None = None,
        timeout_s: float | None = None,
        retries: int | None = None,
        repairs: int | None = None,
        fallback: Value = None,
        handoffs: Value = None,
        mode: str = "",
        base_url: str = "",
        headers: dict[str, str] | None = None,
        capabilities: Value = None,
        custom: dict[str, Value] | None = None,
        options: More = None,
    ) -> AgentObject:
        """Make an agent. Names of tools and models are checked at once; keys are looked for when it is first asked.

        Args:
            name: For `Agent.get`, messages and the ledger; made up if empty.
            description: What it is for; other agents read it.
            model: `provider/model`, an alias, a name of the default provider's, or `{ scripted = {…} }` for turns that
                are written down; the default model if absent.
            system_prompt: What the model is told to be.
            tools: A list of names of tools and agents, of tools, and of agents.
            schema: What its answers must look like: a JSON Schema, or a table of fields.
            memory: What it remembers from one execution to the next: `buffer`, `window`, `summary`, or a table with
                `kind`, `max_messages` and `max_tokens`. Nothing, if absent.
            budget: What it may spend in all: USD, or a table with `usd` and `tokens`.
            guardrails: Its own limits and rules about content: a preset's name, or a table with `preset`, `rules` and
                limits; see the guide to guardrails.
            temperature: How much chance there is in its answers, 0 to 2.
            max_tokens: How long one answer of the model may be.
            top_p: How much of the likely words is looked at, 0 to 1.
            stop: A text, or texts, at which the model stops.
            seed: For providers that can be made to answer alike.
            reasoning: none, minimal, low, medium or high, for models that can be asked to think.
            tool_choice: auto, none, required or a tool's name; for the first call of its model.
            max_steps: How often it may ask its model in one execution; 20 if absent.
            max_tool_calls: How many tools one execution may call; 100 if absent.
            max_identical_calls: How often a tool may be called with the same arguments in one execution; 3 if absent.
            timeout_s: How long one execution may take.
            retries: How often a model that failed is asked again; as its provider's settings say if absent.
            repairs: How often a model is shown that its answer is not what `schema` says; 2 if absent.
            fallback: Models to ask when the first fails for good.
            handoffs: Agents, or their names, to whom the model may give the conversation by `transfer_to_NAME`.
            mode: native, react (tools are spoken of in text) or auto.
            base_url: A server of the script's own: needs `net:HOST`, and is sent no key of yours.
            headers: For that server.
            capabilities: Words to find it by, a list.
            custom: What the script wants to find again in `get_config`.
            options: Other spellings of these fields.

        Returns:
            The agent.

        Raises:
            BadArgument: A field is unknown or holds what it cannot; the message names it.
            ModelNotFound: There is no such model, provider or alias; the hint names the nearest.
            ToolNotFound: There is no such tool; the hint names the nearest.
        """
        given: dict[str, Value] = {
            "name": name or None,
            "description": description or None,
            "model": model,
            "system_prompt": system_prompt or None,
            "tools": tools,
            "schema": schema,
            "memory": memory,
            "budget": budget,
            "guardrails": guardrails,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "top_p": top_p,
            "stop": stop,
            "seed": seed,
            "reasoning": reasoning,
            "tool_choice": tool_choice,
            "max_steps": max_steps,
            "max_tool_calls": max_tool_calls,
            "max_identical_calls": max_identical_calls,
            "timeout_s": timeout_s,
            "retries": retries,
            "repairs": repairs,
            "fallback": fallback,
            "handoffs": handoffs,
            "mode": mode or None,
            "base_url": base_url or None,
            "headers": headers,
            "capabilities": capabilities,
            "custom": custom,
        }
        return await self._make(ctx, {**{key: it for key, it in given.items() if it is not None}, **(options or {})})

    @method(recorded=False)
    def builder(self, ctx: RunContext) -> AgentBuilder:
        """Make an agent field by field: `Agent.builder():name("x"):model("fast"):build()`."""
        return AgentBuilder(self._make)

    @method(table=True, recorded=False)
    async def react(self, ctx: RunContext, name: str = "", options: More = None) -> AgentObject:
        """Make an agent that speaks with its model of tools in text: Thought, Action, Observation, Finish.

        Args:
            name: As of `create`.
            options: Any other field of `create`.
        """
        return await self._make(ctx, {**(options or {}), **({"name": name} if name else {}), "mode": "react"})

    @method(table=True, recorded=False)
    async def reflect(
        self,
        ctx: RunContext,
        name: str = "",
        agent: Value = None,
        critic: Value = None,
        criteria: Value = None,
        rounds: int = 3,
        description: str = "",
    ) -> AgentObject:
        """Let an agent write, a critic judge, and the agent mend, until the critic accepts.

        Args:
            name: Made up if empty.
            agent: Who writes: an agent, or the name of one.
            critic: Who judges; an agent made for that, with the same model, if absent.
            criteria: What it judges by: a text, or a list of them.
            rounds: How often it judges, at the most.
            description: What it is for.

        Returns:
            Something that can be asked like an agent. Its answers have `metadata.rounds`: draft, verdict, feedback and
            score of each.
        """
        from llmspell.agents.reflect import create_reflect  # late, as composites: few scripts make one

        registry = self._registry
        made = await create_reflect(
            name or registry.free_name("reflect"),
            self._run.find(agent, "Agent.reflect: agent"),
            None if critic is None else self._run.find(critic, "Agent.reflect: critic"),
            texts_of(criteria, "Agent.reflect: criteria"),
            rounds,
            description=description,
            services=registry.services,
            templates=registry.templates,
        )
        return self._registered(made, is_named=bool(name))

    @method(aliases=("createComposite", "composite"), recorded=False)
    def create_composite(
        self, ctx: RunContext, name: str, agents: list[Value], pattern: str, options: More = None
    ) -> AgentObject:
        """Let several agents work together.

        Args:
            name: Of the whole.
            agents: Its members, agents or names of agents.
            pattern: sequential: the answer of one is what the next is asked. parallel: all are asked the same at once.
                vote: the answer that most give counts. debate: they see each other's answers, then a vote or a judge.
                route: a model or a function chooses the one that is asked.
            options: `on_error` (fail_fast or continue), `max_concurrency`; for votes and debates `field`, `choices`,
                `judge`, `rounds`; for a route `router` and `fallback`. A judge or router is an agent, its name, or a
                model.

        Returns:
            Something that can be asked like an agent.
        """
        from llmspell.agents.composite_options import options_from
        from llmspell.agents.composites import create_composite

        members = [self._run.find(it, "a member") for it in agents]
        chosen = options_from(
            pattern, self._run.options(options or {}), services=self._registry.services, members=members
        )
        return self._registered(create_composite(name, members, pattern, chosen))

    @method(aliases=("wrapAsTool",), recorded=False)
    def wrap_as_tool(self, ctx: RunContext, agent: Value, options: More = None) -> ToolObject:
        """A tool that lets an agent answer, with the parameter `input`.

        Args:
            agent: An agent, or the name of one.
            options: `name` and `description`, instead of the agent's own.
        """
        runnable = self._run.find(agent, "Agent.wrap_as_tool: agent")
        given = options or {}
        unknown = [it for it in given if it not in ("name", "description", "tool_name")]
        if unknown:
            raise BadArgument(
                f"Agent.wrap_as_tool has no option {unknown[0]}", hint="the options are name and description"
            )
        name = str(given.get("name") or given.get("tool_name") or "")
        return tool_of(runnable, self._run, name, str(given.get("description") or ""))

    # Finding them ---------------------------------------------------------------------------------------------------

    @method(name="list", aliases=("list_agents",), recorded=False)
    def list_(self, ctx: RunContext) -> list[AgentRow]:
        """The agents of this run, by name."""
        rows: Any = self._registry.list()
        found: list[AgentRow] = rows
        return found

    @method(aliases=("listInstances",), recorded=False)
    def list_instances(self, ctx: RunContext) -> list[dict[str, Value]]:
        """name, id, kind, status and metrics of each, in the order in which they were made."""
        return self._registry.list_instances()

    @method(recorded=False)
    def get(self, ctx: RunContext, name: str) -> AgentObject | None:
        """An agent by its name.

        Args:
            name: As it was made with.

        Returns:
            nil when there is none.
        """
        found = self._registry.get(name)
        return None if found is None else AgentObject(found, self._run)

    @method(recorded=False)
    def exists(self, ctx: RunContext, name: str) -> bool:
        """Whether there is an agent of this name.

        Args:
            name: A name.
        """
        return name in self._registry

    @method(recorded=False)
    def remove(self, ctx: RunContext, name: str) -> bool:
        """Forget an agent; those who hold it can go on using it.

        Args:
            name: A name.

        Returns:
            Whether there was one.
        """
        return self._registry.remove(name)

    @method(table=True, recorded=False)
    def discover(self, ctx: RunContext, capability: str = "", text: str = "", model: str = "") -> list[AgentRow]:
        """The agents that match all of what is given.

        Args:
            capability: One of theirs.
            text: In their name or description.
            model: What they ask.
        """
        rows: Any = self._registry.discover(capability=capability, text=text, model=model)
        found: list[AgentRow] = rows
        return found

    @method(aliases=("discoverByCapability",), recorded=False)
    def discover_by_capability(self, ctx: RunContext, capability: str) -> list[AgentRow]:
        """The agents that have a capability.

        Args:
            capability: One of `list_capabilities`.
        """
        return self.discover(ctx, capability)

    @method(aliases=("listCapabilities",), recorded=False)
    def list_capabilities(self, ctx: RunContext) -> list[str]:
        """All capabilities of the run's agents, sorted."""
        return self._registry.list_capabilities()

    @method(aliases=("getInfo", "info"), recorded=False)
    def get_info(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """What an agent is: its row, and its `metrics`.

        Args:
            name: Of an agent.

        Raises:
            AgentNotFound: There is none; the hint names the nearest.
        """
        found = self._registry.find(name)
        metrics = found.metrics.to_value() if isinstance(found, Agent) else {}
        return {**self._registry.get_info(name), "metrics": metrics}

    @method(aliases=("getDetails",), recorded=False)
    def get_details(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """All that an agent was made with; never a key.

        Args:
            name: Of an agent.

        Raises:
            AgentNotFound: There is none; the hint names the nearest.
        """
        return self._registry.get_details(name)

    @method(aliases=("getHierarchy",), recorded=False)
    def get_hierarchy(self, ctx: RunContext, name: str = "") -> Value:
        """Who works for whom: maps of name, role and parts, at any depth.

        Args:
            name: Of an agent; empty for a list of those who work for nobody.

        Raises:
            AgentNotFound: There is none; the hint names the nearest.
        """
        return self._registry.get_hierarchy(name)

    # Templates ------------------------------------------------------------------------------------------------------

    @method(aliases=("listTemplates",), recorded=False)
    def list_templates(self, ctx: RunContext) -> list[dict[str, Value]]:
        """The templates that there are: name, description, parameters."""
        templates = self._registry.templates
        return [] if templates is None else [dict(it) for it in templates.list()]

    @method(aliases=("createFromTemplate",), recorded=False)
    async def create_from_template(self, ctx: RunContext, name: str, template: str, params: More = None) -> AgentObject:
        """Make an agent of a template.

        Args:
            name: Of the agent.
            template: One of `list_templates`.
            params: The template's parameters, and any field of `create`, which replaces the template's.

        Raises:
            NotFound: There is no such template; the hint names the nearest.
        """
        fields = self._run.fields(params or {})
        made = await self._registry.create_from_template(ctx, name, template, fields, replace=True)
        return AgentObject(made, self._run)

    async def _make(self, ctx: RunContext, fields: dict[str, Value]) -> AgentObject:
        return AgentObject(await self._registry.make(ctx, self._run.fields(fields), replace=True), self._run)

    def _registered(self, runnable: Runnable, *, is_named: bool = True) -> AgentObject:
        self._registry.register(runnable, replace=True, is_named=is_named)
        return AgentObject(runnable, self._run)
