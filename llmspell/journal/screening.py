"""Find out, quickly, whether packed values may hold a secret at all: most do not, and are then written as they are.

Looking into each value takes ten times longer than the rest of a record. Here the bytes are cut into texts, each is
looked at once however often it comes (names, prompts and a conversation's history come with every call), and what has
nothing that every secret has is passed. What is suspected is then unpacked, and redacted in earnest.

It may suspect too much, never too little: for each form and name of `security.redact` there is a row here that is in
every text with it. A test compares the two over many texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.security.redact import Redactor

MAX_KNOWN = 20_000  # texts that were looked at; then from the beginning
MAX_KNOWN_CHARS = 4_000  # of one that is remembered
MAX_VALUE_BYTES = 200  # of a whole value that is remembered
AT_ONCE_BYTES = 128 * 1024  # a map of a million names would be a million texts

# Where a text is cut: at what is neither printable ASCII nor white space. Headers of MessagePack (but for those of
# small numbers) are there, so that a whole text in ASCII is never cut, and the name of a field ends where it ends.
_CUTS = bytes(it if 0x20 <= it < 0x7F or it in b"\t\n\r" else 0 for it in range(256))
_SHORTEST = 3

# One of these is in every text that has a form of `redact._FORMS`; in lower case. Some are looked at more closely.
_ANCHORS = (
    *(b"-----begin", b"sk-", b"_live_", b"_test_", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    *(b"glpat-", b"xox", b"akia", b"asia", b"agpa", b"aida", b"aroa", b"aiza", b"hf_", b"gsk_", b"npm_", b"pypi-"),
    *(b"eyj", b"bearer", b"basic", b"://", b"key", b"auth", b"passw", b"secret", b"token"),
)
# A secret that is told by a label or an address: what surely is none, is not suspected. What goes on where the text was
# cut might be one.
_CLOSER = {
    b"://": re.compile(rb"://[^\s/?#]*(?:@|\Z)"),
    **dict.fromkeys(
        (b"key", b"auth", b"passw", b"secret", b"token"),
        re.compile(
            rb"(?:api[_-]?key|authorization|password|passwd|secret|token)[\"']?\s{0,9}(?:[:=]|\Z)",
        ),
    ),
    **{it: re.compile(it + rb"(?:\s|\Z)") for it in (b"bearer", b"basic")},
}
# Ends of names whose value is a secret whatever it looks like; in lower case, also of names written like apiKey.
_NAMES = (
    *(b"key", b"keys", b"auth", b"authorization", b"bearer", b"cookie", b"credential", b"credentials"),
    *(b"key_id", b"keyid", b"key-id", b"key.id", b"key id", b"passwd", b"password", b"passphrase", b"pwd"),
    *(b"secret", b"secrets", b"session_id", b"sessionid", b"session-id", b"session.id", b"session id"),
    *(b"token", b"pat", b"dsn"),
)
_PLAIN_NAMES = frozenset({b"key", b"auth"})
# Letters outside ASCII that count as one inside it where case does not: where they are, texts are cut in a word.
_LIKE_ASCII = tuple(it.encode() for it in "\u0130\u0131\u017f\u212a")


def _texts_of(data: bytes) -> Iterator[set[bytes]]:
    """The texts in packed values, some at a time, each of them whole."""
    cut = data.translate(_CUTS)
    at = 0
    while at < len(cut):
        end = cut.find(b"\0", at + AT_ONCE_BYTES)
        end = len(cut) if end < 0 else end
        yield set(cut[at:end].split(b"\0"))
        at = end + 1


class Screen:
    """Remembers what it has passed. One for each redactor, and for one thread at a time."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._passed: set[bytes] = set()
        self._values: set[bytes] = set()  # whole ones, that hold nothing
        self._spellings: tuple[str, ...] = ()
        self._whole: tuple[bytes, ...] = _LIKE_ASCII  # looked for in all of the bytes: also secrets that would be cut
        self._plain: tuple[bytes, ...] = ()

    def suspects(self, values: set[bytes]) -> set[bytes]:
        """The texts in these packed values that a secret may be in; for `has_any`."""
        if self._spellings is not self._redactor.spellings:
            self._learn(self._redactor.spellings)
        values = values - self._values
        if not values:
            return set()
        data = b"\0".join(values)
        found = {it for it in self._whole if it in data}
        for texts in _texts_of(data):
            fresh = [it for it in texts - self._passed if len(it) >= _SHORTEST]
            found |= self._suspected(fresh)
            if len(self._passed) > MAX_KNOWN:
                self._passed.clear()
            self._passed.update(it for it in fresh if len(it) <= MAX_KNOWN_CHARS)
            self._passed -= found
        if not found:
            if len(self._values) > MAX_KNOWN:
                self._values.clear()
            self._values.update(it for it in values if len(it) <= MAX_VALUE_BYTES)
        return found

    def has_any(self, data: bytes, suspects: set[bytes]) -> bool:
        """Whether one of the suspected texts is in this part of what was looked at."""
        if any(not suspects.isdisjoint(it) for it in _texts_of(data)):
            return True
        return any(it in data for it in self._whole)

    def _suspected(self, fresh: list[bytes]) -> set[bytes]:
        if not fresh:
            return set()
        found = {it for it in fresh if it.lower().endswith(_NAMES) and it not in _PLAIN_NAMES}
        joined = b"\0".join(fresh)
        for secret in self._plain:
            if secret in joined:
                found.update(it for it in fresh if secret in it)
        lower = joined.lower()
        for anchor in _ANCHORS:
            if anchor in lower:
                closer = _CLOSER.get(anchor)
                for it in fresh:
                    text = it.lower()
                    if anchor in text and (closer is None or closer.search(text)):
                        found.add(it)
        return found

    def _learn(self, spellings: tuple[str, ...]) -> None:
        self._spellings = spellings
        self._passed = set()
        self._values = set()
        packed = [it.encode("utf-8", "surrogatepass") for it in spellings]
        self._plain = tuple(it for it in packed if 0 not in it.translate(_CUTS))
        self._whole = (*_LIKE_ASCII, *(it for it in packed if 0 in it.translate(_CUTS)))
