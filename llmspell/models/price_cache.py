"""Prices that were looked up in the table of genai-prices before, in a small file of the user's cache.

Loading the table takes longer than all else that a quick script does. What is kept counts only as long as the table is
the one that it was read from. The file may vanish at any time, and one that cannot be read or written costs time and
nothing else."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any

MAX_BYTES = 1024 * 1024
MAX_PRICES = 1000

Kept = Mapping[str, Any]  # a price as plain data


class PriceCache:
    """One file, read once.

    Args:
        path: The file; empty keeps nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._table = ""
        self._prices: dict[str, Kept] | None = None

    def find(self, name: str) -> Kept | None:
        """What is kept of `provider/model`."""
        if not self._path:
            return None
        if self._prices is None:
            self._prices = self._read()
        return self._prices.get(name)

    def keep(self, name: str, price: Kept) -> None:
        """Keep a price."""
        if not self._path:
            return
        prices = self._read()  # with what others have kept meanwhile
        self._prices = {**dict(list(prices.items())[-MAX_PRICES:]), name: price}
        folder = os.path.dirname(self._path)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            descriptor, made = tempfile.mkstemp(dir=folder, prefix=".prices-")
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump({"table": self._table, "prices": self._prices}, file)
            os.replace(made, self._path)
        except OSError:
            return  # a full or read-only disk: it is looked up again next time

    def _read(self) -> dict[str, Kept]:
        self._table = self._table or _name_of_table()
        try:
            with open(self._path, "rb") as file:
                value = json.loads(file.read(MAX_BYTES))
            prices = value["prices"] if self._table and value["table"] == self._table else {}
            return {str(name): it for name, it in prices.items() if isinstance(it, dict)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


def _name_of_table() -> str:
    """What changes with the installed table, told without loading it; empty where it cannot be told."""
    from importlib.util import find_spec  # late: only where a price is looked for

    spec = find_spec("genai_prices")
    if spec is None or not spec.origin:
        return ""
    try:
        found = os.stat(os.path.join(os.path.dirname(spec.origin), "data.py"))
    except OSError:
        return ""
    return f"{spec.origin} {found.st_size} {found.st_mtime_ns}"
