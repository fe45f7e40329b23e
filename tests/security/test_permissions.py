"""Rules, the decision over them, and what a refusal says."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ConfigError, PermissionDenied, UsageError
from llmspell.security import permissions as module
from llmspell.security.permissions import KINDS, Permission, Permissions, parse_permission, parse_permissions

BASE = "/work-here"


def rules(*allow, deny=()):
    return parse_permissions(allow, deny, base=BASE, profile="medium")


def allowed(grants, kind, subject):
    return grants.decide(kind, subject).allowed


# Paths


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("read:/data",
         ["/data", "/data/a", "/data/a/b", "/data/../data/x", "/data/"],
         ["/database", "/dat", "/", "/data/../etc"]),
        ("read:.", [BASE, "a.txt", "./a/b", BASE + "/a"], ["/etc/passwd", "../x", BASE + "x", "a/../../b"]),
        ("read:./data/", ["data/x", "data"], ["data2", "database/x", "."]),
        ("read:/", ["/etc/passwd", "/"], ["/proc/self/environ", "/dev/sda", "/sys/kernel"]),
        ("read:/proc", ["/proc/cpuinfo"], ["/sys/x"]),
        ("read:/dev/null", ["/dev/null"], ["/dev/zero"]),
        ("read:*", ["/etc/passwd"], ["/proc/self/environ"]),
        ("*", ["/etc/passwd", "/proc/self/environ"], []),
        ("read:./*.csv", ["a.csv", "a.csv/x"], ["a.txt", "sub/a.csv", "."]),
        ("read:./**/*.csv", ["a.csv", "x/y/a.csv"], ["a.txt", "x/y/a.txt", "."]),
        ("read:/logs/20??/app", ["/logs/2026/app/x"], ["/logs/26/app", "/logs/2026/db", "/logs/2026"]),
        ("read:./[1]", ["[1]/x"], ["1"]),
    ],
)  # fmt: skip
def test_a_path_rule_covers_what_is_beneath_it_and_nothing_else(rule, inside, outside):
    grants = rules(rule)
    assert all(allowed(grants, "read", it) for it in inside)
    assert not any(allowed(grants, "read", it) for it in outside)
    if rule != "*":
        assert not any(allowed(grants, "write", it) for it in inside)


def test_a_home_folder_is_expanded(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert allowed(rules("read:~/data"), "read", "/home/somebody/data/x")


def test_a_grant_through_a_link_grants_what_it_leads_to(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    grants = parse_permissions(["read:link"], base=str(tmp_path))
    assert allowed(grants, "read", f"{os.path.realpath(tmp_path)}/real/x")


def test_a_rule_with_dots_after_a_wildcard_is_refused():
    with pytest.raises(UsageError, match="after a wildcard"):
        parse_permission("read:./*/../x", base=BASE)


names = st.text(st.sampled_from("ab.-"), min_size=1, max_size=4).filter(lambda it: it not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4).map(lambda it: "/" + "/".join(it))


@given(paths, paths)
def test_a_folder_covers_exactly_the_paths_that_start_with_its_names(folder, path):
    parts, head = path.split("/")[1:], folder.split("/")[1:]
    rule = Permission("read", folder)
    assert allowed(Permissions((rule,), base="/"), "read", path) == (parts[: len(head)] == head)


@given(st.lists(paths, max_size=3), st.lists(paths, max_size=3), paths, st.sampled_from(["read", "write"]))
def test_what_a_deny_rule_covers_is_denied_whatever_is_allowed(allow, deny, path, kind):
    allow_rules = tuple(Permission(kind, it) for it in allow)
    deny_rules = tuple(Permission(kind, it) for it in deny)
    decision = Permissions(allow_rules, deny_rules, "/").decide(kind, path)
    hit = any(it.matches(kind, path) for it in deny_rules)
    assert decision.allowed == (not hit and any(it.matches(kind, path) for it in allow_rules))
    assert bool(decision.rule) == (hit or decision.allowed)


@given(st.lists(paths, max_size=3), paths, st.text("./ab", max_size=12))
def test_more_denials_never_allow_more(allow, extra, subject):
    allow_rules = tuple(Permission("read", it) for it in allow)
    before = Permissions(allow_rules, (), "/").decide("read", subject).allowed
    after = Permissions(allow_rules, (Permission("read", extra),), "/").decide("read", subject).allowed
    assert not after or before


def test_where_file_systems_ignore_case_a_denial_does_too(monkeypatch):
    grants = rules("read:.", deny=["read:./Secret", "read:./*.KEY"])
    assert allowed(grants, "read", "secret/x")
    monkeypatch.setattr(module, "_FOLD_DENY", True)
    assert not allowed(grants, "read", "secret/x")
    assert not allowed(grants, "read", "id.key")
    assert allowed(grants, "read", "other")


def test_a_denial_beneath_a_folder_is_found():
    grants = rules("write:.", deny=["write:./a/secret", "write:./x/**/.env"])
    assert str(grants.denied_beneath("write", "a")) == "write:./a/secret"
    assert str(grants.denied_beneath("write", "x/y")) == "write:./x/**/.env"
    assert grants.denied_beneath("write", "b") is None
    assert grants.denied_beneath("read", "a") is None


# Hosts


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("net:example.com", ["example.com", "example.com:443", "EXAMPLE.com.:80"],
         ["www.example.com", "example.com.evil.org"]),
        ("net:example.com:443", ["example.com:443"], ["example.com:80", "example.com"]),
        ("net:*.example.com", ["a.example.com:1", "a.b.example.com"],
         ["example.com", "badexample.com", "a.example.com.evil.org"]),
        ("net:*", ["anything.org:1", "8.8.8.8:53"], ["", "a b", "x:99999", "1.2.3.4.5"]),
        ("net:*:443", ["anything.org:443"], ["anything.org:80"]),
        ("net:10.0.0.0/8", ["10.1.2.3:80", "10.0.0.1"], ["11.0.0.1", "ten.example.com"]),
        ("net:[::1]:80", ["[::1]:80", "[0:0:0:0:0:0:0:1]:80"], ["[::1]:81", "[::2]:80"]),
        ("net:127.0.0.1", ["127.1:80", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]:5"], ["127.0.0.2"]),
        ("net:bücher.example", ["xn--bcher-kva.example"], ["bucher.example"]),
    ],
)  # fmt: skip
def test_a_host_rule_covers_its_host_in_every_spelling(rule, inside, outside):
    grants = rules(rule)
    assert [it for it in inside if not allowed(grants, "net", it)] == []
    assert [it for it in outside if allowed(grants, "net", it)] == []


# Names


@pytest.mark.parametrize(
    ("rule", "kind", "inside", "outside"),
    [
        ("tool:*", "tool", ["calculator"], []),
        ("tool:file-operations", "tool", ["file-operations", "file_operations"], ["file-operations2", "file"]),
        ("tool:file_*", "tool", ["file-search"], ["calculator"]),
        ("run:git", "run", ["git"], ["/tmp/git", "git2", "legit"]),
        ("run:/usr/bin/*", "run", ["/usr/bin/git"], ["git", "/bin/git"]),
        ("env:LLMSPELL_*", "env", ["LLMSPELL_X"], ["HOME", "XLLMSPELL_"]),
        ("model:openai/*", "model", ["openai/gpt-5"], ["anthropic/x"]),
    ],
)
def test_a_name_rule_covers_names_by_wildcard(rule, kind, inside, outside):
    grants = rules(rule)
    assert all(allowed(grants, kind, it) for it in inside)
    assert not any(allowed(grants, kind, it) for it in outside)
    assert not any(allowed(grants, it, inside[0]) for it in KINDS if it != kind)


def test_a_kind_that_does_not_exist_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="reed"):
        rules("*").decide("reed", "x")


# Writing rules


@pytest.mark.parametrize("text", ["read:./data", "read=./data", " read:./data "])
def test_a_rule_may_be_written_with_a_colon_or_an_equals_sign(text):
    rule = parse_permission(text, base=BASE)
    assert (rule.kind, rule.pattern, str(rule)) == ("read", f"{BASE}/data", "read:./data")


@pytest.mark.parametrize(
    "text", ["reed:./x", "", "nonsense", "read", "read:", "net:a b", "net:x:0", "net:10.0.0.0/40", "read:a\0b"]
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(UsageError):
        parse_permission(text, base=BASE)
    with pytest.raises(ConfigError):
        parse_permissions([text])


def test_a_wrong_kind_names_the_nearest():
    with pytest.raises(UsageError, match="no such kind of permission: reed .*read"):
        parse_permission("reed:./x")


def test_a_rule_of_code_shows_its_normal_form():
    assert str(Permission("read", "/data", ("*.csv",))) == "read:/data/*.csv"
    assert str(Permission("*", "*")) == "*"


# Denials


def test_a_denial_says_who_needs_what_what_there_is_and_what_to_do():
    grants = rules("read:.")
    problem = grants.describe_denial(grants.decide("read", "/etc/passwd"), "tool file-operations")
    assert isinstance(problem, PermissionDenied)
    assert problem.message == "tool file-operations needs to read /etc/passwd, the profile medium grants read:."
    assert problem.hint == (
        'run again with --allow read:/etc/passwd, or set allow = ["read:/etc/passwd"] '
        "under [profiles.medium] in llmspell.toml"
    )
    assert problem.details["kind"] == "read"


def test_a_denial_without_any_grant_of_the_kind_says_so():
    grants = rules("read:.")
    assert "the profile medium has no net grant" in str(grants.describe_denial(grants.decide("net", "a.org:80")))


def test_a_denial_by_a_rule_names_the_rule_and_that_it_must_go():
    grants = rules("*", deny=["read:/etc"])
    problem = grants.describe_denial(grants.decide("read", "/etc/passwd"))
    assert "the rule read:/etc denies it" in problem.message
    assert "take read:/etc out of" in problem.hint and "--allow" not in problem.hint


def test_the_advice_of_a_denial_can_be_pasted():
    grants = rules()
    problem = grants.describe_denial(grants.decide("read", '/a b/"c"'))
    assert "--allow 'read:/a b/\"c\"'" in problem.hint
    assert 'allow = ["read:/a b/\\"c\\""]' in problem.hint


@pytest.mark.parametrize("kind", KINDS)
def test_following_the_advice_of_a_denial_is_enough(kind):
    grants = rules()
    asked = {"net": "api.example.com:443", "flow": "net:api.example.com:443"}
    decision = grants.decide(kind, asked.get(kind, "some-thing"))
    assert not decision.allowed
    hint = grants.describe_denial(decision).hint
    rule = hint.split("--allow ")[1].split(",")[0]
    assert grants.with_rules([parse_permission(rule, base=BASE)]).decide(kind, decision.subject).allowed


def test_control_characters_do_not_reach_the_message():
    grants = rules()
    assert "\x1b" not in str(grants.describe_denial(grants.decide("read", "/a\x1b[2J")))


def test_more_rules_are_added_once():
    grants = rules("read:.").with_rules([parse_permission("read:.", base=BASE)], [parse_permission("net:*")])
    assert [str(it) for it in grants.allow] == ["read:."]
    assert [str(it) for it in grants.deny] == ["net:*"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_of_megabytes_is_denied_at_once_even_with_wildcards(kind):
    grants = rules("tool:*a*b*c", "env:*a*b*c", "run:*a*b*c", "model:*a*b*c", "read:/**/a*b*c", "net:*.a")
    decision = grants.decide(kind, "a" * 5_000_000)
    assert not decision.allowed and len(str(grants.describe_denial(decision))) < 2000


@pytest.mark.parametrize(
    ("rule", "covered", "not_covered"),
    [
        ("flow:net:api.example.com", "net:api.example.com:443", "net:example.com:443"),
        ("flow:net:API.Example.com:443", "net:api.example.com:443", "net:api.example.com:80"),
        ("flow:net:*.example.com", "net:a.b.example.com:443", "net:example.com:443"),
        ("flow:net:10.0.0.0/8", "net:10.1.2.3:80", "net:11.1.2.3:80"),
        ("flow:net:*", "net:anything:1", "run:curl"),
        ("flow:run:git", "run:git", "run:/tmp/git"),
        ("flow:tool:send_mail", "tool:send-mail", "tool:send-mails"),
        ("flow:model:ollama/*", "model:ollama/x", "model:openai/x"),
        ("flow:*", "run:anything", None),
        ("*", "net:x:1", None),
    ],
)
def test_a_flow_is_named_by_the_channel_it_leads_to(rule, covered, not_covered):
    grants = Permissions().with_rules([parse_permission(rule)])
    assert grants.decide("flow", covered).allowed
    assert not_covered is None or not grants.decide("flow", not_covered).allowed
    assert (
        not Permissions().with_rules([parse_permission(rule)], [parse_permission(rule)]).decide("flow", covered).allowed
    )


@pytest.mark.parametrize(
    "rule", ["flow:read:./x", "flow:example.com", "flow:net", "flow:net:", "flow:net:a b", "flow:"]
)
def test_a_flow_that_names_no_way_out_is_refused(rule):
    with pytest.raises(UsageError):
        parse_permission(rule)


def test_a_grant_of_the_channel_is_none_of_the_flow_and_the_other_way_round():
    net, flow = parse_permission("net:example.com"), parse_permission("flow:net:example.com")
    assert not Permissions((net,)).decide("flow", "net:example.com:443").allowed
    assert not Permissions((flow,)).decide("net", "example.com:443").allowed
