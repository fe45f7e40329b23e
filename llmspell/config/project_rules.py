"""What a project file may not say that was found and not named: it may have come with a stranger's repository.

    budget.*      it may lower a limit of the user's own file, not raise it or take it away
    ledger.path   is the user's to set: what a day has cost is counted in one place
    state.encryption_key   is, too: another project's scripts could not read what was written with it
    state.max_size, …      and how much scripts may keep: it could let its own fill the disk
    journal.url   it may not send what is done to a server of its author's
    journal.path, …   nor say in which file that is kept, or how much of it, nor that nothing is: `mode` may be another
    telemetry.*   it may say nothing of it: where to what is done is sent, and with what in it, is the user's to set
    hooks         it may not say where metrics and traces are written, bring regular expressions along, nor say
                  anything of a hook that guards something and that the user's own file has set
    guardrails    it may set some, where the user's own file sets none
    prices        count for models that are free by themselves, and for those whose price nobody else knows, the latter
                  not under a budget of the user's (`price_tables`, `has_own_budget`)
    extra_body    has none of the fields that say which request it is: what is permitted, and held back for, is sent
    folders       that are read for scripts lie beneath it, also where a link stands there (`folder_beneath`)

Whom keys are sent is decided where providers are put together (`models.provider_settings`), and where secrets may be
kept by `secrets`. What else a project file widens is told to the user (`Settings.project_grants`)."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from llmspell.config import guardrail_settings, hook_settings
from llmspell.config.discover import own_file
from llmspell.config.price_fields import SECTION
from llmspell.config.provider_fields import OF_THE_REQUEST, is_named
from llmspell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.config.settings import Candidate, Settings

_SIZES = (
    *(("state", "max_size"), ("state", "max_scope_size"), ("artifacts", "max_size")),
    # A small one would remove the user's earlier runs, or keep nothing of what is done but its size.
    *(("journal", "max_size"), ("journal", "max_value")),
)

Found = dict[tuple[str, ...], list["Candidate"]]
Tables = dict[str, dict[str, float]]


def move(environ: Mapping[str, str] | None = None) -> str:
    """What to do with something that a project file may not say."""
    return f"put it into your own settings file {own_file(environ)}, or name this file with --config"


def refuse(path: tuple[str, ...], source: str, value: object = None) -> None:
    """Refuse a key that such a file may not have.

    Args:
        source: Where it stands, for the message.
        value: As it is written there.

    Raises:
        ConfigError: It is one.
    """
    key = ".".join(path)
    if path == ("ledger", "path"):
        raise ConfigError(
            f"a project file may not say where it is counted what models cost: {key} ({source})", hint=move()
        )
    if path in _SIZES:
        raise ConfigError(f"a project file may not say how much is kept: {key} ({source})", hint=move())
    if path == ("state", "encryption_key"):
        raise ConfigError(f"a project file may not say how state is encrypted: {key} ({source})", hint=move())
    if path == ("journal", "url"):
        raise ConfigError(f"a project file may not say on which server the journal is: {key} ({source})", hint=move())
    if path == ("journal", "path"):
        raise ConfigError(f"a project file may not say in which file the journal is: {key} ({source})", hint=move())
    if path == ("journal", "mode") and value == "off":
        raise ConfigError(f"a project file may not switch the journal off: {key} ({source})", hint=move())
    if path[0] == "telemetry":
        raise ConfigError(f"a project file may not say where telemetry is sent: {key} ({source})", hint=move())
    if path == (hook_settings.SECTION, "redaction", "patterns"):
        # One that takes hours for some text would hold up the host where no limit of the run's ends it.
        raise ConfigError(f"a project file may not bring regular expressions along: {key} ({source})", hint=move())
    if path[0] == hook_settings.SECTION and path[-1] == "path":
        raise ConfigError(f"a project file may not say where something is written: {key} ({source})", hint=move())
    if is_named(path) and path[2:3] == ("extra_body",) and path[3:] and path[3] in OF_THE_REQUEST:
        raise ConfigError(f"a project file may not change which request is sent: {key} ({source})", hint=move())


def keep_budgets(found: Found, project: str) -> None:
    """Let the limits of the user's own file count before those of the project's that are larger, or none.

    Args:
        found: All that was given by path, strongest first; is changed.
        project: The project file that was found.
    """
    for path, given in found.items():
        if path[0] == "budget":
            last = given[-1]  # the user's own file, where it says anything
            given.sort(key=lambda it: _is_of(project, it.source) and _is_weaker(it, last))


def keep_guards(found: Found, project: str) -> None:
    """Let guardrails, and a hook that guards something, be as the user's own file has them, where that says anything.

    Args:
        found: All that was given by path, strongest first; is changed.
        project: The project file that was found.
    """
    guards = [(hook_settings.SECTION, name) for name in hook_settings.GUARDS]
    for guard in (*guards, (guardrail_settings.SECTION,)):
        paths = [it for it in found if it[: len(guard)] == guard]
        # A user's own file is the weakest of all sources: what a variable or a flag says is the user's, too.
        if any(not _is_of(project, it.source) for path in paths for it in found[path]):
            for path in paths:
                found[path] = [it for it in found[path] if not _is_of(project, it.source)]
                if not found[path]:
                    del found[path]


def folder_beneath(folder: str, root: str, what: str) -> str:
    """The folder, where it lies in another one and no link leads out of that.

    Args:
        what: How the error calls it.

    Raises:
        ConfigError: It does not: what is read there on a script's behalf could then be any file of the user's.
    """
    real, within = os.path.realpath(folder), os.path.realpath(root)
    if real != within and not real.startswith(within.rstrip(os.sep) + os.sep):
        raise ConfigError(
            f"{what} leads out of the folder {root}", hint=f"set it in your own settings file instead: {own_file()}"
        )
    return folder


def price_tables(settings: Settings) -> tuple[Tables, Tables]:
    """The `[prices]` tables of the user's, and those of a project file."""
    own: Tables = {}
    of_project: Tables = {}
    for path, given in settings.candidates.items():
        if path[0] != SECTION or len(path) != 3:
            continue
        for it in given:
            tables = of_project if settings.is_from_project(it.source) else own
            value = it.value
            assert isinstance(value, float)  # checked when it was read
            tables.setdefault(path[1], {}).setdefault(path[2], value)
    return own, of_project


def has_own_budget(settings: Settings) -> bool:
    """Whether the user has set a budget in USD. Nobody else is to lower what counts for it."""
    return any(
        it.value is not None and not settings.is_from_project(it.source)
        for name in ("run_usd", "day_usd")
        for it in settings.candidates.get(("budget", name), ())
    )


def price_set_aside(name: str, project: str) -> tuple[str, str]:
    """Why a price of a project file's does not count under a budget of the user's, and what makes it count."""
    return (
        f"the price of {name} in {project} does not count under a budget of yours: the file was found, not named, "
        "and could loosen that budget",
        f"name the file with --config {shlex.quote(_from_here(project))}, "
        f'or put its [prices."{name}"] into your own settings file {own_file()}',
    )


def _from_here(path: str) -> str:
    """How the user may write a file's name."""
    beside = os.path.dirname(path) == os.getcwd()
    return os.path.basename(path) if beside else path


def _is_of(project: str, source: str) -> bool:
    return source == project or source.startswith(f"{project}:")


def _is_weaker(limit: Candidate, than: Candidate) -> bool:
    if limit is than or not isinstance(than.value, int | float):
        return False
    return not isinstance(limit.value, int | float) or limit.value > than.value
