"""Which artifacts are meant by a query."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from llmspell.errors import BadArgument
from llmspell.sessions.artifact import MAX_BYTES, Artifact
from llmspell.sessions.session import Value, check_tags, name_matcher

MAX_FOUND = 10_000
QUERY = (
    *("session", "session_id", "type", "name", "name_pattern", "tags", "content_hash", "metadata"),
    *("created_after", "created_before", "min_size", "max_size", "limit"),
)


def matcher(wanted: Mapping[str, Value]) -> Callable[[Artifact], bool]:
    """Whether an artifact is one of those that are asked for, by `QUERY`."""
    tags = set(check_tags(wanted.get("tags") or []))
    like_it = name_matcher(wanted.get("name_pattern") or wanted.get("name"))
    after, before = _moment(wanted, "created_after"), _moment(wanted, "created_before")
    smallest, largest = whole(wanted, "min_size", 0), whole(wanted, "max_size", MAX_BYTES)
    told = wanted.get("metadata") or {}
    if not isinstance(told, dict):
        raise BadArgument("metadata of a query is a table")

    def matches(it: Artifact) -> bool:
        return (
            wanted.get("type") in (None, it.type)
            and wanted.get("content_hash") in (None, it.content_hash)
            and like_it(it.name) is not None
            and tags <= set(it.tags)
            and smallest <= it.size <= largest
            and (after is None or it.created_at > after)
            and (before is None or it.created_at < before)
            and all(it.metadata.get(key) == value for key, value in told.items())
        )

    return matches


def whole(wanted: Mapping[str, Value], name: str, default: int) -> int:
    """A field that is a whole number."""
    value = wanted.get(name, default)
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not 0 <= value < math.inf
        or value != int(value)
    ):
        raise BadArgument(f"{name} is a whole number")
    return int(value)


def _moment(wanted: Mapping[str, Value], name: str) -> float | None:
    value = wanted.get(name)
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadArgument(f"{name} is no time: {str(value)[:100]!r}", hint="seconds, or 2026-01-31T12:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
