"""How much a run may use, how such figures are written, and what is said when one is used up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from llmspell import errors
from llmspell.errors import ConfigError, LimitExceeded, LLMSpellError
from llmspell.suggestions import did_you_mean

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|[kmgt]i?b?)?", re.IGNORECASE)
# KB means 1024 bytes, as in ulimit, JVM flags and most tools that limit memory; so MB and MiB are one.
_SIZE_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*", re.IGNORECASE)
_DURATION_UNITS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NO_LIMIT = ("none", "off", "unlimited")
_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run; None is no limit. Times in seconds, sizes in bytes."""

    wall_s: float | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    output_bytes: int | None = None
    calls: int | None = None
    tasks: int | None = None
    message_bytes: int | None = None

    def as_dict(self) -> dict[str, float | int | None]:
        """By name, as the worker gets them."""
        return {it.name: getattr(self, it.name) for it in fields(self)}

    def changed(self, values: Mapping[str, object], *, error: type[LLMSpellError] = ConfigError) -> Limits:
        """The same with some limits set, from numbers or text such as `512MB`, `5m`, `none`."""
        # Any: a field's name decides whether it is whole, which parse_limit knows and the checker cannot.
        parsed: dict[str, Any] = {name: parse_limit(name, it, error=error) for name, it in values.items()}
        return replace(self, **parsed)


@dataclass(frozen=True, slots=True)
class Setting:
    """How one limit is called and measured. `unit`: duration | size | count; `flag` is its own flag, if it has one."""

    name: str
    unit: str
    error: type[LimitExceeded]
    used_up: str
    flag: str = ""

    @property
    def how_to_raise(self) -> str:
        """The flags of `run` that set it."""
        general = f"--limit {self.name}=…"
        return f"{self.flag} … or {general}" if self.flag else general


SETTINGS: dict[str, Setting] = {
    it.name: it
    for it in (
        Setting("wall_s", "duration", errors.WallLimitExceeded, "the run took longer than {}", "--timeout"),
        Setting("cpu_s", "duration", errors.CpuLimitExceeded, "the run used more than {} of CPU"),
        Setting("memory_bytes", "size", errors.MemoryLimitExceeded, "the run needed more than {} of memory"),
        Setting("output_bytes", "size", errors.OutputLimitExceeded, "the run wrote more than {} of output"),
        Setting("calls", "count", errors.CallLimitExceeded, "the run made more than {} calls"),
        Setting("tasks", "count", errors.TaskLimitExceeded, "the run had more than {} tasks at once"),
        Setting("message_bytes", "size", errors.MessageLimitExceeded, "a value of more than {} was sent"),
    )
}
_BY_CODE = {it.error.code: it for it in SETTINGS.values()}


def parse_size(text: str | int) -> int:
    """`512MB`, `64KiB`, `1.5g`, `4096` in bytes.

    Raises:
        ValueError: It is no size; the text says what is expected.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        if 0 < text <= _LARGEST:
            return text
    elif isinstance(text, str):
        found = _SIZE.fullmatch(text.strip())
        if found:
            unit = (found[2] or "").lower()
            value = round(float(found[1]) * _SIZE_UNITS[unit[:1]])
            if 0 < value <= _LARGEST:
                return value
    raise ValueError("a size is a number above 0 with a unit, as in 512MB, 64KiB or 4096")


def parse_duration(text: str | float) -> float:
    """`90`, `5m`, `1h30m`, `250ms` in seconds.

    Raises:
        ValueError: It is no duration; the text says what is expected.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        if 0 < text <= _LARGEST:
            return float(text)
    elif isinstance(text, str):
        rest, total, smallest = text.strip(), 0.0, float("inf")
        while rest:
            found = _DURATION.match(rest)
            unit = _DURATION_UNITS[(found[2] or "").lower()] if found else 0.0
            # Units fall from left to right; a bare number stands alone, or `1h30` would be a guess.
            if found is None or unit >= smallest or (found[2] is None and found[0] != text.strip()):
                break
            total, smallest, rest = total + float(found[1]) * unit, unit, rest[found.end() :]
        if not rest and 0 < total <= _LARGEST:
            return total
    raise ValueError("a duration is a number of seconds above 0 or one with units, as in 90, 5m, 1h30m or 250ms")


def parse_limit(name: str, value: object, *, error: type[LLMSpellError] = ConfigError) -> float | int | None:
    """Read one limit's value; None, `none`, `off` and `unlimited` take the limit away."""
    setting = SETTINGS.get(name)
    if setting is None:
        known = did_you_mean(name, SETTINGS) or f"the limits are {', '.join(SETTINGS)}"
        raise error(f"no such limit: {name}", hint=known)
    if value is None or (isinstance(value, str) and value.strip().lower() in _NO_LIMIT):
        return None
    try:
        if not isinstance(value, str | int | float):
            raise ValueError("a limit is a number or a text")
        if setting.unit == "duration":
            return parse_duration(value)
        if isinstance(value, float):
            raise ValueError("it is a whole number")
        return parse_size(value) if setting.unit == "size" else _parse_count(value)
    except ValueError as problem:
        raise error(f"the limit {name} cannot be {value!r}: {problem}") from None


def _parse_count(value: str | int) -> int:
    text = value.strip().replace("_", "") if isinstance(value, str) else value
    if isinstance(text, bool) or (isinstance(text, str) and not (text.isascii() and text.isdigit())):
        raise ValueError("it is a whole number above 0")
    if not 0 < int(text) <= _LARGEST:
        raise ValueError("it is a whole number above 0")
    return int(text)


def format_limit(name: str, value: float | int | None) -> str:
    """A limit for people: `60 s`, `512 MB`, `10000`, `none`."""
    if value is None:
        return "none"
    unit = SETTINGS[name].unit
    if unit == "duration":
        return f"{value:g} s"
    if unit == "count":
        return str(value)
    for suffix, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if value >= size:
            return f"{value / size:.4g} {suffix}"
    return f"{value} bytes"


def limit_error(code: str, limits: Limits, profile_name: str, *, flag: str = "") -> LimitExceeded:
    """The error for a used-up limit: which it was, how much it was, and how it is raised.

    Args:
        code: The code of one of the classes, `wall_limit` and so on.
        flag: What raises it on this command line; empty is as for `run`.

    Raises:
        ValueError: No limit has this code.
    """
    setting = _BY_CODE.get(code)
    if setting is None:
        raise ValueError(f"no limit has the code {code}")
    value = getattr(limits, setting.name)
    return setting.error(
        setting.used_up.format(format_limit(setting.name, value)),
        hint=f"limit {setting.name} of profile {profile_name}; raise it with {flag or setting.how_to_raise}, "
        f"or set {setting.name} under [profiles.{profile_name}.limits] in llmspell.toml",
        details={"limit": setting.name, "value": value, "profile": profile_name},
    )
