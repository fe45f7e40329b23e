"""docs/guide/runs.md: its commands work one after the other, and the tree that it shows is the one that comes out."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from html.parser import HTMLParser
from pathlib import Path

from .conftest import ROOT, Command

GUIDE = (ROOT / "docs/guide/runs.md").read_text("utf-8")


def same_in_every_run(text: str) -> str:
    """Without ids, times, spans of time and bars."""
    text = re.sub(r"\d{8}-\d{6}-[0-9a-f]{8}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "WHEN", text)
    text = re.sub(r" *\+?[\d.]+ (ms|s)\b", " SPAN", text)
    return re.sub(r"[█·]{14}", "BAR", text).strip()


def test_the_guides_commands_one_after_the_other(command: Command, tmp_path: Path) -> None:
    for name in ("supervisor.lua", "scripted"):
        source = ROOT / "examples" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)  # type: ignore[operator]
    said: dict[str, str] = {}
    errors: dict[str, str] = {}
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line.partition(" > ")[0], comments=True)
            assert words[0] == "llmspell"
            done = command(*words[1:])
            assert done.returncode == 0, (line, done.stderr)
            key = " ".join(words[1:])
            said[key], errors[key] = done.stdout, done.stderr

    shown = re.search(r"```text\n(run .*?)```", GUIDE, re.DOTALL)
    assert shown and same_in_every_run(said["runs show last"]) == same_in_every_run(shown[1])
    assert "supervisor.lua" in said["runs list"]
    assert "the agent supervisor" in said["audit last"]
    assert json.loads(said["audit --since 7d --denied --json"])["decisions"] == []
    assert said["runs show last --key 1"].startswith("key         0:4\nwhat        AgentObject.execute (call)\n")
    assert json.loads(said["runs show last --key 0:4/1/step1/1 --json"])["target"] == "model"
    live = "run --trace supervisor.lua --model scripted/supervisor"
    assert "trace:" not in said[live] and "asked editor" in said[live]
    assert "trace:     ✓ tool researcher" in errors[live] and "llmspell runs show 2" in errors[live]
    lines = [json.loads(it) for it in said["runs export last"].splitlines()]
    assert lines[0] == {"llmspell_run": 1} and {key for it in lines for key in it} >= {"run", "source", "entry"}
    events = json.loads((tmp_path / "trace.json").read_text("utf-8"))["traceEvents"]
    assert {it["ph"] for it in events} == {"M", "X"} and len([it for it in events if it["ph"] == "X"]) == 11
    HTMLParser().feed((tmp_path / "page.html").read_text("utf-8"))
    # Each sign that the guide explains is one of the code.
    from llmspell.trace.text import SIGNS

    assert set(SIGNS.values()) - {" "} <= set(re.findall(r"^\| `(.)` \|", GUIDE, re.MULTILINE))
