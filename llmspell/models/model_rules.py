"""What rules about models mean, `model:NAME`, and what of them means nothing.

A call is decided by its full name, `provider/model`. So a rule that says an alias means the model that it stands for,
and one with another spelling of a provider that provider. A rule that denies a name without a provider denies all that
may be meant: a provider of that name with all of its models, a model of that name with any provider. One that allows it
allows nothing more than an alias does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.errors import ModelNotFound
from llmspell.models.providers import provider_name
from llmspell.security.permissions import Permission
from llmspell.suggestions import nearest

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.models.catalog import ModelCatalog
    from llmspell.security.profile import Profile


def with_meant_models(profile: Profile, settings: Settings) -> Profile:
    """The profile, with what its rules mean beside them.

    Raises:
        ConfigError: A rule says an alias, and the aliases of the settings cannot be read.
    """
    have = profile.permissions
    allow = tuple(_meant(have.allow, settings, denies=False))
    deny = tuple(_meant(have.deny, settings, denies=True))
    return replace(profile, permissions=have.with_rules(allow, deny)) if allow or deny else profile


def meant_rule(rule: Permission, settings: Settings) -> Permission:
    """The rule about the model that an alias stands for; any other as it is."""
    if rule.kind != "model" or "/" in rule.pattern or _is_pattern(rule.pattern):
        return rule
    full = _full_name(rule.pattern, _catalog(settings))
    return replace(rule, pattern=full) if full else rule


def doubt_about(rule: Permission, settings: Settings, *, denies: bool) -> str:
    """What is odd about a rule, for a warning: it names nothing that there is. Empty where all is well."""
    name = rule.pattern
    first, slash, rest = name.partition("/")
    if rule.kind != "model" or _is_pattern(first) or ":" in first or "@" in first:  # HOST:PORT: a script's server
        return ""
    catalog = _catalog(settings)
    is_provider = catalog.has_provider(provider_name(first))
    if slash:
        if is_provider:
            return ""
        near = [f"model:{it}/{rest}" for it in nearest(first, catalog.provider_names())]
        return f"no provider is called {first}" + (f", did you mean {' or '.join(near)}?" if near else "")
    if name in catalog.aliases():
        return "" if _full_name(name, catalog) else f"the alias {name} leads to no model"
    if is_provider:
        fate = "all of its models are denied, as by" if denies else "and no model: write"
        return f"{name} is a provider, {fate} model:{name}/*"
    known = {
        **{it: f"model:{it}/*" for it in catalog.provider_names()},
        **{it: f"model:{it}" for it in catalog.aliases()},
    }
    if near := nearest(name, known):
        return f"no provider and no alias is called {name}, did you mean {' or '.join(known[it] for it in near)}?"
    fate = "models of any provider that are called so are denied" if denies else f"write model:PROVIDER/{name}"
    return f"no provider and no alias is called {name}, {fate}"


def _meant(rules: Iterable[Permission], settings: Settings, *, denies: bool) -> Iterator[Permission]:
    for it in rules:
        if it.kind != "model" or it.pattern == "*":
            continue
        first, slash, rest = it.pattern.partition("/")
        if slash:
            if (name := provider_name(first)) != first:
                yield Permission("model", f"{name}/{rest}", text=str(it), source=it.source)
        elif not _is_pattern(first):
            if full := _full_name(first, _catalog(settings)):
                yield Permission("model", full, text=str(it), source=it.source)
            if denies:
                yield Permission("model", f"{provider_name(first)}/*", text=str(it), source=it.source)
                yield Permission("model", f"*/{first}", text=str(it), source=it.source)


def _full_name(alias: str, catalog: ModelCatalog) -> str:
    """The one model that an alias means; empty where it is none, or leads to none."""
    if alias not in catalog.aliases():
        return ""
    try:
        full = catalog.meant(alias).full_name
    except ModelNotFound:
        return ""
    return "" if _is_pattern(full) else full  # or an alias of a project file's could allow all of a provider's


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def _catalog(settings: Settings) -> ModelCatalog:
    from llmspell.models.catalog import ModelCatalog  # late: most rules say full names, or are about something else

    return ModelCatalog(settings)
