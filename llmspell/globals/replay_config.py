"""What `Replay` is asked for: configurations and modifications, as plain data that is checked wherever it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmspell.errors import BadArgument
from llmspell.globals.values import require_plain
from llmspell.replay.telling import KINDS, Modification
from llmspell.state.packing import pack
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value

MODES = ("exact", "modified", "compare")
COMMANDS = {
    "strict": "llmspell run FILE --replay TAPE",
    "resume": "llmspell runs resume RUN",
    "fork": "llmspell runs fork RUN --at PLACE",
}
MAX_ROWS = 1000  # of one answer
MAX_MODIFICATIONS = 100
MAX_MODIFIED_BYTES = 256 * 1024  # of the value of one
MAX_TARGET = 500
MAX_IGNORED = 100
IGNORED = ("duration_ms",)  # differs from run to run, and means nothing

_FIELDS = ("mode", "modifications", "compare_with", "ignore", "offset", "limit")
_MODIFICATION = ("kind", "target", "value", "enabled")


@dataclass(frozen=True, slots=True)
class Config:
    """One that was checked."""

    mode: str
    modifications: tuple[Modification, ...]
    compare_with: str
    ignore: tuple[str, ...]
    offset: int
    limit: int

    def to_value(self) -> dict[str, Value]:
        """As scripts see it."""
        return {
            "mode": self.mode,
            "modifications": [modification_value(it) for it in self.modifications],
            "compare_with": self.compare_with,
            "ignore": list(self.ignore),
            "offset": self.offset,
            "limit": self.limit,
        }


def read_config(given: Value) -> Config:
    """Check a configuration: nil, the name of a mode, or a table.

    Raises:
        BadArgument: Something in it is unknown, unfit, or belongs to another mode.
    """
    fields = fields_of({"mode": given} if isinstance(given, str) else given, _FIELDS, "a replay")
    mode = fields.get("mode", MODES[0])
    if mode not in MODES:
        name = str(mode)[:50]
        hint = f"that is `{COMMANDS[name]}`, on the command line" if name in COMMANDS else did_you_mean(name, MODES)
        raise BadArgument(f"a script can replay in no mode {name!r}", hint=hint or f"the modes are {', '.join(MODES)}")
    listed = fields.get("modifications") or []
    if not isinstance(listed, list) or len(listed) > MAX_MODIFICATIONS:
        raise BadArgument(f"modifications are a list, of {MAX_MODIFICATIONS} at most")
    modifications = tuple(read_modification(it) for it in listed)
    if mode == "exact" and modifications:
        raise BadArgument("the mode exact has no modifications", hint='the mode "modified" has')
    if mode == "modified" and not modifications:
        raise BadArgument("the mode modified needs modifications", hint="Replay.create_modification makes one")
    compare_with = fields.get("compare_with") or ""
    if not isinstance(compare_with, str):
        raise BadArgument("compare_with is the id of a run")
    if bool(compare_with) != (mode == "compare"):
        raise BadArgument(
            "the mode compare needs compare_with, and no other has it", hint="compare_with is the id of another run"
        )
    ignore = read_ignored(fields.get("ignore"))
    offset, limit = _count(fields, "offset", 0), _count(fields, "limit", MAX_ROWS)
    return Config(mode, modifications, compare_with, ignore, offset, min(limit, MAX_ROWS))


def read_modification(given: Value) -> Modification:
    """Check a modification.

    Raises:
        BadArgument: A field is missing, unknown or unfit.
    """
    fields = fields_of(given, _MODIFICATION, "a modification")
    kind, target = fields.get("kind"), fields.get("target")
    if kind not in KINDS:
        name = str(kind)[:50]
        hint = did_you_mean(name, KINDS) or f"the kinds are {', '.join(KINDS)}"
        raise BadArgument(f"a modification has no kind {name!r}", hint=hint)
    if not isinstance(target, str) or not 0 < len(target) <= MAX_TARGET:
        raise BadArgument("the target of a modification is a key such as 0:3, or a method such as Tool.execute")
    enabled = fields.get("enabled", True)
    if not isinstance(enabled, bool):
        raise BadArgument("enabled is true or false")
    value = require_plain(fields.get("value"), "the value of a modification")
    if kind == "error":
        value = _error(value)
    try:
        pack(value, MAX_MODIFIED_BYTES)
    except BadArgument:
        raise BadArgument(
            f"the value of a modification has at most {MAX_MODIFIED_BYTES} bytes", code="value_too_large"
        ) from None
    return Modification(str(kind), target, value, enabled)


def modification_value(it: Modification) -> dict[str, Value]:
    """As scripts see it."""
    return {"kind": it.kind, "target": it.target, "value": it.value, "enabled": it.enabled}


def read_ignored(given: Value) -> tuple[str, ...]:
    """Names of fields that a comparison leaves out.

    Raises:
        BadArgument: They are no list of names.
    """
    if given is None:
        return IGNORED
    names = [] if given == {} else given
    if not isinstance(names, list) or len(names) > MAX_IGNORED or not all(isinstance(it, str) for it in names):
        raise BadArgument(f"ignore is a list of names of fields, of {MAX_IGNORED} at most")
    return tuple(names)


def fields_of(given: Value, known: tuple[str, ...], what: str) -> Mapping[str, Value]:
    """A table of known fields; an empty list is one, too: Lua has one value for both.

    Raises:
        BadArgument: It is none, or has others.
    """
    if given is None or given == []:
        return {}
    if not isinstance(given, dict):
        raise BadArgument(f"{what} is described by a table of fields")
    for name in given:
        if name not in known:
            hint = did_you_mean(str(name)[:100], known) or f"the fields are {', '.join(known)}"
            raise BadArgument(f"{what} has no field {str(name)[:100]}", hint=hint)
    return given


def _error(value: Value) -> Value:
    if isinstance(value, str):
        return {"code": "script_error", "message": value}
    if isinstance(value, dict) and isinstance(value.get("message"), str) and isinstance(value.get("code"), str):
        return value
    raise BadArgument("the value of an error is a text, or a table with code and message")


def _count(fields: Mapping[str, Value], name: str, default: int) -> int:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadArgument(f"{name} is a whole number")
    return value
