"""The providers that are known by name: plain data, one row each.

What a row says is checked against the providers' own documentation and, where they know the provider, against the
tables of pydantic-ai and genai-prices. Settings replace any of it, and add providers of their own: see
`provider_settings`."""

from __future__ import annotations

from dataclasses import dataclass

from llmspell.models.protocol import Capabilities
from llmspell.models.provider_config import Api

_TEXT: tuple[str, ...] = ()
_IMAGE = ("image",)
_PAGES = ("image", "document")
_ALL = ("image", "audio", "document")


@dataclass(frozen=True, slots=True)
class BuiltinProvider:
    """One row.

    Attributes:
        base_url: Empty where only the user knows it, or the library does.
        key_variables: Where the key usually is, the first that is set; none where it needs no key.
        key_optional: The library finds other credentials, if these variables are not set.
        url_variable: A variable that names another `base_url`, as the provider's own programs read it; `url_path` is
            put after what it says.
        modules: What must be installed for it, beyond what llmspell always has.
        price_provider: What genai-prices calls it.
        default_model: What its name alone means; only where one is sure to stay.
        asks_ollama: It also speaks Ollama's own format, which lists and pulls models.
    """

    api: Api = "chat_completions"
    base_url: str = ""
    key_variables: tuple[str, ...] = ()
    key_optional: bool = False
    url_variable: str = ""
    url_path: str = ""
    library: str = ""
    extra: str = ""
    modules: tuple[str, ...] = ()
    price_provider: str = ""
    max_tokens_field: str = "max_tokens"
    is_local: bool = False
    default_model: str = ""
    asks_ollama: bool = False
    capabilities: Capabilities = Capabilities()


BUILTIN: dict[str, BuiltinProvider] = {
    "openai": BuiltinProvider(
        base_url="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        url_variable="OPENAI_BASE_URL",
        price_provider="openai",
        max_tokens_field="max_completion_tokens",
        default_model="gpt-5-mini",
        capabilities=Capabilities(media=_ALL),
    ),
    "anthropic": BuiltinProvider(
        api="library",
        base_url="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY",),
        url_variable="ANTHROPIC_BASE_URL",
        library="anthropic",
        extra="anthropic",
        modules=("pydantic_ai", "anthropic"),
        price_provider="anthropic",
        capabilities=Capabilities(media=_PAGES),
    ),
    "google": BuiltinProvider(
        api="library",
        base_url="https://generativelanguage.googleapis.com",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        library="google",
        extra="google",
        modules=("pydantic_ai", "google.genai"),
        price_provider="google",
        capabilities=Capabilities(media=_ALL),
    ),
    "groq": BuiltinProvider(
        base_url="https://api.groq.com/openai/v1",
        key_variables=("GROQ_API_KEY",),
        price_provider="groq",
        max_tokens_field="max_completion_tokens",
        # Only some of its models keep a schema: those that do are told so by `schema = true` in an own table.
        capabilities=Capabilities(schema=False, media=_IMAGE),
    ),
    "mistral": BuiltinProvider(
        base_url="https://api.mistral.ai/v1",
        key_variables=("MISTRAL_API_KEY",),
        price_provider="mistral",
        capabilities=Capabilities(media=_IMAGE),
    ),
    "xai": BuiltinProvider(
        base_url="https://api.x.ai/v1",
        key_variables=("XAI_API_KEY",),
        price_provider="x-ai",
        max_tokens_field="max_completion_tokens",
        capabilities=Capabilities(media=_IMAGE),
    ),
    "deepseek": BuiltinProvider(
        base_url="https://api.deepseek.com",
        key_variables=("DEEPSEEK_API_KEY",),
        price_provider="deepseek",
        capabilities=Capabilities(schema=False, media=_TEXT),  # JSON it can be asked for, a schema it cannot
    ),
    "cohere": BuiltinProvider(
        base_url="https://api.cohere.ai/compatibility/v1",
        key_variables=("CO_API_KEY", "COHERE_API_KEY"),
        price_provider="cohere",
        capabilities=Capabilities(media=_TEXT),
    ),
    "openrouter": BuiltinProvider(
        base_url="https://openrouter.ai/api/v1",
        key_variables=("OPENROUTER_API_KEY",),
        price_provider="openrouter",
        capabilities=Capabilities(media=_ALL),
    ),
    "perplexity": BuiltinProvider(
        base_url="https://api.perplexity.ai",
        key_variables=("PERPLEXITY_API_KEY",),
        price_provider="perplexity",
        capabilities=Capabilities(tools=False, media=_IMAGE),
    ),
    "together": BuiltinProvider(
        base_url="https://api.together.xyz/v1",
        key_variables=("TOGETHER_API_KEY",),
        price_provider="together",
        capabilities=Capabilities(media=_IMAGE),
    ),
    "fireworks": BuiltinProvider(
        base_url="https://api.fireworks.ai/inference/v1",
        key_variables=("FIREWORKS_API_KEY",),
        price_provider="fireworks",
        capabilities=Capabilities(media=_IMAGE),
    ),
    "cerebras": BuiltinProvider(
        base_url="https://api.cerebras.ai/v1",
        key_variables=("CEREBRAS_API_KEY",),
        price_provider="cerebras",
        max_tokens_field="max_completion_tokens",
        capabilities=Capabilities(media=_TEXT),
    ),
    # Its v1 API, which takes a resource's key as a bearer token; what stands for a model is a deployment's name.
    "azure": BuiltinProvider(
        key_variables=("AZURE_OPENAI_API_KEY",),
        url_variable="AZURE_OPENAI_ENDPOINT",
        url_path="/openai/v1",
        price_provider="azure",
        max_tokens_field="max_completion_tokens",
        capabilities=Capabilities(media=_IMAGE),
    ),
    "bedrock": BuiltinProvider(
        api="library",
        key_variables=("AWS_BEARER_TOKEN_BEDROCK",),
        key_optional=True,
        library="bedrock",
        extra="bedrock",
        modules=("pydantic_ai", "boto3"),
        price_provider="aws",
        capabilities=Capabilities(schema=False, media=_PAGES),
    ),
    "ollama": BuiltinProvider(
        base_url="http://localhost:11434/v1",
        url_variable="OLLAMA_HOST",
        url_path="/v1",
        is_local=True,
        asks_ollama=True,
        capabilities=Capabilities(media=_IMAGE),
    ),
    "vllm": BuiltinProvider(
        base_url="http://localhost:8000/v1", is_local=True, capabilities=Capabilities(media=_IMAGE)
    ),
    "llamacpp": BuiltinProvider(
        base_url="http://localhost:8080/v1", is_local=True, capabilities=Capabilities(media=_IMAGE)
    ),
    "lmstudio": BuiltinProvider(
        base_url="http://localhost:1234/v1", is_local=True, capabilities=Capabilities(media=_IMAGE)
    ),
    "scripted": BuiltinProvider(api="scripted", is_local=True),
    "echo": BuiltinProvider(api="echo", is_local=True, default_model="echo"),
}

# Other names that people use for them.
SPELLINGS = {
    "gemini": "google",
    "claude": "anthropic",
    "grok": "xai",
    "x-ai": "xai",
    "llama-cpp": "llamacpp",
    "llama.cpp": "llamacpp",
    "lm-studio": "lmstudio",
    "together-ai": "together",
    "azure-openai": "azure",
}


def provider_name(written: str) -> str:
    """A provider's one name: a hyphen and an underscore are the same, and so are the names in `SPELLINGS`."""
    plain = written.strip().replace("_", "-")
    return SPELLINGS.get(plain.lower(), plain)
