"""Keys and secret headers: found once, at the first request, and shown by nobody."""

import threading

import pytest

from llmspell.config.secrets import Secret
from llmspell.errors import ConfigError, KeyMissing
from llmspell.models.provider_keys import Headers, KeyPlace, ProviderKey


def test_a_key_is_looked_for_once_also_by_many_at_the_same_time(tmp_path):
    counter = tmp_path / "count"
    counter.write_text("")
    command = f"sh -c 'echo x >> {counter}; echo the-key'"
    learned = []
    key = ProviderKey(KeyPlace("p", Secret("command", command, "p.api_key", trusted=True)), {}, learn=learned.append)
    found = []
    threads = [threading.Thread(target=lambda: found.append(key())) for _ in range(8)]
    for it in threads:
        it.start()
    for it in threads:
        it.join()
    assert found == ["the-key"] * 8 and learned == ["the-key"] and counter.read_text() == "x\n"


def test_a_key_that_was_not_there_is_looked_for_again():
    environ = {}
    key = ProviderKey(KeyPlace("p", variables=("P_KEY", "OTHER"), required=True), environ)
    with pytest.raises(KeyMissing, match="P_KEY or OTHER is not set"):
        key()
    environ["OTHER"] = " late "
    assert key() == "late" and key.where == "OTHER" and key.is_there


def test_a_refusal_comes_before_any_look():
    secret = Secret("command", "false", "p.api_key", trusted=True)
    key = ProviderKey(KeyPlace("p", secret, refusal=("not to be sent", "move it")), {})
    with pytest.raises(ConfigError, match="not to be sent"):
        key()


def test_neither_shows_what_it_holds():
    environ = {"K": "the-key-itself", "H": "the-header-itself"}
    headers = Headers({"X-A": "literal", "X-B": Secret("env", "H", "p.headers.X-B")}, environ)
    key = ProviderKey(KeyPlace("p", Secret("env", "K", "p.api_key")), environ, headers=headers)
    assert key() == "the-key-itself" and dict(headers)["X-B"] == "the-header-itself"
    shown = repr(key) + repr(headers)
    assert "itself" not in shown and "literal" not in shown and "K" in shown and "X-A" in shown


def test_headers_with_more_share_what_was_found_and_names_have_no_case():
    learned = []
    secret = Secret("env", "H", "p.headers.X-B")
    under = Headers({"X-B": secret, "X-Team": "a"}, {"H": "value"}, learn=learned.append)
    over = under.with_more({"x-team": "b"})
    assert dict(over) == {"X-B": "value", "x-team": "b"} and dict(under) == {"X-B": "value", "X-Team": "a"}
    assert learned == ["value"] and len(over) == 2
    assert dict(under.with_more({"x-b": "mine"})) == {"X-Team": "a", "x-b": "mine"}
