"""Models of pydantic-ai, made from our settings: key, address, headers, timeouts, and no attempts but our own.

Imports the library and the provider's own package, reads the key and makes a TLS context: seconds, so call it in a
thread. Afterwards nothing of the process's environment decides whom a request tells what: no variable of the
provider's is read for a key, and a server that a script has named gets no headers that were meant for another, and is
reached by no proxy."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from inspect import signature
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, create_async_httpx2_client, infer_model
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.settings import ModelSettings

from llmspell.errors import ConfigError
from llmspell.models.error_kinds import place_of
from llmspell.models.http_client import where_of
from llmspell.models.http_errors import Asked
from llmspell.models.library_request import OpenedModel, note
from llmspell.models.permitted_servers import PermittedServers
from llmspell.models.pinned_transport import PinnedTransport
from llmspell.models.protocol import Capabilities
from llmspell.models.provider_config import ProviderConfig

# Their keys are those of the machine (a profile of AWS, a login of Google Cloud) unless one is set.
_KEYS_OF_THE_MACHINE = frozenset(("bedrock", "google-cloud"))
# What a provider without a key is told: an empty one would make its package look for one in the environment.
_NO_KEY = "none"


def open_model(config: ProviderConfig, name: str, *, servers: PermittedServers | None = None) -> OpenedModel:
    """The model of that name.

    Args:
        servers: The only ones that may be reached, where a script has named its server.

    Raises:
        ConfigError: The library does not know the provider, or cannot do what its settings ask for.
        KeyMissing: It needs a key, and there is none.
        ImportError: The provider's own package is not installed.
    """
    try:
        provider_class = infer_provider_class(config.library)
    except ValueError as problem:
        raise ConfigError(
            f"provider {config.name}: pydantic-ai has no provider {config.library!r}",
            hint=f"look at the setting providers.{config.name}.library",
        ) from problem
    # A reason to stop that Google has just invented, or a hint for programs that use these packages: not for stderr.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"(pydantic_ai|google\.genai)\b")
    key = config.key()
    client = (
        _client(config, servers, is_named=servers is not None or not key) if _takes_our_client(provider_class) else None
    )
    if client is None and servers is not None:
        raise ConfigError(
            f"{config.name}: the package for {config.library} connects by itself, not to the addresses that were "
            "permitted",
            hint="name the server in the settings of a provider, not in the script",
        )
    options: dict[str, Any] = {**_key(config, key, provider_class), **_address(config, provider_class)}
    if client is not None:
        options["http_client"] = client
    if "aws_read_timeout" in _parameters(provider_class):
        options["aws_read_timeout"] = config.limits.timeout_s
        options["aws_connect_timeout"] = config.limits.connect_timeout_s
    try:
        provider = provider_class(**options)
        model = infer_model(f"{config.library}:{name}", lambda _: provider)
    except UserError as problem:
        raise ConfigError(f"provider {config.name}: {problem.message}") from problem
    if config.library == "bedrock":
        # No setting of the library's reaches botocore's retries; its clients take out what handles them by this name.
        events = provider.client.meta.events
        events.unregister("needs-retry.bedrock-runtime", unique_id="retry-config-bedrock-runtime")
    asked = Asked(
        config.name,
        name,
        config.key_hint,
        where_of(config.base_url) if config.base_url else "",
        tuple(it for it in (key, *config.headers.values()) if it),
        f"the format of {config.library}",
    )
    return OpenedModel(model, _settings(config, model, client), asked, _capabilities(config, model), client)


def _takes_our_client(provider_class: type[Provider[Any]]) -> bool:
    # Some packages still need the forerunner of httpx2; those keep the client that the library makes for them.
    annotation = str(_parameters(provider_class).get("http_client", ""))
    return "httpx2" in annotation or "HTTPClient" in annotation


def _client(config: ProviderConfig, servers: PermittedServers | None, *, is_named: bool) -> httpx2.AsyncClient:
    limits = config.limits
    client = create_async_httpx2_client(
        timeout=httpx2.Timeout(limits.timeout_s, connect=limits.connect_timeout_s),
        transport=None if servers is None else PinnedTransport(servers, httpx2.create_ssl_context()),
    )
    client.headers["accept-encoding"] = "gzip, deflate"  # see `http_client.refuse_compression`
    client.event_hooks["response"].append(note)
    if config.base_url and is_named:
        foreign = _headers_of_the_environment() - {it.lower() for it in config.headers}

        async def leave_out(request: httpx2.Request) -> None:
            for it in foreign:
                request.headers.pop(it, None)

        client.event_hooks["request"].append(leave_out)
    return client


def _headers_of_the_environment() -> set[str]:
    """What ANTHROPIC_CUSTOM_HEADERS and its like name: their packages send them to any address."""
    lines = [it for name, text in os.environ.items() if name.endswith("_CUSTOM_HEADERS") for it in text.split("\n")]
    return {it.partition(":")[0].strip().lower() for it in lines if ":" in it}


def _key(config: ProviderConfig, key: str, provider_class: type[Provider[Any]]) -> dict[str, str]:
    if "api_key" not in _parameters(provider_class):
        return {}
    if key or config.library not in _KEYS_OF_THE_MACHINE:
        return {"api_key": key or _NO_KEY}
    if config.base_url:
        raise ConfigError(
            f"provider {config.name}: {where_of(config.base_url)} would be given this machine's own credentials",
            hint="set a key for it",
        )
    return {}


def _address(config: ProviderConfig, provider_class: type[Provider[Any]]) -> dict[str, str]:
    if not config.base_url:
        return {}
    parameters = _parameters(provider_class)
    for name in ("base_url", "azure_endpoint"):
        if name in parameters:
            return {name: config.base_url}
    if "api_host" in parameters:
        return {"api_host": urlsplit(config.base_url).netloc or config.base_url}
    raise ConfigError(
        f"provider {config.name}: pydantic-ai reaches {config.library} at its own address only",
        hint=f"leave out {place_of('base_url', config.name)}",
    )


def _parameters(provider_class: type[Provider[Any]]) -> Mapping[str, Any]:
    return {name: it.annotation for name, it in signature(provider_class.__init__).parameters.items()}


def _settings(config: ProviderConfig, model: Model[Any], client: httpx2.AsyncClient | None) -> ModelSettings:
    ignored = model.unsupported_settings
    settings = ModelSettings()
    if "max_retries" not in ignored:
        settings["max_retries"] = 0
    # Google's package would tell the server to be done by then, and takes the client's for the wait itself.
    if "timeout" not in ignored and not config.library.startswith("google"):
        settings["timeout"] = config.limits.timeout_s
    if config.headers:
        if "extra_headers" not in ignored:
            settings["extra_headers"] = dict(config.headers)
        elif client is not None:
            client.headers.update(config.headers)
        else:
            raise ConfigError(
                f"provider {config.name}: pydantic-ai cannot send headers to {config.library}",
                hint=f"leave out {place_of('headers', config.name)}",
            )
    return settings


def _capabilities(config: ProviderConfig, model: Model[Any]) -> Capabilities:
    """What the settings say it can, as far as the library knows how to ask for it."""
    profile = model.profile
    takes = {
        "image": profile.get("supports_image_input", True),
        "audio": profile.get("supports_audio_file_input", True),
        "document": profile.get("supports_document_input", True),
    }
    wanted = config.capabilities
    return Capabilities(
        tools=wanted.tools and profile.get("supports_tools", True),
        schema=wanted.schema and profile.get("supports_json_schema_output", False),
        media=tuple(it for it in wanted.media if takes.get(it, True)),
    )
