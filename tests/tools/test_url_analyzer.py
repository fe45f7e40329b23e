"""URLs taken apart, checked, joined and built."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import InvalidParams, ToolFailed
from llmspell.tools.url_analyzer import analyze, problem_of


def test_a_url_has_all_its_parts(call) -> None:
    result = call("url-analyzer", input="HTTPS://Ada:secret@Example.COM:443/a/../b%20c/?x=1&x=2&y=#top\n")
    assert result.result == {
        "url": "https://Ada:***@Example.COM:443/a/../b%20c/?x=1&x=2&y=#top",
        "normalized": "https://Ada@example.com/b%20c/?x=1&x=2&y=#top",
        "is_valid": True,
        "scheme": "https",
        "host": "example.com",
        "host_ascii": "example.com",
        "host_type": "name",
        "port": 443,
        "is_default_port": True,
        "path": "/a/../b%20c/",
        "segments": ["a", "..", "b c"],
        "query": "x=1&x=2&y=",
        "params": {"x": ["1", "2"], "y": ""},
        "fragment": "top",
        "username": "Ada",
        "has_password": True,
        "origin": "https://example.com",
    }
    assert result.text == result.result["normalized"]


def test_a_parameter_that_is_there_three_times_has_all_three() -> None:
    assert analyze("https://a.com/?x=1&x=2&x=3")["params"] == {"x": ["1", "2", "3"]}


def test_a_password_is_nowhere_in_the_answer(call) -> None:
    assert "secret" not in repr(call("url-analyzer", operation="parse", url="ftp://u:secret@h/x"))


@pytest.mark.parametrize(
    ("url", "host", "kind", "port"),
    [
        ("http://[::1]:8080/", "::1", "ipv6", 8080),
        ("http://10.0.0.1/", "10.0.0.1", "ipv4", 80),
        ("wss://example.com", "example.com", "name", 443),
        ("http://localhost", "localhost", "name", 80),
        ("file:///etc/hosts", "", "none", None),
        ("mailto:a@example.com", "", "none", None),
        ("custom://x_y/z", "x_y", "name", None),
    ],
)
def test_hosts_of_every_kind(url: str, host: str, kind: str, port: int | None) -> None:
    parts = analyze(url)
    assert (parts["host"], parts["host_type"], parts["port"]) == (host, kind, port)


def test_an_international_name_is_given_in_ascii_too() -> None:
    parts = analyze("http://münchen.de/ü?q=ä")
    assert parts["host"] == "münchen.de"
    assert parts["host_ascii"] == "xn--mnchen-3ya.de"
    assert parts["normalized"] == "http://xn--mnchen-3ya.de/%C3%BC?q=%C3%A4"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ("example.com", "no scheme"),
        ("http://", "no host"),
        ("http:///path", "no host"),
        ("http://a b/", "must be encoded"),
        ("http://a\x00b/", "must be encoded"),
        ("http://a:99999/", "port"),
        ("http://a:x/", "port"),
        ("http://a:0/", "port 0"),
        ("http://[::1/", "invalid ipv6"),
        ("http://256.1.1.1/", "not an address"),
        ("http://a..b/", "not a host name"),
        ("http://-a.com/", "not a host name"),
        ("http://ü" + "a" * 70 + ".com/", "not a host name"),
        ("http://" + "a" * 64 + ".com/", "not a host name"),
        ("http://" + "a." * 130 + "com/", "longer than 253"),
        ("mailto:", "nothing after"),
    ],
)
def test_what_is_no_url_is_an_answer_of_validate_and_a_failure_of_analyze(url: str, reason: str, call) -> None:
    result = call("url-analyzer", operation="validate", input=url)
    assert result.success
    assert result.result["valid"] is False
    assert reason in result.result["reason"]
    with pytest.raises(ToolFailed) as caught:
        call("url-analyzer", input=url)
    assert caught.value.code == "invalid_url"


def test_a_good_url_is_valid(call) -> None:
    assert call("url-analyzer", operation="validate", input="https://example.com/a?b#c").result == {"valid": True}


def test_encode_and_decode_are_each_others_inverse(call) -> None:
    text = " a/b?ü&\n%"
    encoded = call("url-analyzer", operation="encode", input=text).result
    assert encoded == "%20a%2Fb%3F%C3%BC%26%0A%25"
    assert call("url-analyzer", operation="decode", input=encoded).result == text


def test_a_reference_is_joined(call) -> None:
    assert (
        call("url-analyzer", operation="join", base="https://a.com/x/y", relative="../z?q").result
        == "https://a.com/z?q"
    )
    with pytest.raises(ToolFailed) as caught:
        call("url-analyzer", operation="join", input="https://a.com")
    assert caught.value.code == "missing_input"
    with pytest.raises(ToolFailed) as caught:
        call("url-analyzer", operation="join", input="nope", reference="x")
    assert caught.value.code == "invalid_url"
    with pytest.raises(ToolFailed) as caught:
        call("url-analyzer", operation="join", input="https://a.com", reference="//[x")
    assert caught.value.code == "invalid_url"


def test_a_url_is_built_of_its_parts(call) -> None:
    parts = {
        "scheme": "http",
        "host": "::1",
        "port": 8080,
        "path": "a b",
        "params": {"q": ["1", "ü"]},
        "fragment": "x y",
    }
    assert call("url-analyzer", operation="build", parts=parts).result == "http://[::1]:8080/a%20b?q=1&q=%C3%BC#x%20y"
    assert call("url-analyzer", operation="build", host="a.com", query="x=1").result == "https://a.com?x=1"
    with pytest.raises(ToolFailed, match="these parts make no URL: it has no host"):
        call("url-analyzer", operation="build")
    with pytest.raises(InvalidParams, match=r"\$\.parts\.port must be at most 65535"):
        call("url-analyzer", operation="build", host="a.com", port=70000)


def test_too_long_a_url_is_refused(call) -> None:
    with pytest.raises(InvalidParams, match="at most 65536 characters"):
        call("url-analyzer", input="http://a/" + "x" * 65536)


def test_there_must_be_one(call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call("url-analyzer", operation="analyze")
    assert caught.value.code == "missing_input"


@given(st.text(max_size=30) | st.text(alphabet="htp:/@[]%?#.a1-\\é", max_size=30).map("http://{}".format))
def test_any_text_is_a_url_or_has_a_problem(text: str) -> None:
    problem = problem_of(text)
    if problem is not None:
        with pytest.raises(ToolFailed):
            analyze(text)
        return
    # What is normalized stays so.
    normalized = analyze(text)["normalized"]
    assert analyze(normalized)["normalized"] == normalized
