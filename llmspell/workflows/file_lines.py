"""Find the line of a value in a workflow's file by its place: a look at headers and keys for TOML, at tokens for JSON.

The file has been read by a real parser before; this only has to be right about files that are valid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

Place = tuple[str | int, ...]  # of a value: the keys and the indexes (from 0) that lead to it

_NAME = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_\-]+)"""
_NAMES = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAMES})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_NAMES})\s*=\s*(.*)$")
_ONE_NAME = re.compile(_NAME)
_PLACE = re.compile(r"""\.?([^.\[\]"']+)|\[(\d+)\]|\[["']((?:[^"'])*)["']\]""")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


def place_of(path: str) -> Place:
    """The place that a JSON path means: `$.steps[1].tool`."""
    found = _PLACE.finditer(path.removeprefix("$"))
    return tuple(int(it[2]) if it[2] is not None else it[1] if it[1] is not None else it[3] for it in found)


def line_in_toml(text: str, place: Place) -> int:
    """The line of the value, or of the nearest thing around it that has one; 1 where there is none."""
    return _nearest(_lines(text, False), place)


def line_in_json(text: str, place: Place) -> int:
    """The line of the value, or of the nearest thing around it that has one; 1 where there is none."""
    return _nearest(_lines(text, True), place)


def _nearest(lines: Mapping[Place, int], place: Place) -> int:
    return next((lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines), 1)


@lru_cache(maxsize=1)  # a hundred mistakes of one file are looked up one after the other
def _lines(text: str, is_json: bool) -> Mapping[Place, int]:
    """The first line of each place."""
    lines: dict[Place, int] = {}
    for place, line in _json_places(text) if is_json else _toml_places(text):
        lines.setdefault(place, line)
    return lines


def _toml_places(text: str) -> Iterator[tuple[Place, int]]:
    section: Place = ()
    lists: dict[Place, int] = {}  # the last index of each list of tables
    open_list: Place | None = None  # whose elements stand on lines of their own
    n_elements = 0
    closing = ""  # of a text of several lines that is open
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if open_list is not None:
            stripped = line.strip()
            if stripped.startswith("]"):
                open_list = None
            elif stripped and not stripped.startswith("#"):
                yield (*open_list, n_elements), number
                n_elements += 1
            continue
        if header := _HEADER.match(line):
            section = _resolved(_split(header[2]), lists, is_list=header[1] == "[[")
            yield section, number
        elif key := _KEY.match(line):
            place = (*section, *_split(key[1]))
            yield place, number
            value = key[2].strip()
            for quotes in ('"""', "'''"):
                if value.startswith(quotes) and quotes not in value[3:]:
                    closing = quotes
            if value.partition("#")[0].strip() == "[":
                open_list, n_elements = place, 0


def _resolved(names: list[str], lists: dict[Place, int], *, is_list: bool) -> Place:
    """A header's names with the index of each list of tables that is on the way."""
    place: Place = ()
    for i, name in enumerate(names):
        place = (*place, name)
        if is_list and i == len(names) - 1:
            lists[place] = lists.get(place, -1) + 1
        if place in lists:
            place = (*place, lists[place])
    return place


def _split(names: str) -> list[str]:
    return [_unquoted(it) for it in _ONE_NAME.findall(names)]


def _unquoted(name: str) -> str:
    if name.startswith("'"):
        return name[1:-1]
    if name.startswith('"'):
        try:
            return str(json.loads(name))
        except ValueError:  # an escape that TOML has and JSON has not
            return name[1:-1]
    return name


def _json_places(text: str) -> Iterator[tuple[Place, int]]:
    at: list[str | int] = []  # the key or index in each object and list that is open
    is_key: list[bool] = []  # whether the next text in it is a key; a list has none
    line, seen = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        it = token[0]
        if it in "{[":
            yield tuple(at), line
            at.append("" if it == "{" else 0)
            is_key.append(it == "{")
        elif it in "}]":
            at.pop()
            is_key.pop()
        elif it == ",":
            last = at[-1]
            if isinstance(last, int):
                at[-1] = last + 1
            else:
                is_key[-1] = True
        elif it == ":":
            continue
        elif is_key and is_key[-1]:
            at[-1] = str(json.loads(it))
            is_key[-1] = False
            yield tuple(at), line
        else:
            yield tuple(at), line
