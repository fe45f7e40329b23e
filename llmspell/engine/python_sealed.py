"""Classes of ours whose objects a script may hold: it can neither change, nor copy, nor derive, nor make one.

Stores are plain nodes in restricted Python, so everything of ours must be immutable by itself."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")


def _refuse_change(self: object, *_: object) -> None:
    raise AttributeError(f"{type(self).__name__} cannot be changed by a script")


def _refuse_copy(self: object, *_: object) -> None:
    raise TypeError(f"{type(self).__name__} cannot be copied")


class Fixed(type):
    """The metaclass of classes that scripts may use and derive from, and not change."""

    def __setattr__(cls, name: str, value: object) -> None:
        if cls.__module__.startswith("llmspell."):
            raise AttributeError(f"{cls.__name__} cannot be changed by a script")
        super().__setattr__(name, value)

    def __delattr__(cls, name: str) -> None:
        if cls.__module__.startswith("llmspell."):
            raise AttributeError(f"{cls.__name__} cannot be changed by a script")
        super().__delattr__(name)


class Sealed(type):
    """The metaclass of classes that scripts may only hold objects of."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Sealed:
        if any(isinstance(it, Sealed) for it in bases):
            raise TypeError("this class cannot be derived from")
        namespace.setdefault("__slots__", ())
        for change in ("__setattr__", "__delattr__"):
            namespace.setdefault(change, _refuse_change)
        for copy in ("__copy__", "__deepcopy__", "__reduce_ex__", "__reduce__"):
            namespace.setdefault(copy, _refuse_copy)
        return super().__new__(mcs, name, bases, namespace)

    def __setattr__(cls, name: str, value: object) -> None:
        raise AttributeError(f"{cls.__name__} cannot be changed by a script")

    def __delattr__(cls, name: str) -> None:
        raise AttributeError(f"{cls.__name__} cannot be changed by a script")

    def __call__(cls, *_: object, **__: object) -> Any:
        raise TypeError(f"{cls.__name__} cannot be made by a script")


def make(cls: type[T], **slots: object) -> T:
    """An object of a sealed class; the only way to get one."""
    made = object.__new__(cls)
    for name, value in slots.items():
        object.__setattr__(made, name, value)
    return made


put = object.__setattr__  # how trusted code changes a slot of a sealed object
