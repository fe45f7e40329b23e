"""Where requests go, and what may be sent there: hosts, loopback, and the permission that a script needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llmspell.config.provider_fields import base_url, is_loopback_url
from llmspell.errors import BadArgument, ConfigError
from llmspell.models.providers import BUILTIN, BuiltinProvider
from llmspell.security import hosts
from llmspell.security.network import Resolver, parse_url, resolve, system_resolver

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.security.network import Endpoint

_OLLAMA_PORT = 11434
_EVERY_ADDRESS = ("0.0.0.0", "::")  # what a server is told to listen on; a client that is told so means this machine


def net_subject(url: str) -> str:
    """The subject of the permission `net` that a script needs to name this server: `llm.example.com:443`.

    Raises:
        BadArgument: It is no http or https URL.
    """
    origin = parse_url(url)
    return hosts.join_port(origin.host, origin.port)


async def permit_url(ctx: RunContext, url: str, *, resolver: Resolver = system_resolver) -> Endpoint:
    """Ask whether a server that a script names may be reached: its name, and every address behind it.

    Returns:
        The addresses that were permitted.

    Raises:
        PermissionDenied: With the flag that would allow it.
        BadArgument: It is no http or https URL.
        ToolFailed: host_not_found.
    """
    origin = parse_url(url)
    return await resolve(origin.host, origin.port, ctx.permissions, actor=ctx.actor, resolver=resolver)


def is_home(url: str, builtin: BuiltinProvider) -> bool:
    """Whether a URL leads to the provider that the table has under this name."""
    return bool(url and builtin.base_url) and parse_url(url) == parse_url(builtin.base_url)


def home_of_key(url: str, variable: str) -> bool:
    """Whether a URL leads to the built-in provider whose key this variable usually holds."""
    return any(variable in it.key_variables and is_home(url, it) for it in BUILTIN.values())


def is_cleartext(url: str) -> bool:
    """Whether somebody on the way could read what is sent there."""
    return url[:5].lower() == "http:" and not is_loopback_url(url)


def url_of_variable(builtin: BuiltinProvider, value: str) -> str:
    """The `base_url` that a provider's own variable means, such as OPENAI_BASE_URL.

    Raises:
        ConfigError: It is none.
    """
    text = value.strip()
    try:
        if builtin.asks_ollama:
            text = _ollama_url(text)
        url = base_url(text)
    except (BadArgument, ValueError) as problem:
        raise ConfigError(f"{builtin.url_variable} is no URL: {value[:200]}") from problem
    return url if url.endswith(builtin.url_path) else url + builtin.url_path


def _ollama_url(text: str) -> str:
    """`host`, `host:port` or a URL, as ollama reads OLLAMA_HOST."""
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port
    if port is None:
        port = _OLLAMA_PORT if "://" not in text else {"http": 80, "https": 443}.get(parts.scheme, _OLLAMA_PORT)
    shown = "localhost" if host in _EVERY_ADDRESS else host
    return f"{parts.scheme}://{hosts.join_port(shown, port)}{parts.path}"
