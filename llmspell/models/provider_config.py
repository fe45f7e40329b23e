"""How one provider is reached: what the built-in table, the settings and an entry point agree on.

Made by `models.catalog` from the settings; read by the implementations of `Model` and by whoever makes their attempts.
Holds no key: only where one is to be had, asked at the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from llmspell.models.protocol import Capabilities, ModelSettings

# chat_completions: our client for the OpenAI format · library: the models layer of pydantic-ai
# scripted, echo: in the box, without a network · plugin: made by an entry point
Api = Literal["chat_completions", "library", "scripted", "echo", "plugin"]


class KeySource(Protocol):
    """Where a provider's key is. Called at the first request, on the host, perhaps blocking for seconds."""

    def __call__(self) -> str:
        """The key; empty where the provider needs none.

        Raises:
            KeyMissing: It needs one, and there is none; names the variable and the setting.
            ConfigError: It is not where the settings say.
        """


def no_key() -> str:
    """The `KeySource` of providers that need none."""
    return ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How attempts at a provider are made.

    Attributes:
        timeout_s: Of one request from its first attempt to its end, retries included.
        connect_timeout_s: Of one connection.
        retries: After a first attempt that failed; only where trying again may help.
        requests_per_minute, tokens_per_minute: Of this process; None is no limit.
    """

    timeout_s: float = 600.0
    connect_timeout_s: float = 10.0
    retries: int = 3
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One provider.

    Attributes:
        base_url: Up to and without `/chat/completions`; empty where the library knows it.
        headers: Sent with each request. Their values may be secret.
        key: See `KeySource`. Never called for a `base_url` that a script has named.
        key_hint: The variable that usually holds the key: `OPENAI_API_KEY`.
        library: What pydantic-ai calls it, for the api `library`.
        extra: The extra of llmspell that has what the library needs for it.
        price_provider: What the price table calls it; empty where it costs nothing or nobody knows.
        server: Of a server that a script has named: the subject of its permission `net`.
        max_tokens_field: What the chat-completions format of this provider calls the limit on the answer.
        is_local: It runs on a machine of the user's and costs nothing.
        defaults: What requests without these settings ask for.
    """

    name: str
    api: Api
    base_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    key: KeySource = no_key
    key_hint: str = ""
    library: str = ""
    extra: str = ""
    price_provider: str = ""
    max_tokens_field: str = "max_tokens"
    is_local: bool = False
    default_model: str = ""
    defaults: ModelSettings = ModelSettings()
    capabilities: Capabilities = Capabilities()
    server: str = ""
    limits: Limits = Limits()
