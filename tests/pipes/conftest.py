"""A real shell, with `llmspell` on its path and nothing of ours in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Done = subprocess.CompletedProcess[bytes]

SCRIPTS = {
    "hello.lua": 'print("hello")',
    "hello.py": 'print("hello")',
    "endless.lua": 'while true do print("y") end',
    "endless.py": 'while True:\n    print("y")',
    "busy.lua": 'print("begun") while true do end',
    "busy.py": 'print("begun")\nwhile True:\n    pass',
    "echo.lua": "print(ARGS[1])",
    "echo.py": "print(ARGS[0])",
    "cat.lua": (ROOT / "examples/cat.lua").read_text(),
    "cat.py": (ROOT / "examples/cat.py").read_text(),
    "lines.lua": "for line in io.lines() do print(#line) end",
    "lines.py": "import sys\nfor line in sys.stdin:\n    print(len(line.rstrip('\\n')))",
    "state.lua": 'for i = 1, 5 do State.set("from-" .. ARGS[1] .. "-" .. i, i) end print("done")',
    "state.py": 'for i in range(5):\n    State.set(f"from-{ARGS[0]}-{i}", i)\nprint("done")',
    "reading.lua": 'State.set("a", 1) io.write("begun\\n") print(io.read())',
    "reading.py": 'State.set("a", 1)\nprint("begun")\nprint(input())',
    "sleeping.lua": 'State.set("a", 1) print("begun") Async.sleep(3600)',
    "sleeping.py": 'State.set("a", 1)\nprint("begun")\nAsync.sleep(3600)',
    "calling.lua": (
        'Tool.create({ name = "slow", description = "d", parameters = { type = "object" },'
        ' execute = function() print("begun") Async.sleep(3600) return 1 end })\nTool.execute("slow", {})'
    ),
    "calling.py": (
        'def wait(params):\n    print("begun")\n    Async.sleep(3600)\n'
        'Tool.create({"name": "slow", "description": "d", "parameters": {"type": "object"}, "execute": wait})\n'
        'Tool.execute("slow")'
    ),
    "stubborn.lua": 'State.set("a", 1) print("begun") while true do pcall(function() while true do end end) end',
    "stubborn.py": (
        'State.set("a", 1)\nprint("begun")\nwhile True:\n    try:\n        while True: pass\n    except Exception: pass'
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the scripts are, and a `bin` with the program."""
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text + "\n")
    program = tmp_path / "bin" / "llmspell"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m llmspell "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    measured = {key: it for key, it in os.environ.items() if key.startswith("COVERAGE")}
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **measured}


@pytest.fixture
def bash(folder: Path, environment: dict[str, str]) -> Callable[..., Done]:
    """Run a line in bash, in the folder of the scripts."""

    def run(line: str, *, limit_s: float = 60, stdin: bytes = b"") -> Done:
        return subprocess.run(
            ["bash", "-c", line], input=stdin, capture_output=True, cwd=folder, env=environment, timeout=limit_s
        )

    return run
