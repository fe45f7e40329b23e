"""From what a user writes to one model of one provider: full names, aliases, bare names, nothing at all.

openai/gpt-5-mini   a provider and its model; only the first slash counts
fast                an alias of the settings
gpt-5-mini          a model of the default provider, which is the one of models.default
openai              the provider's default model, where it has one
(empty)             models.default

What a bare name says goes to the default provider, with all that is asked: so a name that is likely to mean something
else (a provider, an alias misspelt) is refused, unless that provider is known to have a model that is called so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from llmspell.errors import BadArgument, ConfigError, ModelNotFound
from llmspell.models.aliases import USUAL, Alias, followed
from llmspell.models.protocol import ModelSettings
from llmspell.models.provider_config import ProviderConfig
from llmspell.models.providers import SPELLINGS, provider_name
from llmspell.suggestions import did_you_mean

MAX_NAME_CHARS = 300
_LIKENESS = 0.75  # one letter of four: gorq, smrt, eco


class KnowsProviders(Protocol):
    """Who knows the providers: the catalog."""

    def has_provider(self, name: str) -> bool:
        """Whether there is one."""

    def provider_names(self) -> list[str]:
        """All of them."""

    def config(self, provider: str) -> ProviderConfig:
        """How it is reached."""

    def has_model(self, provider: str, name: str) -> bool:
        """Whether it is known to have a model of this name; asks nobody, and may take its time."""


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
        mistaken = is_provider or written in USUAL
        near = [] if mistaken else self._near(written)
        if default and (not (mistaken or near) or self._has(default, written)):
            return NamedModel(default, written)
        raise self._unknown(written, is_provider, near)

    def _near(self, written: str) -> list[str]:
        """What else this may be meant to say, best first: an alias, a provider.

        A name with a digit, a hyphen or the like that the other one has not is no misspelling of it: `llama3` is not
        `ollama`, nor `mistral-large` `mistral`."""
        from difflib import get_close_matches  # late: most names are full ones

        known = ("default", *self._aliases, *self._providers.provider_names(), *SPELLINGS)
        plain = {it.casefold(): it for it in known}
        asked = written.casefold()
        marks = {it for it in asked if not it.isalpha()}
        return [plain[it] for it in get_close_matches(asked, plain, cutoff=_LIKENESS) if marks <= set(it)]

    def _has(self, provider: str, written: str) -> bool:
        """Whether a name that may mean something else is a model of this provider's."""
        config = self._providers.config(provider)
        # Which models are on a server of the user's is not known before it is asked, and words such as small are names
        # there; what is said to it stays with the user.
        if written in USUAL and config.is_local and config.api == "chat_completions":
            return True
        return self._providers.has_model(provider, written)

    def _of_provider(self, provider: str, name: str) -> NamedModel:
        name = name or self._providers.config(provider).default_model
        if not name:
            raise ModelNotFound(f"{provider} has no default model", hint=f"name one: {provider}/MODEL")
        return NamedModel(provider, name)

    def _unknown(self, written: str, is_provider: bool, near: list[str]) -> ModelNotFound:
        details = {"model": written}
        own = self._by_default(written)
        if is_provider:
            return ModelNotFound(
                f"{written} is a provider, and no model",
                hint=f"name one: {written}/MODEL" + (f", or {own} if that is meant" if own else ""),
                details=details,
            )
        if written in USUAL:
            line = f'add the line {written} = "provider/model" under [models] in llmspell.toml'
            return ModelNotFound(
                f"no model is called {written}: it is an alias that is not set", hint=line, details=details
            )
        hint = f"did you mean {' or '.join(filter(None, (*near, own)))}?" if near else ""
        hint = hint or did_you_mean(written, self._aliases)
        if not hint and (models := self._suggest(written)):
            hint = f"did you mean {' or '.join(models)}?"
        line = f'write provider/{written}, or add the line {written} = "provider/model" under [models] in llmspell.toml'
        return ModelNotFound(f"no model is called {written}", hint=hint or line, details=details)

    def _by_default(self, written: str) -> str:
        """How the default provider is asked for such a model all the same; empty where nobody would."""
        default = self.default_provider()
        return f"{default}/{written}" if default not in ("", provider_name(written)) else ""
