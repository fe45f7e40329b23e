"""How wide a text is on a terminal, and how it is cut to a width; what would disturb the lines is made visible."""

from __future__ import annotations

import unicodedata

_INVISIBLE = ("Mn", "Me", "Cf")  # combining marks and format characters take no cell


def width_of(text: str) -> int:
    """Cells of a terminal that the text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, width: int, mark: str = "…") -> str:
    """The text within so many cells; `mark` stands at its end where something is missing."""
    if width_of(text) <= width:
        return text
    left, kept = width - width_of(mark), []
    for character in text:
        left -= _cells(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + mark if width >= width_of(mark) else mark[:width]


def padded(text: str, width: int) -> str:
    """The text with spaces after it, so that it takes at least so many cells."""
    return text + " " * (width - width_of(text))


def one_line(text: str) -> str:
    """The text with each control character, line break, mark that reorders text and lone surrogate as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(it if _is_harmless(it) else it.encode("unicode_escape").decode() for it in text)


def _is_harmless(character: str) -> bool:
    # Cs: half of a character. Zl, Zp: line and paragraph separators. Cf: direction marks, but also joiners of emoji.
    kind = unicodedata.category(character)
    return kind not in ("Cc", "Cs", "Zl", "Zp") and (kind != "Cf" or character in "\u200c\u200d")


def _cells(character: str) -> int:
    if unicodedata.category(character) in _INVISIBLE or character == "\u200b":
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
