"""Facades for modules of which a list of names is not enough: some of their functions are replaced.

Each replacement says what it closes. Loaded only when the script imports one of these."""

from __future__ import annotations

import os
import posixpath
import sys
from types import FunctionType

from .python_errors import LLMSpellError
from .python_facades import TYPING_NAMES
from .python_guards import TypeText, safe_getattr, safe_type
from .python_names import GUARDED_ATTRIBUTES, attribute_problem
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .python_modules import Modules


def build(name: str, modules: Modules) -> Any:
    """The facade of one of `python_modules.SPECIAL`."""
    return _BUILDERS[name](modules)


def _field_name(name: object) -> str:
    """A name for a field that generated code will contain: an exact identifier that the policy allows."""
    if type(name) is not str or not name.isidentifier():
        raise ValueError(f"not a name for a field: {name!r}" if type(name) is str else "a field's name must be text")
    if (problem := attribute_problem(name)) or name in GUARDED_ATTRIBUTES:
        raise ValueError(problem or f'the name "{name}" is reserved')
    return name


# --- small ones ---


def _abc(modules: Modules) -> Any:
    # Not ABCMeta: a metaclass makes classes from a dict, with any special method.
    return modules.facade("abc", "ABC abstractmethod")


def _random(modules: Modules) -> Any:
    from random import Random as RealRandom

    names = """random randint randrange choice choices shuffle sample uniform gauss normalvariate expovariate
        betavariate triangular gammavariate lognormvariate paretovariate vonmisesvariate weibullvariate getrandbits
        randbytes seed binomialvariate"""
    source = modules.random

    def Random(seed: Any = None) -> Any:
        return RealRandom(source.getrandbits(64) if seed is None else seed)

    from .python_modules import make_facade

    members = {it: getattr(source, it) for it in names.split() if hasattr(source, it)}
    return make_facade("random", {**members, "Random": Random})


def _keep_time_zone() -> None:
    """Without TZ the C library looks for /etc/localtime at each conversion, and finds nothing once confined."""
    import time

    if "TZ" not in os.environ:
        os.environ["TZ"] = ":/etc/localtime"
    time.tzset()


def _time(modules: Modules) -> Any:
    modules.real("_strptime")  # loaded by the first strptime otherwise

    _keep_time_zone()
    return modules.facade(
        "time",
        """altzone asctime ctime daylight get_clock_info gmtime localtime mktime monotonic monotonic_ns perf_counter
        perf_counter_ns process_time process_time_ns strftime strptime struct_time time time_ns timezone tzname""",
        sleep=modules.engine.asynchronous.sleep,  # other tasks go on
    )


def _datetime(modules: Modules) -> Any:
    modules.real("_strptime")  # loaded by the first strptime otherwise

    _keep_time_zone()
    return modules.facade("datetime", "MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo")


def _uuid(modules: Modules) -> Any:
    source = modules.random
    real = modules.real("uuid")

    def uuid4() -> Any:
        return real.UUID(int=source.getrandbits(128), version=4)

    names = "UUID NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500 RFC_4122 uuid3 uuid5"
    return modules.facade("uuid", names, uuid4=uuid4)


def _copy(modules: Modules) -> Any:
    import copy as real

    def deepcopy(value: Any, memo: Any = None) -> Any:
        return real.deepcopy(value, memo if type(memo) is dict else None)

    return modules.facade("copy", "copy Error", deepcopy=deepcopy)


def _collections(modules: Modules) -> Any:
    import collections as real

    modules.real("collections")

    def namedtuple(name: str, fields: Any, *, rename: bool = False, defaults: Any = None) -> Any:
        """The real one runs text that holds the names."""
        listed = fields.replace(",", " ").split() if type(fields) is str else list(fields)
        names = [it if rename and (type(it) is not str or it.startswith("_")) else _field_name(it) for it in listed]
        if rename:
            names = [it if type(it) is str and not it.startswith("_") else f"field{i}" for i, it in enumerate(names)]
        made = real.namedtuple(_field_name(name), names, defaults=defaults)  # type: ignore[misc]
        made.__module__ = "__main__"
        return made

    # Not UserString: its `format` is str.format, unguarded.
    names = "ChainMap Counter OrderedDict UserDict UserList defaultdict deque"
    modules.prepare("collections.abc")
    return modules.facade("collections", names, namedtuple=namedtuple, abc=modules._get("collections.abc"))


class _CachedProperty(metaclass=Sealed):
    """`functools.cached_property`. The real one has a name that can be set, and reads and writes it in any object."""

    __slots__ = ("_function", "_name")
    _function: Callable[[Any], Any]
    _name: str

    def __set_name__(self, owner: type, name: str) -> None:
        if not self._name:
            put(self, "_name", name)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if not self._name:
            raise TypeError("cached_property stands in the body of a class")
        values = instance.__dict__
        if self._name not in values:
            values[self._name] = self._function(instance)
        return values[self._name]


def _cached_property(function: Any) -> Any:
    return make(_CachedProperty, _function=function, _name="")


def _functools(modules: Modules) -> Any:
    import functools as real

    # The real ones copy attributes of any name: `__annotations__` and `__module__` of a namespace onto a class.
    def update_wrapper(wrapper: Any, wrapped: Any) -> Any:
        if type(wrapper) is FunctionType:
            for name in ("__module__", "__name__", "__qualname__", "__doc__"):
                value = getattr(wrapped, name, None)
                if type(value) is str:
                    setattr(wrapper, name, value)
            if type(wrapped) is FunctionType:
                wrapper.__dict__.update(wrapped.__dict__)
        return wrapper

    def wraps(wrapped: Any) -> Any:
        return lambda wrapper: update_wrapper(wrapper, wrapped)

    def total_ordering(cls: Any) -> Any:
        if not modules.owns(cls):
            raise TypeError("total_ordering is for classes of the script's own")
        return real.total_ordering(cls)

    def singledispatch(function: Any) -> Any:
        """The real one evaluates annotations as text."""
        registry: dict[Any, Any] = {object: function}

        def dispatch(cls: Any) -> Any:
            return next(registry[it] for it in cls.__mro__ if it in registry)

        def register(cls: Any, implementation: Any = None) -> Any:
            if not isinstance(cls, type):
                raise TypeError("register() needs a class; annotations are not read here")
            if implementation is None:
                return lambda it: register(cls, it)
            registry[cls] = implementation
            return implementation

        def call(*args: Any, **kwargs: Any) -> Any:
            return dispatch(type(args[0]))(*args, **kwargs)

        update_wrapper(call, function)
        call.register, call.dispatch = register, dispatch  # type: ignore[attr-defined]
        return call

    return modules.facade(
        "functools",
        "cache cmp_to_key lru_cache partial partialmethod reduce",
        cached_property=_cached_property,
        update_wrapper=update_wrapper,
        wraps=wraps,
        total_ordering=total_ordering,
        singledispatch=singledispatch,
    )


def _operator(modules: Modules) -> Any:
    import operator as real

    def attrgetter(*names: str) -> Callable[[Any], Any]:
        if not names or not all(type(it) is str for it in names):
            raise TypeError("attribute name must be a string")
        paths = [it.split(".") for it in names]

        def read(value: Any, path: list[str]) -> Any:
            for name in path:
                value = safe_getattr(value, name)
            return value

        if len(paths) == 1:
            return lambda value: read(value, paths[0])
        return lambda value: tuple(read(value, path) for path in paths)

    def methodcaller(name: str, /, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        if type(name) is not str:
            raise TypeError("method name must be a string")
        return lambda value: safe_getattr(value, name)(*args, **kwargs)

    names = " ".join(it for it in real.__all__ if it not in ("attrgetter", "methodcaller"))
    return modules.facade("operator", names, attrgetter=attrgetter, methodcaller=methodcaller)


def _contextlib(modules: Modules) -> Any:
    class suppress:
        """Leaves memory errors to the engine: the body of every `with` ends the run on one before this is asked."""

        def __init__(self, *kinds: Any) -> None:
            self.kinds = kinds

        def __enter__(self) -> None:
            return None

        def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
            return kind is not None and issubclass(kind, self.kinds)

    # Not redirect_stdout: it sets an attribute of sys.
    names = "AbstractContextManager ContextDecorator ExitStack closing contextmanager nullcontext"
    return modules.facade("contextlib", names, suppress=suppress)


def _pprint(modules: Modules) -> Any:
    import pprint as real

    from .python_modules import make_facade

    write = modules.engine.builtins["print"]

    def pformat(value: Any, indent: int = 1, width: int = 80, depth: Any = None, *, sort_dicts: bool = True) -> str:
        return real.pformat(value, indent, width, depth, sort_dicts=sort_dicts)

    def pprint(value: Any, **options: Any) -> None:
        write(pformat(value, **options))

    def pp(value: Any, **options: Any) -> None:
        write(pformat(value, **{"sort_dicts": False, **options}))

    return make_facade("pprint", {"pformat": pformat, "pprint": pprint, "pp": pp})


def _urllib(modules: Modules) -> Any:
    from .python_modules import INSTEAD, make_facade

    modules.prepare("urllib.parse")
    return make_facade("urllib", {"parse": modules._get("urllib.parse")}, {"request": INSTEAD["urllib.request"]})


# --- enum, typing, dataclasses ---


def _enum(modules: Modules) -> Any:
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
                (_field_name(it[0]), it[1]) if isinstance(it, tuple | list) else _field_name(it) for it in pairs
            ]
            return super().__call__(_field_name(value), checked, module="__main__", start=start)

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
        pairs = [(_field_name(key), make(TypeText, text=str(kind))) for key, kind in fields]
        made = self._real(_field_name(name), pairs)
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


def _typing(modules: Modules) -> Any:
    # Not get_type_hints and ForwardRef: they evaluate text. TypedDict's functional form keeps its types as text only.
    real = modules.real("typing")

    class CheckedNames(real.NamedTupleMeta):  # type: ignore[name-defined,misc]
        """A class pattern reads the fields' names from any object that passes for the class."""

        def __new__(mcs, name: str, bases: Any, namespace: Any) -> Any:
            bases = tuple(real._NamedTuple if it is base else it for it in bases)
            made = real.NamedTupleMeta.__new__(mcs, name, bases, namespace)
            for field in made._fields:
                _field_name(field)
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
    return frozenset(name if name == "_" else _field_name(name) for name in annotations)


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


def _dataclasses(modules: Modules) -> Any:
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


# --- sys, os ---


def _sys(modules: Modules) -> Any:
    from .python_modules import make_facade

    engine = modules.engine

    def exit(code: Any = None, /) -> None:
        raise SystemExit(code)

    def setrecursionlimit(limit: int, /) -> None:
        # A higher limit than this overruns the C stack, which ends the worker.
        sys.setrecursionlimit(min(max(int(limit), 100), 20_000))

    names = """byteorder copyright float_info float_repr_style getrecursionlimit getsizeof hash_info hexversion int_info
        intern maxsize maxunicode platform version version_info"""
    members = {it: getattr(sys, it) for it in names.split()}
    streams = engine.streams
    members |= {
        "argv": [engine.script_name, *engine.arguments["list"]],
        "stdin": streams.stdin,
        "stdout": streams.stdout,
        "stderr": streams.stderr,
        "exit": exit,
        "setrecursionlimit": setrecursionlimit,
    }
    return make_facade("sys", members, {"modules": "modules are reached by import statements only"})


_OS_PATH = """basename commonpath commonprefix dirname isabs join normcase normpath split splitdrive splitext sep pardir
    curdir extsep altsep pathsep"""
_NEEDS_FILES = "exists isfile isdir getsize abspath realpath expanduser getmtime islink"
_USE_FILES = 'use Tool.execute("file-operations", ...)'


def _os_path(modules: Modules) -> Any:
    from .python_modules import make_facade

    hints = dict.fromkeys(_NEEDS_FILES.split(), _USE_FILES)
    return make_facade("os.path", {it: getattr(posixpath, it) for it in _OS_PATH.split()}, hints)


class _Environment(metaclass=Sealed):
    """`os.environ`: every read asks the host, which answers by the grants `env:NAME`."""

    __slots__ = ("_ask",)
    _ask: Callable[[str], Any]

    def __getitem__(self, name: str) -> str:
        value = self._ask(name)
        if value is None:
            raise KeyError(name)
        return str(value)

    def get(self, name: str, default: Any = None) -> Any:
        value = self._ask(name)
        return default if value is None else value

    def __contains__(self, name: str) -> bool:
        return self._ask(name) is not None

    def __iter__(self) -> Iterable[str]:
        raise LLMSpellError("the environment cannot be listed", code="permission_denied", hint="ask for a name")


def _os(modules: Modules) -> Any:
    from .python_modules import make_facade

    engine = modules.engine

    def ask(name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError("the name of an environment variable must be text")
        return engine.host_call("getenv", str.__str__(name))

    def getenv(name: str, default: Any = None) -> Any:
        value = ask(name)
        return default if value is None else value

    modules.prepare("os.path")
    members = {
        "path": modules._get("os.path"),
        "environ": make(_Environment, _ask=ask),
        "getenv": getenv,
        "linesep": os.linesep,
        "sep": os.sep,
        "name": os.name,
        "pathsep": os.pathsep,
        "fspath": str,
    }
    files = "listdir walk scandir mkdir makedirs remove unlink rename stat getcwd chdir open rmdir removedirs replace"
    hints = {**dict.fromkeys(files.split(), _USE_FILES)}
    hints |= dict.fromkeys(
        ["system", "popen", "fork", "kill", "execv", "spawnv", "getpid"], "processes are not available to scripts"
    )
    return make_facade("os", members, hints)


def _zoneinfo(modules: Modules) -> Any:
    from .python_zones import zone_facade

    return zone_facade()


def _asyncio(modules: Modules) -> Any:
    from .python_asyncio import asyncio_facade

    return asyncio_facade(modules.engine)


_BUILDERS: dict[str, Callable[[Modules], Any]] = {
    "abc": _abc,
    "asyncio": _asyncio,
    "collections": _collections,
    "contextlib": _contextlib,
    "copy": _copy,
    "dataclasses": _dataclasses,
    "datetime": _datetime,
    "enum": _enum,
    "functools": _functools,
    "operator": _operator,
    "os": _os,
    "os.path": _os_path,
    "pprint": _pprint,
    "random": _random,
    "sys": _sys,
    "time": _time,
    "typing": _typing,
    "urllib": _urllib,
    "uuid": _uuid,
    "zoneinfo": _zoneinfo,
}
