"""What a script's header asks for, as permissions.

    -- llmspell: allow = ["read:./data", "net:api.example.com"]
    -- llmspell: deny = ["write:*"]

Relative paths start at the working folder, as those of `--allow` and of the script's own `open` do. A rule is text that
a stranger wrote and that a user is going to be shown: so it holds nothing that a terminal would not show as it is."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from llmspell.errors import LLMSpellError, UsageError
from llmspell.security.permissions import HEADER, Permission, parse_permission

KEYS = ("allow", "deny")
MAX_RULES = 64  # a longer list nobody reads
MAX_RULE_CHARS = 500  # all of it is shown


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules of one header."""

    allow: tuple[Permission, ...] = ()
    deny: tuple[Permission, ...] = ()


def asks(header: Mapping[str, object]) -> bool:
    """Whether a header has a say in what its script may do."""
    return any(it in header for it in KEYS)


def asked_of(header: Mapping[str, object], name: str, *, base: str = "") -> Asked:
    """Read the rules of a header.

    Args:
        name: The script's, for messages.
        base: Where relative paths start; the current folder when empty.

    Raises:
        UsageError: One of them is no rule, or no header may have it.
    """
    where = base or os.getcwd()
    return Asked(*(tuple(_parsed(text, key, name, where) for text in _texts(header, key, name)) for key in KEYS))


def _texts(header: Mapping[str, object], key: str, name: str) -> list[str]:
    given = header.get(key, [])
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        raise UsageError(f"{name}: the header's {key} is a list of permissions, not {given!r}")
    if len(given) > MAX_RULES:
        raise UsageError(f"{name}: the header's {key} has {len(given)} permissions, more than {MAX_RULES}")
    return given


def _parsed(text: str, key: str, name: str, base: str) -> Permission:
    where = f"{name}: in the header's {key}: "
    if len(text) > MAX_RULE_CHARS:
        raise UsageError(f"{where}a permission of {len(text)} characters, more than {MAX_RULE_CHARS}")
    if odd := next((it for it in text if not is_plain(it)), ""):
        raise UsageError(f"{where}{ascii(text)} holds the character U+{ord(odd):04X}, which is not shown as it is")
    try:
        rule = parse_permission(text, base=base, source=HEADER)
    except LLMSpellError as problem:
        raise UsageError(where + problem.message, hint=problem.hint) from None
    if rule.kind == "*" and key == "allow":
        raise UsageError(f"{where}* asks for everything", hint="a header says what it asks for; * is for --allow")
    return rule


# Letters and marks by their category, and seen by nobody.
_UNSEEN = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))
_SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def is_plain(character: str) -> bool:
    """Whether a terminal shows a character as itself and in its place: no control, no mark that reorders or hides
    text, nothing that is not seen, no space but the plain one, and nothing that stands for bytes which were no text."""
    if character.isascii():
        return character.isprintable()
    code = ord(character)
    if code in _UNSEEN or any(code in it for it in _SELECTORS):
        return False
    return unicodedata.category(character)[0] not in "CZ" and character != "\N{REPLACEMENT CHARACTER}"
