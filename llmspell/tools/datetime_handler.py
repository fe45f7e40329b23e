"""Dates and times: now, parse, format, arithmetic, differences and time zones, correct across clock changes."""

from __future__ import annotations

import calendar
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from llmspell.errors import ToolFailed
from llmspell.tools.date_texts import FORMATS, parse, timestamp_of, written, zone_of
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_INPUT = 200  # characters; longer than any date
MAX_AMOUNT = 10_000_000_000
MAX_SECONDS = 1_000_000_000_000  # beyond year 9999

# Years to days move the calendar (and keep the wall clock), hours to microseconds move the clock.
_CALENDAR_UNITS = ("years", "months", "weeks", "days")
_CLOCK_UNITS = ("hours", "minutes", "seconds", "milliseconds", "microseconds")
UNITS = (*_CALENDAR_UNITS, *_CLOCK_UNITS)


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Do what `operation` says."""
    try:
        return _answer(ctx, params)
    except OverflowError as error:
        # Near the ends of the calendar a mere change of zone can leave it.
        raise _out_of_range() from error


def _answer(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    operation = params["operation"]
    zone = zone_of(params["timezone"]) if "timezone" in params else None
    if operation == "formats":
        shown = {name: written(_EXAMPLE, name) for name in FORMATS}
        return answer("formats", shown, "\n".join(f"{name}: {it}" for name, it in shown.items()))
    if operation == "now":
        moment = datetime.fromtimestamp(_clock(ctx), zone or UTC)
        return answer("now", _parts(moment, params), written(moment, params["format"]))
    if "input" not in params:
        raise ToolFailed("datetime-handler: there is no date", code="missing_input", hint="give `input`")
    moment = _read(params["input"], params, zone, _clock(ctx))
    match operation:
        case "parse" | "info":
            found = _info(moment) if operation == "info" else {}
            return answer(operation, {**_parts(moment, params), **found}, written(moment, params["format"]))
        case "format":
            text = written(moment if zone is None else moment.astimezone(zone), params["format"])
            return answer("format", text)
        case "add" | "subtract":
            moment = _moved(moment, params["amount"], 1 if operation == "add" else -1)
            return answer(operation, _parts(moment, params), written(moment, params["format"]))
        case "convert_timezone":
            if "to" not in params:
                raise ToolFailed(
                    "datetime-handler: there is no zone to convert to", code="missing_input", hint="give `to`"
                )
            moment = moment.astimezone(zone_of(params["to"]))
            return answer(operation, _parts(moment, params), written(moment, params["format"]))
        case _:
            if "other" not in params:
                raise ToolFailed("datetime-handler: there is no second date", code="missing_input", hint="give `other`")
            return _difference(moment, _read(params["other"], params, zone, _clock(ctx)))


def _clock(ctx: RunContext) -> float:
    # The run's clock, so that a replay sees the same time.
    now = getattr(ctx, "now", None)
    return float(now()) if now is not None else time.time()


def _read(value: Value, params: Mapping[str, Value], zone: tzinfo | None, now: float) -> datetime:
    """A moment of a text or of a number of seconds since 1970."""
    if isinstance(value, str):
        return parse(value, zone or UTC, day_first=params["day_first"], now=now)
    try:
        return datetime.fromtimestamp(value, zone or UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ToolFailed(f"{value!r:.60} seconds are out of range", code="invalid_date") from error


def _moved(moment: datetime, amount: Mapping[str, Value], sign: int) -> datetime:
    from dateutil.relativedelta import relativedelta  # late: only arithmetic needs it

    if not amount:
        raise ToolFailed("datetime-handler: there is nothing to add", code="missing_input", hint="give days, hours, …")
    try:
        months = relativedelta(years=sign * amount.get("years", 0), months=sign * amount.get("months", 0))
        days = timedelta(**{name: sign * amount[name] for name in ("weeks", "days") if name in amount})
        # On the wall clock: the same time, months or days later, also where the clocks were changed between.
        moved: datetime = moment + months + days
        clock = timedelta(**{name: sign * amount[name] for name in _CLOCK_UNITS if name in amount})
        # Hours are real ones: added in UTC. That also turns a wall time which a clock change skipped into one that is.
        return (moved.astimezone(UTC) + clock).astimezone(moment.tzinfo)
    except (OverflowError, ValueError) as error:
        raise _out_of_range() from error


def _out_of_range() -> ToolFailed:
    return ToolFailed("the date would be before year 1 or after year 9999", code="out_of_range")


def _difference(moment: datetime, other: datetime) -> ToolResult:
    """From the first to the second: in the units of a calendar, and in total."""
    from dateutil.relativedelta import relativedelta  # late: only arithmetic needs it

    # In UTC: two times in one zone would be subtracted by their wall clocks.
    total = other.astimezone(UTC) - moment.astimezone(UTC)
    steps = relativedelta(other.astimezone(moment.tzinfo).replace(tzinfo=None), moment.replace(tzinfo=None))
    names = ("years", "months", "days", "hours", "minutes", "seconds")
    calendar_parts = {name: getattr(steps, name) for name in names}
    seconds = total.total_seconds()
    words = [f"{abs(it)} {name if abs(it) != 1 else name[:-1]}" for name, it in calendar_parts.items() if it]
    result = {
        "seconds": seconds,
        "minutes": seconds / 60,
        "hours": seconds / 3600,
        "days": seconds / 86400,
        "weeks": seconds / 604800,
        "calendar": calendar_parts,
        "from": moment.isoformat(),
        "to": other.isoformat(),
    }
    sign = "-" if seconds < 0 else ""
    return answer("difference", result, sign + (", ".join(words) or f"{abs(seconds)} seconds"))


def _parts(moment: datetime, params: Mapping[str, Value]) -> dict[str, Value]:
    offset = moment.utcoffset() or timedelta()
    return {
        "iso": moment.isoformat(),
        "formatted": written(moment, params["format"]),
        "timestamp": timestamp_of(moment),
        "timezone": getattr(moment.tzinfo, "key", None) or moment.tzname() or "",
        "utc_offset_seconds": int(offset.total_seconds()),
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
        "microsecond": moment.microsecond,
    }


def _info(moment: datetime) -> dict[str, Value]:
    week_year, week, weekday = moment.isocalendar()
    return {
        "weekday": moment.strftime("%A"),
        "weekday_number": weekday,
        "is_weekend": weekday > 5,
        "week": week,
        "week_year": week_year,
        "day_of_year": moment.timetuple().tm_yday,
        "quarter": (moment.month + 2) // 3,
        "is_leap_year": calendar.isleap(moment.year),
        "days_in_month": calendar.monthrange(moment.year, moment.month)[1],
        "is_dst": bool(moment.dst()),
    }


_EXAMPLE = datetime(2026, 11, 21, 14, 30, 5, tzinfo=UTC)
_DATE = {"type": ["string", "number"], "maxLength": MAX_INPUT, "minimum": -MAX_SECONDS, "maximum": MAX_SECONDS}
_AMOUNT = {
    **{it: {"type": "integer", "minimum": -MAX_AMOUNT, "maximum": MAX_AMOUNT} for it in ("years", "months")},
    **{it: {"type": "number", "minimum": -MAX_AMOUNT, "maximum": MAX_AMOUNT} for it in (*UNITS[2:],)},
}
_PARTS_SHAPE = (
    "{iso, formatted, timestamp, timezone, utc_offset_seconds, year, month, day, hour, minute, second, microsecond}"
)

TOOL = ToolSpec(
    name="datetime-handler",
    idempotent=True,
    description="Dates and times: now, parse, format, add, subtract, difference, calendar facts, time zones",
    category="utilities",
    tags=("date", "time", "timezone", "calendar"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": [
                    "now",
                    "parse",
                    "format",
                    "add",
                    "subtract",
                    "difference",
                    "info",
                    "formats",
                    "convert_timezone",
                ],
                "description": "What to do",
            },
            "input": {
                **_DATE,
                "description": "A date in nearly any notation, or seconds since 1970",
                "x-aliases": ["date", "datetime", "text", "data", "start"],
            },
            "other": {**_DATE, "description": "difference: the second date", "x-aliases": ["end", "until", "date2"]},
            "timezone": {
                "type": "string",
                "maxLength": 100,
                "description": "Europe/Berlin, UTC, +02:00, local; of dates that name no zone (UTC unless given)",
                "x-aliases": ["from", "from_timezone", "tz"],
            },
            "to": {
                "type": "string",
                "maxLength": 100,
                "description": "convert_timezone: the zone",
                "x-aliases": ["to_timezone", "target_timezone"],
            },
            "format": {
                "type": "string",
                "maxLength": 200,
                "default": "iso",
                "description": "A name from `formats`, or a pattern such as %Y-%m-%d",
            },
            "day_first": {"type": "boolean", "default": False, "description": "01/02/2026 is the first of February"},
            "amount": {
                "type": "object",
                "properties": _AMOUNT,
                "additionalProperties": False,
                "default": {},
                "description": "add, subtract: days move the calendar, hours the clock",
                "x-flat": True,
                "x-aliases": ["duration"],
            },
        },
        "required": ["operation"],
        "additionalProperties": False,
    },
    run=run,
    examples=(
        {"operation": "now", "timezone": "Europe/Berlin"},
        {"operation": "parse", "input": "21 Nov 2026 14:30 CET"},
        {"operation": "add", "input": "2026-01-31", "months": 1},
        {"operation": "difference", "input": "2026-01-01", "other": "2026-11-21T12:00:00Z"},
        {"operation": "convert_timezone", "input": "2026-07-01T12:00:00Z", "to": "America/New_York"},
        {"operation": "format", "input": 0, "format": "rfc2822"},
        {"operation": "info", "input": "2024-02-29"},
        {"operation": "formats"},
    ),
    results={
        **dict.fromkeys(("now", "parse", "add", "subtract", "convert_timezone"), _PARTS_SHAPE),
        "info": f"{_PARTS_SHAPE[:-1]}, weekday, weekday_number (Monday is 1), is_weekend, week, week_year, "
        "day_of_year, quarter, is_leap_year, days_in_month, is_dst}",
        "format": "the date as text",
        "formats": "{NAME: an example of it}",
        "difference": "{seconds, minutes, hours, days, weeks (each the whole), calendar: {years, months, days, hours, "
        "minutes, seconds}, from, to}; negative where other is earlier",
    },
    options={
        "now": "timezone, format",
        "parse": "input; timezone, format, day_first",
        "info": "input; timezone, format, day_first",
        "format": "input; format, timezone, day_first",
        "add": f"input, amount or its fields ({', '.join(UNITS)}); timezone, format, day_first",
        "subtract": "as add",
        "difference": "input, other; timezone, day_first",
        "convert_timezone": "input, to; timezone, format, day_first",
        "formats": "",
    },
)
