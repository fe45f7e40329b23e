"""Dates and times, above all where clocks are changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import InvalidParams, ToolFailed
from llmspell.tools.date_texts import FORMATS, parse, written

NAME = "datetime-handler"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()


def test_now_is_the_time_of_the_run(registry, make_context) -> None:
    ctx = make_context("tool:*")
    ctx.run.clock = lambda: NOON
    result = asyncio.run(registry.execute(ctx, NAME, {"operation": "now", "timezone": "Europe/Berlin"}))
    assert result.result["iso"] == "2026-11-21T13:00:00+01:00"
    assert result.result["timestamp"] == NOON
    assert result.result["timezone"] == "Europe/Berlin"
    assert result.result["utc_offset_seconds"] == 3600


@pytest.mark.parametrize(
    ("text", "params", "iso"),
    [
        ("2026-11-21", {}, "2026-11-21T00:00:00+00:00"),
        ("2026-11-21T14:30:00+01:00", {}, "2026-11-21T14:30:00+01:00"),
        ("2026-11-21T14:30:00Z", {"timezone": "Europe/Berlin"}, "2026-11-21T14:30:00+00:00"),
        ("21 Nov 2026 14:30 CET", {}, "2026-11-21T14:30:00+01:00"),
        ("Sat, 21 Nov 2026 14:30:05 +0530", {}, "2026-11-21T14:30:05+05:30"),
        ("November 21st, 2026 2pm", {}, "2026-11-21T14:00:00+00:00"),
        ("01/02/2026", {}, "2026-01-02T00:00:00+00:00"),
        ("01/02/2026", {"day_first": True}, "2026-02-01T00:00:00+00:00"),
        ("2026-07-01 12:00", {"timezone": "Europe/Berlin"}, "2026-07-01T12:00:00+02:00"),
        ("2026-01-01", {"timezone": "+5:30"}, "2026-01-01T00:00:00+05:30"),
        (0, {}, "1970-01-01T00:00:00+00:00"),
        (1.5, {"timezone": "utc"}, "1970-01-01T00:00:01.500000+00:00"),
    ],
)
def test_a_date_is_read(text: object, params: dict[str, object], iso: str, call) -> None:
    assert call(NAME, {"operation": "parse", "input": text, **params}).result["iso"] == iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("now", "2026-11-21T12:00:00+00:00"),
        ("today", "2026-11-21T00:00:00+00:00"),
        ("Tomorrow", "2026-11-22T00:00:00+00:00"),
        ("yesterday", "2026-11-20T00:00:00+00:00"),
        ("14:30", "2026-11-21T14:30:00+00:00"),
    ],
)
def test_what_a_date_leaves_out_is_that_of_the_run(text: str, iso: str) -> None:
    assert parse(text, UTC, day_first=False, now=NOON).isoformat() == iso


@pytest.mark.parametrize("text", ["", "nonsense", "2026-02-30", "2026-13-01", "9" * 150, "2026-01-01 XYZ", "\0"])
def test_what_is_no_date_is_refused(text: str, call) -> None:
    with pytest.raises(ToolFailed, match="is not a date") as caught:
        call(NAME, operation="parse", input=text)
    assert caught.value.code == "invalid_date"


@pytest.mark.parametrize(
    ("start", "amount", "iso"),
    [
        ("2026-01-31", {"months": 1}, "2026-02-28T00:00:00+01:00"),
        ("2024-02-29", {"years": 1}, "2025-02-28T00:00:00+01:00"),
        ("2026-01-01", {"days": 1.5}, "2026-01-02T12:00:00+01:00"),
        ("2026-01-01", {"weeks": 1, "hours": -1}, "2026-01-07T23:00:00+01:00"),
        ("2026-01-01", {"milliseconds": 1500}, "2026-01-01T00:00:01.500000+01:00"),
        # The night of 29 March has 23 hours, that of 25 October 25.
        ("2026-03-28T12:00", {"days": 1}, "2026-03-29T12:00:00+02:00"),
        ("2026-03-28T12:00", {"hours": 24}, "2026-03-29T13:00:00+02:00"),
        ("2026-03-28T02:30", {"days": 1}, "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T01:30", {"hours": 2}, "2026-10-25T02:30:00+01:00"),
        ("2026-10-24T12:00", {"days": 1}, "2026-10-25T12:00:00+01:00"),
    ],
)
def test_days_move_the_calendar_and_hours_the_clock(start: str, amount: dict[str, object], iso: str, call) -> None:
    params = {"operation": "add", "input": start, "timezone": "Europe/Berlin"}
    assert call(NAME, {**params, **amount}).result["iso"] == iso
    assert call(NAME, {**params, "amount": amount}).result["iso"] == iso


def test_subtracting_is_adding_the_other_way(call) -> None:
    assert call(NAME, operation="subtract", input="2026-03-31", months=1).result["iso"].startswith("2026-02-28")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"operation": "add", "input": "9999-12-31", "days": 1}, "out_of_range"),
        ({"operation": "subtract", "input": "0001-01-01", "days": 1}, "out_of_range"),
        ({"operation": "add", "input": "2026-01-01", "days": 1e10}, "out_of_range"),
        ({"operation": "add", "input": "2026-01-01", "years": 10**10}, "out_of_range"),
        ({"operation": "convert_timezone", "input": "0001-01-01", "to": "America/New_York"}, "out_of_range"),
        ({"operation": "format", "input": "0001-01-01T00:00:00+14:00", "format": "http"}, "out_of_range"),
        ({"operation": "difference", "input": "0001-01-01T00:00:00+14:00", "other": "2026-01-01"}, "out_of_range"),
        ({"operation": "add", "input": "2026-01-01"}, "missing_input"),
        ({"operation": "parse"}, "missing_input"),
        ({"operation": "difference", "input": "2026-01-01"}, "missing_input"),
        ({"operation": "convert_timezone", "input": "2026-01-01"}, "missing_input"),
        ({"operation": "parse", "input": 1e12}, "invalid_date"),
        ({"operation": "parse", "input": float("nan")}, "invalid_date"),
        ({"operation": "format", "input": 0, "format": "weird"}, "unknown_format"),
        ({"operation": "format", "input": 0, "format": "\ud800%Y"}, "unknown_format"),
        ({"operation": "now", "timezone": "../../etc/passwd"}, "unknown_timezone"),
        ({"operation": "now", "timezone": "+99:99"}, "unknown_timezone"),
        ({"operation": "now", "timezone": ""}, "unknown_timezone"),
    ],
)
def test_it_refuses_with_a_code_of_its_own(params: dict[str, object], code: str, call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call(NAME, params)
    assert caught.value.code == code


@pytest.mark.parametrize("asked", ["Berlin", "Europe/Berln", "berlin"])
def test_an_unknown_zone_gets_the_nearest(asked: str, call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call(NAME, operation="now", timezone=asked)
    assert "Europe/Berlin" in caught.value.hint


@pytest.mark.parametrize("asked", ["Europe/Berlin", "europe/berlin", "UTC", "local", "+02:00", "-0330"])
def test_zones_are_found(asked: str, call) -> None:
    assert call(NAME, operation="now", timezone=asked).success


def test_a_fraction_of_a_month_is_refused(call) -> None:
    with pytest.raises(InvalidParams, match=r"\$\.amount\.months must be an integer"):
        call(NAME, operation="add", input="2026-01-01", months=1.5)


def test_a_difference_is_real_time_and_calendar_time(call) -> None:
    short = call(NAME, operation="difference", input="2026-03-29", other="2026-03-30", timezone="Europe/Berlin")
    assert short.result["hours"] == 23
    assert short.result["calendar"]["days"] == 1
    assert short.text == "1 day"
    back = call(NAME, operation="difference", input="2026-03-30T12:00Z", other="2026-01-29T11:00Z")
    assert back.result["seconds"] == -60 * 86400 - 3600
    assert back.text == "-2 months, 1 day, 1 hour"
    assert call(NAME, operation="difference", start="2026-01-01", end="2026-01-01").text == "0.0 seconds"


def test_a_moment_is_the_same_in_another_zone(call) -> None:
    moved = call(
        NAME, operation="convert_timezone", input="2026-07-01 12:00", **{"from": "Asia/Tokyo"}, to="America/New_York"
    )
    assert moved.result["iso"] == "2026-06-30T23:00:00-04:00"


def test_info_tells_the_calendar(call) -> None:
    info = call(NAME, operation="info", input="2024-12-31", timezone="Europe/Berlin").result
    assert info["weekday"] == "Tuesday"
    assert (info["week"], info["week_year"]) == (1, 2025)
    assert (info["day_of_year"], info["quarter"], info["days_in_month"]) == (366, 4, 31)
    assert info["is_leap_year"] is True
    assert info["is_weekend"] is False
    assert info["is_dst"] is False


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso", "2026-11-21T14:30:05+01:00"),
        ("http", "Sat, 21 Nov 2026 13:30:05 GMT"),
        ("timestamp", "1795267805"),
        ("eu", "21.11.2026"),
        ("%Y week %V", "2026 week 47"),
    ],
)
def test_formats_by_name_and_by_pattern(form: str, text: str, call) -> None:
    assert call(NAME, operation="format", input="2026-11-21T14:30:05+01:00", format=form).result == text


def test_every_listed_format_is_one(call) -> None:
    assert set(call(NAME, operation="formats").result) == set(FORMATS)


@given(st.datetimes(timezones=st.timezones()))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    assert parse(written(moment, "iso"), UTC, day_first=False, now=NOON) - moment == moment - moment
