"""Whether a provider can be used now, told without a network, a command, or an import of its library."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from llmspell.errors import ConfigError
from llmspell.models.provider_settings import ProviderEntry

State = Literal["ready", "local", "no key", "needs extra", "refused", "incomplete"]
_AWS_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Whether and why.

    Attributes:
        state: ready: it can be asked. local: it can, if its server runs. no key, needs extra: what is missing. refused:
            its key may not be sent where it is. incomplete: its settings lack something.
        detail: For people: where the key comes from, or what to do.
    """

    state: State
    detail: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether a request can be made."""
        return self.state in ("ready", "local")


def state_of(entry: ProviderEntry, environ: Mapping[str, str]) -> ProviderState:
    """The state of one provider."""
    config, key = entry.config, entry.key
    if entry.fault[0]:
        return ProviderState("incomplete", "; ".join(it for it in entry.fault if it))
    if key.place.refusal[0]:
        return ProviderState("refused", "; ".join(key.place.refusal))
    if missing := missing_modules(entry):
        return ProviderState("needs extra", _install(config.extra, missing))
    if key.place.written and not key.is_there:
        return ProviderState("no key", f"{key.where} is not there")
    if key.place.required and not key.is_there:
        return ProviderState("no key", f"set {' or '.join(key.place.variables)}")
    if entry.builtin.key_optional and not key.is_there and not _has_aws(environ):
        return ProviderState("no key", f"set {key.place.variables[0]}, or credentials of AWS")
    if config.is_local and config.api == "chat_completions":
        return ProviderState("local", config.base_url)
    return ProviderState("ready", f"key from {key.where}" if key.where else "")


def missing_modules(entry: ProviderEntry) -> tuple[str, ...]:
    """What must be installed before it can be used."""
    if entry.config.api != "library":
        return ()
    return tuple(it for it in entry.builtin.modules or ("pydantic_ai",) if not _is_installed(it))


def require_modules(entry: ProviderEntry) -> None:
    """See that its library is there.

    Raises:
        ConfigError: It is not; says what installs it.
    """
    if missing := missing_modules(entry):
        name = entry.config.name
        raise ConfigError(
            f"{name} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            hint=_install(entry.config.extra, missing),
            details={"provider": name, "extra": entry.config.extra},
        )


def _install(extra: str, missing: tuple[str, ...]) -> str:
    if extra:
        return f"pip install 'llmspell[{extra}]'"
    return f"pip install {' '.join(it.partition('.')[0].replace('_', '-') for it in missing)}"


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package around it
        return False


def _has_aws(environ: Mapping[str, str]) -> bool:
    home = environ.get("HOME", "")
    return any(environ.get(it) for it in _AWS_VARIABLES) or bool(
        home and os.path.isfile(os.path.join(home, ".aws", "credentials"))
    )
