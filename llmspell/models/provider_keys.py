"""Keys and secret headers of providers: where they are, found at the first request, and never shown.

They stay on the host: an agent's script holds names of models, and nothing here reaches it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from llmspell.config.secrets import Secret
from llmspell.errors import ConfigError, KeyMissing
from llmspell.security.redact import REDACTED

Learn = Callable[[str], None]


def forget(secret: str) -> None:
    """For a program without a redactor: nothing is learned."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a provider's key is to be had.

    Attributes:
        written: What the settings say, a text or where it is kept; empty where they say nothing.
        setting: The key of the setting: `providers.openai.api_key`.
        variables: Where it usually is.
        required: Without it no request is made.
        refusal: Why it must not be sent to where it would go, as a message and a hint; empty where it may.
    """

    provider: str
    written: str | Secret = ""
    setting: str = ""
    variables: tuple[str, ...] = ()
    required: bool = False
    refusal: tuple[str, str] = ("", "")

    @property
    def variable(self) -> str:
        """The variable that holds it, or usually does; empty where none does."""
        if isinstance(self.written, Secret) and self.written.kind == "env":
            return self.written.name
        return next(iter(self.variables), "")


class ProviderKey:
    """A `KeySource`. Looks once, also where several models ask at the same time; a failure is looked for again.

    Args:
        environ: The variables.
        learn: Told each secret that is found, before it is used: for the redactor.
        headers: Found together with the key, so that what may block happens in one place.
    """

    def __init__(
        self, place: KeyPlace, environ: Mapping[str, str], *, learn: Learn = forget, headers: Headers | None = None
    ) -> None:
        self.place = place
        self._environ = environ
        self._learn = learn
        self._headers = headers
        self._found: str | None = None
        self._lock = threading.Lock()

    def __call__(self) -> str:
        message, hint = self.place.refusal
        if message:
            raise ConfigError(message, hint=hint, details={"provider": self.place.provider})
        with self._lock:
            if self._found is None:
                found = self._look()
                if self._headers is not None:
                    self._headers.find()
                self._found = found
        return self._found

    def __repr__(self) -> str:
        return f"<the key of {self.place.provider}: {self.where or 'none'}>"

    @property
    def where(self) -> str:
        """Where it comes from, for people: `OPENAI_API_KEY`, `the file ~/key`; empty where there is none."""
        written = self.place.written
        if isinstance(written, Secret):
            return {"env": written.name, "file": f"the file {written.name}", "command": "a command"}.get(
                written.kind, f"the keyring's {written.name}"
            )
        if written:
            return self.place.setting
        return next((it for it in self.place.variables if self._environ.get(it, "").strip()), "")

    @property
    def is_there(self) -> bool:
        """Whether a key can be had, as far as can be told without running a command or asking a keyring."""
        written = self.place.written
        if isinstance(written, Secret) and written.kind == "env":
            return bool(self._environ.get(written.name, "").strip())
        if isinstance(written, Secret) and written.kind == "file":
            return os.path.isfile(os.path.join(written.folder, os.path.expanduser(written.name)))
        return bool(self.where)

    def _look(self) -> str:
        place = self.place
        if isinstance(place.written, Secret):
            found = _resolved(place.written, self._environ, place.provider)
        else:
            found = _fit_for_a_header(place.written or self._environ.get(self.where, "").strip(), self.where)
        if found:
            self._learn(found)
        elif place.required:
            raise self.missing()
        return found

    def missing(self) -> KeyMissing:
        """The error for a key that is not there."""
        place = self.place
        variables = " or ".join(place.variables)
        return KeyMissing(
            f"{place.provider} needs a key, and {variables} is not set",
            hint=f"export {place.variables[0]}=…, or set api_key under [providers.{place.provider}] in your settings",
            details={"provider": place.provider, "variables": list(place.variables), "setting": place.setting},
        )


class Headers(Mapping[str, str]):
    """Headers whose values may be secrets that are kept elsewhere: found when they are first read, and not shown."""

    def __init__(
        self,
        written: Mapping[str, str | Secret],
        environ: Mapping[str, str],
        *,
        learn: Learn = forget,
        provider: str = "",
    ) -> None:
        self._written = dict(written)
        self._environ = environ
        self._learn = learn
        self._provider = provider
        self._found: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        written = self._written[name]
        if not isinstance(written, Secret):
            return written
        if name not in self._found:
            value = _resolved(written, self._environ, self._provider)
            self._learn(value)
            self._found[name] = value
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def __repr__(self) -> str:
        return f"Headers({dict.fromkeys(self._written, REDACTED)})"

    def with_more(self, headers: Mapping[str, str]) -> Headers:
        """These, and others that count before them."""
        names = {it.lower() for it in headers}
        kept = {name: it for name, it in self._written.items() if name.lower() not in names}
        whole = Headers({**kept, **headers}, self._environ, learn=self._learn, provider=self._provider)
        whole._found = self._found  # by name, and only of those that are secrets: found by one, found by both
        return whole

    def find(self) -> None:
        """Look for all of them."""
        for name in self._written:
            self[name]


def _resolved(secret: Secret, environ: Mapping[str, str], provider: str) -> str:
    try:
        found = secret.resolve(environ)
    except ConfigError as problem:
        if secret.kind != "env":
            raise
        details = {"provider": provider, "variables": [secret.name], "setting": secret.key}
        raise KeyMissing(problem.message, hint=problem.hint, details=details) from None
    return _fit_for_a_header(found, secret.key)


def _fit_for_a_header(found: str, where: str) -> str:
    # A line feed would begin another header.
    if not found.isprintable() or not found.isascii():
        raise ConfigError(f"{where}: what is there is no key: it holds characters that no header can")
    return found
