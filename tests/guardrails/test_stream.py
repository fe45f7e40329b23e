"""Rules over a text that comes in pieces: what is given on is what the whole text would have become, however cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.guardrails.reading import rails_from
from llmspell.guardrails.rule import AT_ONCE_CHARS, MAX_OPEN_CHARS, Rule, Stream
from llmspell.security.redact import Redactor

KEY = "sk-ant-abcdefghijklmnopqrstuv"
TEXT = (
    f"mail bob@example.com or 4111 1111 1111 1111 and DE89 3704 0044 0532 0130 00, {KEY} password: hunter2hunter2 "
    "ssn 536-90-4399 call +49 30 901820 top Secret bbbc zyx z food foo 12 4111111111111111"
)


def made(action="redact", hold_back=40):
    table = {
        "find": ["email", "card", "iban", "secret", "phone", "us_ssn"],
        "patterns": ["(?i)top secret", "b{1,20}c", "z(yx)?", r"\bfoo\b"],
        "action": action,
        "replacement": "<>",
    }
    spec = rails_from({"hold_back": hold_back, "rules": {"all": table}})
    return Rule(spec.rules[0], Redactor(["hunter2hunter2"]), spec.hold_back)


RULE = made()
RULE.hold_back = 70  # enough for what is in these texts; the finders' own would hold all of them


def fed(rule, pieces):
    stream = Stream(rule)
    given = [stream.feed(it) for it in pieces]
    return [*given, stream.feed("", is_last=True)], stream.found


def test_cut_at_every_position():
    whole, names = RULE.applied(TEXT)
    for at in range(len(TEXT) + 1):
        given, found = fed(RULE, [TEXT[:at], TEXT[at:]])
        assert "".join(given) == whole, at
        assert found == names


def test_one_character_after_the_other():
    whole, names = RULE.applied(TEXT)
    given, found = fed(RULE, TEXT)
    assert "".join(given) == whole and found == names
    # And nothing that is found was ever given on, not in parts either.
    so_far = ""
    for it in given:
        so_far += it
        assert whole.startswith(so_far)


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["bob@example.com", "4111 1111 1111 1111", KEY, "top secret", "foo", "bbc", "zyx", "z", "DE89"]
        ),
        st.sampled_from(["password: hunter2hunter2", "DE89 3704 0044 0532 0130 00", "+49 30 901820", "536-90-4399"]),
        st.text(alphabet="ab c@.4 1-fozyx+:", max_size=6),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(PIECES, st.lists(st.integers(1, 30), max_size=40))
def test_any_text_cut_anywhere(texts, sizes):
    text = "".join(texts)
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    pieces.append(text[at:])
    whole, names = RULE.applied(text)
    given, found = fed(RULE, pieces)
    assert "".join(given) == whole
    assert found == names


def test_no_more_is_held_back_than_was_said():
    stream = Stream(RULE)
    given = "".join(stream.feed("plain text ") for _ in range(100))
    assert len(given) >= 1100 - 71 - AT_ONCE_CHARS - 11


@pytest.mark.parametrize("n", [100, 3000])
def test_what_goes_on_is_held_until_it_ends(n):
    block = "-----BEGIN PRIVATE KEY-----\n" + "x" * n + "\n-----END PRIVATE KEY-----"
    given, _ = fed(RULE, [*(f"see {block} done"[i : i + 7] for i in range(0, n + 100, 7))])
    assert "".join(given) == "see <> done"


def test_what_never_ends_is_held_up_to_a_bound():
    rule = made()
    stream = Stream(rule)
    n_held = 0
    stream.feed("-----BEGIN PRIVATE KEY-----")
    for _ in range(40):
        stream.feed("x" * 1000)
        n_held = max(n_held, len(stream._text))
    assert n_held < MAX_OPEN_CHARS + 3000


def test_without_pieces_the_whole_answer_is_held():
    rule = made(hold_back="all")
    stream = Stream(rule)
    assert [stream.feed(it) for it in TEXT] == [""] * len(TEXT)
    assert stream.feed("", is_last=True) == rule.applied(TEXT)[0]
