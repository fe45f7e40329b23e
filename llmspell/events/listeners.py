"""Who listens to what: the one mechanism under hooks and events.

A listener waits for one name or for all that a glob matches (`user.*`), and has a priority; `of` says who listens to a
name, in order, and remembers it, so that to ask again is one look into a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import Generic, Protocol, TypeVar

MAX_REMEMBERED = 10_000  # names; forgotten all at once when there are more
MAX_REMEMBERED_LISTENERS = 200_000  # of all these names together
MAX_PATTERN = 200  # characters

PRIORITIES = {"highest": 1000, "high": 100, "normal": 0, "low": -100, "lowest": -1000}


class Listener(Protocol):
    """What is kept here. `pattern` is a name or a glob; of two with one priority the lower `number` comes first."""

    @property
    def pattern(self) -> str: ...

    @property
    def priority(self) -> int: ...

    @property
    def number(self) -> int: ...


L = TypeVar("L", bound=Listener)


class Listeners(Generic[L]):
    """Listeners by name or glob, the highest priority first, then in the order in which they came."""

    def __init__(self) -> None:
        self._all: dict[int, L] = {}
        self._matchers: dict[int, Callable[[str], object]] = {}  # of those with a glob
        self._exact: dict[str, dict[int, L]] = {}
        self._found: dict[str, tuple[L, ...]] = {}
        self._n_found = 0  # listeners of these names, at the most

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[L]:
        return iter(tuple(self._all.values()))

    def add(self, listener: L) -> None:
        """One more. Its number must be its own."""
        self._all[listener.number] = listener
        if is_glob(listener.pattern):
            self._matchers[listener.number] = matcher(listener.pattern)
            self._found.clear()
        else:
            self._exact.setdefault(listener.pattern, {})[listener.number] = listener
            self._found.pop(listener.pattern, None)

    def remove(self, number: int) -> L | None:
        """Take one out. Returns it, or None when it is not here."""
        listener = self._all.pop(number, None)
        if listener is None:
            return None
        if self._matchers.pop(number, None) is not None:
            self._found.clear()
        else:
            same = self._exact[listener.pattern]
            del same[number]
            if not same:
                del self._exact[listener.pattern]
            self._found.pop(listener.pattern, None)
        return listener

    def find(self, number: int) -> L | None:
        """The one with this number, or None."""
        return self._all.get(number)

    def of(self, name: str) -> tuple[L, ...]:
        """Those who listen to a name, in the order in which they are called."""
        found = self._found.get(name)
        if found is None:
            found = self._look(name)
            self._n_found += len(found)
            if len(self._found) >= MAX_REMEMBERED or self._n_found > MAX_REMEMBERED_LISTENERS:
                self._found.clear()
                self._n_found = len(found)
            self._found[name] = found
        return found

    def _look(self, name: str) -> tuple[L, ...]:
        matching = [self._all[number] for number, matches in self._matchers.items() if matches(name)]
        matching.extend(self._exact.get(name, {}).values())
        return tuple(sorted(matching, key=lambda it: (-it.priority, it.number)))


def is_glob(pattern: str) -> bool:
    """Whether it stands for more than one name: it holds `*`, `?` or `[`."""
    return any(it in pattern for it in "*?[")


def matcher(pattern: str) -> Callable[[str], object]:
    """Says of a name whether a glob matches it. `*` matches any number of any characters, dots too."""
    return re.compile(translate(pattern)).match
