"""Secrets never survive, ordinary text does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.security.redact import MAX_CLEAN_TEXTS, REDACTED, Redactor, is_secret_name

CANARY = 'canary-93b1f0-Zq"x y'


@pytest.mark.parametrize(
    "text",
    [
        "sk-" + "a1B2" * 10,
        "sk-ant-api03-" + "x" * 40,
        "ghp_" + "A1" * 18,
        "github_pat_" + "A1" * 20,
        "AKIA" + "ABCDEFGH12345678",
        "xoxb-123456789-abcdef",
        "AIza" + "b" * 35,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "Bearer abcdef1234567890",
        "Basic dXNlcjpwYXNzd29yZA==",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nx\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktd",
        "postgres://user:hunter22@db/x",
    ],
)
def test_what_has_the_form_of_a_secret_goes(text):
    clean = Redactor().text(f"before {text} after")
    assert REDACTED in clean and clean.startswith("before ")
    tail = text.split("://user:")[-1].split("-----")[-1] or text[-12:]
    assert tail[-10:].strip() not in clean or "@db/x" in tail


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc", "Authorization: Bearer abc"),
        ("authorization: Basic YWJjOmRlZg", "authorization: Basic [redacted]"),
        ('{"password": "hunter22"}', '{"password": "[redacted]"}'),
        ("api_key=abcdef123&x=1", "api_key=[redacted]&x=1"),
        ("MY_API_KEY=abcdef123", "MY_API_KEY=[redacted]"),
        ("monkey=abcdef123 keytoken:abcdefgh", "monkey=abcdef123 keytoken:abcdefgh"),
        ("https://user:hunter22@example.com/a", "https://user:[redacted]@example.com/a"),
    ],
)
def test_the_label_of_a_secret_stays(text, clean):
    assert Redactor().text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "a basic understanding of the bearer instruments",
        "https://example.com:8080/path",
        "max_tokens: 4096",
        "the password is wrong",
        "ask-me-anything-about-this-long-name",
        "commit 93b1f0c2aa77d1e0",
        "mailto:somebody@example.com",
        "keyboard = 'qwerty keys'",
        "",
    ],
)
def test_ordinary_text_stays(text):
    assert Redactor(["unrelated-secret"]).text(text) == text


def test_known_secrets_go_in_every_spelling_and_short_ones_are_no_secrets():
    redactor = Redactor([CANARY, "abc", "  spaced-secret\n"])
    for text in (
        CANARY,
        CANARY.replace('"', '\\"'),
        "canary-93b1f0-Zq%22x%20y",
        "canary-93b1f0-Zq%22x+y",
        "spaced-secret",
    ):
        assert redactor.text(f"<{text}>") == f"<{REDACTED}>"
    assert redactor.text("abc") == "abc"


def test_a_secret_that_begins_with_another_goes_as_a_whole():
    assert Redactor(["secret-1", "secret-1-longer"]).text("secret-1-longer secret-1") == f"{REDACTED} {REDACTED}"


def test_secrets_may_be_learned_later():
    redactor = Redactor()
    assert redactor.text("learned-later") == "learned-later"
    redactor.add("learned-later", "learned-later")
    assert redactor.text("learned-later") == REDACTED


def test_the_environment_says_by_name_what_is_secret():
    environ = {"OPENAI_API_KEY": "value-one", "PGPASSWORD": "value-two", "HOME": "/home/me", "KEYBOARD": "de-latin1"}
    redactor = Redactor.of_environment(environ, ["value-three"])
    clean = redactor.text("value-one value-two value-three /home/me de-latin1")
    assert clean == f"{REDACTED} {REDACTED} {REDACTED} /home/me de-latin1"


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "OPENAI_API_KEY",
        "X-Api-Key",
        "Authorization",
        "password",
        "db_password",
        "token",
        "access_token",
        "client_secret",
        "Set-Cookie",
        "privateKey",
        "PASSWORD",
        "X-Auth-Token",
    ],
)
def test_a_field_of_a_secret_name_is_hidden_whatever_it_holds(name):
    assert is_secret_name(name)
    assert Redactor().value({name: "plain words"}) == {name: REDACTED}
    assert Redactor().value({name: ["plain", {"words": 1}]}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name", ["key", "keys", "max_tokens", "tokens", "keyboard", "author", "secretary", "monkey", "password_hint", ""]
)
def test_a_field_of_an_ordinary_name_is_not(name):
    assert not is_secret_name(name)
    assert Redactor().value({name: "plain words"}) == {name: "plain words"}


def test_numbers_about_secrets_stay():
    value = {"token": 12, "password": None, "secret": True}
    assert Redactor().value(value) == value


def test_values_keep_their_shape():
    value = {"list": [1, 2.5, None], "tuple": ("a",), "set": {"b"}, "bytes": b"\xff\x00c", 3: {"x": True}}
    assert Redactor(["unrelated-secret"]).value(value) == value


def test_bytes_are_cleaned_and_the_rest_of_them_stays():
    assert Redactor(["geheimé"]).value("\x00geheimé".encode() + b"\xff") == b"\x00[redacted]\xff"


def test_what_is_nested_without_end_is_left_out():
    value: list[object] = []
    value.append(value)
    assert REDACTED in repr(Redactor().value(value))


leaves = st.sampled_from([CANARY, f"x{CANARY}y", CANARY.encode(), 1, None, "plain"])
nested = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "api_key", CANARY, f"k{CANARY}"]), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=20,
)


@given(nested)
def test_a_planted_canary_never_survives_wherever_it_is(value):
    redactor = Redactor([CANARY])
    clean = redactor.value(value)
    assert "canary-93b1f0" not in repr(clean)
    assert redactor.value(clean) == clean


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "a-",
        "A",
        " ",
        "sk-",
        "eyJaaaaaaaaa-",
        "eyJaaaaaaaaa.",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "bearer ",
        "basic ",
        "token=",
        "token ",
        "http://",
        "http://a:",
        "a://:",
        "://",
        "@",
        "password'",
        "_",
        "\\",
    ],
)
def test_no_text_takes_long(piece):
    # Anything worse than linear would run into the test's time limit.
    Redactor(["unrelated-secret"]).text(piece * (1_000_000 // len(piece)))


def test_a_very_long_name_of_a_field_is_looked_at_too():
    assert is_secret_name("x" * 1000 + "_api_key") and not is_secret_name("x" * 1000)


def test_a_text_that_was_clean_is_looked_at_again_once_it_is_known_to_be_secret():
    redactor = Redactor()
    assert redactor.text("hunter-2-hunter") == "hunter-2-hunter"
    redactor.add("hunter-2-hunter")
    assert redactor.text("hunter-2-hunter") == REDACTED
    assert redactor.value({"note": ["hunter-2-hunter"]}) == {"note": [REDACTED]}


@given(st.lists(st.text(max_size=70), max_size=30))
def test_what_was_seen_before_is_redacted_as_at_first(texts):
    seasoned = Redactor([CANARY])
    for text in [*texts, *texts]:
        assert seasoned.text(text) == Redactor([CANARY]).text(text)


def test_texts_without_end_are_not_all_kept():
    redactor = Redactor()
    for number in range(MAX_CLEAN_TEXTS + 10):
        redactor.text(f"text {number}")
    assert redactor.text("a fresh one") == "a fresh one" and redactor.text(CANARY) == CANARY
    redactor.add(CANARY)
    assert redactor.text(CANARY) == REDACTED
