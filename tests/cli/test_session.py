"""`llmspell session …`: what scripts have kept in sessions, from the shell."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.store import Sessions
from llmspell.state.open import open_state

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kept(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Two sessions, one with artifacts, a value and a run."""
    path = str(tmp_path / "state.db")
    monkeypatch.setenv("LLMSPELL_STATE__PATH", path)

    async def main() -> None:
        state = open_state(path)
        sessions = Sessions(state, lambda: 1_700_000_000.0)
        artifacts = Artifacts(sessions)
        await sessions.create({"id": "trip-1", "name": "trip", "tags": ["a"], "metadata": {"n": 1}})
        await sessions.create({"id": "tour-1", "name": "tour"})
        await sessions.link("trip-1", "run-7")
        await sessions.step("tour-1", "complete", "done")
        await artifacts.store("trip-1", "report", "a.md", "# é\n", {"by": "ada", "mime_type": "text/markdown"})
        await artifacts.store("trip-1", "raw", "b.bin", b"\xff\0")
        await state.set("session:trip-1", "city", "Oslo")
        await state.aclose()

    asyncio.run(main())
    return command


def test_they_are_listed_by_status_and_tag(kept: Command) -> None:
    shown = kept("session", "list").stdout
    assert [it.split() for it in shown.splitlines()] == [
        ["id", "status", "created", "artifacts", "name"],
        ["tour-1", "completed", "2023-11-14", "22:13", "0", "tour"],
        ["trip-1", "active", "2023-11-14", "22:13", "2", "trip"],
    ]
    assert [it["id"] for it in json.loads(kept("session", "list", "--tag", "a", "--json").stdout)] == ["trip-1"]
    assert kept("session", "list", "--status", "completed").stdout.count("\n") == 2
    assert "there are no such sessions" in kept("session", "list", "--tag", "z").stderr
    assert kept("session", "list", "--status", "over").returncode == 1


def test_one_is_shown_by_id_or_its_beginning(kept: Command) -> None:
    shown = kept("session", "show", "tri").stdout
    rows = {line.split()[0]: line[13:] for line in shown.splitlines()}
    assert (rows["id"], rows["status"], rows["metadata"]) == ("trip-1", "active", '{"n":1}')
    assert (rows["runs"], rows["keys"], rows["artifacts"]) == ("run-7", "city", "1 a.md, 2 b.bin")
    whole = json.loads(kept("session", "show", "trip-1", "--json").stdout)
    assert (whole["tags"], whole["keys"], len(whole["artifacts"])) == (["a"], ["city"], 2)
    for id, said in (("t", "2 sessions begin with t"), ("nobody", "there is no session nobody")):
        done = kept("session", "show", id)
        assert (done.returncode, said in done.stderr) == (1, True)
    assert "`llmspell session list`" in done.stderr


def test_an_artifact_is_listed_and_printed_byte_for_byte(kept: Command, tmp_path: Path) -> None:
    rows = [it.split() for it in kept("session", "artifacts", "trip-1").stdout.splitlines()]
    assert [it[:3] for it in rows] == [["number", "type", "size"], ["1", "report", "5"], ["2", "raw", "2"]]
    assert json.loads(kept("session", "artifacts", "trip-1", "--json").stdout)[0]["metadata"] == {"by": "ada"}
    assert "has no artifacts" in kept("session", "artifacts", "tour-1").stderr
    assert kept("session", "artifact", "get", "trip-1", "a.md").stdout == "# é\n"
    assert kept("session", "artifact", "get", "trip-1", "2").stdout == "\udcff\0"
    kept("session", "artifact", "get", "trip-1", "b.bin", "--output", "out.bin")
    assert (tmp_path / "out.bin").read_bytes() == b"\xff\0"
    done = kept("session", "artifact", "get", "trip-1", "3")
    assert (done.returncode, "session trip-1 has no artifact 3" in done.stderr) == (1, True)
    assert "`llmspell session artifacts trip-1`" in done.stderr


def test_an_export_has_all_of_it(kept: Command, tmp_path: Path) -> None:
    lines = [json.loads(it) for it in kept("session", "export", "trip-1").stdout.splitlines()]
    assert lines[0] == {"llmspell_session": 1}
    assert lines[1]["session"]["name"] == "trip"
    assert lines[2] == {"key": "city", "value": "Oslo"}
    assert [it["content"] for it in lines[3:]] == ["# é\n", {"$bytes": "/wA="}]
    assert kept("session", "export", "trip-1", "-o", "out.jsonl").stdout == ""
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 5


def test_deleting_asks_and_leaves_nothing(kept: Command) -> None:
    refused = kept("session", "delete", "trip-1")
    assert (refused.returncode, "removing 1 session with 2 artifacts needs --yes" in refused.stderr) == (2, True)
    assert "would remove 2 sessions" in kept("session", "delete", "trip-1", "tour-1", "--dry-run").stderr
    assert kept("session", "delete", "trip-1", "nobody", "--yes").returncode == 1
    assert kept("session", "show", "trip-1").returncode == 0
    assert "removed 1 session with 2 artifacts" in kept("session", "delete", "trip-1", "--yes").stderr
    assert kept("session", "show", "trip-1").returncode == 1
    assert kept("state", "list", "--scope", "session:trip-1").stdout == ""


def test_where_there_are_none_that_is_said_and_no_file_is_made(command: Command, tmp_path: Path) -> None:
    done = command("session", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "there are no sessions" in done.stderr
    assert json.loads(command("session", "list", "--json").stdout) == []
    assert not (tmp_path / "home").exists()
