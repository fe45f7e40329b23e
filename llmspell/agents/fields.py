"""Make an agent's spec of the table that a script writes: every spelling of every field, checked.

One table drives it. What a field may hold is in `agents.field_checks`; what it means in `agents.spec`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from llmspell.agents import field_checks as checks
from llmspell.agents.field_checks import Check, integer, number, word_of
from llmspell.agents.spec import AgentSpec, MemorySpec
from llmspell.errors import BadArgument
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean

# spec, settings: a field of those · table: a table whose entries are fields themselves · special: see `_settle`
Place = Literal["spec", "settings", "table", "special"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an agent.

    Attributes:
        spellings: Its other names.
        per_call: Whether it may be given for one execution only.
    """

    name: str
    check: Check
    spellings: tuple[str, ...] = ()
    place: Place = "spec"
    per_call: bool = False


_DAY_S = 86_400
_MODES = {"auto": "auto", "native": "native", "react": "react", "function_calling": "native", "tool_calling": "native"}
# What scripts call the kinds of agents that other systems have. Here there is one kind; only `react` says how it works.
_TYPES = {
    **dict.fromkeys(("llm", "basic", "chat", "assistant", "conversational", "tool", "tools", "orchestrator",
                     "tool_orchestrator", "supervisor", "worker", "specialist", "critic", "planner", "auto"), "auto"),
    **dict.fromkeys(("native", "function_calling"), "native"),
    **dict.fromkeys(("react", "re_act"), "react"),
}  # fmt: skip

FIELDS = (
    Field("name", checks.label, ("agent_name",)),
    Field("description", checks.text),
    Field("model", checks.text, ("model_id", "model_name"), per_call=True),
    Field("provider", checks.text, ("provider_name",), per_call=True),
    Field("system_prompt", checks.text, ("system", "instructions", "prompt", "system_message"), per_call=True),
    Field("temperature", number(0, 2), (), "settings", per_call=True),
    Field("max_tokens", integer(1), ("max_output_tokens", "max_completion_tokens"), "settings", per_call=True),
    Field("top_p", number(0, 1), (), "settings", per_call=True),
    Field("stop", checks.stops, ("stop_sequences",), "settings", per_call=True),
    Field("seed", integer(-(2**63)), (), "settings", per_call=True),
    Field("reasoning", checks.reasoning, ("reasoning_effort", "thinking"), "settings", per_call=True),
    Field("extra", checks.extra, ("extra_body",), "settings", per_call=True),
    Field("tools", checks.tools, ("allowed_tools",), per_call=True),
    Field("tool_choice", checks.tool_choice, per_call=True),
    Field("schema", checks.schema, ("response_format", "output_schema", "result_schema", "response_schema"),
          per_call=True),
    Field("repairs", integer(0, 20), ("max_repairs",), per_call=True),
    Field("memory", checks.memory),
    Field("max_conversation_length", integer(0, 100_000), ("max_history",), "special"),
    Field("mode", word_of(_MODES), per_call=True),
    Field("type", word_of(_TYPES), ("agent_type", "kind"), "special"),
    Field("max_steps", integer(1, 1000), ("max_iterations", "max_turns"), per_call=True),
    Field("max_tool_calls", integer(0), per_call=True),
    Field("max_identical_calls", integer(1), per_call=True),
    Field("budget", checks.budget, ("budget_usd", "max_cost_usd")),
    Field("timeout_s", number(0.001, 30 * _DAY_S), ("timeout", "timeout_seconds", "max_execution_time_secs"),
          per_call=True),
    Field("timeout_ms", number(1, 30_000 * _DAY_S), ("max_execution_time_ms",), "special", per_call=True),
    Field("retries", integer(0, 100), ("max_retries",), per_call=True),
    Field("guardrails", checks.guardrails, ("guardrail",)),
    Field("fallback", checks.models, ("fallbacks", "fallback_models"), per_call=True),
    Field("handoffs", checks.agents, ("handoff",)),
    Field("base_url", checks.text, ("api_base", "endpoint")),
    Field("api_key", checks.text),
    Field("headers", checks.headers, ("extra_headers",)),
    Field("custom", checks.table, ("metadata",)),
    Field("capabilities", checks.texts),
    Field("settings", checks.table, ("model_settings",), "table", per_call=True),
    Field("model_config", checks.table, ("llm_config",), "table"),
    Field("custom_config", checks.table, (), "table"),
    Field("resource_limits", checks.table, ("limits",), "table"),
)  # fmt: skip

BY_SPELLING: Mapping[str, Field] = {name: it for it in FIELDS for name in (it.name, *it.spellings)}

# Spellings that mean something else within one table, and what a table may hold that is no field here.
_WITHIN: Mapping[str, Mapping[str, str]] = {
    "model": {"id": "model", "name": "model"},
    "model_config": {"id": "model", "name": "model"},
}
# The memory of the script's process is limited by its profile, and how deep agents may call each other by `as_tool`.
_LIMITED_ELSEWHERE = frozenset({"max_memory_mb", "max_memory_bytes", "max_recursion_depth"})


def spec_from(fields: Mapping[str, Value]) -> AgentSpec:
    """The spec that a table describes. A field that is given as nothing counts as not given.

    Raises:
        BadArgument: A field is unknown (the hint names the nearest), given twice, or holds what it cannot;
            `details.path` names it.
    """
    values = _read(fields)
    values.setdefault("name", "agent")
    return _settle(AgentSpec(str(values["name"])), values)


def with_overrides(spec: AgentSpec, overrides: Mapping[str, Value]) -> AgentSpec:
    """The spec for one execution.

    Raises:
        BadArgument: As `spec_from`; also for a field that an agent keeps for its life.
    """
    for name in overrides:
        field = BY_SPELLING.get(name)
        if field is not None and not field.per_call:
            raise BadArgument(
                f'"{name}" cannot be changed for one execution',
                hint="give it when the agent is created",
                details={"path": f"$.{name}"},
            )
    values = _read(overrides)
    # Another model of the same provider, unless the other model's own is named.
    if isinstance(values.get("model"), str) and "/" in values["model"]:
        values.setdefault("provider", "")
    return _settle(spec, values)


def _read(fields: Mapping[str, Value], where: str = "") -> dict[str, Value]:
    """Checked values by canonical names; those of tables within come after those beside them."""
    values: dict[str, Value] = {}
    given_as: dict[str, str] = {}
    within: dict[str, Value] = {}
    for spelling, value in fields.items():
        if value is None or (where == "resource_limits" and spelling in _LIMITED_ELSEWHERE):
            continue
        name = _WITHIN.get(where, {}).get(spelling, spelling)
        field = BY_SPELLING.get(name)
        shown = f"{where}.{spelling}" if where else spelling
        if field is None:
            _keep_unknown(spelling, value, where, within)
            continue
        if where == "settings" and field.place != "settings":
            raise BadArgument(f'"{spelling}" is no setting of a model', hint="give it beside the settings, not in them")
        if field.name in given_as:
            raise BadArgument(
                f'"{shown}" and "{given_as[field.name]}" are the same field and both are given',
                hint=f"give {field.name} alone",
                details={"path": f"$.{shown}"},
            )
        given_as[field.name] = shown
        if field.name == "model" and isinstance(value, Mapping):
            _gather(within, _read_model(value))
        elif field.place == "table":
            _gather(within, _read(field.check(value, shown), field.name))
        else:
            values[field.name] = field.check(value, shown)
    _gather(values, within)
    return values


def _read_model(value: Mapping[str, Value]) -> dict[str, Value]:
    if "scripted" not in value:
        return _read(value, "model")
    rest = _read({key: it for key, it in value.items() if key != "scripted"}, "model")
    return {**rest, "model": {"scripted": value["scripted"]}}


def _gather(values: dict[str, Value], more: Mapping[str, Value]) -> None:
    """What stands outside wins; tables of whatever a script likes are put together."""
    for name, value in more.items():
        if name in ("custom", "extra"):
            values[name] = {**value, **values.get(name, {})}
        else:
            values.setdefault(name, value)


def _keep_unknown(name: str, value: Value, where: str, within: dict[str, Value]) -> None:
    """A provider knows settings of its own, and a custom table is the script's; the rest is an error."""
    if where in ("settings", "custom_config"):
        kept = checks.extra({name: value}, where) if where == "settings" else {name: value}
        _gather(within, {"extra" if where == "settings" else "custom": kept})
        return
    place = f"the {where} of an agent" if where else "an agent"
    raise BadArgument(
        f'{place} has no field "{str(name)[:80]}"',
        hint=did_you_mean(str(name)[:80], BY_SPELLING) or "what only the script uses belongs in `custom`",
        details={"path": f"$.{where}.{name}" if where else f"$.{name}", "unknown": str(name)[:80]},
    )


def _settle(spec: AgentSpec, values: dict[str, Value]) -> AgentSpec:
    """The spec with these values in their places."""
    if "timeout_ms" in values:
        values.setdefault("timeout_s", values.pop("timeout_ms") / 1000)
    kind = values.pop("type", "auto")
    if kind != "auto":
        values.setdefault("mode", kind)
    if "max_conversation_length" in values:
        n_messages = values.pop("max_conversation_length")
        # Who says how much is to be remembered wants it remembered.
        memory = values.get("memory", MemorySpec("window"))
        if n_messages == 0:
            memory = MemorySpec()
        elif memory.kind in ("buffer", "window"):
            memory = MemorySpec("window", n_messages, memory.max_tokens)
        values["memory"] = memory
    own = {it.name: values[it.name] for it in FIELDS if it.place == "spec" and it.name in values}
    settings = {it.name: values[it.name] for it in FIELDS if it.place == "settings" and it.name in values}
    if settings:
        own["settings"] = dataclasses.replace(spec.settings, **settings)
    return dataclasses.replace(spec, **own)
