"""Facades for modules of which a list of names is not enough: some of their functions are replaced.

Each replacement says what it closes. Loaded only when the script imports one of these."""

from __future__ import annotations

import os
from types import FunctionType

from .python_guards import safe_getattr
from .python_names import field_name
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .python_modules import Modules


def build(name: str, modules: Modules) -> Any:
    """The facade of one of `python_modules.SPECIAL`."""
    return _BUILDERS[name](modules)


def _abc(modules: Modules) -> Any:
    # Not ABCMeta: a metaclass makes classes from a dict, with any special method.
    return modules.facade("abc", "ABC abstractmethod")


def _random(modules: Modules) -> Any:
    from random import Random as RealRandom

    names = """random randint randrange choice choices shuffle sample uniform gauss normalvariate expovariate
        betavariate triangular gammavariate lognormvariate paretovariate vonmisesvariate weibullvariate getrandbits
        randbytes seed binomialvariate"""
    source = modules.random

    class SeededRandom(RealRandom):
        """Takes from the run's own source what the real one takes from the system."""

        def seed(self, a: Any = None, version: int = 2) -> None:
            super().seed(source.getrandbits(64) if a is None else a, version)

    SeededRandom.__name__ = SeededRandom.__qualname__ = "Random"

    def Random(seed: Any = None) -> Any:
        return SeededRandom(seed)

    def seed(a: Any = None, version: int = 2) -> None:
        source.seed(source.getrandbits(64) if a is None else a, version)

    from .python_modules import make_facade

    members = {it: getattr(source, it) for it in names.split() if hasattr(source, it)}
    return make_facade("random", {**members, "Random": Random, "seed": seed})


def _statistics(modules: Modules) -> Any:
    from .python_facades import PLAIN

    real: Any = modules.real("statistics")
    modules.real("random").seed(modules.random.getrandbits(64))  # `NormalDist.samples` takes from there
    more = {}
    if hasattr(real, "kde_random"):

        def kde_random(data: Any, h: float, kernel: str = "normal", *, seed: Any = None) -> Any:
            return real.kde_random(data, h, kernel, seed=modules.random.getrandbits(64) if seed is None else seed)

        more["kde_random"] = kde_random
    return modules.facade("statistics", PLAIN["statistics"], **more)


def _gzip(modules: Modules) -> Any:
    real: Any = modules.real("gzip")

    def compress(data: Any, compresslevel: int = 9, *, mtime: float | None = None) -> bytes:
        """The real one puts the time of day into what it makes, unless it is told another."""
        return real.compress(data, compresslevel, mtime=0 if mtime is None else mtime)  # type: ignore[no-any-return]

    return modules.facade("gzip", "decompress", compress=compress)


def _keep_time_zone() -> None:
    """Without TZ the C library looks for /etc/localtime at each conversion, and finds nothing once confined."""
    import time

    if "TZ" not in os.environ:
        os.environ["TZ"] = ":/etc/localtime"
    time.tzset()


def _time(modules: Modules) -> Any:
    modules.real("_strptime")  # loaded by the first strptime otherwise

    _keep_time_zone()
    clock = modules.engine.clock
    noted: dict[str, Any] = {}
    if clock is not None:
        from .python_clocks import noted_time

        noted = {name: it for name, it in noted_time(clock).items() if not name.startswith("thread_")}
    return modules.facade(
        "time",
        """altzone asctime ctime daylight get_clock_info gmtime localtime mktime monotonic monotonic_ns perf_counter
        perf_counter_ns process_time process_time_ns strftime strptime struct_time time time_ns timezone tzname""",
        **noted,
        sleep=modules.engine.asynchronous.sleep,  # other tasks go on
    )


def _datetime(modules: Modules) -> Any:
    modules.real("_strptime")  # loaded by the first strptime otherwise

    _keep_time_zone()
    if modules.engine.clock is not None:
        modules.real("llmspell.engine.python_clocks")  # while files can be read
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
        names = [it if rename and (type(it) is not str or it.startswith("_")) else field_name(it) for it in listed]
        if rename:
            names = [it if type(it) is str and not it.startswith("_") else f"field{i}" for i, it in enumerate(names)]
        made = real.namedtuple(field_name(name), names, defaults=defaults)  # type: ignore[misc]
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


# --- in modules of their own ---


def _enum(modules: Modules) -> Any:
    from .python_declarations import enum_facade

    return enum_facade(modules)


def _typing(modules: Modules) -> Any:
    from .python_declarations import typing_facade

    return typing_facade(modules)


def _dataclasses(modules: Modules) -> Any:
    from .python_declarations import dataclasses_facade

    return dataclasses_facade(modules)


def _sys(modules: Modules) -> Any:
    from .python_system import sys_facade

    return sys_facade(modules)


def _os(modules: Modules) -> Any:
    from .python_system import os_facade

    return os_facade(modules)


def _os_path(modules: Modules) -> Any:
    from .python_system import os_path_facade

    return os_path_facade(modules)


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
    "gzip": _gzip,
    "operator": _operator,
    "os": _os,
    "os.path": _os_path,
    "pprint": _pprint,
    "random": _random,
    "statistics": _statistics,
    "sys": _sys,
    "time": _time,
    "typing": _typing,
    "urllib": _urllib,
    "uuid": _uuid,
    "zoneinfo": _zoneinfo,
}
