"""The hooks that come along, switched on in `[hooks.NAME]`. One module each; they are registered as a script's are.

What a module has: `register(place, options)`, which registers its hooks, and may return what is called at the end of
the run. The settings are in `config.hook_settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, ConfigError
from llmspell.events.built_in.place import Place

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.effects.run import Run
    from llmspell.security.redact import Redactor


class BuiltIn:
    """The hooks of the settings, in one run.

    Raises:
        ConfigError: A setting cannot be, such as a point that there is not.
    """

    def __init__(self, names: Iterable[str], settings: Settings, run: Run, redactor: Redactor) -> None:
        self._closing: list[Callable[[], None]] = []
        replaced = None
        for name in sorted(names, key=lambda it: it != "redaction"):  # what logs and traces show is redacted, too
            options = settings.get(f"hooks.{name}")
            close = _register(Place(name, run, redactor, replaced), options)
            if name == "redaction":
                replaced = _module(name).replacing_of(options, redactor).value
            if close is not None:
                self._closing.append(close)

    def close(self) -> None:
        """Write what is to be written at the end."""
        for it in self._closing:
            it()


def mistakes(names: Iterable[str], settings: Settings, run: Run, redactor: Redactor) -> list[ConfigError]:
    """What is wrong with the settings of hooks, one for each hook; nothing is opened.

    Args:
        run: One that nothing is done in.
    """
    found = []
    for name in names:
        options = settings.get(f"hooks.{name}")
        try:
            _register(Place(name, run, redactor), {**options, "path": None} if "path" in options else options)
        except ConfigError as error:
            found.append(error)
    return found


def _register(place: Place, options: Mapping[str, Any]) -> Callable[[], None] | None:
    try:
        close: Callable[[], None] | None = _module(place.name).register(place, options)
    except BadArgument as error:
        raise ConfigError(f"[hooks.{place.name}]: {error.message}", hint=error.hint) from error
    return close


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")
