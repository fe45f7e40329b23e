"""What one run may be and do: language level, confinement, permissions, limits.

A profile comes from the built-in ones and presets (`profiles`), from `[profiles.NAME]` tables of the settings, which
extend another one, or from `Profile.builder`. Flags then change it for one run. The user may set every figure; each
change is kept as a line for the audit. A script's own header can narrow it, and ask for more: see `approval.gate`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, UsageError
from llmspell.security import profiles
from llmspell.security.limits import SETTINGS, Limits, format_limit, parse_limit
from llmspell.security.permissions import Permission, Permissions, parse_permission
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.security.profile_builder import ProfileBuilder

LUA_LEVELS = ("full", "grants", "safe", "safe_noload")
PYTHON_LEVELS = ("plain", "wide", "safe", "minimal")
MODULE_LEVELS = ("all", "listed", "granted", "none")
FLOW_LEVELS = ("enforce", "record")
LAYERS = ("limits", "no_new_privs", "landlock", "seccomp", "seccomp_coarse")

_LEVELS = {"lua": LUA_LEVELS, "python": PYTHON_LEVELS, "modules": MODULE_LEVELS, "flows": FLOW_LEVELS}
_LISTS = ("layers", "required", "globals", "allow", "deny", "approvable")
_RULES = ("allow", "deny", "approvable")
HEADER_SOURCE = "the approved header"
FIELDS = ("extends", "description", *_LEVELS, *_LISTS, "limits")


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile, resolved. The levels are described in `profiles`.

    Attributes:
        layers: Confinement that is asked for; `required`: without which the run is refused.
        globals: The globals that scripts see; None is all of them.
        approvable: What a script's header may ask for, and a user approve; beyond these only flags and settings grant.
        overrides: What flags and the like changed, one line each: `limit wall_s 300 s → 10 s by --timeout`.
    """

    name: str
    lua: str = "safe"
    python: str = "safe"
    modules: str = "granted"
    layers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    globals: tuple[str, ...] | None = None
    permissions: Permissions = field(default_factory=Permissions)
    limits: Limits = field(default_factory=Limits)
    approvable: tuple[Permission, ...] = ()
    overrides: tuple[str, ...] = ()
    flows: str = "enforce"

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, object], *, base: str = "") -> Profile:
        """A profile of a table that says everything itself, such as one of `profiles.BUILTIN`."""
        return _from_flat(name, _sourced(_checked(name, table), f"profile {name}"), base)

    @classmethod
    def builder(cls, name: str = "custom") -> ProfileBuilder:
        """Start to describe a profile in code."""
        from llmspell.security.profile_builder import ProfileBuilder  # late: it knows this module

        return ProfileBuilder(name)

    def start_fields(self) -> dict[str, object]:
        """What the worker needs of it, as plain values."""
        return {
            "lua": self.lua,
            "python": self.python,
            "modules": self.modules,
            "layers": list(self.layers),
            "required": list(self.required),
            "limits": self.limits.as_dict(),
        }

    def narrowed(self, *, limits: Mapping[str, object] | None = None, deny: Iterable[str] = (), by: str) -> Profile:
        """With lower limits and more denials, for what a script says of itself; a higher limit changes nothing.

        Args:
            by: Who narrows it, for the audit: `the script's header`.
        """
        asked = {name: parse_limit(name, it, error=UsageError) for name, it in (limits or {}).items()}
        have = self.limits.as_dict()
        lower = {name: it for name, it in asked.items() if it is not None and _is_lower(it, have[name])}
        return _overridden(self, (), deny, lower, dict.fromkeys((*lower, "deny"), by), self.permissions.base)

    def approved(self, rules: Iterable[Permission]) -> Profile:
        """With what a user has approved of the things that a script's header asks for."""
        granted = [replace(it, source=HEADER_SOURCE) for it in rules]
        notes = tuple(f"allow {it} by {HEADER_SOURCE}" for it in granted)
        permissions = self.permissions.with_rules(granted)
        return replace(self, permissions=permissions, overrides=(*self.overrides, *notes)) if granted else self

    def without(self, rules: Iterable[Permission]) -> Profile:
        """With more denials, which know where they stand."""
        denied = tuple(rules)
        notes = tuple(f"deny {it} by {it.source}" for it in denied)
        permissions = self.permissions.with_rules((), denied)
        return replace(self, permissions=permissions, overrides=(*self.overrides, *notes)) if denied else self

    def with_sandbox_required(self) -> Profile:
        """With every layer that it asks for made a condition of running."""
        if set(self.layers) <= set(self.required):
            return self
        note = f"required layers {', '.join(self.required) or 'none'} → {', '.join(self.layers)} by --require-sandbox"
        return replace(self, required=self.layers, overrides=(*self.overrides, note))


def known_profiles(custom: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """Names that can be asked for: built in, presets, then the user's own."""
    return tuple(dict.fromkeys((*profiles.BUILTIN, *profiles.PRESETS, *(custom or {}))))


def resolve_profile(
    name: str,
    custom: Mapping[str, Mapping[str, object]] | None = None,
    *,
    allow: Iterable[str] = (),
    deny: Iterable[str] = (),
    limits: Mapping[str, object] | None = None,
    sources: Mapping[str, str] | None = None,
    base: str = "",
    require_sandbox: bool = False,
) -> Profile:
    """The profile of this name with what flags and the environment change for one run.

    A table of the user's extends the profile that its `extends` names. Without that it extends the built-in one of its
    own name, where there is one, and else the default. Levels and lists of a table replace those of what it extends;
    `allow` and `deny` are added, and limits replace limit by limit.

    Args:
        custom: The settings' `[profiles]` tables, by name.
        allow, deny: More rules, from flags.
        limits: Changed limits by name, numbers or text; None or "none" takes one away.
        sources: Who changed a limit, by its name (and "allow", "deny"), for the audit: `{"wall_s": "--timeout"}`.
        base: Where relative paths of rules start; the current folder when empty.
        require_sandbox: Every layer that is asked for must be had.

    Raises:
        ConfigError: No such profile, a circle of `extends`, an unknown field, level, limit or rule in a table.
        UsageError: The same in a flag.
    """
    where = base or os.getcwd()
    profile = _from_flat(name, _flattened(name, custom or {}, ()), where)
    profile = _overridden(profile, allow, deny, limits or {}, sources or {}, where)
    return profile.with_sandbox_required() if require_sandbox else profile


def _flattened(name: str, custom: Mapping[str, Mapping[str, object]], path: tuple[str, ...]) -> dict[str, object]:
    if name in path:
        raise ConfigError(
            f"profiles extend each other in a circle: {' → '.join((*path[path.index(name) :], name))}",
            hint=f"change extends under [profiles.{name}]",
        )
    own = custom.get(name)
    if own is None:
        return _built_in(name, custom, path)
    table = _sourced(_checked(name, own), f"[profiles.{name}]")
    parent = table.pop("extends", None)
    shadows = name in profiles.BUILTIN or name in profiles.PRESETS
    if parent is None or (parent == name and shadows):
        below = _built_in(name if shadows else profiles.DEFAULT, {}, path)
    else:
        below = _flattened(str(parent), custom, (*path, name))
    return _merged(below, table)


def _built_in(name: str, custom: Mapping[str, Mapping[str, object]], path: tuple[str, ...]) -> dict[str, object]:
    if name in profiles.BUILTIN:
        return _sourced(profiles.BUILTIN[name], f"profile {name}")
    if name in profiles.PRESETS:
        table = _sourced(profiles.PRESETS[name], f"profile {name}")
        return _merged(_flattened(str(table.pop("extends")), {}, (*path, name)), table)
    known = known_profiles(custom)
    asked_by = f", which profile {path[-1]} extends" if path else ""
    hint = did_you_mean(name, known) or f"the profiles are {', '.join(known)}; your own are [profiles.NAME] tables"
    raise ConfigError(f"no such profile: {name}{asked_by}", hint=hint)


def _merged(below: Mapping[str, object], table: Mapping[str, object]) -> dict[str, object]:
    merged = {**below, **table}
    for rules in ("allow", "deny"):
        merged[rules] = tuple(dict.fromkeys((*_rules(below, rules), *_rules(table, rules))))
    merged["limits"] = {**_mapping(below.get("limits")), **_mapping(table.get("limits"))}
    # A table that asks for fewer layers cannot mean to require the ones that it dropped.
    if "layers" in table and "required" not in table:
        merged["required"] = tuple(it for it in _names(below.get("required")) if it in _names(table["layers"]))
    return merged


def _checked(name: str, table: Mapping[str, object]) -> dict[str, object]:
    """A copy of a user's table in which every field is known and of its type."""
    where = f"profiles.{name}"
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where} is not a table", hint=f"write [{where}] and its fields beneath")
    for key, value in table.items():
        if key not in FIELDS:
            hint = did_you_mean(key, FIELDS) or f"the fields are {', '.join(FIELDS)}"
            raise ConfigError(f"no such setting: {where}.{key}", hint=hint)
        if key in _LEVELS and value not in _LEVELS[key]:
            hint = did_you_mean(str(value), _LEVELS[key]) or f"one of {', '.join(_LEVELS[key])}"
            raise ConfigError(f"{where}.{key} cannot be {value!r}", hint=hint)
        if key == "globals" and value is None:
            continue  # all of them
        if key in _LISTS and not (isinstance(value, list | tuple) and all(isinstance(it, str) for it in value)):
            raise ConfigError(f"{where}.{key} is not a list of texts", hint=f'write {key} = ["…"]')
        if key in ("layers", "required"):
            unknown = next((it for it in _names(value) if it not in LAYERS), None)
            if unknown is not None:
                hint = did_you_mean(unknown, LAYERS) or f"the layers are {', '.join(LAYERS)}"
                raise ConfigError(f"{where}.{key} names no layer: {unknown}", hint=hint)
        if key == "limits" and not isinstance(value, Mapping):
            raise ConfigError(f"{where}.limits is not a table", hint=f"write [{where}.limits] and the limits beneath")
        if key in ("extends", "description") and not isinstance(value, str):
            raise ConfigError(f"{where}.{key} is not a text")
    return dict(table)


def _from_flat(name: str, flat: Mapping[str, object], base: str) -> Profile:
    layers, required = _names(flat.get("layers")), _names(flat.get("required"))
    where = base or os.getcwd()
    rules = {
        key: tuple(
            parse_permission(it, base=where, error=ConfigError, source=_source_of(it)) for it in _rules(flat, key)
        )
        for key in _RULES
    }
    stray = [it for it in required if it not in layers]
    return Profile(
        name=name,
        lua=str(flat.get("lua", "safe")),
        python=str(flat.get("python", "safe")),
        modules=str(flat.get("modules", "granted")),
        layers=(*layers, *stray),  # what is required is asked for
        required=required,
        globals=_names(flat["globals"]) if flat.get("globals") is not None else None,
        permissions=Permissions(rules["allow"], rules["deny"], where, name),
        limits=Limits().changed(_mapping(flat.get("limits"))),
        approvable=rules["approvable"],
        flows=str(flat.get("flows", "enforce")),
    )


def _overridden(
    profile: Profile,
    allow: Iterable[str],
    deny: Iterable[str],
    limits: Mapping[str, object],
    sources: Mapping[str, str],
    base: str,
) -> Profile:
    granted = _parsed(allow, base, sources.get("allow", "--allow"))
    denied = _parsed(deny, base, sources.get("deny", "--deny"))
    changed = profile.limits.changed(limits, error=UsageError)
    before, after = profile.limits.as_dict(), changed.as_dict()
    notes = [
        f"limit {name} {format_limit(name, before[name])} → {format_limit(name, after[name])} "
        f"by {sources.get(name, '--limit')}"
        for name in SETTINGS
        if before[name] != after[name]
    ]
    notes += [f"allow {it} by {sources.get('allow', '--allow')}" for it in granted]
    notes += [f"deny {it} by {sources.get('deny', '--deny')}" for it in denied]
    if not notes:
        return profile
    permissions = profile.permissions.with_rules(granted, denied)
    return replace(profile, permissions=permissions, limits=changed, overrides=(*profile.overrides, *notes))


def _parsed(rules: Iterable[str], base: str, source: str) -> list[Permission]:
    return [parse_permission(it, base=base, source=source) for it in rules]


class _Rule(str):
    """A rule's text that knows where it stands."""

    __slots__ = ("source",)
    source: str


def _sourced(table: Mapping[str, object], source: str) -> dict[str, object]:
    """A copy whose rules know that they are from there."""
    copied = dict(table)
    for key in _RULES:
        if key in copied:
            rules = tuple(_Rule(it) for it in _names(copied[key]))
            for it in rules:
                it.source = source
            copied[key] = rules
    return copied


def _source_of(rule: str) -> str:
    return rule.source if isinstance(rule, _Rule) else ""


def _rules(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = table.get(key)
    return tuple(found) if isinstance(found, list | tuple) else ()


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(it) for it in value) if isinstance(value, list | tuple) else ()


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}


def _is_lower(asked: float, have: float | None) -> bool:
    return have is None or asked < have
