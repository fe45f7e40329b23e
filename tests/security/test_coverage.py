"""Whether one rule grants all that another does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.security.coverage import covers
from llmspell.security.permissions import Permissions, parse_permission


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("*", "run:git", True),
        ("read:.", "read:./data", True),
        ("read:.", "write:./data", False),
        ("read:.", "read:.", True),
        ("read:./data", "read:.", False),
        ("read:./data", "read:./data2", False),
        ("read:/", "read:/etc", True),
        ("read:/", "read:/proc/self", False),  # which only a rule that names it means
        ("read:*", "read:/proc/self", False),
        ("read:*", "read:*", True),
        ("read:/", "read:*", False),
        ("read:./*.txt", "read:./a.txt", True),
        ("read:./*.txt", "read:./*.txt", True),
        ("read:./*.txt", "read:./*.tx", False),
        ("read:.", "read:./*.txt", True),
        ("read:./*/x", "read:./**", False),
        ("net:*", "net:example.com", True),
        ("net:*", "net:example.com:443", True),
        ("net:example.com:443", "net:example.com", False),
        ("net:example.com", "net:EXAMPLE.com:443", True),
        ("net:*.example.com", "net:a.example.com", True),
        ("net:*.example.com", "net:*.a.example.com", True),
        ("net:*.example.com", "net:*.example.com", True),
        ("net:*.example.com", "net:example.com", False),
        ("net:a.example.com", "net:*.example.com", False),
        ("net:*", "net:localhost", False),  # a wildcard means public addresses
        ("net:*", "net:127.0.0.1", False),
        ("net:*", "net:10.1.2.3", False),
        ("net:*", "net:nas.local", False),
        ("net:*", "net:10.0.0.0/8", False),
        ("net:localhost", "net:localhost:80", True),
        ("net:10.0.0.0/8", "net:10.1.2.3", True),
        ("net:10.0.0.0/8", "net:10.1.0.0/16", True),
        ("net:10.1.0.0/16", "net:10.0.0.0/8", False),
        ("net:10.0.0.0/8", "net:11.1.2.3", False),
        ("tool:*", "tool:calculator", True),
        ("tool:file-*", "tool:file_operations", True),
        ("tool:file-*", "tool:file-o*", True),
        ("tool:f?le", "tool:f*le", False),
        ("tool:f*", "tool:*", False),
        ("tool:calculator", "tool:calc", False),
        ("run:git", "run:/tmp/git", False),
        ("run:*", "run:/tmp/git", True),
        ("env:LC_*", "env:LC_ALL", True),
        ("flow:net:*.example.com", "flow:net:a.example.com", True),
        ("flow:net:*", "flow:run:git", False),
        ("flow:*", "flow:run:git", True),
        ("flow:run:*", "flow:*", False),
        ("model:ollama/*", "model:ollama/llama3", True),
    ],
)
def test_a_rule_covers_another(wide, narrow, covered, tmp_path):
    rules = [parse_permission(it, base=str(tmp_path)) for it in (wide, narrow)]
    assert covers(*rules) is covered


NAMES = st.text("ab*?-_", min_size=1, max_size=5)


@given(NAMES, NAMES, st.text("ab-_", min_size=1, max_size=5))
def test_what_is_covered_is_granted(wide, narrow, subject):
    """Never the other way round: where it says yes, no name is granted by the narrow rule alone."""
    for kind in ("tool", "env", "run"):
        one, other = (parse_permission(f"{kind}:{it}") for it in (wide, narrow))
        if covers(one, other) and Permissions((other,)).decide(kind, subject).allowed:
            assert Permissions((one,)).decide(kind, subject).allowed


@given(*[st.lists(st.sampled_from(["a", "b", "*", "**", "?"]), min_size=1, max_size=3)] * 2, st.sampled_from(
    ["/a", "/a/b", "/b", "/b/a/b", "/a/a/a", "/b/b"]))  # fmt: skip
def test_what_is_covered_of_paths_is_granted(wide, narrow, subject):
    one, other = (parse_permission("read:/" + "/".join(it)) for it in (wide, narrow))
    if covers(one, other) and Permissions((other,)).decide("read", subject).allowed:
        assert Permissions((one,)).decide("read", subject).allowed
