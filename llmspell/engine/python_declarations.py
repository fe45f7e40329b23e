"""Facades for enum, typing and dataclasses: the modules that make classes of what a script declares."""

from __future__ import annotations

from .python_facades import TYPING_NAMES
from .python_guards import TypeText, safe_type
from .python_names import field_name
from .python_sealed import Sealed, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .python_modules import Modules


def enum_facade(modules: Modules) -> Any:
    import enum as real

    modules.real("enum")

    class SafeEnumMeta(real.EnumMeta):
        """Calling an enumeration looks a member up. The functional form makes a class, and its names are checked."""

        def __call__(cls, value: Any, names: Any = None, *, start: int = 1) -> Any:  # type: ignore[override]
            if names is None:
                return super().__call__(value)
            if type(names) is str:
                names = names.replace(",", " ").split()
            pairs = list(names.items()) if isinstance(names, dict) else list(names)
            checked: list[Any] = [
                (field_name(it[0]), it[1]) if isinstance(it, tuple | list) else field_name(it) for it in pairs
            ]
            return super().__call__(field_name(value), checked, module="__main__", start=start)

    kinds = ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")
    made = {
        it: SafeEnumMeta(it, (getattr(real, it),), SafeEnumMeta.__prepare__(it, (getattr(real, it),))) for it in kinds
    }

    def unique(cls: Any) -> Any:
        return real.unique(cls)

    return modules.facade("enum", "auto", unique=unique, **made)


class _NamedTuple(metaclass=Sealed):
    """`typing.NamedTuple`: as a base class it is the real one, whose fields' names are checked; the functional form
    drops the types, which the real one would compile when they are text."""

    __slots__ = ("_base", "_real")
    _base: Any
    _real: Any

    def __mro_entries__(self, bases: Any) -> Any:
        return (self._base,)

    def __call__(self, name: str, fields: Any = ()) -> Any:
        pairs = [(field_name(key), make(TypeText, text=str(kind))) for key, kind in fields]
        made = self._real(field_name(name), pairs)
        made.__module__ = "__main__"
        return made


class _TypeAlias(metaclass=Sealed):
    """`typing.Type`: for annotations only. A class that derives from the real one is a metaclass."""

    __slots__ = ()

    def __getitem__(self, _: object) -> Any:
        return self

    def __or__(self, _: object) -> Any:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return "typing.Type"


def typing_facade(modules: Modules) -> Any:
    # Not get_type_hints and ForwardRef: they evaluate text. TypedDict's functional form keeps its types as text only.
    real = modules.real("typing")

    class CheckedNames(real.NamedTupleMeta):  # type: ignore[name-defined,misc]
        """A class pattern reads the fields' names from any object that passes for the class."""

        def __new__(mcs, name: str, bases: Any, namespace: Any) -> Any:
            bases = tuple(real._NamedTuple if it is base else it for it in bases)
            made = real.NamedTupleMeta.__new__(mcs, name, bases, namespace)
            for field in made._fields:
                field_name(field)
            return made

    base = type.__new__(CheckedNames, "NamedTuple", (), {})

    def get_origin(kind: Any) -> Any:
        origin = real.get_origin(kind)
        return safe_type if isinstance(origin, type) and issubclass(origin, type) else origin  # `Type[int]` has `type`

    def get_args(kind: Any) -> tuple[Any, ...]:
        # A forward reference can evaluate its text.
        return tuple(it.__forward_arg__ if isinstance(it, real.ForwardRef) else it for it in real.get_args(kind))

    named_tuple = make(_NamedTuple, _base=base, _real=real.NamedTuple)
    more = {"NamedTuple": named_tuple, "get_origin": get_origin, "get_args": get_args, "Type": make(_TypeAlias)}
    return modules.facade("typing", TYPING_NAMES, **more)


def _annotated_names(cls: Any) -> frozenset[str]:
    """The names that a class body annotates, checked: `match` reads them, and generated code contains them."""
    lazy = "__annotate_func__" in cls.__dict__  # Python 3.14
    annotations = cls.__annotations__ if lazy else cls.__dict__.get("__annotations__", {})
    if type(annotations) is not dict:
        raise TypeError("the annotations of a class are the ones of its body")
    return frozenset(name if name == "_" else field_name(name) for name in annotations)


class FieldSpec(metaclass=Sealed):
    """What `dataclasses.field()` gives a script. The real Field can be changed afterwards, and its name goes into text
    that is run for classes that derive from it."""

    __slots__ = ("options",)
    options: dict[str, Any]

    def __repr__(self) -> str:
        return "field(...)"


class FieldInfo(metaclass=Sealed):
    """One row of `dataclasses.fields()`."""

    __slots__ = ("default", "default_factory", "init", "kw_only", "name", "repr", "type")

    def __repr__(self) -> str:
        return f"Field(name={self.name!r})"  # type: ignore[attr-defined]


def dataclasses_facade(modules: Modules) -> Any:
    import dataclasses as real

    def field(
        *,
        default: Any = real.MISSING,
        default_factory: Any = real.MISSING,
        init: bool = True,
        repr: bool = True,
        hash: Any = None,
        compare: bool = True,
        metadata: Any = None,
        kw_only: Any = real.MISSING,
    ) -> Any:
        options = {"default": default, "default_factory": default_factory, "init": init, "repr": repr, "hash": hash}
        return make(FieldSpec, options={**options, "compare": compare, "kw_only": kw_only})

    def decorate(cls: Any, options: dict[str, Any]) -> Any:
        if not modules.owns(cls):
            raise TypeError("dataclass is for classes of the script's own")
        names = _annotated_names(cls)
        for name, value in list(cls.__dict__.items()):
            # A real Field in the script's hands could be renamed after its name was checked.
            if type(value) is real.Field or (type(value) is FieldSpec and name not in names):
                raise TypeError(f"{name!r} is a field but has no type annotation")
            if type(value) is FieldSpec:
                setattr(cls, name, real.field(**value.options))
        return real.dataclass(**options)(cls)

    def dataclass(
        cls: Any = None,
        /,
        *,
        init: bool = True,
        repr: bool = True,
        eq: bool = True,
        order: bool = False,
        unsafe_hash: bool = False,
        frozen: bool = False,
        match_args: bool = True,
        kw_only: bool = False,
        slots: bool = False,
    ) -> Any:
        options = {"init": init, "repr": repr, "eq": eq, "order": order, "unsafe_hash": unsafe_hash, "frozen": frozen}
        options |= {"match_args": match_args, "kw_only": kw_only, "slots": slots}
        return decorate(cls, options) if cls is not None else lambda it: decorate(it, options)

    def fields(value: Any) -> tuple[FieldInfo, ...]:
        return tuple(
            make(FieldInfo, **{it: getattr(row, it) for it in FieldInfo.__slots__}) for row in real.fields(value)
        )

    return modules.facade(
        "dataclasses",
        "FrozenInstanceError InitVar KW_ONLY MISSING asdict astuple is_dataclass replace",
        dataclass=dataclass,
        field=field,
        fields=fields,
    )
