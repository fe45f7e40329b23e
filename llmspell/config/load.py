"""Put the settings together: flag > variable > project file > user file > default.

A value that is given twice wins as a whole, list or text; tables are put together key by key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from llmspell.config import discover, hook_settings, price_fields, project_rules, provider_fields
from llmspell.config.read import leaves, line_of, read_file
from llmspell.config.schema import KEYS, OPEN_TABLES, SECRET_KEYS, SECTIONS, checked, is_secret, known_fault
from llmspell.config.secrets import Secret, read_dotenv
from llmspell.config.settings import Candidate, Settings
from llmspell.errors import ConfigError, LLMSpellError, UsageError

_Found = dict[tuple[str, ...], list[Candidate]]


def load_settings(
    *,
    cwd: str = "",
    environ: Mapping[str, str] | None = None,
    files: Iterable[str] | None = None,
    config: str = "",
    flags: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
    mistakes: list[LLMSpellError] | None = None,
) -> Settings:
    """The settings for a folder.

    Args:
        cwd: Where the project file is searched from, upwards; the current folder when empty.
        environ: The variables; this process's when None.
        files: Exactly these files, weakest first, instead of those that are found; trusted as if named.
        config: A file that replaces the project's, as `--config` names it.
        flags: Keys and their texts, as `--set` gives them.
        sources: What to call a flag that set a key, if not `--set`.
        mistakes: Gets all of them, and what is wrong is left out; without it the first one is raised.

    Raises:
        ConfigError: A file, key or value that is none, with its file and line.
        UsageError: The same in a flag.
    """
    where = os.path.abspath(cwd or os.getcwd())
    variables = dict(os.environ if environ is None else environ)
    found: _Found = {}
    for key, text in (flags or {}).items():
        with _kept_in(mistakes):
            _add_text(found, key.strip(), text, (sources or {}).get(key, "--set"), where, UsageError)
    for name in sorted(variables):
        if name.startswith(discover.PREFIX) and "__" in name:
            key = ".".join(it.lower() for it in name.removeprefix(discover.PREFIX).split("__"))
            with _kept_in(mistakes):
                _add_text(found, key, variables[name], name, where, ConfigError)
    project = ""
    if not config and files is None:
        with _kept_in(mistakes):
            project = discover.project_file(where)
    if files is not None:
        named = list(files)
    else:
        named = [it for it in (discover.user_file(variables), os.path.join(where, config) if config else project) if it]
    for path in reversed(named):
        with _kept_in(mistakes):
            _add_file(found, path, mistakes, trusted=path != project)
    if project:
        project_rules.keep_budgets(found, project)
        project_rules.keep_guards(found, project)
    settings = Settings({key: tuple(it) for key, it in found.items()}, tuple(reversed(named)), variables, project)
    return _with_dotenv(settings, project or (config and os.path.join(where, config)))


def _add_text(found: _Found, key: str, text: str, source: str, folder: str, error: type[LLMSpellError]) -> None:
    path = price_fields.path_of(key)
    fault = known_fault(path)
    if fault is not None or (path[0] in ("profiles", "providers") and len(path) < 3):
        message, hint = fault or (f"{key} is a table, not a setting", "")
        raise error(f"{message} ({source})", hint=hint)
    setting = KEYS.get(key)
    try:
        if setting is not None and setting.kind == "secret":
            value = _secret_from_text(path, text, folder, source)
        elif setting is not None:
            value = checked(setting, text, folder=folder, source=source, from_text=True)
        elif provider_fields.is_named(path):
            _add_named(found, path, provider_fields.from_text(path, text), folder, source, trusted=True)
            return
        else:
            value = _wrapped(provider_fields.guess(text), path, folder, source, trusted=True)
    except ConfigError as problem:
        raise error(problem.message, hint=problem.hint) from None
    found.setdefault(path, []).append(Candidate(value, source))


def _secret_from_text(path: tuple[str, ...], text: str, folder: str, source: str) -> object:
    """A secret as a variable or flag says it: where it is kept, as TOML writes it; in a variable also itself."""
    written = provider_fields.guess(text)
    if not is_secret(written) and source == "--set":
        raise ConfigError(
            f"{'.'.join(path)} is a secret, and a command line is seen by others",
            hint=f"say where it is kept: --set '{'.'.join(path)}={{ env = \"NAME\" }}'",
        )
    value = _wrapped(written, path, folder, source, trusted=True)
    return value if isinstance(value, Secret) else checked(KEYS[".".join(path)], text, folder=folder, source=source)


def _add_named(found: _Found, path: tuple[str, ...], value: object, folder: str, source: str, *, trusted: bool) -> None:
    """A field of a provider or an alias; a table that a variable wrote inline is one value for each of its keys."""
    values = leaves(value, path) if isinstance(value, Mapping) and not is_secret(value) else {path: value}
    for key, it in values.items():
        fault = provider_fields.named_fault(key)
        if fault is not None:
            raise ConfigError(f"{fault[0]} ({source})", hint=fault[1])
        normal = provider_fields.checked(key, _wrapped(it, key, folder, source, trusted=trusted), source)
        found.setdefault(key, []).append(Candidate(normal, source))


@contextmanager
def _kept_in(mistakes: list[LLMSpellError] | None) -> Iterator[None]:
    try:
        yield
    except LLMSpellError as problem:
        if mistakes is None:
            raise
        mistakes.append(problem)


def _add_file(found: _Found, path: str, mistakes: list[LLMSpellError] | None, *, trusted: bool) -> None:
    tables, text = read_file(path)
    folder = os.path.dirname(os.path.abspath(path))
    for key, value in leaves(tables).items():
        line = line_of(text, key)
        with _kept_in(mistakes):
            _add_value(found, key, value, folder, f"{path}:{line}" if line else path, trusted)


def _add_value(found: _Found, key: tuple[str, ...], value: object, folder: str, source: str, trusted: bool) -> None:
    if value == {} and hook_settings.is_table(key):
        key, value = (*key, "enabled"), True
    is_open = len(key) == 2 and key[0] in OPEN_TABLES and ".".join(key) not in KEYS
    if value == {} and key[0] in SECTIONS and (len(key) == 1 or is_open):
        if len(key) == 2:  # [profiles.NAME] without a line changes nothing, but the name exists
            found.setdefault(key, []).append(Candidate({}, source))
        return
    fault = known_fault(key)
    if fault is not None:
        raise ConfigError(f"{fault[0]} ({source})", hint=fault[1])
    if not trusted:
        project_rules.refuse(key, source, value)
    setting = KEYS.get(".".join(key))
    if setting is not None:
        if is_secret(value) and setting.kind != "secret":
            raise ConfigError(f"{setting.key} cannot be a secret: write the value itself ({source})")
        value = _wrapped(value, key, folder, source, trusted=trusted)
        value = value if isinstance(value, Secret) else checked(setting, value, folder=folder, source=source)
    elif key[0] in ("profiles", "providers") and len(key) == 2:
        raise ConfigError(f"{'.'.join(key)} is not a table ({source})", hint=f"write [{'.'.join(key)}]")
    elif provider_fields.is_named(key):
        _add_named(found, key, value, folder, source, trusted=trusted)
        return
    else:
        value = _wrapped(value, key, folder, source, trusted=trusted)
    found.setdefault(key, []).append(Candidate(value, source))


def _wrapped(value: object, key: tuple[str, ...], folder: str, source: str, *, trusted: bool) -> object:
    takes_secrets = key[0] in ("tools", "providers") or ".".join(key) in SECRET_KEYS
    if takes_secrets and is_secret(value) and isinstance(value, Mapping):
        ((kind, name),) = value.items()
        return Secret(kind, str(name), ".".join(key), folder, trusted, source)
    return price_fields.checked(key, value, source) if key[0] == price_fields.SECTION else value


def _with_dotenv(settings: Settings, project: str) -> Settings:
    """With the variables of `.env` beneath the process's own, where the project's file asks for them."""
    asked = settings.candidates.get(("run", "dotenv"), ())
    in_project = any(it.value is True and it.source.startswith(project) for it in asked) if project else False
    if not in_project or asked[0].value is not True:
        return settings
    beside = read_dotenv(os.path.join(os.path.dirname(os.path.abspath(project)), ".env"))
    for name in discover.FOLDER_VARIABLES:  # it is not its to say where the ledger and the journal are
        beside.pop(name, None)
    added = frozenset(beside.keys() - settings.environ.keys())
    return replace(settings, environ={**beside, **settings.environ}, dotenv=added)
