"""From a command line to settings and a profile. What a flag says beats every file and variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.cli.options import Parsed
from llmspell.config.load import load_settings
from llmspell.errors import UsageError
from llmspell.security.profile import Profile, resolve_profile

if TYPE_CHECKING:
    from llmspell.config.settings import Settings

# Options that are settings, and the keys that they set.
KEYS = {
    "profile": "run.profile",
    "timeout": "run.timeout",
    "require-sandbox": "run.require_sandbox",
    "journal": "journal.mode",
}


def load(parsed: Parsed) -> tuple[Settings, Profile]:
    """The settings and the profile that these options ask for.

    Raises:
        UsageError: A flag that says nothing sensible.
        ConfigError: A file or variable that does, or no such profile.
    """
    settings = load_only(parsed)
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
    profile = resolve_profile(
        str(settings.get("run.profile")),
        settings.profiles(),
        allow=parsed.many("allow"),
        deny=parsed.many("deny"),
        limits=limits,
        sources=sources,
        require_sandbox=bool(settings.get("run.require_sandbox")),
    )
    return settings, profile


def load_only(parsed: Parsed) -> Settings:
    """The settings alone."""
    sources = {key: f"--{option}" for option, key in KEYS.items() if option in parsed.values}
    return load_settings(flags=flags_of(parsed), sources=sources, config=parsed.text("config") or "")


def disabled_tools(settings: Settings) -> tuple[str, ...]:
    """The tools that the settings switch off."""
    disabled = settings.get("tools.disabled")
    return tuple(str(it) for it in disabled) if isinstance(disabled, list | tuple) else ()


def files_of(settings: Settings) -> dict[str, str]:
    """The files that were read, strongest first, by a name for each."""
    return {f"file {number}": it for number, it in enumerate(settings.files, 1)} or {"files": "none"}


def flags_of(parsed: Parsed) -> dict[str, str]:
    """The settings that the flags set, by key."""
    flags: dict[str, str] = {}
    for pair in parsed.many("set"):
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set is KEY=VALUE, found {pair!r}", hint="for example --set journal.mode=off")
        flags[key.strip()] = value.strip()
    for option, key in KEYS.items():
        value_or_flag = parsed.values.get(option)
        if isinstance(value_or_flag, str):
            flags[key] = value_or_flag
        elif value_or_flag is True:
            flags[key] = "true"
    return flags
