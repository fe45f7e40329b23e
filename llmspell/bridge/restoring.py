"""Objects of the host's in a run that goes on from a record: those that an answered call had returned, and those that a
function of the script's is given a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.effects.reused import has_objects
from llmspell.errors import ReplayMismatch
from llmspell.interface.declare import object_class, object_spec
from llmspell.journal.packed import EXT_BIGINT, EXT_HANDLE, load, read_big_int, shown_value
from llmspell.wire.values import pack

if TYPE_CHECKING:
    from llmspell.bridge.handles import HandleTable
    from llmspell.effects.context import RunContext

_stand_ins: dict[type, type] = {}


async def restored(
    ctx: RunContext, owner: object, method: str, args: list[Any], packed: bytes, handles: HandleTable
) -> bytes:
    """The answer of a call from the record, after the run was brought into the state that the call had brought it into.

    Args:
        packed: The body of RETURN, then.

    Raises:
        ReplayMismatch: It had returned an object that nobody can make again.
    """
    hook = getattr(owner, "replayed", None)
    holds = has_objects(packed)
    if hook is None and not holds:
        return packed
    shown = shown_value(packed)
    made = None if hook is None else await hook(ctx, method, args, shown)
    if not holds:
        return packed
    if object_spec(made) is None or not isinstance(shown, dict) or "$handle" not in shown:
        name = type(owner).__name__
        raise ReplayMismatch(
            f"what {method} had returned ({ctx.key}) is an object that cannot be made again",
            hint="run the script again from its start",
            details={"key": ctx.key, "class": name},
        )
    number = shown["$handle"][0]
    return packed if handles.adopt(number, made) else pack(made, handles.describe)


def values_again(packed: bytes) -> list[Any]:
    """What a function of the script's was called with. Objects are stand-ins, answered from the record."""

    def read_ext(code: int, data: bytes) -> Any:
        if code == EXT_HANDLE and len(data) > 4:
            name, fields = load(data[4:], read_ext)
            return _stand_in(str(name), fields)
        return read_big_int(data) if code == EXT_BIGINT else None

    values = load(packed, read_ext)
    return values if isinstance(values, list) else [values]


def _stand_in(name: str, fields: dict[str, Any]) -> object:
    cls = object_class(name)
    if cls is None:
        return None
    gone = _stand_ins.get(cls)
    if gone is None:
        gone = _stand_ins[cls] = type(cls.__name__, (cls,), {"is_stand_in": True, "__del__": lambda self: None})
    made: object = object.__new__(gone)
    for field, value in fields.items():
        object.__setattr__(made, field, value)
    return made


def is_stand_in(value: object) -> bool:
    return bool(getattr(type(value), "is_stand_in", False))


def lost(key: str, target: str, method: str) -> ReplayMismatch:
    """The error for a call of a stand-in that is not on the record."""
    return ReplayMismatch(
        f"{target}.{method} ({key}) is called of an object that was there when the run was recorded, and is no more",
        hint="`llmspell runs fork` takes the script as it is now",
        details={"key": key, "nearest": ""},
    )
