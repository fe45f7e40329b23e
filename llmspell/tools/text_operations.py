"""The text manipulator's operations: pure functions of a text and its options. Positions count what a reader sees as
one character (a letter with its combining marks, an emoji of several parts, a flag), so that none is torn apart."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from llmspell.tools.protocol import Value

Options = Mapping[str, Value]

SIDES = ("both", "start", "end")
TRUNCATION_ENDS = ("end", "middle", "start")

_ZERO_WIDTH_JOINER = "\u200d"
_APOSTROPHES = ("'", "’")


def characters(text: str) -> Iterator[str]:
    """What a reader sees as one character each: extended grapheme clusters, but for Hangul typed as single jamo."""
    if text.isascii() and "\r" not in text:
        yield from text
        return
    start = 0
    n_flags = 0  # regional indicators in the current cluster
    for i in range(1, len(text)):
        before, it = text[i - 1], text[i]
        n_flags = n_flags + 1 if _is_flag_part(before) else 0
        joins = (
            _extends(it)
            or (before == _ZERO_WIDTH_JOINER and start < i - 1)
            or (_is_flag_part(it) and n_flags % 2 == 1)
            or (before == "\r" and it == "\n")
        )
        if not joins:
            yield text[start:i]
            start = i
            n_flags = 0
    if text:
        yield text[start:]


def written(value: str | int | float) -> str:
    """A list's item as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def words(text: str) -> list[str]:
    """The words of a sentence or of a name in any style: `HTTPServer error-Code2` is HTTP Server error Code2."""
    found: list[str] = []
    current: list[str] = []
    clusters = [*characters(unicodedata.normalize("NFC", text)), ""]
    for it, following in zip(clusters, [*clusters[1:], ""], strict=True):
        if it[:1].isalnum():
            current.append(it)
        elif current and not (it in _APOSTROPHES and following[:1].isalpha()):
            found.extend(_split_humps(current))
            current = []
    return found


def _split_humps(word: list[str]) -> Iterator[str]:
    start = 0
    for i in range(1, len(word)):
        before, it = word[i - 1], word[i]
        rises = it[0].isupper() and not before[0].isupper()
        # The last of several capitals begins the word that follows: HTTP|Server.
        ends_capitals = it[0].isupper() and i + 1 < len(word) and word[i + 1][0].islower()
        if rises or ends_capitals:
            yield "".join(word[start:i])
            start = i
    yield "".join(word[start:])


def reverse(text: str, options: Options) -> str:
    return "".join(reversed(list(characters(text))))


def trim(text: str, options: Options) -> str:
    what = options.get("characters")
    match options.get("side", "both"):
        case "start":
            return text.lstrip(what)
        case "end":
            return text.rstrip(what)
        case _:
            return text.strip(what)


def replace(text: str, options: Options) -> str:
    old, new, count = options["from"], options.get("to", ""), options.get("count", -1)
    if options.get("case_sensitive", True):
        return text.replace(old, new, count)
    if count == 0:
        return text
    # `re` counts from 0 for "all"; the replacement is a function so that a backslash in it is only a backslash.
    return re.sub(re.escape(old), lambda _: new, text, count=max(count, 0), flags=re.IGNORECASE)


def count_of(old: str, text: str, options: Options) -> int:
    """How many times `replace` would put the new text."""
    if options.get("case_sensitive", True):
        found = text.count(old)
    else:
        found = sum(1 for _ in re.finditer(re.escape(old), text, re.IGNORECASE))
    most: int = options.get("count", found)
    return min(found, most)


def substring(text: str, options: Options) -> str:
    found = text if text.isascii() and "\r" not in text else list(characters(text))
    start, end = options.get("start", 0), options.get("end")
    if end is None and "length" in options:
        first = max(0, start + len(found)) if start < 0 else start
        return "".join(found[first : first + options["length"]])
    return "".join(found[start:end])


def split(text: str, options: Options) -> list[str]:
    separator = options.get("separator")
    # Between all characters, as other languages do; Python refuses an empty separator.
    if separator == "":
        return list(characters(text))
    return text.split(separator, options.get("count", -1))


def snake_case(text: str, options: Options) -> str:
    return "_".join(words(text)).lower()


def kebab_case(text: str, options: Options) -> str:
    return "-".join(words(text)).lower()


def pascal_case(text: str, options: Options) -> str:
    return "".join(it[:1].upper() + it[1:].lower() for it in words(text))


def camel_case(text: str, options: Options) -> str:
    pascal = [it[:1].upper() + it[1:].lower() for it in words(text)]
    return "".join([*(it.lower() for it in pascal[:1]), *pascal[1:]])


def title_case(text: str, options: Options) -> str:
    """Each word's first letter in upper case, the other letters in lower case; `don't` is one word."""
    parts: list[str] = []
    within = False
    for it in characters(text):
        parts.append(it.lower() if within else it[:1].upper() + it[1:])
        within = it[:1].isalpha() or (within and it in _APOSTROPHES)
    return "".join(parts)


def sanitize(text: str, options: Options) -> str:
    """Without control characters (but newline and tab), invisible direction marks, and lone surrogates."""
    put = options.get("replacement", "")
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(put if _is_unsafe(it) else it for it in plain)


def truncate(text: str, options: Options) -> str:
    length = options["length"]
    found = list(characters(text))
    if len(found) <= length:
        return text
    suffix = list(characters(options.get("suffix", "…")))[:length]
    kept = length - len(suffix)
    match options.get("at", "end"):
        case "start":
            return "".join([*suffix, *found[len(found) - kept :]])
        case "middle":
            n_left = (kept + 1) // 2
            return "".join([*found[:n_left], *suffix, *found[len(found) - (kept - n_left) :]])
        case _:
            return "".join([*found[:kept], *suffix])


def indent(text: str, options: Options) -> str:
    return textwrap.indent(text, options.get("prefix", " " * options.get("width", 4)))


def dedent(text: str, options: Options) -> str:
    return textwrap.dedent(text)


def normalize_whitespace(text: str, options: Options) -> str:
    return " ".join(text.split())


def word_wrap(text: str, options: Options) -> str:
    """Each line of the text wrapped on its own; a word longer than the width stays whole."""
    width = options.get("width", 80)
    lines = (
        textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n")
    )
    return "\n".join("\n".join(it) for it in lines)


def count(text: str, options: Options) -> dict[str, Value]:
    lines = text.count("\n") + (1 if text and not text.endswith("\n") else 0)
    n_characters = sum(1 for _ in characters(text))
    n_bytes = len(text.encode("utf-8", "surrogatepass"))
    return {
        "characters": n_characters,
        "code_points": len(text),
        "bytes": n_bytes,
        "words": len(text.split()),
        "lines": lines,
    }


OPERATIONS: dict[str, Callable[[str, Options], Value]] = {
    "uppercase": lambda text, _: text.upper(),
    "lowercase": lambda text, _: text.lower(),
    "reverse": reverse,
    "trim": trim,
    "replace": replace,
    "substring": substring,
    "split": split,
    "snake_case": snake_case,
    "camel_case": camel_case,
    "pascal_case": pascal_case,
    "kebab_case": kebab_case,
    "title_case": title_case,
    "sanitize": sanitize,
    "truncate": truncate,
    "indent": indent,
    "dedent": dedent,
    "normalize_whitespace": normalize_whitespace,
    "word_wrap": word_wrap,
    "count": count,
}


def _extends(it: str) -> bool:
    """Whether this code point belongs to the one before it."""
    return (
        it == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= it <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= it <= "\U000e007f"  # tags of regional flags
        or unicodedata.category(it) in ("Mn", "Me", "Mc")
    )


def _is_flag_part(it: str) -> bool:
    return "\U0001f1e6" <= it <= "\U0001f1ff"


def _is_unsafe(it: str) -> bool:
    if it in "\n\t" or it == _ZERO_WIDTH_JOINER:
        return False
    return (
        unicodedata.category(it) in ("Cc", "Cs", "Co", "Cn")
        or it in "\u200b\u200e\u200f\ufeff\u2028\u2029"
        or ("\u202a" <= it <= "\u202e" or "\u2066" <= it <= "\u2069")
    )
