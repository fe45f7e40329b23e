"""What a restricted Python script finds as builtins, and the guards that its compiled code calls.

The guards are called by names that no script can bind. Each name that arrives as a string is an exact `str` before
anything compares it: a subclass could answer differently each time it is asked."""

from __future__ import annotations

import _string  # type: ignore[import-not-found]  # in C, has no stub
import builtins
import enum
import types

from .python_names import CLOCK_ATTRIBUTES, GUARDED_ATTRIBUTES, attribute_problem
from .python_sealed import Sealed, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BUILTIN_METHOD = types.BuiltinMethodType
_METHOD_DESCRIPTOR = types.MethodDescriptorType
_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

# Classes whose constructors take apart or put together code; a script sees a stand-in that it can only compare.
_OPAQUE = (
    types.FunctionType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
    types.ModuleType,
    types.CellType,
    types.MethodType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    memoryview,
)


# --- attributes ---


def guard_attribute(value: Any, name: str) -> Any:
    """Read one of `GUARDED_ATTRIBUTES`."""
    # Without a dot a template reads no attribute: the common case is as fast as it can be.
    if type(value) is str and "." not in value and name in ("format", "format_map"):
        return value.format if name == "format" else value.format_map
    if name == "__class__":
        return safe_type_of(value)
    if name in ("__name__", "__qualname__", "__doc__"):
        if isinstance(value, _NAMED):
            text = getattr(value, name)
            return text if type(text) is str else None
        if type(value) is OpaqueType:
            return value.name
        raise AttributeError(f'the attribute "{name}" is only there on functions and classes')
    if name in CLOCK_ATTRIBUTES:
        return _noted(getattr(value, name))
    if name == "__members__":
        if isinstance(value, enum.EnumMeta):
            return value.__members__
        raise AttributeError(f'the attribute "{name}" is only there on enumerations')
    if name == "obj":
        # An AttributeError that the interpreter raised holds the object that lacked the attribute, whosever it is.
        if isinstance(value, AttributeError | memoryview | super) or (
            isinstance(value, type) and issubclass(value, AttributeError)
        ):
            raise AttributeError('the attribute "obj" of this object is not available to scripts')
        return value.obj
    found = getattr(value, name)
    kind = type(found)
    if kind is _BUILTIN_METHOD and isinstance(found.__self__, str):
        text = str.__str__(found.__self__)
        return _safe_format(text) if found.__name__ == "format" else _safe_format_map(text)
    if kind is _METHOD_DESCRIPTOR and found.__objclass__ is str:
        return _unbound_format if found.__name__ == "format" else _unbound_format_map
    return found


_clock: Callable[[int | float], int | float] | None = None


def set_clock(clock: Callable[[int | float], int | float] | None) -> None:
    """Say what `datetime` is read through in this process (`worker.notes.Notes.clock`)."""
    global _clock
    _clock = clock


def _noted(found: Any) -> Any:
    """`datetime.now` and its like, of whatever class, reading the clock through `_clock`; any other value is itself."""
    if _clock is None or type(found) is not _BUILTIN_METHOD or not isinstance(found.__self__, type):
        return found
    from datetime import date  # late: whoever has such a method has loaded it

    if not issubclass(found.__self__, date):
        return found
    from .python_clocks import noted_method

    return noted_method(found, _clock)


def _check_template(template: str, depth: int = 0) -> None:
    """Refuse a format template whose fields read attributes that the script could not read itself."""
    for _, field, spec, _ in _string.formatter_parser(template):
        if field:
            for is_attribute, key in _string.formatter_field_name_split(field)[1]:
                if is_attribute and (attribute_problem(key) or key in GUARDED_ATTRIBUTES):
                    raise AttributeError(f'a format string cannot read the attribute "{key}"')
        if spec and depth < 2:
            _check_template(spec, depth + 1)


def _safe_format(template: str) -> Callable[..., str]:
    def format(*args: Any, **kwargs: Any) -> str:
        _check_template(template)
        return template.format(*args, **kwargs)

    return format


def _safe_format_map(template: str) -> Callable[[Any], str]:
    def format_map(mapping: Any) -> str:
        _check_template(template)
        return template.format_map(mapping)

    return format_map


def _unbound_format(template: str, /, *args: Any, **kwargs: Any) -> str:
    if not isinstance(template, str):
        raise TypeError("str.format needs a string")
    return _safe_format(str.__str__(template))(*args, **kwargs)


def _unbound_format_map(template: str, mapping: Any, /) -> str:
    if not isinstance(template, str):
        raise TypeError("str.format_map needs a string")
    return _safe_format_map(str.__str__(template))(mapping)


_MISSING = object()


def _checked(name: object) -> str:
    if type(name) is not str:
        raise TypeError("attribute name must be a string")
    return name


def safe_getattr(value: Any, name: str, default: Any = _MISSING, /) -> Any:
    """`getattr` under the policy's rules for names."""
    if _checked(name) in GUARDED_ATTRIBUTES or name in CLOCK_ATTRIBUTES:
        read: Callable[[Any, str], Any] = guard_attribute
    elif problem := attribute_problem(name):
        if default is _MISSING:
            raise AttributeError(problem)
        return default
    else:
        read = getattr
    if default is _MISSING:
        return read(value, name)
    try:
        return read(value, name)
    except AttributeError:
        return default


def safe_hasattr(value: Any, name: str, /) -> bool:
    """`hasattr` under the policy's rules for names."""
    return safe_getattr(value, name, _MISSING_TOO) is not _MISSING_TOO


_MISSING_TOO = object()


def _settable(name: object) -> str:
    text = _checked(name)
    if problem := attribute_problem(text) or (text.startswith("__") and f'"{text}" cannot be set'):
        raise AttributeError(problem)
    return text


def safe_setattr(value: Any, name: str, new: Any, /) -> None:
    """`setattr` under the policy's rules for names."""
    setattr(value, _settable(name), new)


def safe_delattr(value: Any, name: str, /) -> None:
    """`delattr` under the policy's rules for names."""
    delattr(value, _settable(name))


def safe_dir(*args: Any) -> list[str]:
    """The names of an object's attributes that a script may read."""
    if len(args) != 1:
        raise TypeError("dir() needs one argument here")
    return [it for it in dir(args[0]) if type(it) is str and not it.startswith("_") and not attribute_problem(it)]


# --- types ---


class OpaqueType(metaclass=Sealed):
    """Stands for a class whose constructor a script must not have. Compares by identity, like a class."""

    __slots__ = ("name",)
    name: str

    def __repr__(self) -> str:
        return f"<class '{self.name}'>"


_OPAQUE_STANDINS = {cls: make(OpaqueType, name=cls.__name__) for cls in _OPAQUE}


class TypeFunction(metaclass=Sealed):
    """`type` as a script sees it: tells the class of an object, and makes none."""

    def __call__(self, value: Any, /) -> Any:
        return safe_type_of(value)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, type)

    def __repr__(self) -> str:
        return "<class 'type'>"


safe_type = make(TypeFunction)


def safe_type_of(value: Any) -> Any:
    """The class of an object; `type` itself for classes, so that no metaclass can be called."""
    cls = type(value)
    if issubclass(cls, type):
        return safe_type
    return _OPAQUE_STANDINS.get(cls, cls)


class TypeText(metaclass=Sealed):
    """An annotation in a class body: its text, never evaluated."""

    __slots__ = ("text",)

    text: str

    def __call__(self) -> None:  # typing takes only callables for types
        raise TypeError("an annotation cannot be called")

    def __repr__(self) -> str:
        return self.text


def guard_annotation(text: str, marker: object = None) -> object:
    """What `__annotations__` of a class holds: the text, or a marker that dataclasses look for."""
    if marker is not None:
        import sys

        # Only if the script has imported them are they loaded at all.
        for module, name in (("typing", "ClassVar"), ("dataclasses", "InitVar"), ("dataclasses", "KW_ONLY")):
            loaded = sys.modules.get(module)
            if loaded is not None and getattr(loaded, name) is marker:
                return marker
    return make(TypeText, text=text)


# --- builtins ---

_PLAIN_NAMES = """
    abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter
    float format frozenset hash hex int isinstance issubclass iter len list map max min next object oct ord pow
    property range repr reversed round set slice sorted staticmethod str sum super tuple zip True False None
    Ellipsis NotImplemented __build_class__ __debug__
"""
_PLAIN = _PLAIN_NAMES.split()

_REFUSED = {
    "eval": "text cannot be run as a program; JSON.parse or ast-like parsing of your own may serve",
    "exec": "text cannot be run as a program",
    "compile": "text cannot be run as a program",
    "globals": "keep values in a dict of your own",
    "locals": "keep values in a dict of your own",
    "vars": "list an object's attributes with dir(), or use a dataclass and dataclasses.asdict",
    "id": "compare objects with 'is'",
    "help": "see the reference pages",
    "breakpoint": "use print or Logger.debug",
    "memoryview": "slice bytes or bytearray instead",
}


def _refused(name: str, hint: str) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise NameError(f"{name}() is not available to scripts: {hint}")

    refuse.__name__ = name
    return refuse


def _exceptions() -> dict[str, type[BaseException]]:
    """Every builtin exception but the groups, whose `except*` confuses types (CVE-2025-22153)."""
    return {
        name: value
        for name, value in vars(builtins).items()
        if isinstance(value, type) and issubclass(value, BaseException) and not name.endswith("ExceptionGroup")
    }


def base_builtins() -> dict[str, Any]:
    """The builtins that need nothing of the running engine."""
    table: dict[str, Any] = {name: getattr(builtins, name) for name in _PLAIN}
    table.update(_exceptions())
    table.update({name: _refused(name, hint) for name, hint in _REFUSED.items()})
    table.update(
        {
            "getattr": safe_getattr,
            "hasattr": safe_hasattr,
            "setattr": safe_setattr,
            "delattr": safe_delattr,
            "dir": safe_dir,
            "type": safe_type,
            "_getattr_": guard_attribute,
            "_annotation_": guard_annotation,
            "_MemoryError_": MemoryError,
        }
    )
    return table
