"""What the values on a tape must be for a run to be played from them: a tape is anybody's file, and a player trusts it.

What is wrong is told with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from llmspell.journal.entries import Value
from llmspell.replay.tape_text import BadText, one_line
from llmspell.security.profiles import BUILTIN, DEFAULT

MAX_SEED = (1 << 63) - 1
MAX_COUNT = 1 << 62
MAX_PATH = 250  # of a task
MODES = ("script", "eval", "each", "each_print")
_INVOCATION = re.compile(r"cb[0-9]{1,10}\.[0-9]{1,15}")
_CALL = re.compile(r"[^\n]{1,999}:[0-9]{1,15}", re.DOTALL)
_ZONE = re.compile(r"[\x21-\x7e ]{0,200}")
_LEVELS = {name: {it[name] for it in BUILTIN.values()} for name in ("lua", "python")}


class Fields(dict[str, Value]):
    """What stands in a block, and `at`: the line of each name."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, int] = {}


def check_run(run: Fields) -> None:
    """Look at what is said of the whole run, but `start`.

    Raises:
        BadText: Something is not as it has to be.
    """
    _check(run, _RUN)


def check_block(kind: str, key: str, at: int, fields: Fields) -> None:
    """Look at an entry. Values of the script's own are looked at when they are packed.

    Raises:
        BadText: Something is not as it has to be.
    """
    if kind == "invocation" and not _INVOCATION.fullmatch(key):
        raise BadText(at, f"an invocation has a key such as cb3.0, not {one_line(key)[:60]}")
    if kind == "call" and not _CALL.fullmatch(key):
        raise BadText(at, f"a call has a key such as 0:3, not {one_line(key)[:60]}")
    _check(fields, _BLOCK)
    if kind != "effect" and not isinstance(fields.get("args", []), list):
        raise BadText(fields.at["args"], "args is a list")


def check_start(start: Mapping[str, Value], at: int) -> None:
    """Look at what the worker is to be started with.

    Raises:
        BadText: Something is not as it has to be.
    """
    if start.get("mode", "script") not in MODES:
        raise BadText(at, f"mode is one of {', '.join(MODES)}")
    tty = start.get("tty")
    if tty is not None and not (
        isinstance(tty, dict) and set(tty) == {"stdin", "stdout", "stderr"} and all(map(_is_bool, tty.values()))
    ):
        raise BadText(at, "tty says true or false of each of stdin, stdout and stderr")
    zone = start.get("tz", "")
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone) or ".." in zone:
        raise BadText(at, "tz is the name of a time zone")
    if "cwd" in start and not _is_text(start["cwd"]):
        raise BadText(at, "cwd is a folder")
    if "profile" in start:
        _check_profile(start["profile"], at)


def _check_profile(profile: Value, at: int) -> None:
    if not isinstance(profile, dict):
        raise BadText(at, "profile is a map of what the profile says")
    for name, levels in _LEVELS.items():
        if name in profile and not (isinstance(profile[name], str) and profile[name] in levels):
            raise BadText(at, f"{name} of the profile is one of {', '.join(sorted(map(str, levels)))}")
    for name in ("layers", "required", "globals"):
        names = profile.get(name, [])
        if not (_is_texts(names) or (name == "globals" and names is None)):
            raise BadText(at, f"{name} of the profile is a list of names")
    if "limits" not in profile:
        return
    limits, known = profile["limits"], BUILTIN[DEFAULT]["limits"]
    assert isinstance(known, dict)
    if not isinstance(limits, dict) or not known.keys() <= limits.keys():
        raise BadText(at, f"limits of the profile says {', '.join(known)}")
    for name, limit in limits.items():
        if limit is not None and not (_is_number(limit) and 0 < limit <= MAX_COUNT):
            raise BadText(at, f"{name} of the profile's limits is a number, or null")


def _check(fields: Fields, known: Mapping[str, tuple[Callable[[Value], bool], str]]) -> None:
    for name, value in fields.items():
        if name in known and not known[name][0](value):
            raise BadText(fields.at[name], f"{name} is {known[name][1]}")


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_texts(value: Value) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_bool(value: Value) -> bool:
    return isinstance(value, bool)


def _is_number(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAX_COUNT if isinstance(value, int) else math.isfinite(value)


def _is_count(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT


def _is_seed(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED


def _is_exit_code(value: Value) -> bool:
    return _is_count(value) and value <= 255


def _is_turn(value: Value) -> bool:
    if not isinstance(value, list) or not value or not _is_count(value[0]):
        return False
    if value[1:] == ["frame"]:
        return True
    return len(value) == 3 and value[1] == "timer" and isinstance(value[2], str) and 0 < len(value[2]) <= MAX_PATH


def _is_turns(value: Value) -> bool:
    return isinstance(value, list) and all(map(_is_turn, value))


def _is_clock(value: Value) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _is_pairs(value: Value) -> bool:
    return isinstance(value, list) and all(_is_texts(it) and len(it) == 2 for it in value)


def _is_usage(value: Value) -> bool:
    return isinstance(value, list) and len(value) <= 3 and all(map(_is_count, value))


def _is_cost(value: Value) -> bool:
    return _is_number(value) and value >= 0


def _is_handle(value: Value) -> bool:
    return _is_count(value) and value < 1 << 32


def _is_error(value: Value) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    texts = all(isinstance(value.get(it, ""), str) for it in ("code", "message", "hint", "traceback"))
    return texts and isinstance(value.get("details", {}), dict)


_TEXT = (_is_text, "a text")
_COUNT = (_is_count, "a number, 0 or more")
_RUN: Mapping[str, tuple[Callable[[Value], bool], str]] = {
    **dict.fromkeys(("script", "language", "engine", "profile", "sha256", "outcome", "printed_sha256"), _TEXT),
    **dict.fromkeys(("stdin_crc", "printed_bytes"), _COUNT),
    "seed": (_is_seed, f"a whole number from 0 to {MAX_SEED}"),
    "args": (_is_texts, "a list of texts"),
    "exit": (_is_exit_code, "a number from 0 to 255"),
    "turns": (_is_turns, 'a list of [number, "frame"] and [number, "timer", task]'),
    "clock": (_is_clock, "a list of numbers"),
    "cut": (_is_bool, "true or false"),
    "order": (_is_texts, "a list of keys"),
    "checkpoints": (_is_pairs, "a list of [label, key]"),
}
_BLOCK: Mapping[str, tuple[Callable[[Value], bool], str]] = {
    **dict.fromkeys(("target", "method", "in"), (lambda it: isinstance(it, str), "a text")),
    "on": (_is_handle, "the number of an object"),
    "named": (lambda it: isinstance(it, dict), "a map"),
    "usage": (_is_usage, "a list of three numbers of tokens"),
    "cost": (_is_cost, "a sum in USD"),
    "error": (_is_error, "a map of code, message, hint and details"),
}
