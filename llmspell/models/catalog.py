"""Every model that can be asked for: from what a user writes to the object that answers. No network, no heavy import.

Each is made once and shared by all who ask for it. What a script names itself (a server, a key) is kept apart from what
the settings say: a server of a script's is sent no key and no header of the user's, and is reached by connections of
its own, at the addresses that were permitted (`servers`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmspell.config.provider_fields import base_url as normal_url
from llmspell.config.provider_fields import header_fault, is_loopback_url
from llmspell.config.settings import Settings
from llmspell.errors import BadArgument, ConfigError, ModelNotFound
from llmspell.models.aliases import read_aliases
from llmspell.models.destinations import is_cleartext, net_subject
from llmspell.models.model_names import ModelNames, NamedModel
from llmspell.models.permitted_servers import PermittedServers
from llmspell.models.protocol import Model, ModelSettings
from llmspell.models.provider_config import ProviderConfig, no_key
from llmspell.models.provider_keys import Headers, KeyPlace, Learn, ProviderKey, forget
from llmspell.models.provider_plugins import ProviderPlugins
from llmspell.models.provider_settings import (
    ProviderEntry,
    layered,
    provider_names,
    read_provider,
    without_settings,
)
from llmspell.models.provider_state import ProviderState, require_modules, state_of
from llmspell.models.providers import BUILTIN, provider_name
from llmspell.security.network import Resolver, system_resolver

if TYPE_CHECKING:
    from llmspell.models.http_client import HttpClients

MAX_MODELS = 10_000  # each is kept, as are its connections
MAX_TEXT_CHARS = 8 * 1024

_Made = tuple[str, str, str, str, tuple[tuple[str, str], ...]]


class ModelCatalog:
    """The models of one run, or of a program whose scripts may all reach the same servers.

    Args:
        settings: None is what is built in, and this process's variables.
        http: The connections that its models share; its own where none are given.
        learn: Told each key that is found, before it is used: `Redactor.add`.
        folders: Where scripted models are looked for after the folder of the settings.
        resolver: Who looks up the servers that a script names.

    Attributes:
        servers: Those that a script has named and may reach. Whoever asks on its behalf permits them first.
    """

    def __init__(
        self,
        settings: Settings | None,
        *,
        http: HttpClients | None = None,
        learn: Learn = forget,
        folders: Sequence[str] = (),
        resolver: Resolver = system_resolver,
    ) -> None:
        self.servers = PermittedServers(resolver)
        self._to_servers: HttpClients | None = None
        self._settings = without_settings() if settings is None else settings
        self._http = http
        self._has_own_http = http is None
        self._learn = learn
        self._folders = tuple(folders)
        self._plugins = ProviderPlugins()
        self._entries: dict[str, ProviderEntry] = {}
        self._named: dict[str, ProviderConfig] = {}  # servers that scripts have named
        self._models: dict[_Made, Model] = {}
        self._aliases = read_aliases(self._settings)
        self._default = self._settings.get("models.default") or ""
        self._override = self._settings.get("models.override") or ""
        self._names = ModelNames(self, self._aliases, self._default, self._suggest)

    def find(
        self,
        name: str | Mapping[str, Any] = "",  # the turns of a scripted model are a script's value
        *,
        provider: str = "",
        base_url: str = "",
        api_key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Model:
        """The model that is asked for. Nothing is sent, and no key is looked for, before its first request.

        Args:
            name: `provider/model`, an alias, a name of the default provider's, empty for `models.default`,
                `scripted/NAME`, `echo`, or `{"scripted": [turns]}` for a new one that plays them.
            provider: Whose model it is, if `name` does not say.
            base_url: A server that a script names. It is sent no key and no header of the settings, and cannot be
                reached before it is permitted: see `servers`.
            api_key: A key that a script brings along.
            headers: Headers that a script brings along.

        Raises:
            ModelNotFound: There is no such provider, model or alias; names the nearest.
            ConfigError: The provider lacks something, or no model is asked for and there is no default.
            BadArgument: A URL, header or name that is none.
        """
        if not isinstance(name, str):
            return _scripted_in_place(name)
        if max(map(len, (name, provider, base_url, api_key))) > MAX_TEXT_CHARS:
            raise BadArgument(f"names of models, addresses and keys have at most {MAX_TEXT_CHARS} characters")
        extra = _checked_headers(headers or {})
        if self._override:
            return self._shared(self._names.read(self._override), "", {})
        if base_url:
            return self._of_server(normal_url(base_url), name, provider, api_key, extra)
        return self._shared(self._names.read(name, provider), api_key, extra)

    def resolve(self, name: str, provider: str = "") -> NamedModel:
        """Which model a name means, without making it. Raises as `find` does."""
        return self._names.read(self._override) if self._override else self._names.read(name, provider)

    def meant(self, name: str) -> NamedModel:
        """Which model a name means by itself, whatever `models.override` makes of all. Raises as `find` does."""
        return self._names.read(name)

    def settings_for(self, name: str | Mapping[str, Any]) -> ModelSettings:
        """How a model answers unless it is told otherwise: as its alias says, and then its provider."""
        if not isinstance(name, str):
            return ModelSettings()
        found = self.resolve(name)
        return layered(found.settings, self.config(found.provider).defaults)

    def config(self, provider: str) -> ProviderConfig:
        """How a provider is reached; also a server that a script has named, by the model's `provider`.

        Raises:
            ModelNotFound: There is none.
        """
        named = self._named.get(provider)
        return named if named is not None else self.entry(provider).config

    def entry(self, provider: str) -> ProviderEntry:
        """A provider, with where its key comes from and what it lacks.

        Raises:
            ModelNotFound: There is none; names the nearest.
        """
        name = provider_name(provider)
        found = self._entries.get(name)
        if found is None:
            found = self._entries[name] = read_provider(
                self._names.provider(name), self._settings, learn=self._learn, has_plugin=self._plugins.__contains__
            )
        return found

    def state(self, provider: str) -> ProviderState:
        """Whether a provider can be used now. Raises as `entry` does."""
        return state_of(self.entry(provider), self._settings.environ)

    def providers(self) -> list[ProviderConfig]:
        """All of them: those that are built in, those of the settings, those of installed packages."""
        return [self.entry(it).config for it in self.provider_names()]

    def provider_names(self) -> list[str]:
        """Their names, in that order."""
        return list(dict.fromkeys((*provider_names(self._settings), *self._plugins.names())))

    def has_provider(self, name: str) -> bool:
        """Whether there is a provider of this name. Looks for installed packages only where nothing else is."""
        return name in BUILTIN or name in provider_names(self._settings) or name in self._plugins

    def has_model(self, provider: str, name: str) -> bool:
        """Whether a provider is known to have a model of this name, without a network: it may have it if not."""
        config = self.config(provider)
        written = (self._default, *(it.model for it in self._aliases.values()))
        if name == config.default_model or any(_is_written(it, config.name, name) for it in written):
            return True
        if config.api == "scripted":
            return name in self.models_of(provider)
        from llmspell.models.known_models import known_model  # late: its table costs 200 ms

        return known_model(config.price_provider, name) is not None

    def aliases(self) -> dict[str, str]:
        """The aliases of the settings, and the names that they stand for."""
        return {name: it.model for name, it in sorted(self._aliases.items())}

    def default(self) -> str:
        """`models.default`, or empty."""
        return str(self._default)

    def override(self) -> str:
        """`models.override`, or empty."""
        return str(self._override)

    def models_of(self, provider: str) -> list[str]:
        """Models of a provider that are known by name, without a network: not all that there are."""
        from llmspell.models.known_models import known_models  # late: its table costs 200 ms

        config = self.config(provider)
        if config.api == "scripted":
            from llmspell.models.scripted_folder import scripted_names

            return scripted_names(self._settings, self._folders)
        named = [self._names.read(it).name for it in self._named_models() if self._provider_of(it) == config.name]
        return list(dict.fromkeys((*named, *(it.name for it in known_models(config.price_provider)))))

    async def aclose(self) -> None:
        """Let go of all connections."""
        models, self._models = list(self._models.values()), {}
        for it in models:
            await it.aclose()
        if self._http is not None and self._has_own_http:
            await self._http.aclose()
        if self._to_servers is not None:
            await self._to_servers.aclose()

    def _shared(self, found: NamedModel, api_key: str, headers: Mapping[str, str]) -> Model:
        key = (found.provider, found.name, "", api_key, tuple(sorted(headers.items())))
        model = self._models.get(key)
        if model is None:
            entry = self.entry(found.provider)
            config = entry.checked()
            require_modules(entry)
            self._require_room()
            if api_key:
                config = replace(config, key=self._literal_key(config.name, api_key))
            if headers:
                config = replace(config, headers=_merged(config.headers, headers))
            model = self._models[key] = self._make(config, found.name)
        return model

    def _of_server(self, url: str, name: str, provider: str, api_key: str, headers: Mapping[str, str]) -> Model:
        """A model of a server that a script names: in the format of the provider that it names, with its own key.

        Its provider is called by the host, so that a permission for a provider's models is none for this one."""
        subject = net_subject(url)
        if api_key and is_cleartext(url):
            raise BadArgument(f"a key is not sent to {subject} over http", hint="use https, or send none")
        like, model_name = self._spoken(name, provider)
        if not model_name:
            raise BadArgument(f"the model of {subject} has no name", hint="set model as well as base_url")
        named = f"{like.name}@{subject}" if like.name else subject
        key = (named, model_name, url, api_key, tuple(sorted(headers.items())))
        model = self._models.get(key)
        if model is None:
            self._require_room()
            config = self._named[named] = replace(
                like,
                name=named,
                base_url=url,
                server=subject,
                headers=dict(headers),
                key=self._literal_key(named, api_key) if api_key else no_key,
                key_hint="",
                default_model="",
                defaults=ModelSettings(),
                is_local=like.is_local and is_loopback_url(url),  # or anything could be said to cost nothing
            )
            model = self._models[key] = self._make_named(config, model_name)
        return model

    def _require_room(self) -> None:
        if len(self._models) >= MAX_MODELS:
            raise BadArgument(f"{MAX_MODELS} different models are asked for already", hint="ask the same ones again")

    def _spoken(self, name: str, provider: str) -> tuple[ProviderConfig, str]:
        """How a server that a script names is spoken to, and the name of its model there."""
        first, slash, rest = name.strip().partition("/")
        written = provider_name(provider or (first if slash else ""))
        if not provider and not (slash and self.has_provider(written)):
            return ProviderConfig("", "chat_completions"), name.strip()
        entry = self.entry(written)
        config = entry.config
        if config.api not in ("chat_completions", "library"):
            raise BadArgument(f"{config.name} has no server", hint="leave out base_url")
        require_modules(entry)
        return config, rest if slash and provider_name(first) == written else name.strip()

    def _literal_key(self, provider: str, api_key: str) -> ProviderKey:
        return ProviderKey(KeyPlace(provider, api_key, "api_key"), {}, learn=self._learn)

    def _make(self, config: ProviderConfig, name: str) -> Model:
        match config.api:
            case "chat_completions":
                from llmspell.models.openai_model import OpenAIModel

                return OpenAIModel(config, name, http=self.connections())
            case "library":
                from llmspell.models.library_model import LibraryModel

                return LibraryModel(config, name)
            case "scripted":
                from llmspell.models.scripted_folder import scripted_model

                return scripted_model(self._settings, name, self._folders)
            case "echo":
                from llmspell.models.echo import EchoModel

                return EchoModel(name)
            case "plugin":
                return self._plugins.make(config, name)

    def _make_named(self, config: ProviderConfig, name: str) -> Model:
        if config.api == "library":
            from llmspell.models.library_model import LibraryModel  # late, as all models are

            return LibraryModel(config, name, servers=self.servers)
        if self._to_servers is None:
            from llmspell.models.http_client import HttpClients

            self._to_servers = HttpClients(servers=self.servers)
        from llmspell.models.openai_model import OpenAIModel

        return OpenAIModel(config, name, http=self._to_servers)

    def connections(self) -> HttpClients:
        """What its models share."""
        if self._http is None:
            from llmspell.models.http_client import HttpClients

            self._http = HttpClients()
        return self._http

    def _suggest(self, name: str) -> list[str]:
        from llmspell.models.known_models import models_like

        return models_like(name, {it: row.price_provider for it, row in BUILTIN.items() if row.price_provider})

    def _named_models(self) -> list[str]:
        return [*([self._default] if self._default else []), *self._aliases]

    def _provider_of(self, name: str) -> str:
        try:
            return self._names.read(name).provider
        except (ModelNotFound, ConfigError):
            return ""


def _scripted_in_place(table: Mapping[str, Any]) -> Model:
    from llmspell.models.scripted import ScriptedModel  # late, as all models are

    if set(table) != {"scripted"}:
        raise BadArgument(
            "a model is a name, or { scripted = { … } }, its turns", hint="the other fields stand beside it"
        )
    return ScriptedModel(table["scripted"], "table")


def _is_written(full_name: str, provider: str, name: str) -> bool:
    first, _, rest = full_name.partition("/")
    return rest == name and provider_name(first) == provider


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        fault = header_fault(name)
        if fault is not None:
            raise BadArgument(fault[0], hint=fault[1])
        if not isinstance(value, str) or not value.isprintable() or not value.isascii():
            raise BadArgument(f"the header {name} is no text of printable ASCII")
    return dict(headers)


def _merged(under: Mapping[str, str], over: Mapping[str, str]) -> Mapping[str, str]:
    return under.with_more(over) if isinstance(under, Headers) else {**under, **over}
