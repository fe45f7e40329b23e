"""What an agent's executions work with: models, tools, dialect and settings, found and checked beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.agents.native import NativeDialect
from llmspell.agents.structured import AnswerSchema
from llmspell.agents.toolbox import Toolbox
from llmspell.errors import BadArgument
from llmspell.models.provider_settings import layered

if TYPE_CHECKING:
    from llmspell.agents.dialect import Dialect
    from llmspell.agents.spec import AgentSpec
    from llmspell.models.calling import ModelServices
    from llmspell.models.catalog import ModelCatalog
    from llmspell.models.protocol import Model, ModelSettings
    from llmspell.tools.registry import ToolRegistry


# Fields of a spec that say which models are asked.
_OF_MODELS = ("model", "provider", "fallback", "base_url", "api_key", "headers")


@dataclass(frozen=True, slots=True)
class Plan:
    """Made once for an agent, and for each execution that overrides something.

    Attributes:
        candidates: The model, and those to fall back on.
        settings: Those of the spec over those of the model's alias.
        answer: How answers are read, where they are to be data.
        system: The whole system prompt; empty for none.
    """

    spec: AgentSpec
    models: ModelServices
    candidates: tuple[Model, ...]
    settings: ModelSettings
    toolbox: Toolbox
    dialect: Dialect
    answer: AnswerSchema | None
    system: str


def make_plan(spec: AgentSpec, models: ModelServices, tools: ToolRegistry, *, like: Plan | None = None) -> Plan:
    """Find everything that a spec names. Nothing is sent.

    Args:
        like: A plan of the same agent's. Where the spec asks for the same models, they are its models: one that is
            given in place counts the turns that it has given.

    Raises:
        ModelNotFound, ToolNotFound: A name is unknown; the hint names the nearest.
        BadArgument: The parts do not fit each other.
        ConfigError: A model's provider lacks something.
    """
    catalog = models.catalog
    same = like is not None and all(getattr(spec, it) == getattr(like.spec, it) for it in _OF_MODELS)
    candidates = like.candidates if like is not None and same else _candidates(spec, catalog)
    settings = spec.settings
    # A server that a script names has no alias and no settings of the user's.
    if isinstance(spec.model, str) and not spec.base_url:
        settings = layered(settings, catalog.resolve(spec.model, spec.provider).settings)
    toolbox = Toolbox(spec, tools)
    dialect = _dialect(spec, settings, candidates, toolbox)
    answer = AnswerSchema(spec.schema) if spec.schema is not None else None
    return Plan(spec, models, candidates, settings, toolbox, dialect, answer, dialect.system(spec.system_prompt))


def _candidates(spec: AgentSpec, catalog: ModelCatalog) -> tuple[Model, ...]:
    """The model and its fallbacks, each once: an override in the settings makes them all the same."""
    headers: Mapping[str, str] = spec.headers
    first = catalog.find(
        spec.model, provider=spec.provider, base_url=spec.base_url, api_key=spec.api_key, headers=headers
    )
    found = [first]
    for name in spec.fallback:
        model = catalog.find(name)
        if all(model is not it for it in found):
            found.append(model)
    return tuple(found)


def _dialect(spec: AgentSpec, settings: ModelSettings, candidates: tuple[Model, ...], toolbox: Toolbox) -> Dialect:
    """How to speak of tools: natively where every candidate can, since one may take over in the middle."""
    can_call = all(it.capabilities.tools for it in candidates)
    if toolbox.definitions and (spec.mode == "react" or (spec.mode == "auto" and not can_call)):
        from llmspell.agents.react import ReactDialect  # late: most models call tools themselves

        return ReactDialect(toolbox, spec.schema, settings, with_stop=not can_call)
    if toolbox.definitions and not can_call:
        unable = next(f"{it.provider}/{it.name}" for it in candidates if not it.capabilities.tools)
        raise BadArgument(
            f"the model {unable} cannot call tools, and the agent {spec.name} is to use no other way",
            hint='leave out mode = "native", and it is talked to in words',
            details={"path": "$.mode"},
        )
    return NativeDialect(toolbox.definitions, spec.schema, settings)
