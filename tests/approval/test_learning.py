"""From what a run used to the smallest header, and into the script."""

import os

import pytest

from llmspell.approval.learning import folded, learn
from llmspell.approval.writing import header_line, replace_file, with_rules
from llmspell.effects.run import Audit
from llmspell.errors import UsageError
from llmspell.runtime.header import read_header
from llmspell.security.permissions import Decision
from llmspell.security.profile import resolve_profile


def learned(decisions, profile="medium", base="/w", script="/w/x.lua", **more):
    audit = Audit()
    for it in decisions:
        audit.add(it)
    return learn(audit, resolve_profile(profile, base=base, **more), script, base)


def used(kind, subject, rule="*", allowed=True):
    return Decision(allowed, kind, subject, rule, "--allow")


def refused(kind, subject, rule=""):
    return Decision(False, kind, subject, rule)


def test_it_asks_for_what_was_used_beyond_the_profile_and_for_what_was_refused():
    found = learned([
        used("read", "/w/data/a", "read:."), used("write", "/w/out/a"), used("tool", "calculator"), used("env", "HOME"),
        used("net", "api.example.com:443"), Decision(True, "net", "93.184.216.34:443", ""),
        used("model", "openai/gpt-5"), used("run", "git"), refused("read", "/srv/x"), refused("env", "SECRET", "env:*"),
    ])  # fmt: skip
    assert found.rules == (
        "read:/srv/x", "write:./out/a", "net:api.example.com:443", "run:git", "env:HOME"
    )  # fmt: skip
    assert found.refused == ("read:/srv/x",) and found.unsaid == ()


def test_under_high_it_asks_for_all_and_says_what_no_header_may():
    found = learned([used("read", "/w/a"), used("tool", "calculator"), used("env", "HOME")], profile="high")
    assert found.rules == ("read:./a", "env:HOME", "tool:calculator")
    assert [it.partition(":")[0] for it in found.unsaid] == ["env"]


def test_few_files_are_named_and_many_become_their_folder():
    assert sorted(folded(["/w/d/a", "/w/d/b", "/w/d/c"])) == ["/w/d/a", "/w/d/b", "/w/d/c"]
    assert folded([f"/w/d/{it}" for it in "abcd"]).keys() == {"/w/d"}
    assert folded([f"/w/d/{it}/{i}" for it in "abcd" for i in range(4)]).keys() == {"/w/d"}
    assert folded(["/w/d", "/w/d/a", "/w/e"]).keys() == {"/w/d", "/w/e"}
    assert len(folded([f"/{it}/x" for it in "abcd"])) == 4  # not the whole machine
    assert len(folded([f"/etc/{it}" for it in "abcd"])) == 4
    home = os.path.realpath(os.path.expanduser("~"))
    assert len(folded([f"{home}/{it}" for it in "abcd"])) == 4
    assert len(folded([f"/w/s/{it}" for it in "abcd"], keep_out=("/w/s",))) == 4  # nor the folder of the script itself
    assert len(folded([f"/w/{it}" for it in "abcd"], keep_out=("/w/s",))) == 4


def test_a_folder_of_everything_is_left_to_the_user():
    home = os.path.realpath(os.path.expanduser("~"))
    for path in ("/", home, os.path.dirname(home)):
        found = learned([refused("read", path)])
        assert found.rules == () and "all of your files" in found.unsaid[0]
    assert learned([refused("read", f"{home}/notes/a")]).rules == ("read:~/notes/a",)


@pytest.mark.parametrize("name", ["a*b", "a?", "a ", "a\nb", "a\u202eb", "a'\"b", "a" * 600])
def test_a_name_that_no_header_can_say_is_left_to_the_user(name):
    found = learned([refused("read", f"/srv/{name}")])
    assert found.rules == () and len(found.unsaid) == 1
    assert learned([refused("read", "/srv/it's")]).rules == ("read:/srv/it's",)


def test_addresses_behind_local_names_need_no_rule_of_their_own_and_others_do():
    local = [used("net", "localhost:8080"), used("net", "127.0.0.1:8080", "net:localhost")]
    assert learned(local).rules == ("net:localhost:8080",)
    inside = [used("net", "db.example.com:5432"), used("net", "10.0.0.5:5432", "net:10.0.0.0/8")]
    assert set(learned(inside).rules) == {"net:db.example.com:5432", "net:10.0.0.5:5432"}


CASES = [
    (b"", "lua", b'-- llmspell: allow = ["tool:x"]\n'),
    (b"print(1)", "lua", b'-- llmspell: allow = ["tool:x"]\nprint(1)'),
    (b"#!/usr/bin/env llmspell\nprint(1)\n", "lua",
     b'#!/usr/bin/env llmspell\n-- llmspell: allow = ["tool:x"]\nprint(1)\n'),
    (b"#!/usr/bin/env llmspell", "lua", b'#!/usr/bin/env llmspell\n-- llmspell: allow = ["tool:x"]\n'),
    (b"\xef\xbb\xbfx = 1\r\ny = 2\r\n", "lua", b'\xef\xbb\xbf-- llmspell: allow = ["tool:x"]\r\nx = 1\r\ny = 2\r\n'),
    (b"-- a\n-- llmspell: engine = lua54\n-- b\nx()\n", "lua",
     b'-- a\n-- llmspell: engine = lua54\n-- llmspell: allow = ["tool:x"]\n-- b\nx()\n'),
    (b'-- a\n--llmspell:allow=["read:/"]\r\n-- llmspell: deny = []\nx()\n', "lua",
     b'-- a\n-- llmspell: allow = ["tool:x"]\r\n-- llmspell: deny = []\nx()\n'),
    (b'x()\n-- llmspell: allow = ["read:/"]\n', "lua",
     b'-- llmspell: allow = ["tool:x"]\nx()\n-- llmspell: allow = ["read:/"]\n'),
    (b"--[[ long ]]\nx()", "lua", b'-- llmspell: allow = ["tool:x"]\n--[[ long ]]\nx()'),
    (b"#!/usr/bin/python\n# -*- coding: utf-8 -*-\nx()\n", "python",
     b'#!/usr/bin/python\n# -*- coding: utf-8 -*-\n# llmspell: allow = ["tool:x"]\nx()\n'),
    (b'"""text\n# llmspell: allow = []\n"""\n\xff\x00', "python",
     b'# llmspell: allow = ["tool:x"]\n"""text\n# llmspell: allow = []\n"""\n\xff\x00'),
]  # fmt: skip


@pytest.mark.parametrize(("source", "language", "expected"), CASES)
def test_the_header_goes_where_it_is_read_and_every_other_byte_stays(source, language, expected):
    written = with_rules(source, language, ["tool:x"])
    assert written == expected
    assert read_header(written, "x", language)["allow"] == ["tool:x"]
    assert with_rules(written, language, ["tool:x"]) == written
    again = with_rules(written, language, [])
    assert "allow" not in read_header(again, "x", language)


def test_a_header_that_nobody_would_read_is_not_written():
    with pytest.raises(UsageError, match="too long to be read"):
        with_rules(b"x()", "lua", ["read:" + "a" * 490] * 40)
    with pytest.raises(UsageError, match="too long to be read"):
        with_rules(b"-- " + b"x" * 17_000 + b"\n-- llmspell: engine = lua54\nx()", "lua", ["tool:x"] * 2000)
    assert header_line(["read:it's", 'read:"'], "python") == """# llmspell: allow = ["read:it's", 'read:"']"""


def test_the_file_is_replaced_at_once_with_its_mode_and_only_if_it_is_what_was_run(tmp_path):
    path, link = tmp_path / "x.lua", tmp_path / "link"
    path.write_bytes(b"a")
    path.chmod(0o751)
    link.symlink_to(path)
    replace_file(str(link), b"a", b"b")
    assert path.read_bytes() == b"b" and link.is_symlink() and path.stat().st_mode & 0o777 == 0o751
    with pytest.raises(UsageError, match="has changed since it was run"):
        replace_file(str(path), b"a", b"c")
    assert path.read_bytes() == b"b" and sorted(it.name for it in tmp_path.iterdir()) == ["link", "x.lua"]
