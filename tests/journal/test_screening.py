"""What is passed without being looked into holds nothing that would have been redacted."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.journal.screening import Screen
from llmspell.journal.sealing import seal_packed
from llmspell.journal.snapshot import pack
from llmspell.security.redact import Redactor

KNOWN = ("hunter2-known", "pässwörd-known", "with\x01control", "zeichen-ключ")
TOKEN = "Ab3" * 12
SECRETS = (
    f"sk-{TOKEN}", f"sk_live_{TOKEN}", f"rk_test_{TOKEN}", f"ghp_{TOKEN}", f"gho_{TOKEN}", f"ghu_{TOKEN}",
    f"ghs_{TOKEN}", f"ghr_{TOKEN}", f"github_pat_{TOKEN}", f"glpat-{TOKEN}", f"xoxb-{TOKEN}", "AKIAABCDEFGHIJKLMNOP",
    "ASIAABCDEFGHIJKLMNOP", "AGPAABCDEFGHIJKLMNOP", "AIDAABCDEFGHIJKLMNOP", "AROAABCDEFGHIJKLMNOP", f"AIza{TOKEN}",
    f"hf_{TOKEN}", f"gsk_{TOKEN}", f"npm_{TOKEN}", f"pypi-{TOKEN}", f"eyJ{TOKEN}.eyJ{TOKEN}.x", f"Bearer {TOKEN}",
    f"bearer\u00a0{TOKEN}", "Basic dXNlcjpwYXNzd29yZA==", "postgres://me:secretive@db", "x://ü:ß@y", "token: abcdefgh",
    "password=abcdefgh", '"api_key": "abcdefgh"', "Authorization\u2003: abcdefgh", "to\u212aen=abcdefgh",
    "author\u0130zation: abcdefgh", "\u017fecret: token: abcdefgh", "access_token : abcdefgh",
    "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", *KNOWN,
)  # fmt: skip
NAMES = (
    "api_key", "apiKey", "apiKeys", "x-auth", "authorization", "Proxy-Authorization", "bearer", "Set-Cookie",
    "credential", "aws.credentials", "accessKeyId", "access_key_id", "access-key-id", "access key id", "secretKey",
    "private_key", "signing.key", "db_key", "passwd", "password", "passphrase", "pwd", "secret", "secrets",
    "session_id", "sessionId", "session-id", "token", "my_pat", "pat", "dsn", "ключ_token", "n" * 300 + "_token",
)  # fmt: skip
PLAIN = ("", "path", "the monkey", "author", "http://a.b:80/c", "keyboard", "é", "tokens are counted", "patch", "id")
words = st.sampled_from(PLAIN) | st.text(max_size=5)
texts = st.lists(words | st.sampled_from(SECRETS), max_size=4).map("".join)
values = st.recursive(
    texts | st.binary(max_size=4) | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.sampled_from(NAMES) | words, inner, max_size=3)
    ),
    max_leaves=6,
)


def is_redacted(packed: bytes, redactor: Redactor) -> bool:
    return seal_packed(packed, redactor) != seal_packed(packed, Redactor.__new__(_Nothing))


class _Nothing(Redactor):
    def value(self, value: object) -> object:
        return value


@given(st.lists(values, min_size=1, max_size=4))
def test_whatever_would_be_redacted_is_suspected(many):
    redactor = Redactor(KNOWN)
    screen = Screen(redactor)
    packed = [pack(it) for it in many]
    for _ in range(2):  # the second time it remembers
        suspects = screen.suspects(set(packed))
        for it in packed:
            row = msgpack.packb(["0:1", 5, it, None])
            assert not is_redacted(it, redactor) or screen.has_any(row, suspects)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("before", ["", "a ", "é ", "\n"])
def test_each_form_is_suspected_wherever_it_stands(secret, before):
    redactor = Redactor(KNOWN)
    packed = pack({"a": [1, before + secret + " end"]})
    assert is_redacted(packed, redactor)
    assert Screen(redactor).suspects({packed})
    assert Screen(redactor).suspects({pack((before + secret).encode())})


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_suspected(name):
    redactor = Redactor()
    packed = pack({"a": {name: "value"}, "b": 1})
    assert is_redacted(packed, redactor)
    assert Screen(redactor).suspects({packed})


@pytest.mark.parametrize(
    "value",
    [
        ["calculator", {"input": "6 * 7"}],
        {"key": "name", "path": "/tmp/a", "tokens": 5, "url": "https://example.com:8080/a?b=c"},
        "The author wrote of keys and patterns; the tokens of a monkey were basically secretive",
    ],
)
def test_ordinary_values_are_passed(value):
    assert not Screen(Redactor(KNOWN)).suspects({pack(value)})


def test_a_secret_that_is_learned_later_is_found_in_what_was_passed_before():
    redactor = Redactor()
    screen = Screen(redactor)
    packed = pack(["something-private"])
    assert not screen.suspects({packed})
    redactor.add("something-private")
    assert screen.suspects({packed})
