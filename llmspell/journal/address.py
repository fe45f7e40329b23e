"""The address of a journal that is in a database: which texts are one, and what may be shown of it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

SERVERS = ("postgresql://", "postgres://")


def is_server(place: str) -> bool:
    """Whether a journal's place is the address of a database, and no file."""
    return place.startswith(SERVERS)


def shown(url: str) -> str:
    """The address as messages show it: no password, no parameters."""
    try:
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        name = user.partition(":")[0]
        return urlunsplit((parts.scheme, f"{name}{at}{host}", parts.path, "", ""))
    except ValueError:
        return "postgresql://"
