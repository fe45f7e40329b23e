"""S13 to S17: the only door."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
DENIED = 77
READ = 'print(Tool.execute("file-operations", {{ operation = "read", path = "{}" }}).text)'
WRITE = 'Tool.execute("file-operations", {{ operation = "write", path = "{}", content = "x" }})'


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.txt").write_text("the secret")
    return folder


@pytest.mark.parametrize("way", ["absolute", "dots", "link to the file", "link to its folder"])
def test_s13_a_file_outside_is_not_read_and_one_inside_is(lua: Run, tmp_path: Path, outside: Path, way: str) -> None:
    (tmp_path / "inside.txt").write_text("the inside")
    (tmp_path / "file-link").symlink_to(outside / "secret.txt")
    (tmp_path / "folder-link").symlink_to(outside)
    path = {
        "absolute": f"{outside}/secret.txt",
        "dots": f"../{outside.name}/secret.txt",
        "link to the file": "file-link",
        "link to its folder": "folder-link/secret.txt",
    }[way]
    refused = lua(READ.format(path))
    assert refused.returncode == DENIED
    assert "the secret" not in refused.stdout + refused.stderr
    assert lua(READ.format("inside.txt")).stdout == "the inside\n"
    assert lua(READ.format(path), "--allow", f"read:{outside}").stdout == "the secret\n"


def test_s14_what_nothing_allows_is_denied_with_the_flag_that_would_allow_it(lua: Run, tmp_path: Path) -> None:
    refused = lua(WRITE.format("new.txt"))
    assert refused.returncode == DENIED
    assert "--allow write:" in refused.stderr
    assert not (tmp_path / "new.txt").exists()
    assert lua(WRITE.format("new.txt"), "--allow", "write:.").returncode == 0
    assert (tmp_path / "new.txt").read_text() == "x"


def test_s14_deny_beats_allow(lua: Run, tmp_path: Path) -> None:
    refused = lua(WRITE.format("new.txt"), "--allow", "write:.", "--deny", "write:new.txt")
    assert (refused.returncode, (tmp_path / "new.txt").exists()) == (DENIED, False)
    assert lua(WRITE.format("other.txt"), "--allow", "write:.", "--deny", "write:new.txt").returncode == 0


def test_s15_a_tool_runs_only_where_it_is_granted(lua: Run) -> None:
    source = 'print(Tool.execute("calculator", { operation = "evaluate", input = "6*7" }).result ~= nil)'
    refused = lua(source, profile="high")
    assert (refused.returncode, refused.stdout) == (DENIED, "")
    assert "tool:calculator" in refused.stderr
    assert lua(source, "--allow", "tool:calculator", profile="high").returncode == 0


def test_s16_a_variable_is_seen_only_where_it_is_granted(lua: Run) -> None:
    source = 'print(os.getenv("COLOUR"))'
    refused = lua(source, profile="low", env={"COLOUR": "mauve"})
    assert "mauve" not in refused.stdout + refused.stderr
    assert lua(source, "--allow", "env:COLOUR", profile="low", env={"COLOUR": "mauve"}).stdout == "mauve\n"


GARBAGE = {
    "text": b"x" * 100,
    "a frame that says it is huge": b"\xff\xff\xff\xff\x01\0\0\0\1",
    "an unknown kind": b"\0\0\0\1\xee\0\0\0\1\xc0",
    "a call that is no map": b"\0\0\0\1\x03\0\0\0\1\xc1",
    "a host's message": b"\0\0\0\1\x02\0\0\0\1\xc0",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_s17_a_worker_that_sends_garbage_is_ended_and_reported(python: Run, garbage: bytes) -> None:
    done = python(f"import os\nos.write(3, {garbage!r})\nwhile True: pass", "--timeout", "20s")
    assert done.returncode == 76, done.stderr
    assert "sent what no worker sends" in done.stderr
    assert "Traceback" not in done.stderr
    assert python("print('ran')").stdout == "ran\n"
