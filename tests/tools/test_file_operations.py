"""Files and folders, within the grants and not beyond them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from llmspell.errors import InvalidParams, LLMSpellError, PermissionDenied, ToolFailed
from llmspell.tools import file_operations
from llmspell.tools.file_operations import ENCODINGS

NAME = "file-operations"


def code_of(call, **params: object) -> str:
    with pytest.raises(LLMSpellError) as caught:
        call(NAME, params)
    assert caught.value.details["tool"] == NAME
    return caught.value.code


@pytest.mark.parametrize("text", ["", "line\n", "ünï\r\n\0😀", "\ufeffx"])
def test_what_is_written_is_read_again(text: str, call, folder: Path) -> None:
    written = call(NAME, operation="write", path="a.txt", input=text)
    assert written.result == {"path": "a.txt", "bytes": len(text.encode())}
    assert (folder / "a.txt").read_bytes() == text.encode()
    read = call(NAME, operation="read", path="a.txt")
    assert read.result == read.text == text
    assert read.metadata["bytes"] == len(text.encode())


def test_bytes_are_written_and_read_as_they_are(call) -> None:
    data = bytes(range(256))
    call(NAME, operation="write", path="a.bin", content=data)
    assert call(NAME, operation="read", path="a.bin", binary=True).result == data
    assert call(NAME, operation="read", path="a.bin", binary=True, offset=250, length=3).result == data[250:253]
    assert call(NAME, operation="read", path="a.bin", binary=True, offset=999).result == b""


def test_what_is_no_text_says_where(call) -> None:
    call(NAME, operation="write", path="a.bin", input=b"abc\xff")
    with pytest.raises(ToolFailed, match="the byte at 3 does not fit") as caught:
        call(NAME, operation="read", path="a.bin")
    assert caught.value.code == "not_text"
    assert "binary" in caught.value.hint
    assert call(NAME, operation="read", path="a.bin", encoding="latin-1").result == "abcÿ"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_works_both_ways(encoding: str, call) -> None:
    call(NAME, operation="write", path="a.txt", input="abc", encoding=encoding)
    assert call(NAME, operation="read", path="a.txt", encoding=encoding.upper()).result == "abc"


@pytest.mark.parametrize("encoding", ["rot13", "zip", "idna", "utf-7", "nope", "x\0", ""])
def test_other_encodings_are_refused(encoding: str, call) -> None:
    assert code_of(call, operation="write", path="a.txt", input="abc", encoding=encoding) == "unknown_encoding"


def test_append_adds_and_makes_the_file(call, folder: Path) -> None:
    call(NAME, operation="append", path="log", input="a\n")
    assert call(NAME, operation="append", path="log", input=b"b\n").text == "appended 2 bytes to log"
    assert (folder / "log").read_text() == "a\nb\n"


def test_write_replaces_unless_it_is_told_not_to(call, folder: Path) -> None:
    call(NAME, operation="write", path="a", input="long text")
    call(NAME, operation="write", path="a", input="b")
    assert (folder / "a").read_text() == "b"
    assert code_of(call, operation="write", path="a", input="c", overwrite=False) == "file_exists"
    assert (folder / "a").read_text() == "b"
    assert call(NAME, operation="write", path="new", input="c", overwrite=False).success


def test_folders_are_made_listed_and_removed(call, folder: Path) -> None:
    call(NAME, operation="create_dir", path="x/y")
    call(NAME, operation="create_dir", path="x/y")
    call(NAME, operation="write", path="x/b.txt", input="12")
    (folder / "x" / "link").symlink_to("b.txt")
    listing = call(NAME, operation="list_dir", path="x")
    assert [(it["name"], it["kind"], it["is_dir"]) for it in listing.result] == [
        ("b.txt", "file", False),
        ("link", "link", False),
        ("y", "folder", True),
    ]
    assert listing.text == "b.txt\nlink\ny/"
    assert listing.metadata == {"path": "x", "total": 3, "complete": True}
    assert call(NAME, operation="list_dir", path="x/y").result == []
    assert code_of(call, operation="delete", path="x") == "folder_not_empty"
    assert call(NAME, operation="delete", path="x", recursive=True).result["removed"] == 4
    assert not (folder / "x").exists()


def test_a_long_listing_is_cut_and_says_so(call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_operations, "MAX_LISTED", 2)
    for name in "abc":
        (folder / name).touch()
    listing = call(NAME, operation="list_dir", path=".")
    assert [it["name"] for it in listing.result] == ["a", "b"]
    assert listing.metadata == {"path": ".", "total": 3, "complete": False}


def test_copy_and_move(call, folder: Path) -> None:
    (folder / "a").write_text("1")
    (folder / "other").write_text("2")
    assert call(NAME, operation="copy", path="a", to="b").result == {"from": "a", "to": "b", "bytes": 1}
    assert code_of(call, operation="copy", source_path="a", target_path="other", overwrite=False) == "file_exists"
    call(NAME, operation="move", **{"from": "b"}, to="c")
    assert sorted(it.name for it in folder.iterdir()) == ["a", "c", "other"]
    assert code_of(call, operation="move", path="c", to="other", overwrite=False) == "file_exists"
    call(NAME, operation="move", path="c", to="other")
    assert (folder / "other").read_text() == "1"
    assert code_of(call, operation="copy", path="a", to="a") == "same_file"


def test_metadata_and_exists(call, folder: Path) -> None:
    (folder / "a.json").write_text("{}")
    os.utime(folder / "a.json", (0, 86400))
    result = call(NAME, operation="metadata", path="a.json").result
    assert result["kind"] == "file"
    assert (result["is_file"], result["is_dir"], result["size"]) == (True, False, 2)
    assert result["modified"] == "1970-01-02T00:00:00+00:00"
    assert result["mime_type"] == "application/json"
    assert call(NAME, operation="metadata", path=".").result["is_dir"] is True
    assert call(NAME, operation="exists", path="a.json").result["exists"] is True
    assert call(NAME, operation="exists", path="b.json").result["exists"] is False


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"operation": "read", "path": "missing"}, "file_not_found"),
        ({"operation": "read", "path": "."}, "is_a_folder"),
        ({"operation": "list_dir", "path": "missing"}, "file_not_found"),
        ({"operation": "delete", "path": "missing"}, "file_not_found"),
        ({"operation": "copy", "path": "missing", "to": "x"}, "file_not_found"),
        ({"operation": "move", "path": "missing", "to": "x"}, "file_not_found"),
        ({"operation": "metadata", "path": "missing"}, "file_not_found"),
        ({"operation": "write", "path": "no/such/folder", "input": ""}, "file_not_found"),
        ({"operation": "write", "path": "a"}, "missing_input"),
        ({"operation": "append", "path": "a"}, "missing_input"),
        ({"operation": "copy", "path": "a"}, "missing_target"),
        ({"operation": "move", "path": "a"}, "missing_target"),
        ({"operation": "write", "path": "a", "input": "ü", "encoding": "ascii"}, "not_encodable"),
        ({"operation": "read", "path": "x\0y"}, "bad_argument"),
        ({"operation": "read", "path": "a" * 300}, "name_too_long"),
        ({"operation": "read", "path": ""}, "invalid_params"),
        ({"operation": "read"}, "invalid_params"),
        ({"operation": "read", "path": "a", "offset": -1}, "invalid_params"),
        ({"operation": "read", "path": "a", "offset": 1.5}, "invalid_params"),
    ],
)
def test_it_refuses_with_a_code_of_its_own(params: dict[str, object], code: str, call) -> None:
    assert code_of(call, **params) == code


def test_a_missing_file_gets_the_nearest_name(call, folder: Path) -> None:
    (folder / "report.txt").touch()
    with pytest.raises(LLMSpellError) as caught:
        call(NAME, operation="read", path="reprot.txt")
    assert "report.txt" in caught.value.hint


def test_a_file_over_the_limit_is_refused_and_read_in_parts(
    call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_operations, "MAX_READ", 10)
    (folder / "at").write_text("x" * 10)
    (folder / "over").write_text("x" * 11)
    assert call(NAME, operation="read", path="at").result == "x" * 10
    assert code_of(call, operation="read", path="over") == "file_too_large"
    assert call(NAME, operation="read", path="over", offset=8, length=10).result == "xxx"


def test_too_large_a_content_is_refused_before_anything_is_written(call, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(file_operations, "MAX_WRITE", 10)
    call(NAME, operation="write", path="a", input="x" * 10)
    assert code_of(call, operation="write", path="a", input="é" * 6) == "too_large"
    assert (folder / "a").read_text() == "x" * 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file, pytest.raises(ToolFailed) as caught:
        file_operations._write_all(file, b"x", "a")
    assert caught.value.code == "no_space"


READS = ("read", "list_dir", "metadata", "exists", "copy", "move")
WRITES = ("write", "append", "delete", "create_dir", "copy", "move")


@pytest.mark.parametrize("operation", sorted({*READS, *WRITES}))
def test_each_operation_needs_its_grant_and_works_with_it(operation: str, call, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "a").write_text("1")
    path = {"list_dir": "in", "create_dir": "in/new"}.get(operation, "in/a")
    params = {"operation": operation, "path": path, "input": "2", "to": "in/b"}
    for missing in [it for it, needs in (("read", READS), ("write", WRITES)) if operation in needs]:
        granted = [f"{it}:./in" for it in ("read", "write") if it != missing]
        with pytest.raises(PermissionDenied) as caught:
            call(NAME, params, allow=("tool:*", *granted))
        assert missing in str(caught.value)
        assert "tool file-operations" in str(caught.value)
    assert (folder / "in" / "a").read_text() == "1"
    assert call(NAME, params, allow=("tool:*", "read:./in", "write:./in")).success


@pytest.mark.parametrize("path", ["../outside.txt", "in/../../outside.txt", "link", "/etc/passwd"])
def test_no_path_leads_out_of_the_granted_folder(path: str, call, folder: Path) -> None:
    (folder.parent / "outside.txt").write_text("secret")
    (folder / "link").symlink_to("../outside.txt")
    (folder / "in").mkdir()
    (folder / "inside.txt").write_text("fine")
    (folder / "inner_link").symlink_to("inside.txt")
    for operation in ("read", "write", "append", "metadata", "exists"):
        with pytest.raises(PermissionDenied):
            call(NAME, {"operation": operation, "path": path, "input": "x"})
    assert (folder.parent / "outside.txt").read_text() == "secret"
    assert call(NAME, operation="read", path="inner_link").result == "fine"


def test_what_was_asked_and_refused_is_in_the_runs_audit(registry, make_context, folder: Path) -> None:
    (folder / "a").write_text("1")
    ctx = make_context("tool:*", "read:.")
    asyncio.run(registry.execute(ctx, NAME, {"operation": "read", "path": "a"}))
    with pytest.raises(PermissionDenied):
        asyncio.run(registry.execute(ctx, NAME, {"operation": "write", "path": "a", "input": "2"}))
    noted = [(it.kind, it.subject, it.allowed) for it in ctx.run.audit.counts]
    assert ("read", str(folder / "a"), True) in noted
    assert ("write", str(folder / "a"), False) in noted


def test_a_cancelled_call_leaves_no_descriptor_open(registry, make_context, folder: Path) -> None:
    (folder / "a").write_bytes(b"x" * 1_000_000)
    ctx = make_context("tool:*", "read:.")

    async def story() -> None:
        for n_steps in range(12):
            task = asyncio.create_task(registry.execute(ctx, NAME, {"operation": "read", "path": "a"}))
            for _ in range(n_steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())
    open_files = [os.path.realpath(it) for it in Path("/proc/self/fd").iterdir()] if Path("/proc").exists() else []
    assert str(folder / "a") not in open_files


def test_a_parameter_of_another_operation_is_no_error_and_a_misspelt_one_is(call, folder: Path) -> None:
    (folder / "a").write_text("1")
    assert call(NAME, operation="read", path="a", overwrite=True).result == "1"
    with pytest.raises(InvalidParams) as caught:
        call(NAME, operation="read", pth="a")
    assert "path" in caught.value.hint
