"""Python values to and from the wire (MessagePack, as `docs/protocol.md` says).

Packing first walks the value without running any code of the script's, so that a refusal can name the place; then the
C packer does the work. Unpacking trusts the host's bytes."""

from __future__ import annotations

from msgpack import ExtType, Packer, unpackb

from ..wire.messages import EXT_BIGINT, EXT_CALLBACK, EXT_HANDLE, MAX_DEPTH, MAX_ITEMS
from .python_errors import LLMSpellError
from .python_objects import HostObject, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SCALARS = frozenset({str, int, float, bool, type(None), bytes})
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_HINTS = {
    "set": "make it a list",
    "frozenset": "make it a list",
    "generator": "make it a list",
    "range": "make it a list",
    "map": "make it a list",
    "filter": "make it a list",
    "zip": "make it a list",
    "dict_keys": "make it a list",
    "dict_values": "make it a list",
    "dict_items": "make it a list",
    "datetime": "send its isoformat()",
    "date": "send its isoformat()",
    "Decimal": "send str() of it",
    "Fraction": "send str() of it",
    "UUID": "send str() of it",
    "complex": "send its parts",
}


class _Refused(Exception):
    """A value that cannot cross; the path is put together while this unwinds."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.path: list[str] = []


class Values:
    """Packs and unpacks for one engine.

    Args:
        make_object: Finds or makes the object for a handle's number and description.
    """

    def __init__(self, make_object: Callable[[int, str, dict[str, Any]], HostObject]) -> None:
        self._make_object = make_object
        self._callbacks: dict[int, Callable[..., Any]] = {}
        self._next_callback = 1
        self._packer = Packer(default=self._convert, strict_types=True)
        self._n_items = 0

    # --- callbacks ---

    def callback(self, number: int) -> Callable[..., Any] | None:
        return self._callbacks.get(number)

    def has_callbacks(self) -> bool:
        return bool(self._callbacks)

    def release_callback(self, number: int) -> None:
        self._callbacks.pop(number, None)

    # --- packing ---

    def pack(self, value: object) -> bytes:
        """Raises LLMSpellError (not_convertible) with the path of what cannot cross."""
        if type(value) not in _SCALARS:
            self._n_items = 0
            try:
                self._scan(value, 0)
            except _Refused as refused:
                raise self._refusal(refused) from None
        try:
            packed: bytes = self._packer.pack(value)
        except UnicodeEncodeError:
            self._packer.reset()
            try:
                packed = self._packer.pack(_exact_text(value))
            except _Refused as refused:
                raise self._refusal(refused) from None
        except BaseException:
            self._packer.reset()
            raise
        return packed

    def _refusal(self, refused: _Refused) -> LLMSpellError:
        path = "$" + "".join(reversed(refused.path))
        return LLMSpellError(f"{path}: {refused.why}", code="not_convertible", details={"path": path})

    def _scan(self, value: object, depth: int) -> None:
        """Refuse what cannot cross, before anything is packed."""
        kind = type(value)
        if kind is dict or kind is Record:
            items: Any = value
        elif kind is list or kind is tuple:
            items = None
        elif isinstance(value, dict):
            items = dict(dict.items(value))
        elif isinstance(value, list | tuple):
            items = None
            value = list(list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value))
        else:
            self._scan_leaf(value)
            return
        if depth >= MAX_DEPTH:
            raise _Refused(f"nested deeper than {MAX_DEPTH} levels; does it contain itself?")
        sequence: Any = value if items is None else items
        self._n_items += len(sequence)
        if self._n_items > MAX_ITEMS:
            raise _Refused(f"more than {MAX_ITEMS} items in one value")
        if items is None:
            for index, item in enumerate(sequence):
                if type(item) not in _SCALARS:
                    try:
                        self._scan(item, depth + 1)
                    except _Refused as refused:
                        refused.path.append(f"[{index}]")
                        raise
            return
        for key, item in sequence.items():
            if not isinstance(key, str):
                raise _Refused(f"the key {_short(key)} is not a string")
            if type(item) not in _SCALARS:
                try:
                    self._scan(item, depth + 1)
                except _Refused as refused:
                    refused.path.append(f".{str.__str__(key)}")
                    raise

    def _scan_leaf(self, value: object) -> None:
        if type(value) is HostObject or isinstance(value, str | int | float | bytes | bytearray):
            return
        if callable(value):
            return
        name = type(value).__name__
        hint = _HINTS.get(name, "")
        if not hint and hasattr(type(value), "__dataclass_fields__"):
            hint = "send dataclasses.asdict() of it"
        article = "an" if name[:1].lower() in "aeiou" else "a"
        raise _Refused(f"{article} {name} cannot cross" + (f"; {hint}" if hint else ""))

    def _convert(self, value: Any) -> Any:
        """What the packer does not know by itself."""
        if isinstance(value, tuple):
            return list(tuple.__iter__(value))
        if isinstance(value, int):
            exact = int.__add__(value, 0)
            if _INT64_MIN <= exact <= _UINT64_MAX:
                return exact
            try:
                return ExtType(EXT_BIGINT, str(exact).encode())
            except ValueError:
                raise LLMSpellError(
                    "an integer of more than 4300 digits cannot cross", code="not_convertible"
                ) from None
        if isinstance(value, str):
            return str.__str__(value)
        if type(value) is HostObject:
            return ExtType(EXT_HANDLE, value._number.to_bytes(4, "big"))
        if isinstance(value, dict):
            return dict(dict.items(value))
        if isinstance(value, list):
            return list(list.__iter__(value))
        if isinstance(value, float):
            return float.__pos__(value)
        if isinstance(value, bytes | bytearray):
            return bytes(value)
        number = self._next_callback
        self._next_callback += 1
        self._callbacks[number] = value
        return ExtType(EXT_CALLBACK, number.to_bytes(4, "big"))

    # --- unpacking ---

    def unpack(self, packed: bytes) -> Any:
        return unpackb(packed, ext_hook=self._ext, object_hook=Record, strict_map_key=False)

    def _ext(self, code: int, data: bytes) -> Any:
        if code == EXT_HANDLE:
            class_name, fields = self.unpack(data[4:])
            return self._make_object(int.from_bytes(data[:4], "big"), class_name, fields)
        if code == EXT_BIGINT:
            return int(data)
        if code == EXT_CALLBACK:
            return self._callbacks.get(int.from_bytes(data, "big"))
        return ExtType(code, data)


def _short(value: object) -> str:
    """A key for a message; only kinds whose text is not the script's own code are shown."""
    if type(value) in (int, float, bool, bytes, type(None)):
        return repr(value)[:40]
    return f"(a {type(value).__name__})"


def _exact_text(value: Any) -> Any:
    """A copy in which text that carries escaped bytes is those bytes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            try:
                return value.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError as error:
                raise _Refused(f"the text has a lone surrogate {value[error.start]!a} at {error.start}") from None
        return value
    if isinstance(value, dict):
        copy = {}
        for key, item in dict.items(value):
            if type(_exact_text(key)) is bytes:
                raise _Refused(f"the key {key!a} is not text")
            try:
                copy[key] = _exact_text(item)
            except _Refused as refused:
                refused.path.append(f".{key}")
                raise
        return copy
    if isinstance(value, list | tuple):
        items = []
        for index, item in enumerate(value):
            try:
                items.append(_exact_text(item))
            except _Refused as refused:
                refused.path.append(f"[{index}]")
                raise
        return items
    return value
