"""The global ARGS of Python scripts: a list of the positional arguments with named access to the options."""

from __future__ import annotations

from .python_sealed import Sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Arguments(metaclass=Sealed):
    """`ARGS[0]`, `ARGS["since"]`, `ARGS.since`, `ARGS.get("since", default)`, `len(ARGS)`, iteration.

    A name that was not given reads as None by attribute, as a missing flag does in Lua; by item it is a KeyError."""

    __slots__ = ("_list", "_named")
    _list: list[str]
    _named: dict[str, str]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key in self._named:
                return self._named[key]
            if key.isdigit() and 0 < int(key) <= len(self._list):
                return self._list[int(key) - 1]  # ARGS["1"] is the first one in both languages
            raise KeyError(key)
        return self._list[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._named.get(name)
        return self._named.get(name.replace("_", "-")) if found is None else found

    def get(self, key: Any, default: Any = None) -> Any:
        try:
            return self[key]
        except (KeyError, IndexError):
            return default

    def keys(self) -> list[str]:
        return list(self._named)

    def items(self) -> list[tuple[str, str]]:
        return list(self._named.items())

    def __contains__(self, key: object) -> bool:
        return key in self._named or key in self._list

    def __len__(self) -> int:
        return len(self._list)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._list))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, list | tuple) else self is other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._list) if not self._named else f"{self._list!r} {self._named!r}"
