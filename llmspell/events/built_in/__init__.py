"""The hooks that come along, switched on in `[hooks.NAME]`. One module each; they are registered as a script's are.

What a module has: `register(place, options)`, which registers its hooks, and may return what is called at the end of
the run. The settings are in `config.hook_settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

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
            module = import_module(f"{__name__}.{name}")
            try:
                close = module.register(Place(name, run, redactor, replaced), options)
                if name == "redaction":
                    replaced = module.replacing_of(options, redactor).value
            except BadArgument as error:
                raise ConfigError(f"[hooks.{name}]: {error.message}", hint=error.hint) from error
            if close is not None:
                self._closing.append(close)

    def close(self) -> None:
        """Write what is to be written at the end."""
        for it in self._closing:
            it()
