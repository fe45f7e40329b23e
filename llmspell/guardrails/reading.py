"""Read a declaration of guardrails: a preset's name, or a table of a script's or of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from llmspell.errors import BadArgument
from llmspell.guardrails import finders, library
from llmspell.guardrails.patterns import MAX_PATTERNS
from llmspell.guardrails.presets import PRESETS
from llmspell.guardrails.spec import ACTIONS, HOLD_BACK, LIMITS, PLACES, REDACTED, Action, Place, RailsSpec, RuleSpec
from llmspell.security.limits import parse_duration
from llmspell.suggestions import did_you_mean

FIELDS = ("preset", "action", "hold_back", "rules", *LIMITS)
RULE_FIELDS = ("on", "find", "patterns", "action", "replacement", "names", "enabled")
FINDERS = (*finders.NAMES, *library.NAMES)
MAX_RULES = 100
MAX_HOLD_BACK = 8_000


def rails_from(given: Any, where: str = "guardrails") -> RailsSpec:
    """The declaration that a value of a script's or the settings' describes.

    Raises:
        BadArgument: It is none; the message begins with the name of the field.
    """
    if isinstance(given, str):
        given = {"preset": given}
    if not isinstance(given, Mapping):
        raise BadArgument(f"{where} must be a preset's name or a table, not {str(given)[:60]!r}")
    table = _with_preset(given, where)
    limits = {it: _amount(it, table[it], f"{where}.{it}") for it in LIMITS if table.get(it) is not None}
    hold_back = table.get("hold_back", HOLD_BACK)
    if hold_back is not None and hold_back != "all":
        hold_back = int(_number(hold_back, f"{where}.hold_back", is_whole=True, most=MAX_HOLD_BACK))
    rules = table.get("rules") or {}
    if not isinstance(rules, Mapping) or len(rules) > MAX_RULES:
        raise BadArgument(f"{where}.rules must be a table of at most {MAX_RULES} rules by their names")
    read = [_rule(str(name), it, f"{where}.rules.{name}") for name, it in rules.items()]
    return RailsSpec(
        tuple(it for it in read if it is not None),
        limits,
        _word(table.get("action", "strict"), ("strict", "permissive"), f"{where}.action"),
        None if hold_back == "all" else hold_back,
    )


def _with_preset(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    for name in given:
        if name not in FIELDS:
            hint = did_you_mean(str(name)[:60], FIELDS) or f"there are {', '.join(FIELDS)}"
            raise BadArgument(f"{where} has no field {str(name)[:60]!r}", hint=hint)
    preset = given.get("preset") or "none"
    if preset not in PRESETS:
        hint = did_you_mean(str(preset)[:60], PRESETS) or f"the presets are {', '.join(PRESETS)}"
        raise BadArgument(f"{where}: there is no preset {str(preset)[:60]!r}", hint=hint)
    below = PRESETS[preset]
    own = {name: it for name, it in given.items() if it is not None and name != "preset"}
    table = {**below, **own}
    if isinstance(own.get("rules"), Mapping):
        table["rules"] = {**below.get("rules", {}), **own["rules"]}
    return table


def _rule(name: str, given: Any, where: str) -> RuleSpec | None:
    if given is False:
        return None  # one of the preset's that is not wanted
    if not isinstance(given, Mapping):
        raise BadArgument(f"{where} must be a table with find or patterns, or false")
    for field in given:
        if field not in RULE_FIELDS:
            hint = did_you_mean(str(field)[:60], RULE_FIELDS) or f"a rule has {', '.join(RULE_FIELDS)}"
            raise BadArgument(f"{where} has no field {str(field)[:60]!r}", hint=hint)
    if given.get("enabled") is False:
        return None
    find = _texts(given.get("find", ()), f"{where}.find", FINDERS)
    patterns = _texts(given.get("patterns", ()), f"{where}.patterns")
    if not find and not patterns:
        raise BadArgument(f"{where} looks for nothing", hint='give it find = ["email"] or patterns = ["…"]')
    if len(patterns) > MAX_PATTERNS:
        raise BadArgument(f"{where}.patterns has at most {MAX_PATTERNS} regular expressions, not {len(patterns)}")
    action = cast("Action", _word(given.get("action", "strict"), ACTIONS, f"{where}.action"))
    replacement = given.get("replacement", REDACTED)
    if not isinstance(replacement, str) or len(replacement) > 200:
        raise BadArgument(f"{where}.replacement must be a text of at most 200 characters")
    on = cast("tuple[Place, ...]", _texts(given.get("on", PLACES), f"{where}.on", PLACES))
    return RuleSpec(name, on, find, patterns, action, replacement, _texts(given.get("names", ("*",)), f"{where}.names"))


def _texts(given: Any, where: str, known: Sequence[str] = ()) -> tuple[str, ...]:
    items = [given] if isinstance(given, str) else given
    if isinstance(items, Mapping) and not items:
        items = ()  # Lua's empty table
    if not isinstance(items, list | tuple) or not all(isinstance(it, str) and it for it in items):
        raise BadArgument(f"{where} must be a list of texts")
    for it in items:
        if known and it not in known:
            hint = did_you_mean(it[:60], known) or f"there are {', '.join(known)}"
            raise BadArgument(f"{where}: there is no {it[:60]!r}", hint=hint)
    return tuple(dict.fromkeys(items))


def _word(given: Any, known: Sequence[str], where: str) -> Any:
    if given not in known:
        hint = did_you_mean(str(given)[:60], known)
        raise BadArgument(f"{where} must be one of {', '.join(known)}, not {str(given)[:60]!r}", hint=hint)
    return given


def _amount(name: str, given: Any, where: str) -> float:
    if name == "time":
        try:
            return parse_duration(given)
        except ValueError as problem:
            raise BadArgument(f"{where} cannot be {str(given)[:60]!r}: {problem}") from None
    return _number(given, where, is_whole=name != "cost_usd")


def _number(given: Any, where: str, *, is_whole: bool, most: float = 2**53) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= most:
        range_ = "of 0 or more" if most == 2**53 else f"from 0 to {most:g}"
        raise BadArgument(f"{where} must be a number {range_}, not {str(given)[:60]!r}")
    if is_whole and given != int(given):
        raise BadArgument(f"{where} must be a whole number, not {given!r}")
    return float(given)
