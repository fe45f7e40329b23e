"""What the host hands to a Python script: records (maps), host objects, and the globals themselves."""

from __future__ import annotations

from keyword import iskeyword

from .python_errors import UnknownName, nearest
from .python_sealed import Fixed, Sealed, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    Call = Callable[[str, str, tuple[Any, ...], dict[str, Any]], Any]


class Record(dict, metaclass=Fixed):  # type: ignore[type-arg]
    """A map that came from the host: a dict whose keys can also be read as attributes."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            pass
        raise UnknownName(f'there is no "{name}" here', hint=nearest(name, map(str, self)), code="unknown_name")


class HostObject(metaclass=Sealed):
    """An object that lives on the host. Its methods are calls; its fields came with it."""

    __slots__ = ("_class_name", "_data", "_number", "_objects")
    _number: int
    _class_name: str
    _data: dict[str, Any]
    _objects: Objects

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        methods = self._objects.methods.get(self._class_name, {})
        if (method := methods.get(name)) is not None:
            return self._objects.bind(f"#{self._number}", method, f"{self._class_name}.{name}", owner=self)
        if name in self._data:
            return self._data[name]
        raise _unknown(self._class_name, name, [*methods, *self._data])

    def __getitem__(self, name: str) -> Any:
        if type(name) is str and name in self._data:
            return self._data[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[Any]:
        method = self._objects.iterators.get(self._class_name)
        if method is None:
            raise TypeError(f"{self._class_name} cannot be looped over")
        following = self._objects.bind(f"#{self._number}", method, f"{self._class_name}.{method}", owner=self)
        return iter(following, None)

    def __dir__(self) -> Iterable[str]:
        return sorted({*self._objects.methods.get(self._class_name, {}), *self._data})

    def __repr__(self) -> str:
        label = self._data.get("name") or self._data.get("id")
        return f"<{self._class_name} {label}>" if type(label) is str else f"<{self._class_name}>"

    def __add__(self, other: Any) -> Any:
        name = self._data.get("name")
        return name + other if type(name) is str and type(other) is str else NotImplemented

    def __radd__(self, other: Any) -> Any:
        name = self._data.get("name")
        return other + name if type(name) is str and type(other) is str else NotImplemented

    def __format__(self, spec: str) -> str:
        """In a text an object stands for its name."""
        name = self._data.get("name")
        return format(name if type(name) is str else repr(self), spec)

    def __del__(self) -> None:
        self._objects.release(self._number)


class Objects:
    """The host objects that the script holds, and what their classes can do.

    Args:
        interface: `start["interface"]`: per global its methods, aliases, index method and object classes.
        call: Makes a host call: target, method, positional and keyword arguments.
        release: Tells the host that a handle is no longer held.
    """

    def __init__(self, interface: Mapping[str, Any], call: Call, release: Callable[[int], None]) -> None:
        self.methods: dict[str, dict[str, str]] = {}
        self.iterators: dict[str, str] = {}  # class → the method that gives the next value
        for spec in interface.values():
            for class_name, description in (spec.get("objects") or {}).items():
                self.methods[class_name] = _spellings(description)
                if description.get("iterate"):
                    self.iterators[class_name] = description["iterate"]
        self._call = call
        self.release = release

    def get(self, number: int, class_name: str, fields: dict[str, Any]) -> HostObject:
        """The object for a handle. The host numbers every sending anew, so one handle is one object."""
        return make(HostObject, _number=number, _class_name=class_name, _data=fields, _objects=self)

    def bind(self, target: str, method: str, label: str, owner: HostObject | None = None) -> Callable[..., Any]:
        """A function of the script's that makes one host call. It keeps its `owner`: in `Tool.get(name).execute()`
        nobody else does, and the host must not let go of it before it has answered."""
        make_call = self._call

        def call(*args: Any, **kwargs: Any) -> Any:
            kept = owner  # noqa: F841 - by this frame, as long as the call is under way
            return make_call(target, method, args, kwargs)

        call.__name__ = call.__qualname__ = label
        return call


def _spellings(description: Mapping[str, Any]) -> dict[str, str]:
    """Every name of a method → the method's own name; a Python keyword is reached with an underscore after it."""
    names = {name: name for name, place in (description.get("methods") or {}).items() if place == "host"}
    names.update({alias: name for alias, name in (description.get("aliases") or {}).items() if name in names})
    names.update({f"{name}_": method for name, method in list(names.items()) if iskeyword(name)})
    return names


def _unknown(owner: str, name: str, known: Iterable[str]) -> UnknownName:
    return UnknownName(f'{owner} has no "{name}"', hint=nearest(name, known), code="unknown_name")


class GlobalObject(metaclass=Sealed):
    """A global such as Tool. `_methods` are bound when first used and kept."""

    __slots__ = ("_bound", "_index", "_methods", "_name", "_objects")
    _name: str
    _methods: dict[str, str]
    _index: str
    _bound: dict[str, Callable[..., Any]]
    _objects: Objects

    def __getattr__(self, name: str) -> Any:
        if (bound := self._bound.get(name)) is not None:
            return bound
        if name.startswith("_"):
            raise AttributeError(name)
        if (method := self._methods.get(name)) is not None:
            bound = self._bound[name] = self._objects.bind(self._name, method, f"{self._name}.{name}")
            return bound
        if self._index and (found := self[name]) is not None:
            return found
        raise _unknown(self._name, name, self._methods)

    def __getitem__(self, name: object) -> Any:
        if not self._index:
            raise TypeError(f"{self._name} cannot be indexed")
        return self._objects.bind(self._name, self._index, f"{self._name}.{self._index}")(name)

    def __dir__(self) -> Iterable[str]:
        return sorted(self._methods)

    def __repr__(self) -> str:
        return f"<global {self._name}>"


def bind_globals(interface: Mapping[str, Any], objects: Objects) -> dict[str, GlobalObject]:
    """The globals that live on the host, by name."""
    return {
        name: make(
            GlobalObject,
            _name=name,
            _methods=_spellings(spec),
            _index=spec.get("index") or "",
            _bound={},
            _objects=objects,
        )
        for name, spec in interface.items()
        if "host" in (spec.get("methods") or {}).values()
    }
