"""Session and Artifact as scripts call them: the current session, hooks, files, and what was recorded."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import BadArgument, NotFound, PermissionDenied, ScriptError


def test_an_id_that_is_left_out_means_the_current_session(script: Any) -> None:
    with pytest.raises(BadArgument, match="no session is current"):
        script.call("Session", "get")
    id = script.call("Session", "create", {"name": "work", "metadata": {"n": 1}})
    assert script.call("Session", "get_current") is None
    script.call("Session", "setCurrent", id)
    assert script.call("Session", "getCurrent") == id
    assert script.call("Session", "get")["name"] == "work"
    assert script.call("Session", "get_metadata") == {"n": 1}
    assert script.call("Artifact", "store", None, "t", "a", "x")["session_id"] == id
    assert [it["name"] for it in script.call("Artifact", "list", "")] == ["a"]
    assert script.call("Session", "get")["runs"] == [script.run.run_id]
    script.call("Session", "set_current")
    assert script.call("Session", "get_current") is None


@pytest.mark.parametrize("step", ["suspend", "complete", "delete"])
def test_a_session_that_is_laid_aside_is_not_current_any_more(script: Any, step: str) -> None:
    id = script.call("Session", "create")
    script.call("Session", "set_current", id)
    script.call("Session", step, id)
    assert script.call("Session", "get_current") is None
    with pytest.raises((BadArgument, NotFound)):
        script.call("Session", "set_current", id)


def test_every_step_is_told_to_its_hooks(script: Any) -> None:
    seen: list[tuple[str, str, Any]] = []

    async def look(moment: Any, ctx: Any) -> None:
        seen.append((moment.point, moment.input["status"], moment.input.get("checkpoint")))

    script.run.hooks.register("Session*", look)
    id = script.call("Session", "create")
    script.call("Session", "save", id)
    assert script.call("Session", "checkpoint", id, "here") == 1
    assert script.call("Session", "restore", id) == 1
    script.call("Session", "suspend", id)
    script.call("Session", "resume", id)
    assert script.call("Session", "load", id) == id
    script.call("Session", "complete", id, {"done": True})
    assert seen == [
        ("SessionStart", "active", None),
        ("SessionSave", "active", None),
        ("SessionCheckpoint", "active", 1),
        ("SessionRestore", "active", 1),
        ("SessionCheckpoint", "suspended", 2),
        ("SessionRestore", "active", 2),
        ("SessionRestore", "active", 2),
        ("SessionEnd", "completed", 2),
    ]
    assert script.call("Session", "get", id)["summary"] == {"done": True}


def test_fields_are_plain_data_by_table_or_builder(script: Any) -> None:
    with pytest.raises(BadArgument, match=r"the session.metadata.f is a function"):
        script.call("Session", "create", {"metadata": {"f": lambda: 1}})
    builder = script.call("Session", "builder")
    for name, value in (("id", "built"), ("name", "n"), ("description", "d"), ("tag", "a"), ("tag", "b")):
        builder = script.call(builder, name, value)
    script.call(builder, "metadata", {"k": 1})
    assert script.call(builder, "build") == "built"
    found = script.call("Session", "get", "built")
    assert (found["name"], found["description"], found["tags"], found["metadata"]) == ("n", "d", ["a", "b"], {"k": 1})
    assert script.call("Session", "update", "built", {"tags": []})["tags"] == []
    assert script.call("Session", "update_metadata", "built", {"k": None, "m": 2}) == {"m": 2}
    assert script.call("Session", "get", "other") is None
    assert [it["id"] for it in script.call("Session", "list", {"status": "active"})] == ["built"]


def test_what_a_session_has_done_is_shown_and_not_done_again(script: Any) -> None:
    id = script.call("Session", "create")
    assert script.call("Session", "can_replay", id) is False
    with pytest.raises(BadArgument, match="the journal has no run of session") as caught:
        script.call("Session", "replay", id)
    assert caught.value.code == "not_recorded"
    script.call("Session", "set_current", id)
    script.call("State", "incr", "n")
    assert script.call("Session", "canReplay") is True
    assert script.call("Session", "listReplayable") == [id]
    told = script.call("Session", "getReplayMetadata")
    assert [it["run_id"] for it in told["runs"]] == [script.run.run_id]
    shown = script.call("Session", "replay", id)
    assert [it["result"] for it in shown["entries"] if it["method"] == "incr"] == [1]
    assert script.call("State", "get", "n") == 1
    assert len(script.call("Session", "replay", id, {"limit": 2, "mode": "recorded"})["entries"]) == 2
    refused = (({"mode": "exact"}, "not executed again"), ({"speed": 2}, "no field speed"), ({"limit": -1}, "whole"))
    for options, said in refused:
        with pytest.raises(BadArgument, match=said):
            script.call("Session", "replay", id, options)


def test_an_artifact_is_found_with_its_content_and_what_was_said_of_it(script: Any) -> None:
    id = script.call("Session", "create")
    made = script.call("Artifact", "store", id, "report", "a.txt", "text", {"author": "ada", "tags": ["x"]})
    assert made == {"content_hash": hashlib.sha256(b"text").hexdigest(), "session_id": id, "sequence": 1}
    found = script.call("Artifact", "get", id, made)
    assert (found["content"], found["metadata"]["author"], found["metadata"]["name"]) == ("text", "ada", "a.txt")
    assert (found["mime_type"], found["tags"], found["size"]) == ("text/plain", ["x"], 4)
    row = script.call("Artifact", "list", id)[0]
    assert (row["metadata"], "content" in row) == ({"author": "ada"}, False)
    assert script.call("Artifact", "query", {"tags": ["x"]}) == [row]
    assert script.call("Artifact", "delete", id, made) is True
    assert script.call("Artifact", "delete", id, made) is False
    with pytest.raises(BadArgument, match=r"the metadata.f is a function"):
        script.call("Artifact", "store", id, "t", "n", "c", {"f": lambda: 1})


def test_a_file_is_kept_where_it_may_be_read_and_refused_where_not(make_script: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.bin").write_bytes(b"\xff\0")
    (tmp_path / "in" / "note.txt").write_text("é")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
    script = make_script("read:./in", deny=(f"read:{tmp_path}/secret.txt",))
    id = script.call("Session", "create")
    script.call("Artifact", "store_file", id, "in/data.bin", "upload", {"tags": ["raw"]})
    script.call("Artifact", "storeFile", id, "in/note.txt")
    assert script.call("Artifact", "get", id, "data.bin")["content"] == b"\xff\0"
    note = script.call("Artifact", "get", id, "note.txt")
    assert (note["content"], note["type"], note["is_text"]) == ("é", "file", True)
    for path in ("secret.txt", "in/link.txt", "in/../secret.txt"):
        with pytest.raises(PermissionDenied):
            script.call("Artifact", "store_file", id, path)
    with pytest.raises(NotFound):
        script.call("Artifact", "store_file", id, "in/none")
    assert len(script.call("Artifact", "list", id)) == 2


def test_a_file_that_is_too_large_is_refused(make_script: Any, tmp_path: Path) -> None:
    with open(tmp_path / "large", "wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)
    script = make_script("read:.")
    id = script.call("Session", "create")
    with pytest.raises(BadArgument, match="large has more") as caught:
        script.call("Artifact", "store_file", id, "large")
    assert caught.value.code == "artifact_too_large"
    assert not isinstance(caught.value, ScriptError)
