"""What headers ask for: the rules, and the tricks that one could play with them."""

import pytest

from llmspell.approval.requests import asked_of, asks
from llmspell.approval.review import exactly, review, risk, why
from llmspell.errors import UsageError
from llmspell.runtime.header import read_header
from llmspell.security.profile import resolve_profile


def asked(*allow: str, deny: tuple[str, ...] = (), base: str = "/w"):
    return asked_of({"allow": list(allow), "deny": list(deny)}, "x.lua", base=base)


def test_rules_are_read_as_those_of_flags_with_the_working_folder_as_their_base():
    found = asked("read:./data", "net:Example.COM", "tool:file-operations", deny=("write:*",))
    assert [(it.kind, it.pattern) for it in found.allow] == [
        ("read", "/w/data"), ("net", "example.com"), ("tool", "file-operations"),
    ]  # fmt: skip
    assert str(found.allow[0]) == "read:./data" and found.allow[0].source == "the script's header"
    assert [str(it) for it in found.deny] == ["write:*"]
    assert asked_of({"allow": "read:x"}, "x.lua", base="/w").allow[0].pattern == "/w/x"
    assert asks({"allow": []}) and asks({"deny": []}) and not asks({"engine": "lua54"})


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("*", "asks for everything"),
        ("reed:x", "no such kind of permission: reed"),
        ("read:", "says nothing about what"),
        ("read:a\rb", "U+000D"),
        ("read:a\x1b[2Jb", "U+001B"),
        ("net:exam\N{RIGHT-TO-LEFT OVERRIDE}ple.com", "U+202E"),
        ("tool:calc\N{ZERO WIDTH SPACE}ulator", "U+200B"),
        ("tool:a\N{NO-BREAK SPACE}b", "U+00A0"),
        ("tool:a\N{LINE SEPARATOR}b", "U+2028"),
        ("read:\N{REPLACEMENT CHARACTER}", "U+FFFD"),
        ("tool:calc\N{HANGUL FILLER}", "U+3164"),
        ("tool:calc\N{VARIATION SELECTOR-16}", "U+FE0F"),
        ("read:" + "a" * 500, "more than 500"),
        ("net:a b", "names no host"),
    ],
)
def test_a_rule_that_could_mislead_is_a_mistake(rule, message):
    with pytest.raises(UsageError, match=r"x\.lua: in the header's allow: ") as caught:
        asked(rule)
    assert message in str(caught.value)
    assert caught.value.message.isprintable()


def test_a_name_in_any_language_is_none():
    assert [it.pattern for it in asked("read:日本/Übersicht", "tool:outil-été").allow] == [
        "/w/日本/Übersicht", "outil-été",
    ]  # fmt: skip


def test_too_many_rules_and_rules_of_another_kind_are_mistakes():
    with pytest.raises(UsageError, match="more than 64"):
        asked(*["read:x"] * 65)
    assert len(asked(*["read:x"] * 64).allow) == 64
    with pytest.raises(UsageError, match="is a list of permissions"):
        asked_of({"allow": True}, "x.lua")


def test_a_name_that_looks_like_another_is_shown_as_what_it_is():
    (rule,) = asked("net:ex\N{CYRILLIC SMALL LETTER A}mple.com").allow
    assert exactly(rule) == "net:xn--exmple-4nf.com" and "xn--exmple-4nf.com" in risk(rule)


@pytest.mark.parametrize(
    "source",
    [
        b'print(1)\n-- llmspell: allow = ["write:*"]\n',
        b'--[[ llmspell: allow = ["write:*"] ]]\n',
        b'--[==[\n-- llmspell: allow = ["write:*"]\n]==]\n',
        b'local s = [[\n-- llmspell: allow = ["write:*"]\n]]\n',
        b"-- " + b"x" * 20_000 + b'\n-- llmspell: allow = ["write:*"]\n',
        b'-- a\r-- llmspell: allow = ["write:*"]\n',
    ],
)
def test_what_is_no_header_asks_for_nothing(source):
    assert read_header(source, "x.lua", "lua") == {}


def test_a_profile_sorts_what_is_asked_for():
    profile = resolve_profile("medium", allow=["net:a.example.com"], deny=["tool:calculator"], base="/w")
    wanted = asked(
        "read:./data", "net:a.example.com:443", "write:./out", "tool:calculator", "run:git", deny=("run:git",)
    )
    found = review(wanted, profile)
    assert [(str(it), str(by), by.source) for it, by in found.given] == [
        ("read:./data", "read:.", "profile medium"), ("net:a.example.com:443", "net:a.example.com", "--allow"),
    ]  # fmt: skip
    assert [(str(it), by.source) for it, by in found.denied] == [
        ("tool:calculator", "--deny"), ("run:git", "the script's header"),
    ]  # fmt: skip
    assert [str(it) for it in found.needed] == ["write:./out"] and found.beyond == ()
    assert why(found.needed[0], profile) == "profile medium gives no write"
    assert why(asked("net:b").allow[0], profile) == "profile medium gives only net:a.example.com"


def test_a_profile_is_the_ceiling():
    wanted = asked("read:./data", "write:/etc", "run:git", "env:HOME", "net:localhost", "net:example.com", "tool:x")
    assert [str(it) for it in review(wanted, resolve_profile("high", base="/w")).beyond] == [
        "write:/etc", "run:git", "env:HOME", "net:localhost",
    ]  # fmt: skip
    needed = review(wanted, resolve_profile("high", base="/w")).needed
    assert [str(it) for it in needed] == ["read:./data", "net:example.com", "tool:x"]
    assert review(wanted, resolve_profile("medium", base="/w")).beyond == ()
    assert review(wanted, resolve_profile("none", base="/w")).needed == ()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("read:/", "all of your files, keys among them"),
        ("write:~", "change and delete all of your files"),
        ("read:/proc", "other programs' memory"),
        ("net:*", "to anybody"),
        ("net:10.0.0.1", "inside of your own network"),
        ("net:example.com", "send whatever it can read to example.com"),
        ("run:git", "can do all that you can"),
        ("env:OPENAI_API_KEY", "a key"),
        ("env:*", "all variables"),
        ("model:*", "at your cost"),
        ("tool:calculator", "the tool calculator"),
        ("flow:net:example.com", "send private data out (net:example.com)"),
    ],
)
def test_what_a_permission_means_is_said_in_words(rule, words):
    assert words in risk(asked(rule).allow[0])
