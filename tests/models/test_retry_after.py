"""How long a provider asks to be left alone."""

from __future__ import annotations

import pytest

from llmspell.models.retry_after import retry_after_s

NOW = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "what", "retry-after": "9"}, 9.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:14:20 GMT"}, 60.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:14:20 -0000"}, 60.0),
        ({"retry-after": "Mon, 21 Sep 2026 13:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 99 Sep 2026 13:00:00 GMT"}, None),
    ],
)
def test_a_header_is_read_in_all_its_spellings(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == seconds


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        ({"details": [{"@type": "type.googleapis.com/google.rpc.Help"}, {"retryDelay": "31s"}]}, 31.0),
        ({"details": [{"retryDelay": "0.25s"}]}, 0.25),
        ({"details": [{"retryDelay": "later"}]}, None),
        ({"details": [{"retryDelay": "xs"}]}, None),
        ({"details": "31s"}, None),
        ("31s", None),
    ],
)
def test_where_there_is_no_header_geminis_body_is_asked(error: object, seconds: float | None) -> None:
    assert retry_after_s({}, error) == seconds
    assert retry_after_s({"retry-after": "2"}, error) == 2.0
