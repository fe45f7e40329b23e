"""`llmspell state …`: what it prints, what it changes, what it asks, and how it ends."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_value_is_set_as_json_or_text_and_printed_as_it_is(command: Command) -> None:
    for key, given, shown in (
        ("map", '{"b": [1, 2.5, null], "a": true}', '{"a":true,"b":[1,2.5,null]}\n'),
        ("number", "007", "007\n"),  # no JSON
        ("real", "7.0", "7.0\n"),
        ("text", "hello", "hello\n"),
        ("quoted", '"7"', "7\n"),
        ("stdin", "-", "from stdin\n"),
        ("bytes", '{"$bytes": "/wA="}', "\udcff\0"),
        ("big", '{"$int": "0x40000000000000000000"}', f"{0x40000000000000000000}\n"),
    ):
        done = command("state", "set", key, given, stdin="from stdin\n")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert command("state", "get", key).stdout == shown
    command("state", "set", "text", "7", "--text")
    assert command("state", "get", "text", "--json").stdout == '"7"\n'
    assert json.loads(command("state", "get", "bytes", "--json").stdout) == {"$bytes": "/wA="}
    done = command("state", "set", "bytes", '{"$bytes": 7}')
    assert (done.returncode, "is no value" in done.stderr) == (1, True)
    done = command("state", "set", "deep", "[" * 90_000 + "]" * 90_000)
    assert (done.returncode, "this JSON is nested too deeply" in done.stderr) == (1, True), done.stderr


def test_what_scripts_keep_is_what_the_shell_sees(llmspell: Command, command: Command) -> None:
    script = """
        State.set("k", { n = 1 })
        State.migrate("user:1", { { version = 2, up = function(tx) tx:incr("n") end } })
    """
    assert llmspell("eval", script).returncode == 0
    assert command("state", "get", "k").stdout == '{"n":1}\n'
    assert command("state", "scopes").stdout.splitlines()[1:] == ["global  1     11     0", "user:1  1     8      2"]
    assert command("state", "set", "k", '"new"').returncode == 0
    assert llmspell("eval", 'State.get("k")').stdout == "new\n"


def test_keys_and_scopes_are_listed_as_text_and_as_json(command: Command, tmp_path: Path) -> None:
    done = command("state", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "global holds nothing" in done.stderr
    assert "nothing is kept yet" in command("state", "scopes").stderr
    assert not (tmp_path / "home").exists()  # looking makes no file
    for key, value in (("user.a", '"1\\n2"'), ("user.b", "[1]"), ("other", f'"{"x" * 100}"'), ("\x1b[31m", "1")):
        command("state", "set", key, value)
    command("state", "set", "k", "1", "--scope", "user:7")
    assert command("state", "list", "user.").stdout == "user.a  1\\n2\nuser.b  [1]\n"
    assert command("state", "list", "*.b").stdout == "user.b  [1]\n"
    listed = command("state", "list").stdout
    assert ("\x1b" in listed, "x" * 59 + "…" in listed) == (False, True)
    assert json.loads(command("state", "list", "--scope", "user:7", "--json").stdout) == {"k": 1}
    rows = json.loads(command("state", "scopes", "--json").stdout)
    assert [(it["scope"], it["keys"], it["version"]) for it in rows["scopes"]] == [("global", 4, 0), ("user:7", 1, 0)]
    assert rows["bytes"] == sum(it["bytes"] for it in rows["scopes"])


def test_a_missing_key_is_named_with_the_nearest_and_nothing_is_removed(command: Command) -> None:
    command("state", "set", "counter", "1")
    for words in (("get", "countr"), ("delete", "counter", "countr")):
        done = command("state", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "global has no key countr" in done.stderr
        assert "did you mean counter?" in done.stderr
    assert command("state", "get", "counter").stdout == "1\n"
    assert command("state", "get", "counter", "--scope", "user:").returncode == 1
    assert "`llmspell state list --scope user:a`" in command("state", "get", "k", "--scope", "user:a").stderr
    assert "`llmspell state list 'c*'`" in command("state", "delete", "c*").stderr


def test_deleting_says_what_it_would_do_and_asks_where_a_scope_is_lost(command: Command) -> None:
    for key in "abc":
        command("state", "set", key, "1")
    assert "would remove 1 value of global" in command("state", "delete", "a", "--dry-run").stderr
    assert command("state", "get", "a").returncode == 0
    assert "removed 1 value of global" in command("state", "delete", "a").stderr
    assert command("state", "get", "a").returncode == 1
    refused = command("state", "delete", "--all")
    assert (refused.returncode, "needs --yes" in refused.stderr) == (2, True)
    assert command("state", "list").stdout.count("\n") == 2
    assert "removed 2 values" in command("state", "delete", "--all", "--yes").stderr
    for words in (("delete",), ("delete", "a", "--all")):
        assert command("state", *words).returncode == 2


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_on_a_terminal_it_asks(command: Command, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    from llmspell.cli import kept

    command("state", "set", "k", "1")
    monkeypatch.setattr(kept, "is_terminal", lambda: True)
    done = command("state", "delete", "--all", stdin=f"{answer}\n")
    assert "removing 1 value of global? [y/N]" in done.stderr
    assert done.returncode == (0 if answer == "y" else 2)
    assert command("state", "get", "k").returncode == (1 if answer == "y" else 0)


def test_an_export_comes_back_in_another_place_as_it_was(command: Command, tmp_path: Path) -> None:
    command("state", "set", "k", '{"x": {"$float": "NaN"}}')
    command("state", "set", "b", '{"$bytes": "/w=="}', "--scope", "user:1")
    exported = command("state", "export")
    assert exported.stdout.splitlines()[0] == '{"llmspell_state": 1}'
    assert "wrote 2 values" in command("state", "export", "--output", "out.jsonl").stderr
    assert (tmp_path / "out.jsonl").read_text() == exported.stdout
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600
    assert command("state", "export", "--scope", "user:1").stdout.count("\n") == 2

    other = ("--config", "other.toml")
    (tmp_path / "other.toml").write_text('[state]\npath = "other.db"\n')
    command("state", "set", "old", "1", *other)
    assert "would write 2 values in 2 scopes" in command("state", "import", "out.jsonl", "--dry-run", *other).stderr
    assert command("state", "get", "k", *other).returncode == 1
    assert command("state", "import", "-", *other, stdin=exported.stdout).returncode == 0
    assert command("state", "get", "old", *other).returncode == 0
    refused = command("state", "import", "out.jsonl", "--replace", *other)
    assert (refused.returncode, "removing 3 values" in refused.stderr) == (2, True)
    assert "would remove 3 values" in command("state", "import", "out.jsonl", "--replace", "--dry-run", *other).stderr
    assert command("state", "import", "out.jsonl", "--replace", "--yes", *other).returncode == 0
    assert command("state", "export", *other).stdout == exported.stdout


def test_an_import_that_is_wrong_somewhere_changes_nothing(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(
        '{"llmspell_state": 1}\n{"scope": "global", "key": "k", "value": 1}\n{"scope": 7}\n'
    )
    (tmp_path / "bytes").write_bytes(b"\xff")
    (tmp_path / "cut.jsonl").write_text('{"llmspell_state": 1}\n{"sco')
    for words, code, said in (
        (("bad.jsonl",), 1, "line 3: there is no scope"),
        (("cut.jsonl",), 1, "line 2 is not JSON: unterminated string starting at, column 2"),
        (("none.jsonl",), 2, "none.jsonl cannot be read: no such file"),
        (("bytes",), 2, "bytes is not UTF-8"),
        (("bad.jsonl", "--merge", "--replace"), 2, "exclude each other"),
    ):
        done = command("state", "import", *words)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert command("state", "scopes").stdout == ""
    assert command("state", "export", "-o", "no/such/folder").returncode == 2


def test_state_is_encrypted_and_decrypted_by_command(command: Command, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(f'[state]\npath = "{tmp_path}/kept/state.db"\n')
    config = ("--config", "mine.toml")
    command("state", "set", "k", "canary-77aa01")
    refused = command("state", "encrypt")
    assert (refused.returncode, "state.encryption_key is not set" in refused.stderr) == (78, True)

    key = command("state", "new-key").stdout
    assert len(key) == 45
    assert key != command("state", "new-key").stdout
    (tmp_path / "key").write_text(key)
    (tmp_path / "mine.toml").write_text(
        f'[state]\npath = "{tmp_path}/kept/state.db"\nencryption_key = {{ file = "key" }}\n'
    )

    def in_file() -> bool:
        return any(b"canary-77aa01" in it.read_bytes() for it in (tmp_path / "kept").iterdir())

    assert in_file()
    assert "encrypted 1 value" in command("state", "encrypt", *config).stderr
    assert not in_file()
    assert "encrypted 0 values" in command("state", "encrypt", *config).stderr
    assert command("state", "get", "k", *config).stdout == "canary-77aa01\n"
    without = command("state", "get", "k")
    assert (without.returncode, "state.encryption_key is not set" in without.stderr) == (78, True)
    (tmp_path / "in.jsonl").write_text('{"llmspell_state": 1}\n{"scope": "user:1", "key": "k", "value": 1}\n')
    for words in (("set", "other", "1"), ("import", "in.jsonl")):
        without = command("state", *words)
        assert (without.returncode, "nothing is written beside them in the clear" in without.stderr) == (78, True)
    (tmp_path / "key").write_text(command("state", "new-key").stdout)
    wrong = command("state", "get", "k", *config)
    assert (wrong.returncode, "another key than state.encryption_key holds" in wrong.stderr) == (78, True)
    (tmp_path / "key").write_text(key)
    command("state", "set", "plain", "1", "--scope", "user:2", *config)
    (tmp_path / "key").write_text(command("state", "new-key").stdout)
    command("state", "set", "k", "2", "--scope", "user:2", *config)
    (tmp_path / "key").write_text(key)
    some = command("state", "list", "--scope", "user:2", *config)
    assert (some.returncode, some.stdout) == (78, "k      [unreadable]\nplain  1\n")
    assert "user:2 k is encrypted with another key" in some.stderr
    some = command("state", "list", "--scope", "user:2", "--json", *config)
    assert (some.returncode, json.loads(some.stdout)["plain"]) == (78, 1)
    assert "another key" in json.loads(some.stdout)["k"]["$unreadable"]
    command("state", "delete", "--all", "--yes", "--scope", "user:2", *config)
    with sqlite3.connect(tmp_path / "kept" / "state.db") as file:
        file.execute("INSERT INTO state VALUES ('user:3', 'a', x'c1', 1, 0), ('user:3', 'b', x'07', 2, 0)")
        file.execute("INSERT INTO state VALUES ('user:3', 'c', x'c1', 1, 0)")
    damaged = command("state", "list", "--scope", "user:3", *config)
    assert (damaged.returncode, damaged.stdout) == (74, "a  [unreadable]\nb  7\nc  [unreadable]\n")
    assert all(f"what is stored at user:3 {it} is damaged" in damaged.stderr for it in "ac")
    command("state", "delete", "--all", "--yes", "--scope", "user:3", *config)
    assert command("state", "decrypt", *config).returncode == 2
    assert "decrypted 1 value" in command("state", "decrypt", "--yes", *config).stderr
    assert command("state", "get", "k").stdout == "canary-77aa01\n"


@pytest.mark.parametrize("words", [("lst",), ("get",), ("get", "k", "--scop", "x"), ("import",)])
def test_a_wrong_command_line_ends_with_2_and_a_hint(command: Command, words: tuple[str, ...]) -> None:
    done = command("state", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "hint:" in done.stderr


@pytest.mark.parametrize("group", ["state", "session", "workflow", "template"])
def test_the_help_of_a_group_cuts_no_sentence(command: Command, group: str) -> None:
    _, _, commands = command(group, "--help").stdout.partition("Commands:\n")
    assert commands and "..." not in commands
