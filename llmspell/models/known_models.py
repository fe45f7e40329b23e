"""Models that the price table of genai-prices knows: names, context windows, prices. No network, and not all there are.

The table costs 200 ms to load, so this is for people who ask what there is and for hints about mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from llmspell.suggestions import nearest

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

# The table has models of these kinds too, which answer no prompt with text.
_OTHER_KINDS = ("embed", "whisper", "tts", "transcribe", "moderation", "rerank", "dall-e", "-ocr", "realtime", "guard")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One model.

    Attributes:
        title: What it is called by people; its name where nothing better is known.
        context_window: Tokens of a conversation at most; None where the table does not say.
        input_usd, output_usd: Per million tokens, of short requests; None where they cost something else.
    """

    name: str
    title: str = ""
    context_window: int | None = None
    input_usd: float | None = None
    output_usd: float | None = None


def known_models(price_provider: str) -> list[KnownModel]:
    """The models of a provider that answer with text and are still offered, by name. Empty for an unknown provider."""
    provider = _provider(price_provider)
    if provider is None:
        return []
    current = [it for it in provider.models if not it.deprecated and not any(kind in it.id for kind in _OTHER_KINDS)]
    return sorted((_known(it) for it in current), key=lambda it: it.name)


def known_model(price_provider: str, name: str) -> KnownModel | None:
    """What is known of one model, by any of its names."""
    provider = _provider(price_provider)
    found = None if provider is None else provider.find_model(name)
    return None if found is None else _known(found)


def models_like(name: str, price_providers: dict[str, str]) -> list[str]:
    """Full names of known models that are called so, or else nearly so, for a hint.

    Args:
        price_providers: Our names of providers, and the table's.
    """
    full = {f"{ours}/{it.name}": it.name for ours, theirs in price_providers.items() for it in known_models(theirs)}
    exact = [it for it, bare in full.items() if bare == name]
    if exact:
        return exact[:3]
    close = nearest(name, set(full.values()), limit=2)
    return [next(it for it, bare in full.items() if bare == like) for like in close]


def _provider(price_provider: str) -> Provider | None:
    from genai_prices.data_snapshot import get_snapshot  # late: 200 ms

    return next((it for it in get_snapshot().providers if it.id == price_provider), None) if price_provider else None


def _known(model: ModelInfo) -> KnownModel:
    price = model.get_prices(datetime.now(UTC))
    return KnownModel(
        model.id,
        model.name or model.id,
        model.context_window,
        _usd(price.input_mtok),
        _usd(price.output_mtok),
    )


def _usd(price: Any) -> float | None:  # a Decimal, or tiers with one as their first
    if price is None:
        return None
    return float(getattr(price, "base", price))
