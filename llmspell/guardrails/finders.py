"""What can be found without a library: e-mail addresses, card numbers, IBANs, keys.

Texts are hostile: every finder takes time that grows with the text's length and no faster. What repeats is bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from llmspell.security.redact import Redactor

Span: TypeAlias = tuple[int, int]


class Finder(Protocol):
    """Finds one kind of thing."""

    @property
    def name(self) -> str:
        """What it is called in records."""

    @property
    def longest(self) -> int:
        """How many characters what it finds has at the most."""

    def spans(self, text: str, start: int) -> Iterator[Span]:
        """Where it is, from `start` on, in order and without overlaps. Looks at no more than one character behind the
        end of a span, and 64 before its beginning."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """Found by its form, of which those count that `is_valid` confirms."""

    name: str
    form: re.Pattern[str]
    longest: int

    def spans(self, text: str, start: int) -> Iterator[Span]:
        for found in self.form.finditer(text, start):
            yield found.span()


# At most 64 characters before the @, and so no more steps for each character of a text. No domain has more than 127
# labels, nor more than 253 characters.
EMAIL = Shaped("email", re.compile(r"[\w.%+'\-]{1,64}@(?:[\w\-]{1,63}\.){1,126}[^\W\d_]{2,24}"), 64 + 1 + 253)

# Blanks of all kinds, line breaks among them, hyphens and dashes. A dot only between four digits and four: there are
# dots in other numbers.
_CARD = re.compile(
    r"(?<!\d)[2-6\uff12-\uff16]\d(?:(?:[\s\-\u00ad\u200b\u2010-\u2015\u2212]{1,3}|(?<=\d{4})\.(?=\d{4}))?\d){10,17}"
)
_CARD_DIGITS = range(19, 11, -1)


@dataclass(frozen=True, slots=True)
class Cards:
    """Numbers of payment cards: 12 to 19 digits, up to three blanks or dashes between any two, whose check digit is
    right."""

    name: str = "card"
    longest: int = 19 + 3 * 18 + 3  # the last ones: what is looked at behind a dot

    def spans(self, text: str, start: int) -> Iterator[Span]:
        at = start
        while (found := _CARD.search(text, at)) is not None:
            end = next((it for it in _ends(text, found.start(), found.end()) if _is_card(text[found.start() : it])), 0)
            if end:
                yield found.start(), end
            # A number that begins later, after a blank, may be one.
            at = end or found.start() + 1


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where a number that begins here could end: never between two digits that follow each other."""
    for it in range(end, start + 11, -1):
        if text[it - 1].isdecimal() and not text[it : it + 1].isdecimal():
            yield it


def _is_card(text: str) -> bool:
    digits = [int(it) for it in text if it.isdecimal()]
    if len(digits) not in _CARD_DIGITS or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * it, 10)) for it in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


# How long an IBAN is, by its country.
_IBANS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27
GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27
MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23
TN24 TR26 UA29 VA22 VG24 XK20
"""
_IBAN_LENGTHS: Mapping[str, int] = {it[:2]: int(it[2:]) for it in _IBANS.split()}
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \-]?[A-Za-z0-9]){11,30}")


@dataclass(frozen=True, slots=True)
class Ibans:
    """Numbers of bank accounts: as long as their country says, and right by their check digits."""

    name: str = "iban"
    longest: int = 2 * 34

    def spans(self, text: str, start: int) -> Iterator[Span]:
        at = start
        while (found := _IBAN.search(text, at)) is not None:
            end = _iban_end(text, found.start(), found.end())
            if end:
                yield found.start(), end
            at = end or found.start() + 1


def _iban_end(text: str, start: int, end: int) -> int:
    """Where the IBAN that begins here ends; 0 where there is none."""
    length = _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    signs = ""
    for at in range(start, end):
        if text[at] not in " -":
            signs += text[at].upper()
        if len(signs) == length:
            if text[at + 1 : at + 2].isalnum():
                return 0
            number = "".join(str(int(it, 36)) for it in signs[4:] + signs[:4])
            return at + 1 if int(number) % 97 == 1 else 0
    return 0


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys and passwords, as `security.redact` knows them: by their form, and those of the host by their value."""

    redactor: Redactor
    name: str = "secret"
    longest: int = 512

    def spans(self, text: str, start: int) -> Iterator[Span]:
        return self.redactor.spans(text, start)


NAMES = ("email", "card", "iban", "secret")


def finder_of(name: str, redactor: Redactor) -> Finder | None:
    """The finder of this name; None where it is none of these."""
    match name:
        case "email":
            return EMAIL
        case "card":
            return Cards()
        case "iban":
            return Ibans()
        case "secret":
            return Secrets(redactor)
    return None
