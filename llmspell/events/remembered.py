"""Answers that hooks have remembered, for a while and within bounds. Answers are copied in and out."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from copy import deepcopy
from typing import Any

MAX_ANSWERS = 1000
MAX_BYTES = 16 << 20  # of all of them, as text
MAX_ANSWER_BYTES = 1 << 20


class Remembered:
    """The latest answers by key.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: OrderedDict[str, tuple[float, int, Any]] = OrderedDict()
        self._n_bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, key: str) -> tuple[Any] | None:
        """The answer, in a tuple, or None when there is none that is new enough."""
        found = self._answers.get(key)
        if found is None:
            return None
        if found[0] <= self._clock():
            self._forget(key)
            return None
        self._answers.move_to_end(key)
        return (deepcopy(found[2]),)

    def keep(self, key: str, answer: Any, n_bytes: int, ttl_s: float) -> None:
        """Remember an answer, unless it is too large; those that were not used for longest make room."""
        n_bytes += len(key)
        if n_bytes > MAX_ANSWER_BYTES or ttl_s <= 0:
            return
        self._forget(key)
        self._answers[key] = (self._clock() + ttl_s, n_bytes, deepcopy(answer))
        self._n_bytes += n_bytes
        while len(self._answers) > MAX_ANSWERS or self._n_bytes > MAX_BYTES:
            self._forget(next(iter(self._answers)))

    def _forget(self, key: str) -> None:
        found = self._answers.pop(key, None)
        if found is not None:
            self._n_bytes -= found[1]
