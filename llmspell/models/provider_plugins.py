"""Providers that other installed packages bring: the entry points of the group `llmspell.providers`.

The value of one is a callable that takes a `ProviderConfig` and a model's name and returns a `Model`. They are looked
for only where a provider is not known otherwise: looking costs milliseconds, and what is found is somebody's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ConfigError
from llmspell.models.protocol import Model
from llmspell.models.provider_config import ProviderConfig
from llmspell.models.providers import provider_name

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "llmspell.providers"
_MEMBERS = ("provider", "name", "capabilities", "request", "stream", "aclose")


class ProviderPlugins:
    """Those that are installed, looked for once."""

    def __init__(self) -> None:
        self._found: dict[str, EntryPoint] | None = None

    def names(self) -> list[str]:
        """The providers that they bring, sorted."""
        return sorted(self._entries())

    def __contains__(self, name: object) -> bool:
        return name in self._entries()

    def make(self, config: ProviderConfig, name: str) -> Model:
        """A model of such a provider.

        Raises:
            ConfigError: No installed package brings it, or what it brings does not work.
        """
        entry = self._entries().get(config.name)
        if entry is None:
            known = self.names()
            raise ConfigError(
                f"no installed package brings the provider {config.name}",
                hint=f"those that are brought: {', '.join(known)}" if known else f"it is an entry point of {GROUP}",
            )
        package = entry.dist.name if entry.dist is not None else entry.value
        try:
            model = entry.load()(config, name)
        except Exception as problem:  # somebody else's code: whatever it raises, it is that package's failure
            raise ConfigError(
                f"the provider {config.name} of the package {package} failed: {type(problem).__name__}: {problem}"
            ) from problem
        missing = [it for it in _MEMBERS if not hasattr(model, it)]
        if missing:
            raise ConfigError(
                f"the provider {config.name} of the package {package} returned no model: it has no {missing[0]}",
                hint="see Model in llmspell.models.protocol",
            )
        made: Model = model
        return made

    def _entries(self) -> dict[str, EntryPoint]:
        if self._found is None:
            from importlib import metadata  # late: 20 ms, and most runs know their providers

            self._found = {provider_name(it.name): it for it in metadata.entry_points(group=GROUP)}
        return self._found
