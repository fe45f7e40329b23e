"""From what a user writes to one model of one provider: full names, aliases, bare names, nothing at all.

openai/gpt-5-mini   a provider and its model; only the first slash counts
fast                an alias of the settings
gpt-5-mini          a model of the default provider, which is the one of models.default
openai              the provider's default model, where it has one
(empty)             models.default"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from llmspell.errors import BadArgument, ConfigError, ModelNotFound, did_you_mean
from llmspell.models.aliases import USUAL, Alias, followed
from llmspell.models.protocol import ModelSettings
from llmspell.models.provider_config import ProviderConfig
from llmspell.models.providers import provider_name

MAX_NAME_CHARS = 300


class KnowsProviders(Protocol):
    """Who knows the providers: the catalog."""

    def has_provider(self, name: str) -> bool:
        """Whether there is one."""

    def provider_names(self) -> list[str]:
        """All of them."""

    def config(self, provider: str) -> ProviderConfig:
        """How it is reached."""


@dataclass(frozen=True, slots=True)
class NamedModel:
    """One model of one provider.

    Attributes:
        settings: What the alias that named it says of its answers.
    """

    provider: str
    name: str
    settings: ModelSettings = ModelSettings()

    @property
    def full_name(self) -> str:
        return f"{self.provider}/{self.name}"


class ModelNames:
    """Reads names of models.

    Args:
        default: `models.default`, or empty.
        suggest: Full names of models like one that is not known, for hints; may take its time.
    """

    def __init__(
        self,
        providers: KnowsProviders,
        aliases: Mapping[str, Alias],
        default: str,
        suggest: Callable[[str], list[str]],
    ) -> None:
        self._providers = providers
        self._aliases = aliases
        self._default = default
        self._suggest = suggest

    def read(self, asked: str, provider: str = "") -> NamedModel:
        """The model that a name means.

        Args:
            provider: Whose model it is, where that is said apart. A name that begins with it may still do so.

        Raises:
            ModelNotFound: Nothing is called so; names the nearest, and the line that would give it a meaning.
            ConfigError: Nothing is asked for, and no default is set.
            BadArgument: It can be no name.
        """
        written = asked.strip()
        if len(written) > MAX_NAME_CHARS or not written.isprintable() or " " in written:
            raise BadArgument(f"no model can be called {written[:100]!r}")
        if provider.strip():
            name = self.provider(provider)
            first, slash, rest = written.partition("/")
            return self._of_provider(name, rest if slash and provider_name(first) == name else written)
        if not written or (written == "default" and written not in self._aliases):
            if not self._default:
                raise ConfigError(
                    "no model is asked for, and models.default is not set",
                    hint='name one with --model, or set default = "provider/model" under [models] in llmspell.toml',
                )
            written = self._default
        alias = followed(written, self._aliases)
        found = self._plain(alias.model)
        return NamedModel(found.provider, found.name, alias.settings)

    def provider(self, written: str) -> str:
        """The one name of a provider.

        Raises:
            ModelNotFound: There is none; names the nearest.
        """
        name = provider_name(written)
        if self._providers.has_provider(name):
            return name
        known = self._providers.provider_names()
        hint = did_you_mean(name, known) or (
            f"the providers are {', '.join(known)}; one of your own is a base_url under [providers.{name}]"
        )
        raise ModelNotFound(f"no provider is called {name}", hint=hint, details={"provider": name})

    def default_provider(self) -> str:
        """The provider of bare names, or empty."""
        name = followed(self._default, self._aliases).model if self._default else ""
        first = provider_name(name.partition("/")[0])
        return first if name and self._providers.has_provider(first) else ""

    def _plain(self, written: str) -> NamedModel:
        """What is no alias."""
        first, slash, rest = written.partition("/")
        if slash:
            if not first:
                raise BadArgument(f"no provider stands before the slash of {written}", hint="write provider/model")
            return self._of_provider(self.provider(first), rest)
        name = provider_name(written)
        is_provider = self._providers.has_provider(name)
        if is_provider and (model := self._providers.config(name).default_model):
            return NamedModel(name, model)
        default = self.default_provider()
        if default and written not in USUAL and not (is_provider and name == default):
            return NamedModel(default, written)
        raise self._unknown(written, is_provider)

    def _of_provider(self, provider: str, name: str) -> NamedModel:
        name = name or self._providers.config(provider).default_model
        if not name:
            raise ModelNotFound(f"{provider} has no default model", hint=f"name one: {provider}/MODEL")
        return NamedModel(provider, name)

    def _unknown(self, written: str, is_provider: bool) -> ModelNotFound:
        details = {"model": written}
        if is_provider:
            return ModelNotFound(
                f"{written} is a provider, and no model", hint=f"name one: {written}/MODEL", details=details
            )
        if written in USUAL:
            line = f'add the line {written} = "provider/model" under [models] in llmspell.toml'
            return ModelNotFound(
                f"no model is called {written}: it is an alias that is not set", hint=line, details=details
            )
        near = did_you_mean(written, self._aliases)
        if not near and (models := self._suggest(written)):
            near = f"did you mean {' or '.join(models)}?"
        line = f'write provider/{written}, or add the line {written} = "provider/model" under [models] in llmspell.toml'
        return ModelNotFound(f"no model is called {written}", hint=near or line, details=details)
