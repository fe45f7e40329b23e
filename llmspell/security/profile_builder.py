"""Describe a profile in code, step by step."""

from __future__ import annotations

from collections.abc import Mapping

from llmspell.security import profiles
from llmspell.security.profile import Profile, resolve_profile


class ProfileBuilder:
    """Collects a profile step by step; each step returns the builder.

    >>> Profile.builder("reports").extends("medium").allow("write:./out").limit("wall_s", "10m").build()
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._table: dict[str, object] = {}
        self._allow: list[str] = []
        self._deny: list[str] = []
        self._limits: dict[str, object] = {}
        self._require_sandbox = False

    def extends(self, name: str) -> ProfileBuilder:
        """Start from a built-in profile, a preset, or a table given to `build`. The default is medium."""
        self._table["extends"] = name
        return self

    def allow(self, *rules: str) -> ProfileBuilder:
        """Grant `read:./data` and the like."""
        self._allow += rules
        return self

    def deny(self, *rules: str) -> ProfileBuilder:
        """Refuse, whatever is granted."""
        self._deny += rules
        return self

    def approvable(self, *rules: str) -> ProfileBuilder:
        """What a script's header may ask for, instead of what the extended profile says."""
        self._table["approvable"] = list(rules)
        return self

    def limit(self, name: str, value: float | str | None) -> ProfileBuilder:
        """Set one limit: a number, `512MB`, `5m`, or None for no limit."""
        self._limits[name] = value
        return self

    def lua(self, level: str) -> ProfileBuilder:
        """The level of Lua: full, grants, safe, safe_noload."""
        self._table["lua"] = level
        return self

    def python(self, level: str) -> ProfileBuilder:
        """The level of Python: plain, wide, safe, minimal."""
        self._table["python"] = level
        return self

    def modules(self, level: str) -> ProfileBuilder:
        """Which modules of the user's own: all, listed, granted, none."""
        self._table["modules"] = level
        return self

    def flows(self, level: str) -> ProfileBuilder:
        """Whether flows of private and untrusted data are refused or recorded: enforce, record."""
        self._table["flows"] = level
        return self

    def globals(self, *names: str) -> ProfileBuilder:
        """Leave all other globals out."""
        self._table["globals"] = list(names)
        return self

    def layers(self, *names: str) -> ProfileBuilder:
        """Which confinement is asked for."""
        self._table["layers"] = list(names)
        return self

    def require_sandbox(self) -> ProfileBuilder:
        """Refuse to run where a layer cannot be had."""
        self._require_sandbox = True
        return self

    def build(self, *, base: str = "", custom: Mapping[str, Mapping[str, object]] | None = None) -> Profile:
        """The profile.

        Args:
            base: Where relative paths of rules start; the current folder when empty.
            custom: The settings' `[profiles]`, so that one of them can be extended.

        Raises:
            ConfigError: A level, a limit or a rule that does not exist.
        """
        table = {"extends": profiles.DEFAULT, **self._table, "allow": self._allow, "deny": self._deny}
        tables = {**(custom or {}), self._name: {**table, "limits": self._limits}}
        return resolve_profile(self._name, tables, base=base, require_sandbox=self._require_sandbox)
