"""Read a table of data: CSV with any usual separator, a JSON list of objects, or lines of JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from llmspell.models.messages import Value

MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
_LARGEST = 1e100  # beyond it, sums of squares leave what a float can hold
_NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "-"})


class NoTable(ValueError):
    """It is none; the text says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, all as long as there are rows; what is missing is None.

    Attributes:
        numeric: The columns that hold numbers and nothing else.
    """

    columns: Mapping[str, Sequence[Value]]
    n_rows: int
    numeric: frozenset[str]

    def only(self, names: Iterable[str]) -> Table:
        """The table with these columns."""
        return Table({it: self.columns[it] for it in names}, self.n_rows, self.numeric)


def read_table(text: str, kind: str = "auto") -> Table:
    """A table of a text.

    Args:
        kind: csv | json | auto.

    Raises:
        NoTable: It is none.
    """
    stripped = text.lstrip("\ufeff \r\n\t")
    if kind == "json" or (kind == "auto" and stripped[:1] in ("[", "{")):
        return table_of(_json_rows(stripped))
    return _of_csv(text.lstrip("\ufeff"))


def table_of(rows: Value) -> Table:
    """A table of a list of objects, or of an object of lists.

    Raises:
        NoTable: It is neither.
    """
    if isinstance(rows, Mapping):
        lists = [it for it in rows.values() if isinstance(it, list)]
        if len(rows) == len(lists) and lists and not any(isinstance(one, Mapping) for it in lists for one in it):
            n = max(map(len, lists))
            return _made({str(key): [*it, *[None] * (n - len(it))] for key, it in rows.items()}, n)
        inside = [it for it in lists if it and isinstance(it[0], Mapping)]
        if len(inside) != 1:
            raise NoTable("the data is an object, and not one of lists")
        rows = inside[0]
    if not isinstance(rows, list | tuple) or not rows:
        raise NoTable("the data has no rows")
    names: dict[str, None] = {}
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise NoTable(f"row {i + 1} of the data is no object")
        names.update(dict.fromkeys(map(str, row)))
    return _made({name: [row.get(name) for row in rows] for name in names}, len(rows))


def _json_rows(text: str) -> Value:
    try:
        return json.loads(text)
    except RecursionError:
        raise NoTable("the JSON is nested too deeply") from None
    except ValueError as problem:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise NoTable(f"it is not JSON: {problem}") from None


def _of_csv(text: str) -> Table:
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:20_000], ",;\t|")
    except csv.Error:  # one column, or too little to tell
        dialect = "excel"
    try:
        reader = csv.reader(io.StringIO(text), dialect)
        rows = [row for row in reader if any(it.strip() for it in row)]
    except csv.Error as problem:
        raise NoTable(f"it is not CSV: {problem}") from None
    if len(rows) < 2:
        raise NoTable("the data has no rows beneath its first line, which has the names of the columns")
    names = [it.strip() or f"column {i + 1}" for i, it in enumerate(rows[0])]
    if len(set(names)) < len(names):
        twice = next(it for it in names if names.count(it) > 1)
        raise NoTable(f'the column "{twice[:100]}" is there twice')
    body = rows[1:]
    return _made({name: [row[i] if i < len(row) else None for row in body] for i, name in enumerate(names)}, len(body))


def _made(columns: Mapping[str, Sequence[Value]], n_rows: int) -> Table:
    if n_rows > MAX_ROWS or len(columns) > MAX_COLUMNS:
        raise NoTable(f"{n_rows} rows and {len(columns)} columns are too many, {MAX_ROWS} and {MAX_COLUMNS} at most")
    found: dict[str, Sequence[Value]] = {}
    numeric: set[str] = set()
    for name, values in columns.items():
        present = [None if isinstance(it, str) and it.strip().lower() in _NOTHING else it for it in values]
        numbers = _numbers(present)
        found[name] = numbers or present
        if numbers:
            numeric.add(name)
    return Table(found, n_rows, frozenset(numeric))


def _numbers(values: Sequence[Value]) -> list[Value]:
    """A column as numbers; empty where it has something else, or nothing at all."""
    numbers: list[Value] = []
    for it in values:
        number = _number(it)
        if it is not None and number is None:
            return []
        numbers.append(number)
    return numbers if any(it is not None for it in numbers) else []


def _number(value: Value) -> int | float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value if -_LARGEST <= value <= _LARGEST else None
    if not isinstance(value, str):
        return None
    text = value.strip().replace("_", "x")  # Python's own spelling is nobody else's
    try:
        number = float(text) if any(it in text for it in ".eEnN") else int(text)
    except ValueError:
        return None
    return number if -_LARGEST <= number <= _LARGEST else None
