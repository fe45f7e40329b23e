"""What rules find, what they leave alone, and that no text makes them slow."""

import pytest

from llmspell.errors import BadArgument
from llmspell.guardrails.reading import rails_from
from llmspell.guardrails.rule import Rule
from llmspell.security.redact import Redactor

KEY = "sk-ant-abcdefghijklmnopqrstuv"


def rule(*find, patterns=(), secrets=(), action="redact"):
    table = {"find": list(find), "patterns": list(patterns), "action": action, "replacement": "<>"}
    spec = rails_from({"rules": {"it": table}})
    return Rule(spec.rules[0], Redactor(secrets), spec.hold_back)


@pytest.mark.parametrize(
    ("finder", "text", "made"),
    [
        ("email", "to Bob.O'Hara+x@mail.example.co.uk, please", "to <>, please"),
        ("email", "jörg@büro.example", "<>"),
        ("email", "user@localhost is none, nor @example.com, nor a@b", None),
        ("card", "4111 1111 1111 1111", "<>"),
        ("card", "no 12 4111-1111-1111-1111 x", "no 12 <> x"),
        ("card", "378282246310005.", "<>."),
        ("card", "4111 1111 1111 1112", None),
        ("card", "4111.1111.1111.1111", "<>"),
        ("card", "4111  1111  1111  1111", "<>"),
        ("card", "4111\u00a01111\u20131111\n1111", "<>"),
        ("card", "4111 - 1111 - 1111 -\r\n1111.", None),  # four
        ("card", "4111\r\n1111\r\n1111\r\n1111.", "<>."),
        ("card", "\uff14\uff11\uff11\uff11 1111 1111 \uff11\uff11\uff11\uff11", "<>"),
        ("card", "41.11111111111111", None),
        ("card", "4111    1111    1111    1111", None),
        ("email", "x@a.b.c.d.e.f.g.example.com now", "<> now"),
        ("card", "0000 0000 0000 0000", None),
        ("card", "1234567890123456789012345678901234567890", None),
        ("iban", "pay DE89 3704 0044 0532 0130 00 AND more", "pay <> AND more"),
        ("iban", "gb29nwbk60161331926819", "<>"),
        ("iban", "DE89 3704 0044 0532 0130 01", None),
        ("iban", "XX89370400440532013000", None),
        ("iban", "DE893704004405320130001", None),
        ("secret", f"the key is {KEY}.", "the key is <>."),
        ("secret", "hunter2hunter2", "<>"),
        ("secret", "no secret here", None),
        ("phone", "call +49 30 901820 now", "call <> now"),
        ("phone", "call (212) 555-2368", "call <>"),
        ("phone", "0049 30 901820", "<>"),
        ("phone", "in 2024 12345678 things", None),
        ("us_ssn", "536-90-4399", "<>"),
        ("us_ssn", "000-12-3456", None),
        ("de_idnr", "36 574 261 809", "<>"),
        ("fr_nir", "2 95 10 99 126 111 93", "<>"),
        ("es_dni", "54362315K", "<>"),
        ("nl_bsn", "1112.22.333", "<>"),
        ("pl_pesel", "44051401359", "<>"),
        ("br_cpf", "390.533.447-05", "<>"),
        ("ch_ahv", "756.9217.0769.85", "<>"),
        ("it_codicefiscale", "RCCMNL83S18D969H", "<>"),
        ("se_personnummer", "880320-0016", "<>"),
        ("gb_nhs", "943 476 5870", "<>"),
    ],
)
def test_each_finds_what_it_is_for(finder, text, made):
    assert rule(finder, secrets=["hunter2hunter2"]).applied(text)[0] == (text if made is None else made)


def test_patterns_are_found_by_re2_and_what_is_earliest_comes_first():
    found = rule("email", patterns=[r"(?i)top\s+secret", r"\bx+\b", "bob@"])
    assert found.applied("Top  SECRET bob@example.com xxx axa") == ("<> <> <> axa", ["pattern", "email", "pattern"])


def test_what_overlaps_is_looked_for_again_behind_what_was_found():
    found = rule(patterns=["abc", "cde", "e"])
    assert found.applied("abcde abce")[0] == "<>d<> <><>"


@pytest.mark.parametrize("pattern", ["(", r"(?=x)", r"(a)\1", "a*", "", r"x{1,5000}", "a" * 2001])
def test_what_is_no_expression_of_re2_or_is_everywhere_is_refused(pattern):
    with pytest.raises(BadArgument):
        rule(patterns=[pattern])


HOSTILE = {
    "as": "a" * 100_000,
    "as@": "a" * 50_000 + "@" + "a." * 25_000,
    "digits": "4" * 100_000,
    "blanks between digits": "4 1 " * 25_000,
    "dashes": "4-" * 50_000,
    "blanks and dashes": "44 - " * 5_000,
    "dots between fours": "4444." * 4_000,
    "labels": ("a." * 126 + "@") * 100,
    "phone-like": "+1 (212 " * 12_000,
    "IBAN-like": "DE89 " * 20_000,
    "at signs": "@" * 100_000,
    "dots": "a@" + "b." * 50_000,
    "URL-like": "a://" * 25_000,
    "key-like": "sk-" * 33_000 + "token:" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_texts_that_are_made_to_be_slow_are_not(name):
    text = HOSTILE[name]
    found = rule(
        "email", "card", "iban", "secret", "phone", "us_ssn", "pl_pesel", patterns=[r"(a|aa)+$", "(a+)+b", "(.*a){12}z"]
    )

    # What backtracks would take for ever, and what takes the square of the length a minute: the test would time out.
    found.applied(text)
