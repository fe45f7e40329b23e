"""The settings of guardrails: `[guardrails]`, and `[guardrails.rules.NAME]` for each rule of one's own.

What they mean, and what a rule may hold, is said by `guardrails.reading`, which reads a script's tables as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.config.setting import Setting
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.config.settings import Settings

SECTION = "guardrails"
RULE_FIELDS = {
    "find": "What it looks for: email, card, iban, secret; with the extra `pii` phone, us_ssn and other numbers.",
    "patterns": "Regular expressions, as RE2 has them; needs the extra `patterns`.",
    "on": "Where: to_model, from_model, to_tool; everywhere by default.",
    "action": "strict: stop (the default); permissive: note it and go on; redact: replace it and go on.",
    "replacement": "What is written instead; `[redacted]` by default.",
    "names": "Of which models and tools; globs.",
    "enabled": "`false` switches it off, also one of the preset's.",
}

TABLE = (
    Setting(
        "guardrails.preset",
        "choice",
        "none",
        "A set to begin with; what else is set here is added to it, or replaces what it says.",
        choices=("none", "default", "research", "production", "strict-pii"),
    ),
    Setting(
        "guardrails.action",
        "choice",
        None,
        "What the limits here do: strict: stop (the default); permissive: note it and go on.",
        choices=("strict", "permissive"),
        optional=True,
        shown_default="`strict`, or the preset's",
    ),
    Setting("guardrails.tokens", "count", None, "Of all models of a run.", optional=True),
    Setting("guardrails.cost_usd", "usd", None, "What all models of a run may cost.", optional=True),
    Setting("guardrails.iterations", "count", None, "Of one execution of an agent: calls of its model.", optional=True),
    Setting("guardrails.time", "duration", None, "Of one execution of an agent.", optional=True),
    Setting("guardrails.tool_calls", "count", None, "Of one execution of an agent.", optional=True),
    Setting("guardrails.identical_calls", "count", None, "Of those, with the same arguments.", optional=True),
    Setting("guardrails.output_chars", "count", None, "Characters of one answer of a model.", optional=True),
    Setting(
        "guardrails.hold_back",
        "count",
        256,
        "How many characters of an answer that comes in pieces are held back for patterns; `none`: all of it.",
        optional=True,
    ),
)
KEYS = {it.key: it for it in TABLE}


def guardrails_are_on(settings: Settings) -> bool:
    """Whether anything is set."""
    return any(path[0] == SECTION for path in settings.candidates)


def table_of(settings: Settings) -> dict[str, Any]:
    """What is set, as `guardrails.reading` takes it."""
    table: dict[str, Any] = dict(settings.get(SECTION))
    if table.get("hold_back", 0) is None:
        table["hold_back"] = "all"
    return table


def fault(path: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a key's name beneath `guardrails`, as a message and a hint; None when it is known."""
    key = ".".join(path)
    if key in KEYS or (path[1] == "rules" and len(path) == 4 and path[3] in RULE_FIELDS):
        return None
    if path[1] == "rules":
        if len(path) < 4:
            return f"{key} is a table, not a setting", f"write [{SECTION}.rules.NAME] and its settings beneath"
        hint = did_you_mean(path[3], RULE_FIELDS) or f"a rule has {', '.join(RULE_FIELDS)}"
        return f"no such setting: {key}", hint
    names = (*(it.name for it in TABLE), "rules")
    return f"no such setting: {key}", did_you_mean(path[1], names) or f"there are {', '.join(names)}"
