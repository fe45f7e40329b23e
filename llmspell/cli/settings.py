"""From a command line to settings and a profile. What a flag says beats every file and variable."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.cli.options import Parsed
from llmspell.config.load import load_settings
from llmspell.errors import LLMSpellError, UsageError
from llmspell.security.permissions import KINDS, parse_permission
from llmspell.security.profile import Profile, resolve_profile
from llmspell.suggestions import did_you_mean
from llmspell.tools import ALIASES, BUILTIN

if TYPE_CHECKING:
    from llmspell.config.settings import Settings

# Options that are settings, and the keys that they set.
KEYS = {
    "profile": "run.profile",
    "timeout": "run.timeout",
    "require-sandbox": "run.require_sandbox",
    "journal": "journal.mode",
    "model": "models.default",
    "budget": "budget.run_usd",
}


def load(parsed: Parsed) -> tuple[Settings, Profile]:
    """The settings and the profile that these options ask for.

    Raises:
        UsageError: A flag that says nothing sensible.
        ConfigError: A file or variable that does, or no such profile.
    """
    _refuse_lists(parsed)
    settings = load_only(parsed)
    return settings, profile_of(parsed, settings)


def profile_of(parsed: Parsed, settings: Settings) -> Profile:
    """The profile that these options ask for, with what they change of it."""
    limits: dict[str, object] = {}
    sources: dict[str, str] = {}
    timeout_source = settings.explain("run.timeout").winner.source
    if timeout_source != "default":
        limits["wall_s"] = settings.get("run.timeout")
        sources["wall_s"] = timeout_source
    for pair in parsed.many("limit"):
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--limit is NAME=VALUE, found {pair!r}", hint="for example --limit memory_bytes=1GB")
        limits[name.strip()] = value.strip()
        sources[name.strip()] = "--limit"
    return resolve_profile(
        str(settings.get("run.profile")),
        settings.profiles(),
        allow=parsed.many("allow"),
        deny=parsed.many("deny"),
        limits=limits,
        sources=sources,
        require_sandbox=bool(settings.get("run.require_sandbox")),
    )


def announce(settings: Settings, parsed: Parsed) -> None:
    """Say on stderr what may surprise: rights that a found project file gives, rules about no tool or model."""
    for line in settings.project_grants():
        output.warn(f"the project file changes what scripts may do: {line}")
    for flag in ("allow", "deny"):
        for text in parsed.many(flag):
            kind, _, name = text.replace("=", ":", 1).partition(":")
            doubt = ""
            if kind.strip() == "tool":
                doubt = _doubt_about_tool(name.strip())
            elif kind.strip() == "model":
                from llmspell.models.model_rules import doubt_about  # late: few rules are about models

                doubt = doubt_about(parse_permission(text), settings, denies=flag == "deny")
            if doubt:
                output.warn(f"--{flag} {text}: {doubt}")


def _doubt_about_tool(name: str) -> str:
    if any(it in name for it in "*?") or name.replace("_", "-") in BUILTIN:
        return ""
    near = f"did you mean {ALIASES[name]}?" if name in ALIASES else did_you_mean(name, BUILTIN)
    return f"no tool is called {name}, {near or 'the rule counts only for one that the script makes'}"


def _refuse_lists(parsed: Parsed) -> None:
    """A rule is one rule: a comma belongs to a path, so that what follows it would be granted to nobody."""
    for flag in ("allow", "deny"):
        for text in parsed.many(flag):
            rules = re.split(rf",\s*(?=(?:{'|'.join(KINDS)})[:=])", text)
            if len(rules) > 1:
                form = " ".join(f"--{flag} {shlex.quote(it)}" for it in rules)
                raise UsageError(f"--{flag} takes one rule, found {text}", hint=f"write {form}")


def load_only(parsed: Parsed, mistakes: list[LLMSpellError] | None = None) -> Settings:
    """The settings alone. With a list for them, mistakes are left out and kept there instead of raised."""
    flags = flags_of(parsed)
    return load_settings(
        flags={key: text for key, (text, _) in flags.items()},
        sources={key: source for key, (_, source) in flags.items()},
        config=parsed.text("config") or "",
        mistakes=mistakes,
    )


def disabled_tools(settings: Settings) -> tuple[str, ...]:
    """The tools that the settings switch off."""
    disabled = settings.get("tools.disabled")
    return tuple(str(it) for it in disabled) if isinstance(disabled, list | tuple) else ()


def files_of(settings: Settings) -> dict[str, str]:
    """The files that were read, strongest first, by a name for each."""
    return {f"file {number}": it for number, it in enumerate(settings.files, 1)} or {"files": "none"}


def flags_of(parsed: Parsed) -> dict[str, tuple[str, str]]:
    """The settings that the flags set: by key, the text and the flag."""
    flags: dict[str, tuple[str, str]] = {}
    if parsed.flag("verbose"):
        flags["logging.level"] = ("debug", "--verbose")
    if parsed.flag("quiet"):
        flags["logging.level"] = ("error", "--quiet")
    for pair in parsed.many("set"):
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set is KEY=VALUE, found {pair!r}", hint="for example --set journal.mode=off")
        flags[key.strip()] = (value.strip(), "--set")
    for option, key in KEYS.items():
        given = parsed.values.get(option)
        if isinstance(given, str):
            flags[key] = (given, f"--{option}")
        elif given is True:
            flags[key] = ("true", f"--{option}")
    return flags
