"""The fields of `[providers.NAME]` and of the aliases under `[models]`: their types, and what is wrong with a value.

Names of providers and aliases are the user's; the fields inside are fixed, and an unknown one names the nearest. Knows
nothing of which providers there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmspell.config.secrets import Secret
from llmspell.errors import BadArgument, ConfigError
from llmspell.security import hosts
from llmspell.security.limits import parse_duration
from llmspell.security.redact import is_secret_name
from llmspell.suggestions import did_you_mean, nearest

Value = object
APIS = ("chat_completions", "library", "plugin")
REASONING = ("none", "minimal", "low", "medium", "high")
MEDIA = ("image", "audio", "document")
KEYS_OF_MODELS = ("default", "override", "scripted")  # every other key there is an alias

# Fields of requests, in all formats, that say which model answers, to what, how often and at which length: whoever may
# add fields to a request may not replace these.
OF_THE_REQUEST = frozenset(
    {"model", "models", "messages", "input", "prompt", "contents", "system", "instructions", "stream", "stream_options",
     "tools", "tool_choice", "toolConfig", "functions", "function_call", "response_format", "n", "best_of",
     "max_tokens", "max_completion_tokens", "max_output_tokens", "generationConfig"}
)  # fmt: skip

_PROVIDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110
_FRAMING = ("host", "content-length", "transfer-encoding", "connection", "content-type")
_TABLES = ("headers", "extra_body")
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        kind: text | url | secret | choice | boolean | duration | number | count | list | table. A secret is a text or
            `{ env = … }` and the like; a number lies between `low` and `high`, a count is a whole one.
    """

    kind: str
    doc: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = float("inf")


_ANSWERS = {
    "temperature": Field("number", "0 is the most predictable.", high=2.0),
    "max_tokens": Field("count", "Of an answer, at most; reasoning included.", low=1),
    "top_p": Field("number", "Only the likeliest words that make up this share.", high=1.0),
    "stop": Field("list", "Texts at which an answer ends."),
    "seed": Field("count", "For answers that can be had again, where the provider can.", low=-(2.0**63)),
    "reasoning": Field("choice", "How hard a model thinks that can.", choices=REASONING),
    "extra_body": Field("table", "Fields of the provider's own format, sent as they are."),
}
PROVIDER_FIELDS = {
    "api": Field("choice", "How it is spoken to; chat_completions is the OpenAI format.", choices=APIS),
    "base_url": Field("url", "Where it is, up to and without `/chat/completions`."),
    "api_key": Field("secret", "Its key; a secret."),
    "headers": Field("table", "Sent with each request. A value may be a secret."),
    "library": Field("text", "For api = library: what pydantic-ai calls the provider."),
    "extra": Field("text", "The extra of llmspell that has what the library needs."),
    "default_model": Field("text", "The model that the provider's name alone means."),
    "price_provider": Field("text", "What the price table calls it: openai, anthropic, google, …"),
    "max_tokens_field": Field(
        "choice", "What its format calls the limit on an answer.", choices=("max_tokens", "max_completion_tokens")
    ),
    "local": Field("boolean", "It runs on a machine of yours and costs nothing."),
    "allow_http": Field("boolean", "Send the key over http, where anybody on the way can read it."),
    "tools": Field("boolean", "Its models call tools by themselves."),
    "schema": Field("boolean", "Its models can be held to a JSON Schema."),
    "media": Field("list", "What its models take beside text.", choices=MEDIA),
    "timeout": Field("duration", "Of one request from its first attempt to its end."),
    "connect_timeout": Field("duration", "Of one connection."),
    "retries": Field("count", "After a first attempt that failed.", high=20),
    "requests_per_minute": Field("number", "At most; of this process.", low=1),
    "tokens_per_minute": Field("number", "At most; of this process.", low=1),
    **_ANSWERS,
}
ALIAS_FIELDS = {"model": Field("text", "What the alias stands for: provider/model, or another alias."), **_ANSWERS}


def is_named(path: tuple[str, ...]) -> bool:
    """Whether a key is a field of a provider or an alias."""
    return len(path) > 1 and (path[0] == "providers" or (path[0] == "models" and path[1] not in KEYS_OF_MODELS))


def named_fault(path: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a key's name, as a message and a hint; None when it is known."""
    section, name, *rest = path
    if section == "providers" and not _PROVIDER_NAME.fullmatch(name):
        return f"no provider can be called {name}", "a name is letters, digits, hyphens and dots"
    if section == "models" and (like := _like_a_key(name)):
        return f"no such setting: models.{name}", f"did you mean models.{like}? An alias needs another name"
    if not rest:
        return None
    fields = PROVIDER_FIELDS if section == "providers" else ALIAS_FIELDS
    if rest[0] not in fields:
        names = nearest(rest[0], fields)
        near = f"did you mean {' or '.join(f'{section}.{name}.{it}' for it in names)}?" if names else ""
        return f"no such setting: {'.'.join(path)}", near or f"the fields are {', '.join(fields)}"
    if len(rest) > 1 and rest[0] not in _TABLES:
        return f"{section}.{name}.{rest[0]} is no table", ""
    if rest[0] == "headers" and len(rest) > 1:
        return header_fault(".".join(rest[1:]))
    return None


def doc_of(path: tuple[str, ...]) -> str:
    """What a field means; empty for what is none."""
    found = _field_of(path[:3]) if is_named(path) else None
    return found.doc if found is not None else ""


def from_text(path: tuple[str, ...], text: str) -> Value:
    """What a variable or flag says, before it is checked. A table or a secret is written as TOML writes it inline."""
    field, written = _field_of(path), text.strip()
    kind = field.kind if field is not None else "any" if path[2:3] == ("extra_body",) else "secret"
    if kind in ("number", "count", "any") or (kind in ("secret", "table") and written.startswith("{")):
        return guess(text)
    if kind == "list":
        return guess(text) if written.startswith("[") else [it.strip() for it in text.split(",") if it.strip()]
    if kind == "boolean":
        word = written.lower()
        return True if word in _TRUE else False if word in _FALSE else text
    return text


def guess(text: str) -> Value:
    """The value of a text whose type nobody knows: TOML where it is, else the text itself."""
    import tomllib  # late: only for the keys of users in variables and flags

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def checked(path: tuple[str, ...], value: Value, source: str) -> Value:
    """A value in its normal form.

    Args:
        path: Without a `named_fault`.
        value: A `{ env = … }` is a `Secret` already.
        source: Where it was said, for messages.

    Raises:
        ConfigError: It has another type, or is a secret where none can be.
    """
    label, field = ".".join(path), _field_of(path)
    if field is None and len(path) == 2:
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise ConfigError(f"{label} is the name of a model, or a table with one, not {value!r} ({source})")
    inside = path[2] if field is None else ""
    if isinstance(value, Secret):
        if inside == "headers" or (field is not None and field.kind == "secret"):
            return value
        raise ConfigError(f"{label} cannot be a secret: write the value itself ({source})")
    if inside == "extra_body":
        return value
    if inside == "headers":
        if isinstance(value, str) and value.isprintable() and value.isascii():
            return value.strip()
        raise ConfigError(f"{label} is the text of a header, which is printable ASCII ({source})")
    assert field is not None
    return _checked(field, label, value, source)


def _checked(field: Field, label: str, value: Value, source: str) -> Value:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match field.kind:
        case "boolean" if isinstance(value, bool):
            return value
        case "text" | "secret" if isinstance(value, str) and value.strip():
            return value.strip()
        case "choice" if value in field.choices:
            return value
        case "number" if isinstance(value, int | float) and is_number and field.low <= value <= field.high:
            return float(value)
        case "count" if isinstance(value, int) and is_number and field.low <= value <= field.high:
            return value
        case "list" if isinstance(value, list) and all(isinstance(it, str) for it in value):
            if not field.choices or set(value) <= set(field.choices):
                return tuple(value)
        case "table" if value == {}:
            return value
        case "duration" if isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                return parse_duration(value)
            except ValueError as problem:
                raise ConfigError(f"{label} cannot be {value!r}: {problem} ({source})") from None
        case "url" if isinstance(value, str):
            try:
                return base_url(value)
            except BadArgument as problem:
                raise ConfigError(f"{label}: {problem.message} ({source})", hint=problem.hint) from None
    # A key that is no text must not be shown: it may be a part of one.
    found = "" if field.kind == "secret" else f", not {value!r}"
    hint = did_you_mean(value, field.choices) if isinstance(value, str) and field.choices else ""
    raise ConfigError(f"{label} is {expected(field)}{found} ({source})", hint=hint)


def base_url(text: str) -> str:
    """The address of a server in one spelling: without a slash or `/chat/completions` at its end.

    Raises:
        BadArgument: It is no http or https URL, or holds a key.
    """
    from llmspell.security.network import parse_url  # late: it brings asyncio, and most settings name no URL

    url, _, fragment = text.strip().partition("#")
    parse_url(url)
    path, question, query = url.partition("?")
    names = [it.partition("=")[0] for it in query.split("&")]
    if any(it == "key" or is_secret_name(it) for it in names):
        raise BadArgument("the URL holds a key in its query", hint="set api_key, or send it in a header")
    if fragment:
        raise BadArgument(f"the URL of a server has no fragment: #{fragment}")
    return path.rstrip("/").removesuffix("/chat/completions").rstrip("/") + question + query


def is_loopback_url(url: str) -> bool:
    """Whether a URL leads to this machine by its name: what is sent there stays here."""
    from urllib.parse import urlsplit  # late: few settings name a URL

    try:
        host = hosts.canonical(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return host == "localhost" or host.endswith(".localhost") or hosts.is_loopback(host)


def expected(field: Field) -> str:
    """What a field takes, in words."""
    bounds = f"from {field.low:g} to {field.high:g}" if field.high != float("inf") else f"of {field.low:g} or more"
    return {
        "boolean": "true or false",
        "text": "a text",
        "secret": 'a text, { env = "NAME" }, { file = "path" }, { keyring = "name" } or { command = "…" }',
        "choice": f"one of {', '.join(field.choices)}",
        "number": f"a number {bounds}",
        "count": f"a whole number {bounds}" if field.low > -(2**62) else "a whole number",
        "list": f"a list of {' or '.join(field.choices)}" if field.choices else "a list of texts",
        "table": "a table",
        "duration": "a duration such as 90, 5m or 1h30m",
        "url": "a URL",
    }[field.kind]


def _field_of(path: tuple[str, ...]) -> Field | None:
    """The field that a key of three names is; None inside a table, and for an alias's own name."""
    if len(path) != 3:
        return None
    return (PROVIDER_FIELDS if path[0] == "providers" else ALIAS_FIELDS).get(path[2])


def _like_a_key(name: str) -> str:
    """The key of [models] that an alias of this name would be mistaken for."""
    from difflib import get_close_matches  # late: few settings have an alias

    return next(iter(get_close_matches(name, KEYS_OF_MODELS, n=1, cutoff=0.85)), "")


def header_fault(name: str) -> tuple[str, str] | None:
    """What is wrong with a header's name, as a message and a hint; None when a request may have it."""
    if not _HEADER_NAME.fullmatch(name):
        return f"no header can be called {name}", ""
    if name.lower() in _FRAMING:
        return f"the header {name} is the connection's own", ""
    return None
