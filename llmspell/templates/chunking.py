"""Cut a text into parts that overlap, at the ends of paragraphs, sentences or words where there are some.

A part repeats the end of the one before it, so that what stands at a cut is whole in one of the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_ENDS = ("\n\n", "\n", ". ", " ")  # the best places to cut first
_LOOKED_AT = 4  # a cut is looked for in the last quarter of a part


@dataclass(frozen=True, slots=True)
class Chunk:
    """One part. `start` is where it begins in the text, in characters."""

    text: str
    start: int


def chunks_of(text: str, size: int, overlap: int) -> list[Chunk]:
    """The parts of a text, none larger than `size`; none for a text of white space only.

    Args:
        overlap: How much of a part the next one repeats, less than half of `size`.
    """
    return [it for it in _cut(text, size, min(overlap, size // 2)) if it.text.strip()]


def count(n_chars: int, size: int, overlap: int) -> int:
    """About how many parts a text of so many characters has, at least."""
    if n_chars <= size:
        return 1 if n_chars else 0
    step = max(1, size - min(overlap, size // 2))
    return 1 + -(-(n_chars - size) // step)


def _cut(text: str, size: int, overlap: int) -> Iterator[Chunk]:
    start = 0
    while True:
        if len(text) - start <= size:
            yield Chunk(text[start:], start)
            return
        end = _end(text, start, size)
        yield Chunk(text[start:end], start)
        start = max(end - overlap, start + 1)


def _end(text: str, start: int, size: int) -> int:
    """Where a part ends that begins here."""
    least = start + size - size // _LOOKED_AT
    for mark in _ENDS:
        at = text.rfind(mark, least, start + size)
        if at >= 0:
            return at + len(mark)
    return start + size
