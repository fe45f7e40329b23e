"""Dates as people write them: read in nearly any notation, written in named forms, and time zones by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from llmspell.errors import ToolFailed
from llmspell.suggestions import did_you_mean

FORMATS = {
    "iso": "",
    "rfc2822": "%a, %d %b %Y %H:%M:%S %z",
    "http": "%a, %d %b %Y %H:%M:%S GMT",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "datetime": "%Y-%m-%d %H:%M:%S",
    "us": "%m/%d/%Y",
    "eu": "%d.%m.%Y",
    "long": "%A, %d %B %Y %H:%M:%S %Z",
    "timestamp": "",
}


def zone_of(name: str) -> tzinfo:
    """The zone of this name: `Europe/Berlin`, `UTC`, `local`, `+02:00`.

    Raises:
        ToolFailed: unknown_timezone.
    """
    plain = name.strip()
    if plain.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if plain.lower() == "local":
        return datetime.now().astimezone().tzinfo or UTC
    if plain[:1] in ("+", "-"):
        hours, _, minutes = plain[1:].partition(":")
        offset = f"{plain[0]}{hours:0>2}:{minutes or '00'}" if len(hours) < 3 else plain
        try:
            return datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo or UTC
        except ValueError:
            pass
    known = available_timezones()
    # Found by name in the list and not by opening a file of that name.
    match = (
        plain if plain in known else next((it for it in known if it.lower() == plain.lower().replace(" ", "_")), None)
    )
    if match is None:
        cities = {it.rpartition("/")[2]: it for it in sorted(known)}
        last = plain.rpartition("/")[2].replace(" ", "_").title()
        hint = f"did you mean {cities[last]}?" if last in cities else did_you_mean(plain[:60], known)
        raise ToolFailed(f'there is no time zone "{plain[:60]}"', code="unknown_timezone", hint=hint)
    return ZoneInfo(match)


def parse(text: str, zone: tzinfo, *, day_first: bool, now: float) -> datetime:
    """An aware moment of a date in nearly any notation.

    Args:
        zone: Of a text that names none.
        day_first: 01/02/2026 is the first of February.
        now: Gives what the text leaves out (`14:30` is today), and what `now`, `today`, `tomorrow` mean.

    Raises:
        ToolFailed: invalid_date.
    """
    plain = text.strip()
    today = datetime.fromtimestamp(now, zone)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    words = {"now": today, "today": midnight, "tomorrow": _by_days(midnight, 1), "yesterday": _by_days(midnight, -1)}
    if plain.lower() in words:
        return words[plain.lower()]
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        moment = _parse_loosely(plain, day_first, midnight)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def written(moment: datetime, form: str) -> str:
    """The moment in a named form, or by a pattern of strftime."""
    if form == "iso":
        return moment.isoformat()
    if form == "timestamp":
        return str(timestamp_of(moment))
    if form == "http":
        moment = moment.astimezone(UTC)
    if form not in FORMATS and "%" not in form:
        hint = did_you_mean(form[:60], FORMATS) or "a name from `formats`, or a pattern such as %Y-%m-%d"
        raise ToolFailed(f'there is no date format "{form[:60]}"', code="unknown_format", hint=hint)
    try:
        return moment.strftime(FORMATS.get(form, form))
    except (ValueError, UnicodeError) as error:
        raise ToolFailed(f'"{form[:60]}" is not a pattern for dates ({error})', code="unknown_format") from error


def _parse_loosely(text: str, day_first: bool, today: datetime) -> datetime:
    from dateutil import parser  # late: 15 ms, and most dates are ISO

    try:
        moment = parser.parse(text, dayfirst=day_first, default=today.replace(tzinfo=None), tzinfos=_named_zone)
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise ToolFailed(
            f'"{text[:80]}" is not a date',
            code="invalid_date",
            hint="such as 2026-11-21T14:30:00+01:00 or 21 Nov 2026 14:30",
        ) from error
    return moment


def _named_zone(name: str | None, offset: int | None) -> tzinfo | int | None:
    """dateutil asks for a zone: by its abbreviation where there is no offset. An unknown one is an error, never UTC."""
    if name is None or offset is not None:
        return offset
    abbreviations = {"UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
    abbreviations |= {"PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "BST": 1}
    if name not in abbreviations:
        raise ValueError(f"the time zone {name} is ambiguous or unknown")
    return abbreviations[name] * 3600


def _by_days(moment: datetime, n_days: int) -> datetime:
    return moment + timedelta(days=n_days)


def timestamp_of(moment: datetime) -> int | float:
    seconds = moment.timestamp()
    return int(seconds) if seconds.is_integer() else seconds
