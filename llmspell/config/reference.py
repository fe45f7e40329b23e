"""The table of settings for people: the reference page, and the file that `config init` writes."""

from __future__ import annotations

from collections.abc import Mapping

from llmspell.config.guardrail_settings import RULE_FIELDS
from llmspell.config.provider_fields import ALIAS_FIELDS, PROVIDER_FIELDS, Field, expected
from llmspell.config.schema import OPEN_TABLES, TABLE
from llmspell.config.setting import Setting
from llmspell.config.settings import show

_INTRODUCTION = """# Settings

*Generated from `llmspell/config/schema.py`; do not edit.*

Given more than once, the strongest wins: flag (`--set KEY=VALUE` and flags of their own) > variable
(`LLMSPELL_SECTION__KEY`) > project file (`llmspell.toml`, in the current folder or the nearest one above it) > user
file (`config.toml` in `$XDG_CONFIG_HOME/llmspell`; `~/Library/Application Support/llmspell` on macOS,
`%APPDATA%\\llmspell` on Windows) > default. `llmspell config explain KEY` shows the winner and every loser. YAML and
JSON are read as well, by the file's suffix; YAML needs the extra `yaml`. A key that is not known is an error that names
the nearest one.

| key | type | default | meaning |
|---|---|---|---|
"""

_TYPES = {
    "size": "size: `512MB`, `1GB`",
    "text": "text",
    "boolean": "true or false",
    "duration": "duration: 90, 5m, 1h30m",
    "list": "list of texts; in a variable separated by commas",
    "usd": "USD: `0.50`",
    "count": "whole number",
    "secret": 'secret: `{ env = "NAME" }`, `{ file = … }`, `{ keyring = … }`, `{ command = … }`',
    "path": "path; relative to the file that names it",
    "paths": "list of paths; in a variable separated as in PATH",
}

_TABLES = """
## Tables of your own

**[profiles.NAME]** `extends` another profile (the built-in one of the same name, or medium, where it says nothing) and
may set `lua`, `python`, `modules`, `flows`, `layers`, `required`, `globals`, `description`. `allow` and `deny` are
added to what it extends, and `[profiles.NAME.limits]` replaces limit by limit: `wall_s`, `cpu_s`, `memory_bytes`,
`output_bytes`, `calls`, `tasks`, `message_bytes`, as numbers or as `"512MB"`, `"5m"`, `"none"`. Paths in rules are
relative to the folder that llmspell is started in.

**[tools.NAME]** holds settings of one tool. A value there may be kept elsewhere; it is then fetched when it is used
and never shown: `{ env = "NAME" }`, `{ file = "path" }`, `{ keyring = "name" }`, or `{ command = "op read …" }` (not in
a project file that was found rather than named).

**[prices."provider/model"]** says what a model costs, in USD per million tokens: `input`, `output` and, for input that
the provider had kept, `cached`. The name may be a pattern such as `"vllm/*"`. See
[the guide to budgets](../guide/budgets.md).
"""

_RULES = """
**[guardrails.rules.NAME]** is a rule about what goes to models, comes from them and goes into tools; one of the
preset's that has the same name is replaced. See [the guide to guardrails](../guide/guardrails.md).

| field | meaning |
|---|---|
"""

_PROVIDERS = """
**[providers.NAME]** says how a provider of models is reached: one that is built in, where it only changes something, or
one of your own, which needs a `base_url`. The last fields are what its requests ask for unless an agent says otherwise.
See [the guide to models](../guide/models.md).

| field | type | meaning |
|---|---|---|
"""

_ALIASES = """
**[models]** holds aliases beside its own keys: `fast = "openai/gpt-5-mini"`, or a table:

| field | type | meaning |
|---|---|---|
"""


def settings_page() -> str:
    """The text of `docs/reference/settings.md`."""
    rows = "".join(f"| `{it.key}` | {_type(it)} | {_default(it)} | {it.doc} |\n" for it in TABLE)
    rules = _RULES + "".join(f"| `{name}` | {doc} |\n" for name, doc in RULE_FIELDS.items())
    providers = _PROVIDERS + _fields(PROVIDER_FIELDS) + _ALIASES + _fields(ALIAS_FIELDS)
    return _INTRODUCTION + rows + _TABLES + rules + providers


def default_file() -> str:
    """A settings file with every key and its default, all of it commented out, for `config init`."""
    lines = [
        "# Settings of llmspell. Every line is a default; remove the # to change it.",
        "# llmspell config explain KEY",
        "",
    ]
    section = ""
    for it in TABLE:
        if it.table != section:
            # An empty table would switch a hook on.
            lines += ([""] if section else []) + [f"# [{it.table}]" if "." in it.table else f"[{it.table}]"]
            section = it.table
        lines += [f"# {it.doc}", f"# {it.name} = {_written(it)}"]
    lines += [
        "",
        f"# {OPEN_TABLES['profiles']}",
        "# [profiles.reports]",
        '# extends = "medium"',
        '# allow = ["write:./out", "net:api.example.com:443"]',
        "# [profiles.reports.limits]",
        '# wall_s = "10m"',
        '# memory_bytes = "1GB"',
        "",
        "# A provider of models of your own: `llmspell model list` shows those that are there.",
        "# [providers.my-server]",
        '# base_url = "http://localhost:8000/v1"',
        "# local = true",
        "",
    ]
    return "\n".join(lines)


def _fields(fields: Mapping[str, Field]) -> str:
    return "".join(f"| `{name}` | {expected(it)} | {it.doc} |\n" for name, it in fields.items())


def _type(setting: Setting) -> str:
    choices = ", ".join(setting.choices)
    if setting.kind == "list" and choices:
        return f"list of {choices}"
    if setting.kind == "path" and choices:
        return f"{_TYPES['path']}; or `{choices}`"
    return choices or _TYPES[setting.kind]


def _default(setting: Setting) -> str:
    return setting.shown_default or f"`{_written(setting)}`"


def _written(setting: Setting) -> str:
    if callable(setting.default):
        return show(setting.key.partition(".")[0] + ".db")
    return '"none"' if setting.default is None else show(setting.default)
