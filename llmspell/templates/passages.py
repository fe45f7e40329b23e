"""Find the passages that speak of something, by their words: those that are rare in all of them count more (BM25)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_K1, _B = 1.4, 0.75  # as published: how much a word counts that is there again, and how much length counts
_COMMON = frozenset(
    _WORD.findall(
        "a an and are as at be by can did do does for from has have how in into is it its of on or that the their"
        " there these this to was were what when where which who why will with"
    )
)


def words_of(text: str) -> list[str]:
    """Its words in lower case, without the commonest of English, and without a plural's s."""
    found = (it.lower() for it in _WORD.findall(text))
    return [_singular(it) for it in found if it not in _COMMON]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class Passages:
    """Texts that are searched, read once. Making it takes a second for ten million characters: make it in a thread."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = [Counter(words_of(it)) for it in texts]
        self._lengths = [sum(it.values()) for it in self._counts]
        self._average = sum(self._lengths) / len(self._lengths) if self._lengths else 0.0

    def best(self, query: str, limit: int) -> list[tuple[int, float]]:
        """The places and scores of those that have words of the query, the best first.

        Args:
            limit: At most so many.
        """
        wanted = set(words_of(query))
        having = Counter(word for it in self._counts for word in wanted & it.keys())
        n_all = len(self._counts)
        scored: list[tuple[int, float]] = []
        for i, found in enumerate(self._counts):
            score = 0.0
            for word in wanted & found.keys():
                rarity = math.log(1 + (n_all - having[word] + 0.5) / (having[word] + 0.5))
                n = found[word]
                longer = 1 - _B + _B * self._lengths[i] / (self._average or 1)
                score += rarity * n * (_K1 + 1) / (n + _K1 * longer)
            if score > 0:
                scored.append((i, round(score, 4)))
        return sorted(scored, key=lambda it: (-it[1], it[0]))[:limit]
