"""What a request asks of a model, in pydantic-ai's words: settings, tools, and the form of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings, ThinkingEffort
from pydantic_ai.tools import ToolDefinition

from llmspell.errors import BadArgument
from llmspell.models import protocol
from llmspell.models.messages import Value
from llmspell.models.protocol import Capabilities
from llmspell.suggestions import did_you_mean

# What decides whom is asked for what, and what it may cost, is decided where it was permitted and counted.
_DECIDED = frozenset(
    (
        "model",
        "messages",
        "contents",
        "system",
        "tools",
        "stream",
        "max_tokens",
        "fallbacks",
        "bedrock_inference_profile",
    )
)
_BEDROCK_FIELDS = "bedrock_additional_model_requests_fields"
# The library spells these differently for each provider.
_SPELLED_BY_THE_LIBRARY = frozenset(("parallel_tool_calls", "citations", "cache"))
# The same, and providers whose requests cannot be given other fields know them under these names.
_KNOWN_TO_ALL = frozenset(("top_k", "presence_penalty", "frequency_penalty", "logit_bias", "service_tier"))


def settings_of(wanted: protocol.ModelSettings, base: ModelSettings, model: Model[Any]) -> ModelSettings:
    """The settings of one request.

    Args:
        base: What goes along with every request of this provider.

    Raises:
        BadArgument: This model cannot be asked for one of them.
    """
    settings: dict[str, Value] = dict(base)
    named = {
        "temperature": wanted.temperature,
        "max_tokens": wanted.max_tokens,
        "top_p": wanted.top_p,
        "seed": wanted.seed,
        "stop_sequences": list(wanted.stop) or None,
        "thinking": _thinking(wanted.reasoning),
    }
    settings |= {name: value for name, value in named.items() if value is not None}
    if wanted.stop and "stop_sequences" in model.unsupported_settings:
        raise BadArgument(f"{model.system} cannot be told to stop at a text", hint="leave out stop")
    if wanted.extra:
        _add_extra(settings, wanted.extra, model)
    return cast(ModelSettings, settings)


def parameters_of(request: protocol.ModelRequest, capabilities: Capabilities) -> ModelRequestParameters:
    """The tools and the form of the answer of one request."""
    tools = [
        ToolDefinition(name=it.name, parameters_json_schema=dict(it.schema), description=it.description or None)
        for it in request.tools
    ]
    if request.schema is None:
        return ModelRequestParameters(function_tools=tools)
    # Providers that keep to a schema want an object; any other is asked for in words.
    is_native = capabilities.schema and request.schema.get("type") == "object"
    return ModelRequestParameters(
        function_tools=tools,
        output_mode="native" if is_native else "prompted",
        output_object=OutputObjectDefinition(dict(request.schema), name="answer"),
    )


def tool_choice_of(request: protocol.ModelRequest) -> ModelSettings:
    """Whether and which tool is to be called; nothing where the model may choose.

    Raises:
        BadArgument: There is no such tool among those of the request.
    """
    choice, names = request.tool_choice, [it.name for it in request.tools]
    if choice == "auto" or (choice == "none" and not names):
        return {}
    if choice == "none":
        return {"tool_choice": "none"}
    if not names:
        raise BadArgument(f"tool_choice is {choice}, and there are no tools", hint="give tools, or leave it out")
    if choice == "required":
        return {"tool_choice": "required"}
    if choice not in names:
        raise BadArgument(
            f"no such tool: {choice}", hint=did_you_mean(choice, names) or f"there are {', '.join(names)}"
        )
    return {"tool_choice": [choice]}


def _thinking(reasoning: str | None) -> bool | str | None:
    if reasoning is None:
        return None
    if reasoning == "none":
        return False
    levels = get_args(ThinkingEffort)
    if reasoning not in levels:
        raise BadArgument(f"no such amount of reasoning: {reasoning}", hint=f"there are none, {', '.join(levels)}")
    return reasoning


def _add_extra(settings: dict[str, Value], extra: Mapping[str, Value], model: Model[Any]) -> None:
    """Each field goes where the library sends it to the provider as it is, or is refused by name."""
    prefix = f"{model.system.partition('-')[0]}_"
    ignored = model.unsupported_settings
    body: dict[str, Value] = {}
    fields = {**extra, **(_inner(extra) if prefix == "bedrock_" else {})}
    for name, value in fields.items():
        if name in _DECIDED:
            raise BadArgument(
                f"{name} cannot be set as a field of the provider's own", hint="use the agent's own fields"
            )
        if name.startswith(prefix) or name in _SPELLED_BY_THE_LIBRARY:
            settings[name] = value
        elif "extra_body" not in ignored or prefix == "bedrock_":
            body[name] = value
        elif name in _KNOWN_TO_ALL and name not in ignored:
            settings[name] = value
        else:
            raise BadArgument(
                f"{model.system} cannot be sent the field {name}",
                hint=f"fields that it can be sent begin with {prefix}; see the settings of pydantic-ai for it",
            )
    if body:
        settings[_BEDROCK_FIELDS if prefix == "bedrock_" else "extra_body"] = body


def _inner(extra: Mapping[str, Value]) -> Mapping[str, Value]:
    """What is in the map that the library has for fields of Bedrock's models: no different from fields beside it."""
    inner = extra.get(_BEDROCK_FIELDS)
    return inner if isinstance(inner, Mapping) else {}
