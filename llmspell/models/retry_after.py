"""How long a provider asks to be left alone: `Retry-After` in all its spellings."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any


def retry_after_s(headers: Mapping[str, str], error: Any = None, *, now: float | None = None) -> float | None:
    """Seconds from now, at least 0; None where the provider does not say, or not in words that are known.

    Args:
        headers: Looked up by names in lower case.
        error: The body's error: Gemini writes it there and into no header.
        now: Seconds since 1970; the clock's where it is None.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))  # Azure's and OpenAI's, more exact
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    if text:
        return _until(text, time.time() if now is None else now)
    return _retry_info(error)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str, now: float) -> float | None:
    from datetime import UTC  # late, and what follows: dates are rare
    from email.utils import parsedate_to_datetime

    try:
        then = parsedate_to_datetime(date)
        return max(0.0, (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _retry_info(error: Any) -> float | None:
    """From `{"details": [{"@type": "…RetryInfo", "retryDelay": "31s"}]}`."""
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str) and delay.endswith("s"):
            seconds = _number(delay[:-1])
            return None if seconds is None else max(0.0, seconds)
    return None
