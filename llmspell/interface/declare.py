"""Declare what scripts see as annotated classes: signature, annotations and docstring become `spec` data, once.

    @script_global("Tool", index="get")
    class ToolGlobal:
        @method(needs="tool")
        async def execute(self, ctx: RunContext, params: Annotated[dict[str, Value], Fields]) -> …

A host method takes `ctx` first, which scripts do not see; a method of the worker (`place="worker"`) has none, and is
declared in a Protocol, since an engine implements it. A mistake in a declaration is an error when its module loads."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from .docstring import Docstring, parse_docstring
from .spec import GlobalSpec, Interface, MethodSpec, ObjectSpec, ParamSpec, Place, TypeSpec

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., object])

ANY = TypeSpec("any")
NIL = TypeSpec("nil")
_PLAIN = {
    types.NoneType: "nil",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
}


class Callback(Protocol):
    """A script function that the host may await. As an annotation: the parameter takes a function.

    `around` is the context that it is called in; what the function does then counts as done there.

    `Annotated[Callback, "params -> value"]` says in words what it is called with."""

    def __call__(self, *args: Any, around: Any = None) -> Awaitable[Any]: ...


_objects: dict[str, type] = {}


class Fields:
    """Marks a parameter as the table of fields: `Annotated[dict[str, Value], Fields]`."""


@dataclass(frozen=True, slots=True)
class _Options:
    name: str
    needs: str
    aliases: tuple[str, ...]
    place: Place
    idempotent: bool
    recorded: bool
    again: bool
    table: bool


def method(
    *,
    name: str = "",
    needs: str = "",
    aliases: tuple[str, ...] = (),
    place: Place = "host",
    idempotent: bool = False,
    recorded: bool = True,
    again: bool = False,
    table: bool = False,
) -> Callable[[F], F]:
    """Make a function of a declared class visible to scripts.

    Args:
        name: Its name there; by default the function's own, without a trailing underscore (`with_` → `with`).
        needs: The permission kind that it asks for.
        aliases: Other spellings.
        place: Who answers it: a method of the host, or the engine inside the worker.
        idempotent: Doing it twice is the same as doing it once, so that an interrupted one may simply run again.
        recorded: False where it neither reads nor changes anything outside the run: one that is resumed does it again.
        again: It is recorded, and still done again when a run is resumed, because it changes the run itself: all that
            it reads and changes outside are effects of their own inside it (an agent's execution, with its requests),
            which are answered from the record. `tests/globals/test_kinds.py` has all of them.
        table: One table of fields may replace the arguments: `Tool.create{name = …}`.
    """

    def mark(function: F) -> F:
        options = _Options(
            name or function.__name__.removesuffix("_"), needs, aliases, place, idempotent, recorded, again, table
        )
        function.__script_method__ = options  # type: ignore[attr-defined]  # functions take attributes
        return function

    return mark


def script_global(name: str, *, index: str = "", objects: tuple[type, ...] = ()) -> Callable[[C], C]:
    """Make a class a global of this name.

    Args:
        index: The method that `Global[name]` stands for, or empty.
        objects: Classes of objects that callbacks receive; those in annotations are found without it.
    """

    def declare(cls: C) -> C:
        table, found = _read_methods(cls, name)
        if index and index not in table:
            raise TypeError(f"{name}: index={index!r} names no method")
        doc = _doc_of(cls, name)
        spec = GlobalSpec(
            name=name,
            doc=doc.text,
            methods=_distinct(table),
            objects=_objects_of([*found, *objects]),
            index=index,
            constants=_fields_of(cls, doc, name, found),
        )
        cls.__script_global__ = spec  # type: ignore[attr-defined]  # classes take attributes
        cls.__script_methods__ = table  # type: ignore[attr-defined]
        return cls

    return declare


def script_object(name: str, *, record: bool = False, iterate: str = "") -> Callable[[C], C]:
    """Make a class's instances objects that scripts may hold, as handles.

    Its annotated public attributes are the fields that travel with the handle. With `record=True` the class (a
    TypedDict) only describes the keys of a plain map. A loop over an object calls its method `iterate` until that
    answers nil."""

    def declare(cls: C) -> C:
        cls.__script_name__ = name  # type: ignore[attr-defined]  # its own methods may name it
        table, found = _read_methods(cls, name)
        doc = _doc_of(cls, name)
        fields = _fields_of(cls, doc, name, found)
        if record and table:
            raise TypeError(f"{name}: a record has no methods")
        if iterate and iterate not in table:
            raise TypeError(f"{name}: iterate={iterate!r} names no method")
        spec = ObjectSpec(name, doc.text, _distinct(table), fields, record, iterate)
        cls.__script_object__ = spec  # type: ignore[attr-defined]
        if not record:
            _objects[name] = cls
        cls.__script_methods__ = table  # type: ignore[attr-defined]
        cls.__script_uses__ = tuple(it for it in found if it is not cls)  # type: ignore[attr-defined]
        return cls

    return declare


def interface_of(classes: Iterable[type]) -> Interface:
    """The declarations of these globals, in this order."""
    return Interface(tuple(global_spec(it) for it in classes))


def global_spec(cls: type) -> GlobalSpec:
    """The declaration of a class marked with `script_global`."""
    spec = cls.__dict__.get("__script_global__")
    if not isinstance(spec, GlobalSpec):
        raise TypeError(f"{cls.__name__} is not declared with @script_global")
    return spec


def object_spec(value: object) -> ObjectSpec | None:
    """The declaration of a host object's class; None for values that are no declared objects."""
    spec = getattr(type(value), "__script_object__", None)
    return spec if isinstance(spec, ObjectSpec) and not spec.record else None


def object_class(name: str) -> type | None:
    """The class that is declared by this name; None where its module has not been imported."""
    return _objects.get(name)


def method_table(cls: type) -> Mapping[str, tuple[MethodSpec, str]]:
    """A declared class's methods by script name, aliases included: (declaration, name of the Python function)."""
    table: Mapping[str, tuple[MethodSpec, str]] = cls.__script_methods__  # type: ignore[attr-defined]
    return table


def _distinct(table: Mapping[str, tuple[MethodSpec, str]]) -> tuple[MethodSpec, ...]:
    return tuple(spec for name, (spec, _) in table.items() if name == spec.name)


def _doc_of(cls: type, name: str) -> Docstring:
    doc = parse_docstring(cls.__dict__.get("__doc__"))
    if not doc.text:
        raise TypeError(f"{name}: {cls.__name__} has no docstring")
    return doc


def _read_methods(cls: type, owner: str) -> tuple[dict[str, tuple[MethodSpec, str]], list[type]]:
    """The marked methods by name and alias, in source order, and the declared classes that their annotations name."""
    table: dict[str, tuple[MethodSpec, str]] = {}
    found: list[type] = []
    # Bases first, so that what a global adds to its object's methods comes after them.
    marked = {name: it for base in reversed(cls.__mro__) for name, it in vars(base).items()}
    for attribute, function in marked.items():
        options = getattr(function, "__script_method__", None)
        if not isinstance(options, _Options):
            continue
        spec = _read_method(cls, function, options, f"{owner}.{options.name}", found)
        for name in (spec.name, *spec.spellings):
            if name in table:
                raise TypeError(f"{owner}: two methods are called {name}")
            table[name] = (spec, attribute)
    return table, found


def _read_method(
    cls: type, function: Callable[..., object], options: _Options, where: str, found: list[type]
) -> MethodSpec:
    doc = parse_docstring(function.__doc__)
    if not doc.text:
        raise TypeError(f"{where} has no docstring")
    names = list(inspect.signature(function).parameters.values())[1:]  # without self
    if options.place == "host" and (not names or names.pop(0).name != "ctx"):
        raise TypeError(f"{where}: a method of the host takes ctx first")
    params = tuple(_read_param(cls, it, doc, where, found) for it in names)
    unknown = set(doc.args) - {it.name for it in params}
    if unknown:
        raise TypeError(f"{where}: the docstring describes {', '.join(sorted(unknown))}, the signature does not")
    if sum(it.fields for it in params) > 1:
        raise TypeError(f"{where}: at most one parameter is the table of fields")
    if options.table and (not params or _takes_map(params[0].type)):
        raise TypeError(f"{where}: table=True needs a first parameter that is no map itself")
    returns = _type(cls, function.__annotations__.get("return", inspect.Parameter.empty), f"{where}: result", found)
    return MethodSpec(
        name=options.name,
        doc=doc.text,
        params=params,
        returns=returns,
        returns_doc=doc.returns,
        raises=tuple(doc.raises.items()),
        place=options.place,
        needs=options.needs,
        aliases=options.aliases,
        idempotent=options.idempotent,
        recorded=options.recorded,
        again=options.again,
        table=options.table,
    )


def _read_param(cls: type, it: inspect.Parameter, doc: Docstring, where: str, found: list[type]) -> ParamSpec:
    at = f"{where}: parameter {it.name}"
    if it.kind in (it.KEYWORD_ONLY, it.VAR_KEYWORD):
        raise TypeError(f"{at}: scripts pass arguments by position; mark a dict with Fields for keywords")
    if it.name not in doc.args:
        raise TypeError(f"{at} is not described under Args")
    variadic = it.kind is it.VAR_POSITIONAL
    annotation = _resolve(cls, it.annotation, at)
    return ParamSpec(
        name=it.name,
        type=_type_of(annotation, at, found),
        required=it.default is it.empty and not variadic,
        default=None if it.default is it.empty else it.default,
        doc=doc.args[it.name],
        fields=_is_fields(annotation),
        variadic=variadic,
    )


def _fields_of(cls: type, doc: Docstring, owner: str, found: list[type]) -> tuple[ParamSpec, ...]:
    """The annotated public attributes of a class; each must be described under Attributes."""
    fields = []
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if name.startswith("_"):
            continue
        where = f"{owner}.{name}"
        if name not in doc.attributes:
            raise TypeError(f"{where} is not described under Attributes")
        fields.append(ParamSpec(name, _type(cls, annotation, where, found), required=True, doc=doc.attributes[name]))
    return tuple(fields)


def _objects_of(found: Iterable[type]) -> tuple[ObjectSpec, ...]:
    """The declared classes that were named, and those that they name in turn, each once."""
    pending, seen = list(found), dict[type, ObjectSpec]()
    while pending:
        cls = pending.pop(0)
        if cls not in seen:
            seen[cls] = cls.__dict__["__script_object__"]
            pending.extend(cls.__dict__["__script_uses__"])
    return tuple(seen.values())


def _resolve(cls: type, annotation: object, where: str) -> object:
    """An annotation as an object. Each on its own, since `ctx` names a class that only the type checker imports."""
    if annotation is inspect.Parameter.empty:
        raise TypeError(f"{where} has no annotation")
    if isinstance(annotation, typing.ForwardRef):  # what TypedDict keeps
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    names = {**vars(sys.modules[cls.__module__]), cls.__name__: cls}
    try:
        return eval(annotation, names)  # our own source's text, as typing.get_type_hints does
    except NameError as error:
        raise TypeError(f"{where}: {annotation}: {error}") from error


def _type(cls: type, annotation: object, where: str, found: list[type]) -> TypeSpec:
    return _type_of(_resolve(cls, annotation, where), where, found)


def _type_of(annotation: Any, where: str, found: list[type]) -> TypeSpec:
    """What a script may pass or gets for this annotation. Adds the declared classes that it names to `found`."""
    if annotation is Any:
        return ANY
    if annotation is Callback:
        return TypeSpec("function")
    if annotation is None:
        return NIL
    if isinstance(annotation, type) and not typing.get_origin(annotation):
        if annotation in _PLAIN:
            return TypeSpec(_PLAIN[annotation])
        if "__script_name__" in vars(annotation):
            found.append(annotation)
            return TypeSpec("object", name=vars(annotation)["__script_name__"])
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        inner = _type_of(args[0], where, found)
        words = next((it for it in args[1:] if isinstance(it, str)), "")
        return TypeSpec("function", name=words) if inner.kind == "function" and words else inner
    if origin in (typing.NotRequired, typing.Required):
        return _type_of(args[0], where, found)
    if origin is typing.Literal and all(isinstance(it, str) for it in args):
        return TypeSpec("enum", choices=tuple(args))
    if origin in (typing.Union, types.UnionType):
        return TypeSpec("union", options=tuple(_type_of(it, where, found) for it in args))
    if origin is list:
        return TypeSpec("list", item=_type_of(args[0], where, found))
    if origin is dict and args[0] is str:
        return TypeSpec("map", item=_type_of(args[1], where, found))
    raise TypeError(f"{where}: {annotation!r} is not a type that scripts know")


def _is_fields(annotation: Any) -> bool:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return any(_is_fields(it) for it in typing.get_args(annotation))
    return typing.get_origin(annotation) is typing.Annotated and Fields in typing.get_args(annotation)


def _takes_map(spec: TypeSpec) -> bool:
    return spec.kind in ("any", "map") or any(_takes_map(it) for it in spec.options)
