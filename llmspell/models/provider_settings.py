"""What the table of providers and the settings say of one provider, put together; and which keys it may be sent.

A project file may come with a stranger's repository, and it is found without being named. So a server that only such a
file names is sent no key and no secret header of the user's, only what the same file holds in plain text. What the file
says of a provider's prices counts for such servers alone, too: it must not make the user's money look like none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from llmspell.config.discover import own_file
from llmspell.config.project_rules import move
from llmspell.config.provider_fields import is_loopback_url
from llmspell.config.secrets import Secret
from llmspell.config.settings import Candidate, Settings
from llmspell.errors import ConfigError
from llmspell.models.destinations import home_of_key, is_cleartext, is_home, net_subject, url_of_variable
from llmspell.models.protocol import Capabilities, ModelSettings
from llmspell.models.provider_config import Limits, ProviderConfig, no_key
from llmspell.models.provider_keys import Headers, KeyPlace, Learn, ProviderKey, forget
from llmspell.models.providers import BUILTIN, BuiltinProvider, provider_name
from llmspell.security.redact import is_secret_name

_NOTHING = BuiltinProvider()


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One provider.

    Attributes:
        key: The same as `config.key`, for those who ask where it comes from.
        builtin: Its row in the table, or an empty one.
        fault: Why it cannot be used at all, as a message and a hint; empty where it can.
    """

    config: ProviderConfig
    key: ProviderKey
    builtin: BuiltinProvider
    fault: tuple[str, str] = ("", "")

    def checked(self) -> ProviderConfig:
        """The configuration.

        Raises:
            ConfigError: It cannot be used.
        """
        if self.fault[0]:
            raise ConfigError(self.fault[0], hint=self.fault[1], details={"provider": self.config.name})
        return self.config


def provider_names(settings: Settings) -> list[str]:
    """Those of the table in its order, then those that only the settings name."""
    named = (provider_name(path[1]) for path in settings.candidates if path[0] == "providers" and len(path) > 1)
    return list(dict.fromkeys((*BUILTIN, *named)))


def read_provider(
    name: str, settings: Settings, *, learn: Learn = forget, has_plugin: Callable[[str], bool] = lambda name: False
) -> ProviderEntry:
    """One provider, by its one name.

    Args:
        learn: Told each secret that is found.
        has_plugin: Whether an installed package brings a provider of this name; asked only where nothing else does.
    """
    builtin = BUILTIN.get(name, _NOTHING)
    given = _Given(name, settings)
    fault = ("", "")
    try:
        address = _address(given, builtin)
    except ConfigError as problem:
        address, fault = _Address(), (problem.message, problem.hint)
    url = address.url
    api = given.text("api") or ("plugin" if name not in BUILTIN and not url and has_plugin(name) else builtin.api)
    library = given.text("library") or builtin.library
    is_foreign = _is_foreign(given, builtin, address, api, library)
    headers, withheld = _headers(given, is_foreign)
    place = _key_place(given, builtin, address, is_foreign, withheld, headers)
    found = Headers(headers, given.environ, learn=learn, provider=name)
    key = ProviderKey(place, given.environ, learn=learn, headers=found)
    has_nothing = not (place.written or place.variables or place.refusal[0] or _has_secrets(headers))
    config = ProviderConfig(
        name=name,
        api=api,  # type: ignore[arg-type]  # checked when the settings were read
        base_url=url,
        headers=found,
        key=no_key if has_nothing else key,
        key_hint=place.variable,
        library=library,
        extra=given.text("extra") or builtin.extra,
        price_provider=given.text("price_provider") or builtin.price_provider,
        max_tokens_field=given.text("max_tokens_field") or builtin.max_tokens_field,
        is_local=bool(given.value("local", builtin.is_local)),
        default_model=given.text("default_model") or builtin.default_model,
        defaults=model_settings(given.table()),
        capabilities=_capabilities(given, builtin.capabilities),
        limits=_limits(given),
    )
    fault = fault if fault[0] else _added_header(given, builtin, address)
    return ProviderEntry(config, key, builtin, fault if fault[0] else _fault(given, config, builtin, is_foreign, place))


def model_settings(table: Mapping[str, Any]) -> ModelSettings:
    """How models are to answer, of the fields of a provider or an alias that say so."""
    return ModelSettings(
        temperature=table.get("temperature"),
        max_tokens=table.get("max_tokens"),
        top_p=table.get("top_p"),
        stop=tuple(table.get("stop") or ()),
        seed=table.get("seed"),
        reasoning=table.get("reasoning"),
        extra=table.get("extra_body") or {},
    )


def layered(over: ModelSettings, under: ModelSettings) -> ModelSettings:
    """The settings of `over`, and those of `under` where it says nothing."""
    return ModelSettings(
        temperature=under.temperature if over.temperature is None else over.temperature,
        max_tokens=under.max_tokens if over.max_tokens is None else over.max_tokens,
        top_p=under.top_p if over.top_p is None else over.top_p,
        stop=over.stop or under.stop,
        seed=under.seed if over.seed is None else over.seed,
        reasoning=over.reasoning or under.reasoning,
        extra={**under.extra, **over.extra},
    )


class _Given:
    """What the settings say of one provider."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.environ = settings.environ
        self.settings = settings
        self._values: dict[tuple[str, ...], Candidate] = {}
        self.written = name  # as the settings spell it
        for path, candidates in settings.candidates.items():
            if path[0] == "providers" and len(path) > 2 and provider_name(path[1]) == name:
                self.written = path[1]
                self._values.setdefault(path[2:], candidates[0])

    def value(self, field: str, default: Any = None) -> Any:  # what a field holds is said by the settings' table
        found = self._values.get((field,))
        return default if found is None else found.value

    def text(self, field: str) -> str:
        return str(self.value(field, ""))

    def source(self, field: str) -> str:
        found = self._values.get((field,))
        return "" if found is None else found.source

    def is_from_project(self, field: str) -> bool:
        return self.settings.is_from_project(self.source(field))

    @property
    def has_own_key(self) -> bool:
        """Whether a project file that was found holds the key itself."""
        written = self.value("api_key")
        return isinstance(written, str) and bool(written) and self.is_from_project("api_key")

    def inside(self, field: str) -> Iterable[tuple[str, Candidate]]:
        """The values of a table of texts."""
        return [(".".join(path[1:]), it) for path, it in self._values.items() if path[0] == field and len(path) > 1]

    def table(self) -> dict[str, Any]:
        """All fields, tables as tables."""
        whole: dict[str, Any] = {}
        for path, it in self._values.items():
            at = whole
            for name in path[:-1]:
                at = at.setdefault(name, {})
            at[path[-1]] = it.value
        return whole


@dataclass(frozen=True, slots=True)
class _Address:
    """Where a provider is, and who says so; nobody where the table does."""

    url: str = ""
    source: str = ""
    is_from_project: bool = False


def _address(given: _Given, builtin: BuiltinProvider) -> _Address:
    if url := given.text("base_url"):
        return _Address(url, given.source("base_url"), given.is_from_project("base_url"))
    variable = builtin.url_variable
    if variable and (value := given.environ.get(variable, "").strip()):
        return _Address(url_of_variable(builtin, value), variable, variable in given.settings.dotenv)
    return _Address(builtin.base_url)


def _is_foreign(given: _Given, builtin: BuiltinProvider, address: _Address, api: str, library: str) -> bool:
    """Whether only a project file that was found says where requests go, and that is neither here nor well known."""
    url = address.url
    if not url:
        # Which library it is decides where requests go.
        return given.is_from_project("library") and api == "library" and library != builtin.library
    is_known = is_loopback_url(url) or is_home(url, builtin) or _fits_its_key(given, url)
    return address.is_from_project and not is_known


def _fits_its_key(given: _Given, url: str) -> bool:
    """A provider of the project's own that is a well-known one by another name, with that one's key."""
    key = given.value("api_key")
    return isinstance(key, Secret) and key.kind == "env" and home_of_key(url, key.name)


def _headers(given: _Given, is_foreign: bool) -> tuple[dict[str, str | Secret], bool]:
    """What is sent with each request, and whether something of the user's must not be."""
    sent: dict[str, str | Secret] = {}
    withheld = False
    for name, it in given.inside("headers"):
        if is_foreign and (isinstance(it.value, Secret) or not given.settings.is_from_project(it.source)):
            withheld = True
        else:
            sent[name] = it.value if isinstance(it.value, Secret) else str(it.value)
    return sent, withheld


def _added_header(given: _Given, builtin: BuiltinProvider, address: _Address) -> tuple[str, str]:
    """What is wrong with a header that a project file adds to requests to a server which the user has named: a gateway
    may be told by one to hand on the request, and its key, to wherever the header says."""
    url = address.url
    if not url or address.is_from_project or is_loopback_url(url) or is_home(url, builtin):
        return "", ""
    for name, it in given.inside("headers"):
        if given.settings.is_from_project(it.source):
            message = f"a project file may not add headers to requests to {net_subject(url)}: {name} is set there"
            return f"{message} ({it.source})", move(given.environ)
    return "", ""


def _key_place(
    given: _Given,
    builtin: BuiltinProvider,
    address: _Address,
    is_foreign: bool,
    withheld: bool,
    headers: Mapping[str, str | Secret],
) -> KeyPlace:
    url, written = address.url, given.value("api_key", "")
    is_set = bool(written) or any(given.environ.get(it, "").strip() for it in builtin.key_variables)
    refusal = ("", "")
    if is_foreign and ((is_set and not given.has_own_key) or withheld):
        where = net_subject(url) if url else given.text("library")
        at = address.source or given.source("library")
        refusal = (
            f"{given.name} is said to be at {where} by a project file, which gets no key of yours ({at})",
            move(given.environ),
        )
    elif is_cleartext(url) and (is_set or _has_secrets(headers)):
        allows = bool(given.value("allow_http")) and (is_foreign or not given.is_from_project("allow_http"))
        if not allows:
            refusal = (
                f"{given.name} is reached over http at {net_subject(url)}, where anybody on the way can read its key",
                f"use https, or set allow_http = true under [providers.{given.written}] in your own settings file "
                f"{own_file(given.environ)}",
            )
    needs_one = bool(builtin.key_variables) and not builtin.key_optional
    return KeyPlace(
        provider=given.name,
        written=written,
        setting=f"providers.{given.written}.api_key",
        variables=builtin.key_variables,
        # Another server of the same format may well need none.
        required=needs_one and (not builtin.base_url or is_home(url, builtin)),
        refusal=refusal,
    )


def _has_secrets(headers: Mapping[str, str | Secret]) -> bool:
    return any(isinstance(value, Secret) or is_secret_name(name) for name, value in headers.items())


def _fault(
    given: _Given, config: ProviderConfig, builtin: BuiltinProvider, is_foreign: bool, place: KeyPlace
) -> tuple[str, str]:
    table = f"[providers.{given.written}]"
    if config.api == "chat_completions" and not config.base_url:
        other = f", or {builtin.url_variable}" if builtin.url_variable else ""
        return f"{config.name} needs a base_url", f'set base_url = "https://…" under {table} in your settings{other}'
    if config.api == "library" and not config.library:
        return (
            f"{config.name} has api = library and names none",
            f'set library = "…" under {table}: anthropic, google, …',
        )
    spends = bool(place.written or place.variables) and not is_foreign and not given.has_own_key
    for field in ("local", "price_provider") if spends else ():
        if given.is_from_project(field):
            at = given.source(field)
            message = f"a project file may not say what {config.name} costs: {field} is set there ({at})"
            return message, move(given.environ)
    return "", ""


def _capabilities(given: _Given, known: Capabilities) -> Capabilities:
    return Capabilities(
        tools=bool(given.value("tools", known.tools)),
        schema=bool(given.value("schema", known.schema)),
        media=tuple(given.value("media", known.media)),
    )


def _limits(given: _Given) -> Limits:
    usual = Limits()
    return Limits(
        timeout_s=given.value("timeout", usual.timeout_s),
        connect_timeout_s=given.value("connect_timeout", usual.connect_timeout_s),
        retries=given.value("retries", usual.retries),
        requests_per_minute=given.value("requests_per_minute"),
        tokens_per_minute=given.value("tokens_per_minute"),
    )


def without_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a program that loads none."""
    return Settings(environ=dict(os.environ if environ is None else environ))
