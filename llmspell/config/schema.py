"""Every known setting in one table: what it is called, its type, its default, what it does.

Checking, the values of variables and flags, defaults, `config init` and `docs/reference/settings.md` come from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from llmspell.config import guardrail_settings, hook_settings, price_fields, provider_fields, telemetry_settings
from llmspell.config.discover import state_folder
from llmspell.config.setting import Setting, Value
from llmspell.errors import ConfigError
from llmspell.security.limits import SETTINGS, parse_duration, parse_size
from llmspell.security.profile import FIELDS
from llmspell.security.profiles import DEFAULT
from llmspell.suggestions import did_you_mean, nearest

SECRET_KINDS = ("env", "file", "command", "keyring")


def _in_state(name: str) -> Callable[[Mapping[str, str]], str]:
    return lambda environ: os.path.join(state_folder(environ), name)


TABLE = (
    Setting(
        "run.profile", "text", DEFAULT, "The profile of runs: none, low, medium, high, a preset, or a [profiles.NAME]."
    ),
    Setting(
        "run.timeout", "duration", None, "Ends a run after so long, instead of the profile's wall_s.", optional=True
    ),
    Setting(
        "run.require_sandbox", "boolean", False, "Refuse to run where a layer that the profile asks for is missing."
    ),
    Setting("run.language", "choice", "lua", "The language of `eval` without -l.", choices=("lua", "python")),
    Setting("run.dotenv", "boolean", False, "Read `.env` beside the project file, for secrets. Counts there only."),
    Setting("engine.lua", "choice", "lua54", "Which Lua runs .lua files.", choices=("lua54", "luajit")),
    Setting("modules.paths", "paths", (), "More folders in which scripts find modules, where the profile grants it."),
    Setting("tools.disabled", "list", (), "Tools that are not there."),
    Setting(
        "logging.level",
        "choice",
        "info",
        "The least important message that is shown.",
        choices=("trace", "debug", "info", "warn", "error"),
    ),
    Setting(
        "state.path",
        "path",
        _in_state("state.db"),
        "The file of State; `:memory:` keeps nothing.",
        shown_default="state.db in the user's state folder",
    ),
    Setting(
        "state.max_size",
        "size",
        1024 * 1024 * 1024,
        "How much State, sessions and artifacts may hold together; `none`: as much as the disk.",
        shown_default="`1GB`",
        optional=True,
    ),
    Setting(
        "state.max_scope_size",
        "size",
        256 * 1024 * 1024,
        "How much each scope of State may hold.",
        shown_default="`256MB`",
        optional=True,
    ),
    Setting(
        "state.encryption_key",
        "secret",
        None,
        "Encrypts the values of State, sessions and artifacts in their file: 32 bytes in base64 or hex, as "
        "`llmspell state new-key` prints them. A found project file cannot set it.",
        optional=True,
    ),
    Setting(
        "artifacts.max_size",
        "size",
        512 * 1024 * 1024,
        "How much the contents of all artifacts may hold together.",
        shown_default="`512MB`",
        optional=True,
    ),
    Setting(
        "journal.mode",
        "choice",
        "normal",
        "What the journal keeps: off: nothing; normal: what was done, which is enough to resume; durable: the same, "
        "written before the script goes on, so that after a kill nothing is missing. "
        "A found project file cannot say off.",
        choices=("off", "normal", "durable"),
    ),
    Setting(
        "journal.path",
        "path",
        _in_state("journal.db"),
        "The journal's file; `:memory:` keeps it for the run only. A found project file cannot set it.",
        shown_default="journal.db in the user's state folder",
    ),
    Setting(
        "journal.url",
        "secret",
        None,
        "Keeps the journal in a PostgreSQL database instead: postgresql://user:password@host/database. "
        "A found project file cannot set it.",
        optional=True,
    ),
    Setting(
        "journal.max_size",
        "size",
        512 * 1024 * 1024,
        "When the journal's file holds more than this, its oldest runs that have ended make room. A found project file "
        "cannot set it.",
        shown_default="`512MB`",
    ),
    Setting(
        "journal.max_value",
        "size",
        16 * 1024 * 1024,
        "The largest arguments or result that are kept whole; of larger ones the size and a hash are kept, and a run "
        "cannot be replayed or resumed past them. A found project file cannot set it.",
        shown_default="`16MB`",
    ),
    Setting(
        "journal.fsync",
        "boolean",
        False,
        "Whether a durable journal waits for the disk, so that it also survives a power cut; at the disk's speed.",
    ),
    Setting(
        "flows.labels",
        "list",
        (),
        "What every run holds from its beginning, where the host cannot see it: what comes by stdin or as arguments.",
        choices=("private", "untrusted"),
    ),
    Setting(
        "flows.models",
        "boolean",
        False,
        "Whether the models of the settings are ways out, too; then `flow:model:NAME` names those that may be used.",
    ),
    Setting("prompts.path", "path", "prompts", "The folder of `Prompt.load`.", shown_default="prompts"),
    Setting(
        "agents.templates",
        "paths",
        (),
        "Folders of agent templates of your own, NAME.toml; they come before those in the box.",
        shown_default="agents, beside the project file or here, and in the user's folder of settings",
    ),
    Setting(
        "templates.paths",
        "paths",
        (),
        "Folders of templates of your own, NAME.toml; they come before those in the box.",
        shown_default="templates, beside the project file or here, and in the user's folder of settings",
    ),
    Setting(
        "workflows.paths",
        "paths",
        (),
        "Folders of workflows of your own, NAME.toml or NAME.json, for `llmspell workflow run NAME`.",
        shown_default="workflows, beside the project file or here, and in the user's folder of settings",
    ),
    Setting(
        "models.default",
        "text",
        None,
        "The model of agents that name none: provider/model. Its provider is that of bare names.",
        optional=True,
    ),
    Setting(
        "models.override",
        "text",
        None,
        "Every model becomes this one, for a dry run: scripted/demo or echo.",
        optional=True,
    ),
    Setting(
        "models.scripted",
        "path",
        "scripted",
        "The folder of scripted models: scripted/NAME is its NAME.toml. While a script runs, the folder `scripted` "
        "beside it is searched as well, after this one.",
        shown_default="scripted, beside the project file",
    ),
    Setting("budget.run_usd", "usd", None, "What the models of one run may cost; `--budget` sets it.", optional=True),
    Setting("budget.run_tokens", "count", None, "Tokens of one run, input and output together.", optional=True),
    Setting("budget.day_usd", "usd", None, "What the models of all runs of one day (UTC) may cost.", optional=True),
    Setting("budget.day_tokens", "count", None, "Tokens of all runs of one day (UTC).", optional=True),
    Setting(
        "ledger.path",
        "path",
        _in_state("ledger.db"),
        "The file that keeps what models have cost; `:memory:` keeps it for the run only.",
        shown_default="ledger.db in the user's state folder",
    ),
    *telemetry_settings.TABLE,
    *hook_settings.TABLE,
    *guardrail_settings.TABLE,
)
KEYS = {it.key: it for it in TABLE}
SECRET_KEYS = frozenset(it.key for it in TABLE if it.kind == "secret")
SECTIONS = tuple(dict.fromkeys(it.key.partition(".")[0] for it in TABLE)) + ("profiles", "providers", "prices")

# Tables whose names are the user's. `tools` and `models` have known keys and, beside them, such names.
OPEN_TABLES = {
    "profiles": "[profiles.NAME]: a profile of your own; see the security guide.",
    "tools": "[tools.NAME]: settings of one tool. A value may be a secret: { env = … }, { file = … }, "
    "{ command = … } or { keyring = … }.",
    "providers": "[providers.NAME]: how a provider of models is reached, and its key; see the guide to models.",
    "prices": '[prices."provider/model"]: what a model costs, in USD per million tokens; see the guide to budgets.',
    "guardrails": "[guardrails.rules.NAME]: a rule about content; see the guide to guardrails.",
    "models": "[models] NAME: an alias, the name of a model or a table { model = …, temperature = …, … }.",
}


def default_of(setting: Setting, environ: Mapping[str, str]) -> Value:
    """The value without any file, variable or flag."""
    return setting.default(environ) if callable(setting.default) else setting.default


def known_fault(path: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a key's name, as a message and a hint; None when it is known."""
    key = ".".join(path)
    section, rest = path[0], path[1:]
    if section == "profiles" and rest:
        if len(rest) >= 2 and rest[1] not in FIELDS:
            return f"no such setting: {key}", _suggestion(key, [f"profiles.{rest[0]}.{it}" for it in FIELDS])
        if len(rest) >= 3 and rest[1] == "limits" and rest[2] not in SETTINGS:
            return f"no such limit: {rest[2]}", did_you_mean(rest[2], SETTINGS) or f"one of {', '.join(SETTINGS)}"
        return None
    if section == "tools" and len(rest) >= 2:
        return None
    if key in KEYS:
        return None
    if section == guardrail_settings.SECTION and rest:
        return guardrail_settings.fault(path)
    if section == hook_settings.SECTION and rest:
        return hook_settings.fault(path)
    if section == price_fields.SECTION and rest:
        return price_fields.fault(path)
    if provider_fields.is_named(path):
        return provider_fields.named_fault(path)
    if section in SECTIONS and not rest:
        return f"{section} is a section, not a setting", f"write [{section}] and its settings beneath"
    if section not in SECTIONS:
        hint = did_you_mean(section, SECTIONS) or _suggestion(key, KEYS) or f"the sections are {', '.join(SECTIONS)}"
        return f"no such section: {section}", hint
    inside = [it for it in KEYS if it.startswith(section + ".")]
    return f"no such setting: {key}", _suggestion(key, inside) or f"the keys are {', '.join(inside)}"


def _suggestion(key: str, known: Mapping[str, object] | list[str]) -> str:
    # Compared by the last name first: a long section would make all its keys look alike.
    last = {it.rpartition(".")[2]: it for it in known}
    names = [last[it] for it in nearest(key.rpartition(".")[2], last)]
    return f"did you mean {' or '.join(names)}?" if names else did_you_mean(key, known)


def checked(setting: Setting, value: Value, *, folder: str, source: str, from_text: bool = False) -> Value:
    """A value in its normal form.

    Args:
        folder: What a relative path is relative to.
        source: Where it was said, for messages.
        from_text: It comes from a variable or flag, where everything is text.

    Raises:
        ConfigError: It has another type.
    """
    if from_text and isinstance(value, str):
        value = _from_text(setting, value)
    # An empty text, as of a variable that is not set, must not take a limit of money away.
    unset = ("none",) if setting.kind in ("usd", "count") else ("", "none")
    if setting.optional and (value is None or value in unset):
        return None
    match setting.kind:
        case "boolean" if isinstance(value, bool):
            return value
        case "text" | "secret" if isinstance(value, str) and value:
            return value
        case "choice" if value in setting.choices:
            return value
        case "duration" if isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                return parse_duration(value)
            except ValueError as problem:
                raise ConfigError(f"{setting.key} cannot be {value!r}: {problem} ({source})") from None
        case "size" if isinstance(value, str | int) and not isinstance(value, bool):
            try:
                return parse_size(value)
            except ValueError as problem:
                raise ConfigError(f"{setting.key} cannot be {value!r}: {problem} ({source})") from None
        case "usd" if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf"):
            return float(value)
        case "count" if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        case "path" if value in setting.choices:
            return value
        case "path" if isinstance(value, str) and value:
            return _path(value, folder)
        case "list" if isinstance(value, list) and all(isinstance(it, str) for it in value):
            if not setting.choices or set(value) <= set(setting.choices):
                return tuple(value)
        case "paths" if isinstance(value, list) and all(isinstance(it, str) for it in value):
            return tuple(_path(it, folder) for it in value)
    expected = {
        "boolean": "true or false",
        "text": "a text",
        "choice": f"one of {', '.join(setting.choices)}",
        "duration": "a duration such as 90, 5m or 1h30m",
        "size": "a size such as 512MB or 1GB",
        "usd": "an amount of USD such as 0.50",
        "count": "a whole number",
        "path": " or ".join(("a path", *setting.choices)),
        "list": f"a list of {' or '.join(setting.choices)}" if setting.choices else "a list of texts",
        "paths": "a list of paths",
        "secret": 'a text, { env = "NAME" }, { file = "path" }, { keyring = "name" } or { command = "…" }',
    }[setting.kind]
    if setting.kind == "secret":
        raise ConfigError(f"{setting.key} is {expected} ({source})")
    hint = did_you_mean(value, setting.choices) if isinstance(value, str) and setting.choices else ""
    raise ConfigError(f"{setting.key} is {expected}, not {value!r} ({source})", hint=hint)


def is_secret(value: Value) -> bool:
    """Whether a value is a reference to a secret: `{ env = "NAME" }` and the like."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((kind, name),) = value.items()
    return kind in SECRET_KINDS and isinstance(name, str)


def _from_text(setting: Setting, text: str) -> Value:
    if setting.kind == "boolean":
        return {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }.get(text.strip().lower(), text)
    if setting.kind in ("usd", "count"):
        try:
            return int(text) if setting.kind == "count" else float(text.strip().removeprefix("$"))
        except ValueError:
            return text
    if setting.kind == "paths":
        return [it for it in text.split(os.pathsep) if it]
    if setting.kind == "list":
        return [it.strip() for it in text.split(",") if it.strip()]
    return text


def _path(text: str, folder: str) -> str:
    if text == ":memory:":
        return text
    return os.path.normpath(os.path.join(folder, os.path.expanduser(text)))
