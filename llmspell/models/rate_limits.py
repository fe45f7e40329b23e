"""Requests and tokens a minute of one provider: a request waits for its turn, first come, first served.

Exact, by a sliding window: in no 60 seconds are more requests begun than the limit says, nor more tokens used, as far
as they are known by then. A request's tokens are estimated before it and corrected after it.

Knows nothing of attempts and providers. Used from one event loop, whose clock it goes by."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from llmspell.models.estimate import media_tokens, text_tokens, written_bytes
from llmspell.models.messages import Media
from llmspell.models.protocol import ModelRequest

WINDOW_S = 60.0

_TOKENS_OF_ANSWER = 500  # where the request sets no limit; corrected when it is there


@dataclass(slots=True, eq=False)
class Turn:
    """One request in the window: when it began, and the tokens that are counted for it."""

    began_at: float
    tokens: float


class RateLimit:
    """The window of one provider.

    Args:
        requests_per_minute, tokens_per_minute: None is no limit. A request that alone has more tokens than the limit
            goes when the window is empty: whether that is too much is then the provider's to say.
    """

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None) -> None:
        self._max_requests = requests_per_minute
        self._max_tokens = tokens_per_minute
        self._window: deque[Turn] = deque()
        self._in_line = asyncio.Lock()  # it serves its waiters in their order, also when some of them give up
        self._given_back = asyncio.Event()

    async def take(self, tokens: float) -> Turn:
        """Wait until a request may begin. Whoever is cancelled meanwhile has taken nothing.

        Args:
            tokens: An estimate, to be corrected by `settle`.
        """
        clock = asyncio.get_running_loop().time
        async with self._in_line:
            while True:
                now = clock()
                free_at = self._free_at(tokens, now)
                if free_at <= now:
                    break
                self._given_back.clear()
                try:
                    async with asyncio.timeout_at(free_at):
                        await self._given_back.wait()
                except TimeoutError:
                    pass  # its time has come
            turn = Turn(now, tokens if self._max_tokens is not None else 0)
            if self._max_requests is not None or self._max_tokens is not None:
                self._window.append(turn)
            return turn

    def settle(self, turn: Turn, tokens: float) -> None:
        """Say how many tokens a request has used after all."""
        if self._max_tokens is not None:
            turn.tokens = tokens
            self._given_back.set()

    def _free_at(self, tokens: float, now: float) -> float:
        """When a request of so many tokens may begin, by what is known now."""
        window = self._window
        while window and window[0].began_at + WINDOW_S <= now:
            window.popleft()
        n_left = len(window)
        used = sum(it.tokens for it in window) if self._max_tokens is not None else 0.0
        free_at = now
        for it in window:  # oldest first: each that leaves makes room
            is_fit = self._max_requests is None or n_left + 1 <= self._max_requests
            if is_fit and (self._max_tokens is None or used + tokens <= self._max_tokens):
                break
            free_at = it.began_at + WINDOW_S
            n_left -= 1
            used -= it.tokens
        return free_at


def estimate_tokens(request: ModelRequest) -> float:
    """About how many tokens a request and its answer will be."""
    n_bytes = sum(len(it.description) + len(str(it.schema)) for it in request.tools)
    tokens = request.settings.max_tokens or _TOKENS_OF_ANSWER
    for message in request.messages:
        n_bytes += written_bytes(message)
        tokens += sum(media_tokens(it) for it in message.parts if isinstance(it, Media))
    return float(text_tokens(n_bytes) + tokens)
