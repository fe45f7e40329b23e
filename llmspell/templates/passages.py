"""Find the passages that speak of something, by their words: those that are rare in all of them count more (BM25)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_K1, _B = 1.4, 0.75  # as published: how much a word counts that is there again, and how much length counts
_COMMON = frozenset(
    "a an and are as at be by can did do does for from has have how in into is it its of on or that the their there "
    "these this to was were what when where which who why will with".split()
)


def words_of(text: str) -> list[str]:
    """Its words in lower case, without the commonest of English, and without a plural's s."""
    found = (it.lower() for it in _WORD.findall(text))
    return [it[:-1] if len(it) > 3 and it.endswith("s") and not it.endswith("ss") else it for it in found if it not in _COMMON]


def best(query: str, passages: Sequence[str], limit: int) -> list[tuple[int, float]]:
    """The places and scores of the passages that have words of the query, the best first.

    Args:
        limit: At most so many.
    """
    wanted = set(words_of(query))
    counts = [Counter(words_of(it)) for it in passages]
    lengths = [sum(it.values()) for it in counts]
    average = sum(lengths) / len(lengths) if lengths else 0.0
    having = Counter(word for it in counts for word in wanted & it.keys())
    scored: list[tuple[int, float]] = []
    for i, found in enumerate(counts):
        score = 0.0
        for word in wanted & found.keys():
            rarity = math.log(1 + (len(counts) - having[word] + 0.5) / (having[word] + 0.5))
            n = found[word]
            score += rarity * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * lengths[i] / (average or 1)))
        if score > 0:
            scored.append((i, round(score, 4)))
    return sorted(scored, key=lambda it: (-it[1], it[0]))[:limit]
