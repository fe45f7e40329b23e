"""What engines ask for on a script's behalf: files as objects, modules, variables; each refusal beside its twin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import BadArgument, NotFound, PermissionDenied, ToolFailed
from llmspell.globals import engine_requests
from llmspell.globals.engine_requests import EngineRequests, FileObject


@pytest.fixture
def host(make_script: Any, tmp_path: Path) -> Any:
    """A script that may use its own folder, with `_host` in place."""
    made = make_script(f"read:{tmp_path}", f"write:{tmp_path}", "env:GIVEN")
    made._globals["_host"] = EngineRequests(str(tmp_path), ())
    return made


def test_a_file_is_written_sought_and_read_through_its_object(host: Any, tmp_path: Path) -> None:
    file = host.call("_host", "open", "a.txt", "w+")
    host.call(file, "write", "h\udcffllo")
    assert host.call(file, "seek", "set", 1) == 1
    assert host.call(file, "seek", "end", 0) == 5
    host.call(file, "flush")
    host.call(file, "close")
    host.call(file, "close")  # twice is no error
    assert (tmp_path / "a.txt").read_bytes() == b"h\xffllo"
    with pytest.raises(ToolFailed, match="closed"):
        host.call(file, "write", "x")


def test_a_place_is_counted_from_one_of_three_origins(host: Any) -> None:
    file = host.call("_host", "open", "a.txt", "w+")
    with pytest.raises(BadArgument, match="middle is none of set, cur, end"):
        host.call(file, "seek", "middle", 0)
    with pytest.raises(ToolFailed):
        host.call(file, "seek", "set", -1)
    assert host.call(file, "seek", "cur", 0) == 0
    host.call(file, "close")


def test_a_mode_that_is_none_is_refused_and_a_missing_file_is_told(host: Any) -> None:
    with pytest.raises(BadArgument, match="the mode 'q' is none of"):
        host.call("_host", "open", "a.txt", "q")
    assert host.call("_host", "open", "a.txt", "rb") == {"problem": "No such file or directory"}


def test_a_full_disk_at_the_run_s_end_troubles_nobody() -> None:
    file = FileObject("full", open("/dev/full", "wb"))  # noqa: SIM115 - the object closes it
    file._file.write(b"x")
    file.aclose()
    good = FileObject("null", open(os.devnull, "wb"))  # noqa: SIM115
    good.aclose()
    assert good._file.closed


def test_only_the_variables_of_the_profile_are_read(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEN", "v")
    monkeypatch.setenv("OTHER", "w")
    assert host.call("_host", "getenv", "GIVEN") == "v"
    with pytest.raises(PermissionDenied):
        host.call("_host", "getenv", "OTHER")


def test_a_module_is_found_beside_the_script_and_by_its_name_alone(host: Any, tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "one.lua").write_text("return 1")
    found = host.call("_host", "module", "part.one", "lua")
    assert (found["source"], found["name"]) == (b"return 1", os.path.join("part", "one.lua"))
    for name in ("../part.one", "part/one", "part..one", ""):
        with pytest.raises(NotFound, match="no module name"):
            host.call("_host", "module", name, "lua")
    with pytest.raises(NotFound, match="was not found"):
        host.call("_host", "module", "part.two", "lua")


def test_a_text_for_a_program_has_a_size_that_one_can_have(
    host: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_requests, "MAX_MODULE_BYTES", 10)
    (tmp_path / "a.lua").write_text("x" * 10)
    (tmp_path / "b.lua").write_text("x" * 11)
    assert host.call("_host", "source", "a.lua")["name"] == "a.lua"
    with pytest.raises(ToolFailed, match="too large for a script"):
        host.call("_host", "source", "b.lua")
