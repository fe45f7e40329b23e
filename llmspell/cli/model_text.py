"""What `llmspell model list` and `info` show: as plain data, and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from llmspell.errors import ConfigError, ModelNotFound
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.models.catalog import ModelCatalog
    from llmspell.models.local_servers import LocalModel
    from llmspell.models.prices import Prices
    from llmspell.models.provider_config import ProviderConfig


def providers_map(catalog: ModelCatalog) -> dict[str, Any]:
    """All providers with their state, and the aliases."""
    rows = []
    for config in catalog.providers():
        state = catalog.state(config.name)
        rows.append(
            {
                "name": config.name,
                "state": state.state,
                "detail": state.detail,
                "api": config.api,
                "base_url": config.base_url,
                "local": config.is_local,
                "default_model": config.default_model,
            }
        )
    return {
        "providers": rows,
        "aliases": catalog.aliases(),
        "default": catalog.default(),
        "override": catalog.override(),
    }


def providers_in_words(found: Mapping[str, Any]) -> str:
    """The same as text."""
    lines = _columns([(it["name"], it["state"], it["detail"]) for it in found["providers"]])
    names = [(name, it) for name in ("default", "override") if (it := found[name])]
    names += [(name, f"→ {it}") for name, it in found["aliases"].items()]
    return "\n".join([*lines, *([""] if names else []), *_columns(names)])


def model_map(config: ProviderConfig, name: str, prices: Prices) -> dict[str, Any]:
    """One model of a provider: its name, context window and prices, None where they are not known."""
    from llmspell.models.known_models import known_model

    known = known_model(config.price_provider, name)
    price = prices.price_of(config, name)
    rate = price.rate_for(0) if price is not None else None
    return {
        "name": f"{config.name}/{name}",
        "title": known.title if known is not None else name,
        "context_window": known.context_window if known is not None else None,
        "input_usd": rate.input if rate is not None else None,
        "output_usd": rate.output if rate is not None else None,
        "price_source": price.source if price is not None else None,
        "price_only_in": prices.only_in_project(config, name) or None,
    }


def local_map(provider: str, model: LocalModel) -> dict[str, Any]:
    """One model of a server on the user's machine, in the same form."""
    described = asdict(model)
    return {**described, "name": f"{provider}/{model.name}", "input_usd": 0.0, "output_usd": 0.0, "title": model.family}


def models_in_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Models as text: name, context window, and USD per million tokens of input and output."""
    head = ("model", "context", "input", "output")
    cells = [(it["name"], _number(it["context_window"]), _usd(it["input_usd"]), _usd(it["output_usd"])) for it in rows]
    widths = [max(len(it[i]) for it in (head, *cells)) for i in range(len(head))]
    lines = [
        "  ".join((f"{it[0]:<{widths[0]}}", *(f"{it[i]:>{widths[i]}}" for i in (1, 2, 3)))) for it in (head, *cells)
    ]
    return "\n".join([*lines, "", "prices in USD per million tokens"])


def info_map(catalog: ModelCatalog, prices: Prices, asked: str, provider: str, model: str) -> dict[str, Any]:
    """Everything that is known of one model without asking anybody."""
    entry, state = catalog.entry(provider), catalog.state(provider)
    config = entry.config
    found: dict[str, Any] = {
        "asked": asked,
        "provider": provider,
        "api": config.api,
        "base_url": config.base_url,
        "state": state.state,
        "detail": state.detail,
        "key": entry.key.where or ("none needed" if not entry.key.place.required else None),
        "headers": sorted(config.headers),
        "local": config.is_local,
        "capabilities": {**asdict(config.capabilities), "media": list(config.capabilities.media)},
        "limits": asdict(config.limits),
    }
    if not model:
        return found
    found |= model_map(config, model, prices)
    found["doubt"] = _doubt(catalog, config, model)
    settings = asdict(config.defaults)
    try:
        settings = asdict(catalog.settings_for(asked))
        found["capabilities"] = asdict(catalog.find(asked).capabilities)
    except (ModelNotFound, ConfigError) as problem:  # what is said above still helps
        found["problem"] = problem.message
    return {**found, "settings": {key: it for key, it in settings.items() if it not in (None, (), {})}}


def _doubt(catalog: ModelCatalog, config: ProviderConfig, model: str) -> str:
    """That a model is not among those which are known of its provider; empty where it is, or none are known."""
    if not config.price_provider or catalog.has_model(config.name, model):
        return ""
    near = did_you_mean(model, catalog.models_of(config.name)) or f"see `llmspell model list {config.name}`"
    return f"not among the known models of {config.name}, which need not be all: {near}"


def info_in_words(found: Mapping[str, Any]) -> str:
    """The same as text."""
    can = found["capabilities"]
    abilities = [name for name in ("tools", "schema") if can[name]] + list(can["media"])
    name = found.get("name", found["provider"])
    rows = [
        ("provider", f"{found['provider']} ({found['api']}{', local' if found['local'] else ''})"),
        ("address", found["base_url"]),
        ("state", found["state"] + (f": {found['detail']}" if found["detail"] else "")),
        ("key", found["key"] or "missing"),
        ("headers", ", ".join(found["headers"])),
        ("model", found.get("doubt", "")),
        ("can", ", ".join(abilities)),
        ("context", f"{found['context_window']:,} tokens" if found.get("context_window") else ""),
        ("price", _price(found)),
        *(("", it) for it in _set_aside(found)),
        ("settings", ", ".join(f"{key} = {it}" for key, it in found.get("settings", {}).items())),
        ("problem", found.get("problem", "")),
    ]
    title = f"{found['asked']} → {name}" if found["asked"] not in (name, "") else name
    return "\n".join([title, *(f"  {it}" for it in _columns([row for row in rows if row[1]]))])


def _price(found: Mapping[str, Any]) -> str:
    if "price_source" not in found:
        return ""
    if found["price_source"] is None and found["price_only_in"]:
        return "not counted under your budget"
    if found["price_source"] is None:
        return f'not known; set input = … and output = … under [prices."{found["name"]}"]'
    if found["price_source"] == "free":
        return "free"
    return (
        f"${_usd(found['input_usd'])} in, ${_usd(found['output_usd'])} out, per million tokens "
        f"(from the {'project file' if found['price_only_in'] else found['price_source']})"
    )


def _set_aside(found: Mapping[str, Any]) -> Sequence[str]:
    from llmspell.config.project_rules import price_set_aside

    return price_set_aside(found["name"], found["price_only_in"]) if found.get("price_only_in") else ()


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(it[i]) for it in rows) for i in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(it, widths, strict=False)), it[-1]]).rstrip()
        for it in rows
    ]


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _usd(price: float | None) -> str:
    from llmspell.effects.budget import shown_usd

    return "?" if price is None else shown_usd(price)
