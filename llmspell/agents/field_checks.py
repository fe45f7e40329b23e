"""Checks of what a script gives an agent's fields: each takes a value and a name, and gives the value to keep.

Knows types and ranges, and nothing of which fields there are (`agents.fields`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from llmspell.agents.spec import BudgetSpec, MemorySpec
from llmspell.config.provider_fields import OF_THE_REQUEST
from llmspell.errors import BadArgument
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.guardrails.spec import RailsSpec

# Raises BadArgument, whose message begins with the name.
Check: TypeAlias = Callable[[Value, str], Value]

MAX_TEXT_CHARS = 10_000_000
MAX_HEADERS_CHARS = 8 * 1024  # more is what no server takes
_REASONING = ("none", "minimal", "low", "medium", "high")
_MEMORY_WORDS = {"none": "none", "off": "none", "buffer": "buffer", "full": "buffer", "window": "window",
                 "sliding": "window", "summary": "summary", "summarize": "summary"}  # fmt: skip
# Which answer's schema an OpenAI-style `response_format` asks for.
_FORMATS: Mapping[str, Value] = {"text": None, "json": {"type": "object"}, "json_object": {"type": "object"}}


def wrong(name: str, wanted: str, value: Value, hint: str = "") -> BadArgument:
    """The error for a value that is not what a field takes."""
    return BadArgument(
        f"{name} must be {wanted}, not {found_in_words(value)}", hint=hint, details={"path": f"$.{name}"}
    )


def text(value: Value, name: str) -> str:
    if not isinstance(value, str):
        raise wrong(name, "a string", value)
    if len(value) > MAX_TEXT_CHARS:
        raise BadArgument(
            f"{name} has {len(value)} characters, {MAX_TEXT_CHARS} at most", details={"path": f"$.{name}"}
        )
    return value


def label(value: Value, name: str) -> str:
    """A name that people read: one line, neither empty nor long."""
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
        raise wrong(name, "a line of 1 to 200 characters", value)
    return value.strip()


def number(least: float, most: float = float("inf")) -> Check:
    """A number of a range, its ends included."""

    def check(value: Value, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(name, "a number", value)
        if not least <= value <= most:
            wanted = f"from {least:.15g} to {most:.15g}" if most != float("inf") else f"at least {least:.15g}"
            raise BadArgument(f"{name} must be {wanted}, not {value:.15g}", details={"path": f"$.{name}"})
        return float(value)

    return check


def integer(least: int, most: int = 2**53) -> Check:
    """A whole number of a range, its ends included; 3.0 is one."""

    def check(value: Value, name: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(name, "a whole number", value)
        if not least <= value <= most:
            wanted = f"from {least} to {most}" if most != 2**53 else f"at least {least}"
            raise BadArgument(f"{name} must be {wanted}, not {value}", details={"path": f"$.{name}"})
        return value

    return check


def word_of(words: Mapping[str, str]) -> Check:
    """One of some words, as what it stands for."""

    def check(value: Value, name: str) -> str:
        found = words.get(value.strip().lower().replace("-", "_")) if isinstance(value, str) else None
        if found is None:
            hint = did_you_mean(value[:60], words) if isinstance(value, str) else ""
            raise wrong(name, f"one of {', '.join(words)}", value, hint)
        return found

    return check


def table(value: Value, name: str) -> Mapping[str, Value]:
    if isinstance(value, list | tuple) and not value:
        return {}
    if not isinstance(value, Mapping):
        raise wrong(name, "a table", value)
    return dict(value)


def texts(value: Value, name: str) -> tuple[str, ...]:
    """A list of strings; one string is a list of one."""
    return tuple(label(it, f"{name}[{i}]") for i, it in enumerate(items(value, name)))


def guardrails(value: Value, name: str) -> RailsSpec:
    """A preset's name, or a table; see `guardrails.reading`."""
    from llmspell.guardrails.reading import rails_from  # late: most agents have none

    return rails_from(value, name)


def stops(value: Value, name: str) -> tuple[str, ...]:
    """Like `texts`, but a newline is as good a text as another."""
    found = items(value, name)
    for i, it in enumerate(found):
        if not isinstance(it, str) or not 0 < len(it) <= 1000:
            raise wrong(f"{name}[{i}]", "a string of 1 to 1000 characters", it)
    return found


def items(value: Value, name: str) -> tuple[Value, ...]:
    """A list; anything but a table is a list of one. Lua cannot say that an empty table is a list."""
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, Mapping):
        if value:
            raise wrong(name, "a list", value)
        return ()
    return (value,)


def tools(value: Value, name: str) -> tuple[Value, ...]:
    """Names, and whatever has a name and can be executed: tools and agents."""
    found = items(value, name)
    for i, it in enumerate(found):
        if isinstance(it, str):
            label(it, f"{name}[{i}]")
        elif not (isinstance(getattr(it, "name", None), str) and hasattr(it, "execute")):
            raise wrong(f"{name}[{i}]", "a tool's name, a tool or an agent", it)
    return found


def agents(value: Value, name: str) -> tuple[Value, ...]:
    found = items(value, name)
    for i, it in enumerate(found):
        if not (isinstance(getattr(it, "name", None), str) and hasattr(it, "execute")):
            raise wrong(f"{name}[{i}]", "an agent", it)
    return found


def tool_choice(value: Value, name: str) -> str:
    """auto, none, required or a tool's name; also as providers write it: `{type = …, function = {name = …}}`."""
    if isinstance(value, Mapping):
        inner = value.get("function")
        value = (inner if isinstance(inner, Mapping) else value).get("name", value.get("type"))
    if not isinstance(value, str) or not value:
        raise wrong(name, "auto, none, required or a tool's name", value)
    return "required" if value in ("any", "required") else value


def schema(value: Value, name: str) -> Mapping[str, Value] | None:
    """The JSON Schema of an answer, from any way to write one; false is none."""
    from llmspell.tools.schema_of import schema_of  # late: most agents answer in text

    if value is False:
        return None
    if isinstance(value, str) and value in _FORMATS:
        found: Mapping[str, Value] | None = _FORMATS[value]
        return found
    if isinstance(value, Mapping):
        kind = value.get("type")
        if kind == "json_schema" and isinstance(value.get("json_schema"), Mapping):
            inner = value["json_schema"]
            return schema(inner.get("schema", inner), name)
        if isinstance(kind, str) and kind in _FORMATS and len(value) == 1:
            return schema(kind, name)
        if kind == "array" and isinstance(value.get("items"), Mapping):
            hint = "put the list in a field of its own: providers take no other schema"
            raise BadArgument(f"{name}: an answer must be an object, not a list", hint=hint, details={"path": "$.type"})
    if not isinstance(value, Mapping | list | tuple) or not value:
        raise wrong(name, "a JSON Schema or a table of fields", value)
    return schema_of(value)


def memory(value: Value, name: str) -> MemorySpec:
    """true, a kind, or a table of type, max_messages and max_tokens."""
    kind_of = word_of(_MEMORY_WORDS)
    if isinstance(value, bool):
        return MemorySpec("buffer" if value else "none")
    if isinstance(value, str):
        return MemorySpec(kind_of(value, name))
    given = dict(table(value, name))
    kind = next((given.pop(it) for it in ("type", "kind", "strategy") if it in given), None)
    n_messages = next((given.pop(it) for it in ("max_messages", "window", "size", "limit") if it in given), None)
    n_tokens = given.pop("max_tokens", None)
    if given.pop("enabled", True) is False:
        return MemorySpec()
    _refuse_rest(given, name, ("type", "max_messages", "max_tokens"))
    if kind is None:
        kind = "window" if n_messages is not None else "summary" if n_tokens is not None else "buffer"
    default = MemorySpec()
    return MemorySpec(
        kind_of(kind, f"{name}.type"),
        default.max_messages if n_messages is None else integer(1)(n_messages, f"{name}.max_messages"),
        default.max_tokens if n_tokens is None else integer(100)(n_tokens, f"{name}.max_tokens"),
    )


def budget(value: Value, name: str) -> BudgetSpec:
    """`{usd = …, tokens = …}`; a number means US dollars."""
    if not isinstance(value, Mapping | list | tuple):
        return BudgetSpec(number(0)(value, name))
    given = dict(table(value, name))
    usd = next((given.pop(it) for it in ("usd", "max_usd", "cost_usd", "max_cost") if it in given), None)
    tokens = next((given.pop(it) for it in ("tokens", "max_tokens", "total_tokens") if it in given), None)
    _refuse_rest(given, name, ("usd", "tokens"))
    return BudgetSpec(
        None if usd is None else number(0)(usd, f"{name}.usd"),
        None if tokens is None else integer(0)(tokens, f"{name}.tokens"),
    )


def models(value: Value, name: str) -> tuple[str, ...]:
    """Names of models, best first; also in a table's `models`."""
    if isinstance(value, Mapping) and set(value) == {"models"}:
        value = value["models"]
    return texts(value, name)


def reasoning(value: Value, name: str) -> str:
    """How hard to think: a word, true, or as providers write it: `{effort = …}`, `{budget_tokens = …}`."""
    if isinstance(value, bool):
        return "medium" if value else "none"
    if isinstance(value, Mapping):
        if value.get("type") == "disabled":
            return "none"
        if "effort" in value:
            return reasoning(value["effort"], f"{name}.effort")
        n_tokens = integer(0)(value.get("budget_tokens", value.get("max_tokens")), f"{name}.budget_tokens")
        return "low" if n_tokens <= 4096 else "medium" if n_tokens <= 16384 else "high"
    return str(word_of({it: it for it in _REASONING})(value, name))


def extra(value: Value, name: str) -> Mapping[str, Value]:
    """Fields of a provider's own format, but none that would make another request than the one that is permitted,
    held back for and recorded."""
    found = table(value, name)
    for key in found:
        if key in OF_THE_REQUEST:
            raise BadArgument(
                f"{name} cannot hold {key}", hint="an agent has a field for it", details={"path": f"$.{name}"}
            )
    return found


def headers(value: Value, name: str) -> Mapping[str, str]:
    """Names and values that can stand in a request: no line breaks, which would let one header write another."""
    found = table(value, name)
    for key, it in found.items():
        if not isinstance(it, str) or not it.isprintable() or not key.isprintable():
            raise wrong(f"{name}.{key[:60]}", "a line of text", it)
    if sum(len(key) + len(it) for key, it in found.items()) > MAX_HEADERS_CHARS:
        raise BadArgument(f"{name} has more than {MAX_HEADERS_CHARS} characters", details={"path": f"$.{name}"})
    return found


def _refuse_rest(given: Mapping[str, Value], name: str, known: tuple[str, ...]) -> None:
    for it in given:
        hint = did_you_mean(str(it)[:60], known) or f"it has {', '.join(known)}"
        raise BadArgument(f'{name} has no field "{str(it)[:60]}"', hint=hint, details={"path": f"$.{name}"})
