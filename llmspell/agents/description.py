"""What is told of an agent or composite: a row for lists, and what it was made with. Plain data, and never a key."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from llmspell.agents.relations import parts_of

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.spec import AgentSpec
    from llmspell.models.messages import Value


def row_of(runnable: Runnable) -> dict[str, Value]:
    """name, id, description, kind, model, capabilities, tools and status."""
    spec: AgentSpec | None = getattr(runnable, "spec", None)
    return {
        "name": runnable.name,
        "id": getattr(runnable, "id", runnable.name),
        "description": runnable.description,
        "kind": _kind_of(runnable),
        "model": getattr(runnable, "model", ""),
        "capabilities": _capabilities_of(runnable, spec),
        "tools": [] if spec is None else [it if isinstance(it, str) else it.name for it in spec.tools],
        "status": getattr(runnable, "status", "ready"),
    }


def details_of(runnable: Runnable) -> dict[str, Value]:
    """What it was made with, by the names of its fields."""
    parts = [{"name": it.name, "role": role} for role, it in parts_of(runnable)]
    spec: AgentSpec | None = getattr(runnable, "spec", None)
    if spec is not None:
        return {**_fields_of(spec), "parts": parts}
    own = runnable.details() if hasattr(runnable, "details") else {}
    return {**own, "parts": parts}


def _fields_of(spec: AgentSpec) -> dict[str, Value]:
    plain = ("system_prompt", "tool_choice", "repairs", "mode", "max_steps", "max_tool_calls", "max_identical_calls")
    memory = spec.memory
    return {
        **{it: getattr(spec, it) for it in (*plain, "timeout_s", "retries", "base_url")},
        "settings": {
            key: list(it) if isinstance(it, tuple) else it
            for key, it in asdict(spec.settings).items()
            if it not in (None, (), {})
        },
        "schema": None if spec.schema is None else dict(spec.schema),
        "memory": {"type": memory.kind, "max_messages": memory.max_messages, "max_tokens": memory.max_tokens},
        "budget": {"usd": spec.budget.usd, "tokens": spec.budget.tokens},
        "fallback": list(spec.fallback),
        "handoffs": [it.name for it in spec.handoffs],
        "headers": list(spec.headers),  # their values may be secret
        "custom": dict(spec.custom),
    }


def _kind_of(runnable: Runnable) -> str:
    return str(getattr(runnable, "pattern", "agent"))


def _capabilities_of(runnable: Runnable, spec: AgentSpec | None) -> list[str]:
    """Those that were given, and those that follow from how it was made."""
    if spec is None:
        return [_kind_of(runnable)]
    found = list(spec.capabilities)
    for name, has_it in (
        ("tools", bool(spec.tools)),
        ("structured-output", spec.schema is not None),
        ("memory", spec.memory.kind != "none"),
        ("handoff", bool(spec.handoffs)),
    ):
        if has_it and name not in found:
            found.append(name)
    return found
