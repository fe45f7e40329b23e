"""`zoneinfo` for scripts: every zone's data is read before confinement, and parsed when it is asked for."""

from __future__ import annotations

import os
from io import BytesIO

from .python_modules import make_facade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def _zone_files() -> Iterator[tuple[str, str]]:
    """(zone, path) of every zone file of the system, or of the package tzdata where the system has none."""
    from zoneinfo import TZPATH

    folders = list(TZPATH)
    try:
        tzdata = __import__("tzdata")
        folders.append(os.path.join(os.path.dirname(str(tzdata.__file__)), "zoneinfo"))
    except ImportError:
        pass
    for folder in folders:
        if not os.path.isdir(folder):
            continue
        for place, folders_below, files in os.walk(folder):
            folders_below[:] = [it for it in folders_below if it not in ("posix", "right", "__pycache__")]
            for file in files:
                path = os.path.join(place, file)
                yield os.path.relpath(path, folder), path
        return


def _read_zones() -> dict[str, bytes]:
    zones = {}
    for name, path in _zone_files():
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            continue
        if data[:4] == b"TZif":
            zones[name] = data
    return zones


def zone_facade() -> Any:
    from zoneinfo import ZoneInfo as RealZoneInfo
    from zoneinfo import ZoneInfoNotFoundError

    data = _read_zones()
    known: dict[str, Any] = {}

    def ZoneInfo(key: str) -> Any:
        if type(key) is not str:
            raise TypeError("the name of a time zone must be text")
        if key not in known:
            if key not in data:
                raise ZoneInfoNotFoundError(f"No time zone found with key {key}")
            known[key] = RealZoneInfo.from_file(BytesIO(data[key]), key=key)
        return known[key]

    def available_timezones() -> set[str]:
        return set(data)

    return make_facade(
        "zoneinfo",
        {
            "ZoneInfo": ZoneInfo,
            "ZoneInfoNotFoundError": ZoneInfoNotFoundError,
            "available_timezones": available_timezones,
        },
    )
