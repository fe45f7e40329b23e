"""The wire formats that are tested against a server, and a model of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from llmspell.models.http_client import HttpClients
from llmspell.models.library_model import LibraryModel
from llmspell.models.openai_model import OpenAIModel
from llmspell.models.protocol import Model
from llmspell.models.provider_config import Limits, ProviderConfig, no_key

DEFAULT_LIMITS = Limits()
KEY = "sk-never-seen-4ub8dEqYrLp2Vt9WcXzN"


@dataclass(frozen=True, slots=True)
class Wire:
    """One format.

    Attributes:
        provider: Whose it is.
        model: A name of one of its models, one that thinks.
        path: What the path of each of its requests begins with.
        config: What reaches a server of that origin.
    """

    provider: str
    model: str
    path: str
    config: Callable[[str], ProviderConfig]


def _openai(origin: str) -> ProviderConfig:
    return ProviderConfig(
        "openai",
        "chat_completions",
        f"{origin}/v1",
        key=lambda: KEY,
        key_hint="OPENAI_API_KEY",
        max_tokens_field="max_completion_tokens",
    )


def _ollama(origin: str) -> ProviderConfig:
    return ProviderConfig("ollama", "chat_completions", f"{origin}/v1", key=no_key, is_local=True)


def _anthropic(origin: str) -> ProviderConfig:
    return ProviderConfig(
        "anthropic",
        "library",
        origin,
        key=lambda: KEY,
        key_hint="ANTHROPIC_API_KEY",
        library="anthropic",
        extra="anthropic",
    )


def _google(origin: str) -> ProviderConfig:
    return ProviderConfig(
        "google", "library", origin, key=lambda: KEY, key_hint="GEMINI_API_KEY", library="google", extra="google"
    )


WIRES = (
    Wire("openai", "gpt-5-mini", "/v1/chat/completions", _openai),
    Wire("ollama", "qwen3", "/v1/chat/completions", _ollama),
    Wire("anthropic", "claude-sonnet-4-6", "/v1/messages", _anthropic),
    Wire("google", "gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:", _google),
)


@asynccontextmanager
async def opened(wire: Wire, origin: str, test_id: str, limits: Limits = DEFAULT_LIMITS) -> AsyncIterator[Model]:
    """A model of this format at a server, until the end of the block."""
    config = replace(wire.config(origin), headers={"X-Test-Id": test_id}, limits=limits)
    http = HttpClients()
    model: Model
    if config.api == "library":
        model = LibraryModel(config, wire.model)
    else:
        model = OpenAIModel(config, wire.model, http=http)
    try:
        yield model
    finally:
        await model.aclose()
        await http.aclose()
