"""The settings of this process: each value with where it came from and what it won against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmspell.config.provider_fields import doc_of, is_loopback_url
from llmspell.config.schema import KEYS, OPEN_TABLES, SECTIONS, default_of, known_fault
from llmspell.config.secrets import Secret
from llmspell.errors import ConfigError, LLMSpellError
from llmspell.security.profile import known_profiles, resolve_profile
from llmspell.security.redact import REDACTED, Redactor, is_secret_name, is_secret_variable

_NO_WEAKER_THAN_DEFAULT = ("medium", "high", "testing", "production")
_WIDENING_FIELDS = (
    "extends",
    "lua",
    "python",
    "modules",
    "layers",
    "required",
    "allow",
    "approvable",
    "limits",
    "flows",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that was given, and where: `llmspell.toml:3`, `LLMSPELL_RUN__PROFILE`, `--profile`, `default`."""

    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a setting has its value. Values are fit to be shown: secrets are not in them."""

    key: str
    kind: str
    doc: str
    winner: Candidate
    losers: tuple[Candidate, ...]

    def __str__(self) -> str:
        lines = [f"{self.key} = {show(self.winner.value)}    from {self.winner.source}"]
        lines += [f"    not {show(it.value)}    from {it.source}" for it in self.losers]
        return "\n".join((*lines, *([f"    {self.doc}"] if self.doc else ())))


@dataclass(frozen=True, slots=True)
class Settings:
    """Made by `load.load_settings`.

    Attributes:
        candidates: For each path of names the values that were given, strongest first. Defaults are not among them.
        files: The files that were read, strongest first.
        environ: The variables, with those of `.env` where that is read.
        project: The project file, if it was found and not named; it may have come with a stranger's repository.
        dotenv: The variables that only a `.env` file sets.
    """

    candidates: Mapping[tuple[str, ...], tuple[Candidate, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    dotenv: frozenset[str] = frozenset()

    # Any: what a key holds is said by the table of `schema`, and by nobody for a tool's own keys.
    def get(self, key: str, default: object = None) -> Any:
        """A setting's value, a section as a nested dict, or the default for a name of the user's that is not set.

        Raises:
            ConfigError: No such setting can be, with the nearest name.
        """
        path = tuple(key.split("."))
        found = self.candidates.get(path)
        if found:
            return found[0].value
        if key in KEYS:
            return default_of(KEYS[key], self.environ)
        table = self._table(path)
        if table or key in SECTIONS:
            return table
        fault = known_fault(path)
        if fault is not None:
            raise ConfigError(fault[0], hint=fault[1])
        return default

    def text(self, key: str) -> str:
        """A setting that is a text."""
        return str(self.get(key))

    def profiles(self) -> dict[str, dict[str, object]]:
        """The `[profiles.NAME]` tables, as `resolve_profile` takes them."""
        found = self._table(("profiles",))
        return {name: it if isinstance(it, dict) else {"": it} for name, it in found.items()}

    def tool(self, name: str) -> dict[str, object]:
        """The `[tools.NAME]` table; a hyphen and an underscore are one. Secrets in it are `Secret`s, not resolved."""
        for written, table in self._table(("tools",)).items():
            if written.replace("_", "-") == name.replace("_", "-") and isinstance(table, dict):
                return table
        return {}

    def secret(self, key: str) -> str:
        """A setting that may be a secret, resolved now.

        Raises:
            ConfigError: It is not set, or not where it is said to be.
        """
        value = self.get(key)
        if isinstance(value, Secret):
            return value.resolve(self.environ)
        if isinstance(value, str) and value:
            return value
        raise ConfigError(f"{key} is not set", hint=f'set {key.rpartition(".")[2]} = {{ env = "NAME" }}')

    def secrets(self) -> tuple[str, ...]:
        """What is known to be secret without asking anybody, for the redactor: see `Redactor.of_environment`."""
        found = [value for name, value in self.environ.items() if is_secret_variable(name)]
        for path, values in self.candidates.items():
            for it in values:
                if isinstance(it.value, str) and is_secret_name(path[-1]):
                    found.append(it.value)
                elif isinstance(it.value, Secret) and it.value.kind == "env" and it.value.name in self.environ:
                    found.append(self.environ[it.value.name])
        return tuple(dict.fromkeys(found))

    def visible(self) -> dict[str, object]:
        """All of them as nested plain data, with every secret left out."""
        tables: dict[str, object] = {}
        for key, setting in KEYS.items():
            _put(tables, tuple(key.split(".")), default_of(setting, self.environ))
        for path, values in self.candidates.items():
            _put(tables, path, REDACTED if _is_header(path) else values[0].value)
        redactor = Redactor(self.secrets())
        shown = redactor.value(_plain(tables))
        return shown if isinstance(shown, dict) else {}

    def explain(self, key: str) -> Explanation:
        """The winner and every loser, each with its source.

        Raises:
            ConfigError: No such setting.
        """
        # Names of models may have dots in them.
        path = next((it for it in self.candidates if ".".join(it) == key), tuple(key.split(".")))
        setting = KEYS.get(key)
        fault = known_fault(path) if path not in self.candidates else None
        if fault is not None:
            raise ConfigError(fault[0], hint=fault[1])
        given = list(self.candidates.get(path, ()))
        if setting is not None:
            given.append(Candidate(default_of(setting, self.environ), "default"))
        if not given:
            raise ConfigError(f"{key} is not set", hint="`llmspell config show` prints what is")
        redactor = Redactor(self.secrets())
        hidden = is_secret_name(path[-1]) or _is_header(path)
        values = [
            Candidate(REDACTED if hidden and isinstance(it.value, str) else redactor.value(_plain(it.value)), it.source)
            for it in given
        ]
        kind = setting.kind if setting is not None else "value"
        doc = setting.doc if setting is not None else doc_of(path) or OPEN_TABLES.get(path[0], "")
        return Explanation(key, kind, doc, values[0], tuple(values[1:]))

    def explain_table(self, key: str) -> tuple[str, list[Explanation]]:
        """What a section or a table of the user's is, and what is set in it or has a default; both may be empty."""
        doc = doc_of(tuple(key.split("."))) or OPEN_TABLES.get(key.partition(".")[0], "")
        return doc, [self.explain(it) for it in self.keys() if it.startswith(key + ".")]

    def keys(self) -> list[str]:
        """Every key that is known or set, sorted."""
        return sorted({*KEYS, *(".".join(it) for it in self.candidates)})

    def project_grants(self) -> tuple[str, ...]:
        """What a project file that was found, not named, may have widened: one line each, to be told to the user.

        A profile of less protection than the default one, what its `[profiles]` tables grant beyond what they extend,
        servers that it sends prompts to, and which model answers where the user has said otherwise. Empty where the
        file only narrows, or was not the one that decided.
        """
        return tuple(
            f"{'.'.join(path)} = {show(_plain(values[0].value))} ({values[0].source})"
            for path, values in self.candidates.items()
            if self.is_from_project(values[0].source)
            and (_widens(path, values[0].value) or self._replaces_a_model(path, values[0].value))
        )

    def _replaces_a_model(self, path: tuple[str, ...], value: object) -> bool:
        """Whether another model answers than the user has set, under the same name."""
        if path[0] != "models" or len(path) < 2 or path[2:] not in ((), ("model",)):
            return False
        return any(
            key[:2] == path[:2] and it.value != value and not self.is_from_project(it.source)
            for key, given in self.candidates.items()
            if key[2:] in ((), ("model",))
            for it in given
        )

    def is_from_project(self, source: str) -> bool:
        """Whether a value's source is a project file that was found, not named."""
        return bool(self.project) and (source == self.project or source.startswith(self.project + ":"))

    def check(self) -> None:
        """What loading leaves to the moment of use: that every profile resolves, and that the one of runs exists.

        Raises:
            ConfigError: The first mistake.
        """
        for it in self.mistakes():
            raise it

    def mistakes(self) -> list[LLMSpellError]:
        """All that `check` looks for; one for each profile."""
        tables = self.profiles()
        found: dict[str, LLMSpellError] = {}
        for name in dict.fromkeys((*known_profiles(tables), self.text("run.profile"))):
            try:
                resolve_profile(name, tables)
            except LLMSpellError as problem:
                found.setdefault(str(problem), problem)  # what extends a profile shares its mistakes
        return list(found.values())

    def _table(self, path: tuple[str, ...]) -> dict[str, object]:
        tables: dict[str, object] = {}
        for key, values in self._all():
            if key[: len(path)] == path and len(key) > len(path):
                _put(tables, key[len(path) :], values)
        return tables

    def _all(self) -> Iterable[tuple[tuple[str, ...], object]]:
        for key, setting in KEYS.items():
            path = tuple(key.split("."))
            if path not in self.candidates:
                yield path, default_of(setting, self.environ)
        for given, values in self.candidates.items():
            yield given, values[0].value


def _widens(path: tuple[str, ...], value: object) -> bool:
    if path == ("run", "profile"):
        return value not in _NO_WEAKER_THAN_DEFAULT
    if path == ("models", "override"):
        return value is not None
    if path[0] == "providers" and path[2:] == ("base_url",):
        return not is_loopback_url(str(value))
    return path[0] == "profiles" and len(path) > 2 and path[2] in _WIDENING_FIELDS


def _is_header(path: tuple[str, ...]) -> bool:
    """Whether a key is a header of a provider's: any of them may be what lets us in."""
    return path[0] == "providers" and path[2:3] == ("headers",) and len(path) > 3


def show(value: object) -> str:
    """A value as TOML writes it, for people."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(show(it) for it in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f" {key} = {show(it)}" for key, it in value.items()) + " }"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _put(tables: dict[str, object], path: tuple[str, ...], value: object) -> None:
    *folders, last = path
    for it in folders:
        inner = tables.get(it)
        if not isinstance(inner, dict):
            inner = tables[it] = {}
        tables = inner
    if not (isinstance(tables.get(last), dict) and value == {}):
        tables[last] = value


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(it) for key, it in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(it) for it in value]
    # Dates and times, which TOML has and scripts have not.
    return value if value is None or isinstance(value, str | int | float) else str(value)
