"""Read the ledger, also while runs write to it: what was spent, by whom and on what. Never writes, never creates."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import Literal, get_args

from llmspell.journal.entries import Usage
from llmspell.journal.ledger_schema import SCHEMA
from llmspell.journal.spending import Amount
from llmspell.sqlite_file import open_for_reading, store_error

By = Literal["model", "provider", "agent", "script", "run", "day"]
GROUPS: tuple[By, ...] = get_args(By)

_COLUMNS: dict[By, str] = {
    "model": "provider || '/' || model",
    "provider": "provider",
    "agent": "agent",
    "script": "script",
    "run": "run_id",
    "day": "day",
}


@dataclass(frozen=True, slots=True)
class Total:
    """What the calls of one group come to.

    Attributes:
        name: The model's, agent's, … name; empty for calls without one. A day is one of UTC.
        n_estimated: Calls that broke off or came without a count, so that what they cost is an estimate.
        n_unpriced: Calls of models whose price nobody knows; their cost is not in `usd`.
    """

    name: str
    n_calls: int
    usage: Usage
    usd: float
    n_estimated: int
    n_unpriced: int


def read_totals(path: str, by: By, *, since: float = 0.0) -> list[Total]:
    """What was spent, the most expensive group first; days and runs in their order. Calls under way are not in it.

    Args:
        since: Seconds since 1970.

    Raises:
        StoreError: There is a file, and it cannot be read.
    """
    if not os.path.exists(path):
        return []  # nothing was spent yet
    order = "min(at)" if by in ("day", "run") else "coalesce(sum(nano_usd), 0) DESC, count(*) DESC, 1"
    statement = (
        f"SELECT {_COLUMNS[by]}, count(*), sum(input_tokens), sum(output_tokens), sum(cached_tokens),"
        " coalesce(sum(nano_usd), 0), sum(state != 'done'), sum(nano_usd IS NULL)"
        f" FROM calls WHERE state != 'held' AND at >= ? GROUP BY 1 ORDER BY {order}"
    )
    connection = open_for_reading(path, SCHEMA)
    try:
        rows = connection.execute(statement, (since,)).fetchall()
    except sqlite3.Error as error:
        raise store_error("ledger", path, "read", error) from error
    finally:
        connection.close()
    return [
        Total(name, n_calls, Usage(n_input, n_output, n_cached), Amount(nano_usd).usd, n_estimated, n_unpriced)
        for name, n_calls, n_input, n_output, n_cached, nano_usd, n_estimated, n_unpriced in rows
    ]
