"""The settings of hooks: `[hooks]` for all of them, `[hooks.NAME]` for each hook that comes along.

A table that sets anything switches its hook on; `enabled = false` switches it off, and an empty table is enough. What
the hooks do is in `events.built_in`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.config.setting import Setting
from llmspell.suggestions import did_you_mean, nearest

if TYPE_CHECKING:
    from llmspell.config.settings import Settings

SECTION = "hooks"
LEVELS = ("trace", "debug", "info", "warn", "error")
KINDS = ("agent", "model", "tool", "workflow", "step")
# What the user's own settings say of these counts, whatever a project file says that was found.
GUARDS = ("redaction", "cost", "rate_limit")


def _enabled(name: str, what: str) -> Setting:
    default = "on where the table sets anything"
    return Setting(f"hooks.{name}.enabled", "boolean", None, what, shown_default=default, optional=True)


TABLE = (
    Setting("hooks.timeout", "duration", 5.0, "How long a hook may take that names no time of its own."),
    Setting("hooks.slow_ms", "count", 10_000, "What takes longer is told to hooks at PerformanceThresholdExceeded."),
    _enabled("logging", "Log what happens."),
    Setting("hooks.logging.level", "choice", "info", "At which level.", choices=LEVELS),
    Setting(
        "hooks.logging.points",
        "list",
        ("*Execution", "*Error", "*ModelCall", "*WorkflowStart", "*WorkflowStage", "*WorkflowComplete"),
        "At which points; globs.",
    ),
    Setting("hooks.logging.names", "list", ("*",), "Of which tools, agents, models and so on; globs."),
    Setting("hooks.logging.content", "boolean", False, "Also what goes in and comes out, shortened."),
    _enabled("metrics", "Count calls, failures and time; `Hook.metrics()` tells."),
    Setting("hooks.metrics.kinds", "list", KINDS, "Of what.", choices=KINDS),
    Setting(
        "hooks.metrics.path",
        "path",
        None,
        "Where they are written at the end of the run, as JSON.",
        choices=("stderr",),
        optional=True,
    ),
    _enabled("tracing", "Keep what happened within what, as spans; `Hook.traces()` tells."),
    Setting("hooks.tracing.kinds", "list", KINDS, "Of what.", choices=KINDS),
    Setting("hooks.tracing.content", "boolean", False, "Also what goes in and comes out, shortened."),
    Setting(
        "hooks.tracing.max_spans", "count", 10_000, "How many are kept, 100,000 at most; those after them are counted."
    ),
    Setting(
        "hooks.tracing.path",
        "path",
        None,
        "Where they are written at the end of the run, each a line of JSON.",
        choices=("stderr",),
        optional=True,
    ),
    _enabled("rate_limit", "Let only so many pass in a time."),
    Setting(
        "hooks.rate_limit.points",
        "list",
        ("BeforeToolExecution", "BeforeModelCall"),
        "At which points, counted together.",
    ),
    Setting("hooks.rate_limit.names", "list", ("*",), "Of which tools, models and so on; globs."),
    Setting("hooks.rate_limit.limit", "count", 60, "How many in a window."),
    Setting("hooks.rate_limit.window", "duration", 60.0, "How long a window is."),
    Setting("hooks.rate_limit.per", "choice", "all", "Whether each name has its own.", choices=("all", "name")),
    Setting(
        "hooks.rate_limit.when_exceeded",
        "choice",
        "wait",
        "What happens to one more: it waits for its turn, or is refused.",
        choices=("wait", "refuse"),
    ),
    Setting("hooks.rate_limit.max_wait", "duration", 60.0, "One that would have to wait longer is refused."),
    _enabled("caching", "Answer what was asked before in this run without asking again."),
    Setting("hooks.caching.tools", "list", (), "Which tools; globs. Only those whose answer depends on nothing else."),
    Setting("hooks.caching.models", "list", (), "Which models, as provider/model; globs."),
    Setting("hooks.caching.ttl", "duration", 300.0, "How long an answer is good for."),
    _enabled("retry", "Try again what has failed for a reason that passes."),
    Setting(
        "hooks.retry.points",
        "list",
        ("ToolError", "AgentError"),
        "At which points.",
        choices=("ToolError", "AgentError", "WorkflowError"),
    ),
    Setting("hooks.retry.names", "list", ("*",), "Of which tools, agents and workflows; globs."),
    Setting("hooks.retry.on", "list", ("timed_out", "provider_error", "tool_failed"), "The codes of errors; globs."),
    Setting("hooks.retry.attempts", "count", 3, "How often it is tried in all, at most 10."),
    Setting("hooks.retry.backoff", "duration", 0.5, "Before the second attempt; doubled before each one after it."),
    Setting("hooks.retry.max_backoff", "duration", 30.0, "The longest time between two attempts."),
    _enabled("cost", "Log what models cost, warn, and stop."),
    Setting("hooks.cost.level", "choice", "info", "At which level each call's cost is logged.", choices=LEVELS),
    Setting("hooks.cost.warn_usd", "usd", None, "Warn once when the run has cost so much.", optional=True),
    Setting("hooks.cost.warn_call_usd", "usd", None, "Warn of each call that costs so much.", optional=True),
    Setting(
        "hooks.cost.limit_usd",
        "usd",
        None,
        "Refuse more calls when the run has cost so much. `budget.run_usd` also holds back before a call.",
        optional=True,
    ),
    _enabled("redaction", "Replace what others shall not see."),
    Setting("hooks.redaction.patterns", "list", (), "Regular expressions, as Python has them."),
    Setting("hooks.redaction.secrets", "boolean", True, "Also keys and passwords, by their form and name."),
    Setting("hooks.redaction.replacement", "text", "[redacted]", "What is written instead."),
    Setting(
        "hooks.redaction.points",
        "list",
        ("BeforeModelCall", "AfterModelCall", "BeforeToolExecution", "AfterToolExecution", "BeforeEventEmit"),
        "At which points.",
    ),
)
KEYS = {it.key: it for it in TABLE}
NAMES = tuple(dict.fromkeys(it.key.split(".")[1] for it in TABLE if it.key.count(".") == 2))


def hooks_that_are_on(settings: Settings) -> tuple[str, ...]:
    """The names of the hooks that are switched on."""
    given = {path[1] for path in settings.candidates if len(path) == 3 and path[0] == SECTION}
    return tuple(it for it in NAMES if it in given and settings.get(f"{SECTION}.{it}.enabled") is not False)


def is_table(path: tuple[str, ...]) -> bool:
    """Whether a path names the table of a hook."""
    return len(path) == 2 and path[0] == SECTION and path[1] in NAMES


def fault(path: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a key's name beneath `hooks`, as a message and a hint; None when it is known."""
    key = ".".join(path)
    if key in KEYS:
        return None
    if is_table(path):
        return f"{key} is a table, not a setting", f"write [{key}] and its settings beneath"
    name = path[1]
    if name not in NAMES:
        plain = [it.name for it in TABLE if it.table == SECTION]
        what = f"[{SECTION}.{name}]" if len(path) > 2 else key
        hint = did_you_mean(name, (*NAMES, *plain)) or f"there are {', '.join((*plain, *NAMES))}"
        return f"no such hook: {what}" if len(path) > 2 else f"no such setting: {what}", hint
    inside = [it.name for it in TABLE if it.table == f"{SECTION}.{name}"]
    near = nearest(path[2], inside)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the settings of {name} are {', '.join(inside)}"
    return f"no such setting: {key}", hint
