"""Names of the user's for models: `fast = "openai/gpt-5-mini"` under `[models]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmspell.config.provider_fields import KEYS_OF_MODELS
from llmspell.config.settings import Candidate, Settings
from llmspell.errors import ConfigError
from llmspell.models.protocol import ModelSettings
from llmspell.models.provider_settings import layered, model_settings

# Names that people use for models of theirs and that no provider uses: asked for, they are aliases or nothing.
USUAL = ("fast", "smart", "cheap", "best", "local", "small", "large")


@dataclass(frozen=True, slots=True)
class Alias:
    """What one stands for: another name, and how it is to answer."""

    model: str
    settings: ModelSettings = ModelSettings()


def read_aliases(settings: Settings) -> dict[str, Alias]:
    """All of them, by name.

    Raises:
        ConfigError: One says how to answer and names no model.
    """
    found: dict[str, dict[tuple[str, ...], Candidate]] = {}
    for path, candidates in settings.candidates.items():
        if path[0] == "models" and len(path) > 1 and path[1] not in KEYS_OF_MODELS:
            found.setdefault(path[1], {})[path[2:]] = candidates[0]
    return {name: _alias(name, values, settings) for name, values in found.items()}


def _alias(name: str, values: Mapping[tuple[str, ...], Candidate], settings: Settings) -> Alias:
    text = values.get(())
    table: dict[str, Any] = {}
    if text is not None and isinstance(text.value, str):
        table["model"] = text.value
    else:
        text = None
    for path, it in values.items():
        # A text wins over a table of a weaker file as a whole, as any value does.
        if not path or (text is not None and _strength(settings, it) > _strength(settings, text)):
            continue
        at = table
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at[path[-1]] = it.value
    if not table.get("model"):
        hint = f'set model = "provider/model" under [models.{name}]'
        raise ConfigError(f"the alias {name} names no model", hint=hint)
    return Alias(str(table["model"]), model_settings(table))


def _strength(settings: Settings, candidate: Candidate) -> int:
    """Where a value stands among flags and variables, then files; less is stronger."""
    files = enumerate(settings.files)
    source = candidate.source
    return next((i for i, it in files if source == it or source.startswith(f"{it}:")), -1)


def followed(name: str, aliases: Mapping[str, Alias]) -> Alias:
    """The name that an alias leads to in the end, and how it is to answer: what is asked for first counts first.

    Raises:
        ConfigError: It leads back to itself.
    """
    settings, seen = ModelSettings(), [name]
    while (found := aliases.get(seen[-1])) is not None:
        settings = layered(settings, found.settings)
        if found.model in seen:
            raise ConfigError(f"the alias {name} leads back to itself: {' → '.join((*seen, found.model))}")
        seen.append(found.model)
    return Alias(seen[-1], settings)
