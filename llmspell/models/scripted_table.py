"""Take the keys of one table of a script, each once and with its type, and complain about what is left.

A complaint is a ConfigError that names the file and its line, the table and the key, and the nearest key there is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from llmspell.errors import ConfigError
from llmspell.models.messages import Value
from llmspell.models.scripted_text import NAMES, is_known, names_in
from llmspell.suggestions import did_you_mean

_HEADER = re.compile(r"\s*\[+\s*([^\[\]]+?)\s*\]+\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Place:
    """A table in a script.

    Attributes:
        source: The file's name, or what a script is called that was given in place.
        text: The whole file; empty without one.
        section: The table of the file that it is, or is in: its name, and which of that name, from 1.
        words: The table in words: `turn 2, call 1`.
    """

    source: str
    text: str = ""
    section: tuple[str, int] = ("", 1)
    words: str = ""

    def inner(self, words: str) -> Place:
        """A table in this one."""
        return Place(self.source, self.text, self.section, f"{self.words}, {words}" if self.words else words)

    def fail(self, message: str, *, key: str = "", hint: str = "") -> NoReturn:
        """Raise the error for a key of this table."""
        line = self._line_of(key) if self.text else 0
        where = f"{self.source}:{line}" if line else self.source
        raise ConfigError(
            f"{where}: {self.words or 'the script'} {message}", hint=hint, details={"path": self.source, "line": line}
        )

    def _line_of(self, key: str) -> int:
        """The line of the key, of its section where it is not found, or 0. A look, not a parser."""
        name = re.escape(key) if key else r"(?!)"
        wanted = re.compile(rf"""(?:^|[{{,]|\.)\s*["']?{name}["']?\s*[=.]""")
        n_seen = {"": 1}
        current, line_of_section = ("", 1), 0
        for number, line in enumerate(self.text.splitlines(), 1):
            header = _HEADER.match(line)
            if header is not None:
                outer, _, inner = header[1].partition(".")
                if not inner:
                    n_seen[outer] = n_seen.get(outer, 0) + 1
                current = (outer, n_seen.get(outer, 1))
                if current == self.section and not inner:
                    line_of_section = number
                if current == self.section and key and inner.split(".")[-1] == key:
                    return number
            elif current == self.section and wanted.search(line):
                return number
        return line_of_section


class Table:
    """One table that is being read. Ask for each key that there may be, then `done`."""

    def __init__(self, value: Value, place: Place) -> None:
        if not isinstance(value, Mapping):
            place.fail(f"is {shown(value)}, not a table")
        self.place = place
        self._left = dict(value)
        self._known: list[str] = []

    def take(self, key: str) -> Value:
        """The value of a key, whatever it is; None without it."""
        self._known.append(key)
        return self._left.pop(key, None)

    def has(self, key: str) -> bool:
        """Whether the key is there and not asked for yet."""
        return key in self._left

    def text(self, key: str) -> str:
        found = self.take(key)
        if found is not None and not isinstance(found, str):
            self._wrong(key, "a text", found)
        return found or ""

    def flag(self, key: str) -> bool | None:
        found = self.take(key)
        if found is not None and not isinstance(found, bool):
            self._wrong(key, "true or false", found)
        return found

    def number(self, key: str) -> float | None:
        found = self.take(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < float("inf"):
            self._wrong(key, "a number from 0", found)
        return float(found)

    def count(self, key: str, least: int = 0) -> int | None:
        found = self.take(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or found != found // 1 or found < least:
            self._wrong(key, f"an integer from {least}", found)
        return int(found)  # a Lua without integers says 2.0

    def choice(self, key: str, choices: Sequence[str]) -> str | None:
        found = self.take(key)
        if found is not None and found not in choices:
            hint = did_you_mean(found, choices) if isinstance(found, str) else ""
            self.place.fail(f"has {key} = {shown(found)}, which is none of {', '.join(choices)}", key=key, hint=hint)
        return None if found is None else str(found)

    def table(self, key: str) -> dict[str, Value] | None:
        found = self.take(key)
        if found is not None and (not isinstance(found, Mapping) or not all(isinstance(it, str) for it in found)):
            self._wrong(key, "a table", found)
        return None if found is None else dict(found)

    def items(self, key: str) -> list[Value]:
        """A list. An empty table is one too: a Lua table without fields says neither."""
        found = self.take(key)
        if found is None or found == {}:
            return []
        if not isinstance(found, list | tuple):
            self._wrong(key, "a list", found)
        return list(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self.items(key)
        for it in found:
            if not isinstance(it, str):
                self._wrong(key, "a list of texts", found)
        return tuple(found)

    def text_or_texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of them."""
        if isinstance(self._left.get(key), str):
            return (self.text(key),)
        return self.texts(key)

    def done(self) -> None:
        """Complain about the first key that nobody has asked for."""
        for key in self._left:
            hint = did_you_mean(str(key), self._known) or f"there are {', '.join(sorted(self._known))}"
            self.place.fail(f"has an unknown key {key}", key=str(key), hint=hint)

    def _wrong(self, key: str, wanted: str, found: Value) -> NoReturn:
        self.place.fail(f"has {key} = {shown(found)}, which is not {wanted}", key=key)


def shown(value: Value) -> str:
    """A value in a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table" if value else "an empty table"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 60 else text[:59] + "…"


def check_names(value: Value, place: Place) -> None:
    """Complain about a `{{name}}` that there is not, in any text of a value."""
    if isinstance(value, Mapping):
        for it in value.values():
            check_names(it, place)
    elif isinstance(value, list | tuple):
        for it in value:
            check_names(it, place)
    elif isinstance(value, str):
        for name in names_in(value):
            if not is_known(name):
                hint = did_you_mean(name, NAMES) or f"there are {', '.join(NAMES)} and 1 to 9"
                place.fail(f"asks for {{{{{name}}}}}, which there is not", hint=f"{hint}; \\{{{{ stands for itself")
