"""The same scripts where nothing holds them: a corpus that no longer succeeds there would prove nothing.

Only the kinds that look and do not break anything are let loose."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
HARMLESS = {"import-os", "escape-builtins", "file-read", "env-read", "info-leak", "network", "secrets", "guard-bypass"}
LUPA = """
import sys
from lupa.lua54 import LuaRuntime
sys.path.insert(0, "")
lua = LuaRuntime()
with open(sys.argv[1], encoding="utf-8", errors="surrogateescape") as file:
    lua.execute(file.read())
"""


def harmless(pattern: str) -> list[Path]:
    found = []
    for path in sorted(HERE.glob(pattern)):
        kind = re.search(r"^(?:--|#) class: (.*)", path.read_text(errors="replace"), re.MULTILINE)
        assert kind is not None, path
        if kind[1] in HARMLESS:
            found.append(path)
    return found


@pytest.mark.parametrize(
    ("pattern", "command", "at_least"),
    [("py/*.py", [sys.executable], 30), ("lua/*.lua", [sys.executable, "-c", LUPA], 10)],
    ids=["python", "lupa"],
)
def test_without_a_sandbox_the_attacks_succeed(
    attack: Callable[..., Any], pattern: str, command: list[str], at_least: int
) -> None:
    ended = {it.stem: attack([*command, str(it)], ends_within_s=5) for it in harmless(pattern)}
    succeeded = [name for name, it in ended.items() if it.marks()]
    assert len(succeeded) >= at_least, succeeded


@pytest.mark.parametrize("name", ["lua/L155_agent_network.lua", "lua/L156_agent_files.lua", "py/P263_agent_network.py",
                                  "py/P264_agent_files.py"])  # fmt: skip
def test_where_everything_is_allowed_the_attacks_by_agents_succeed(llmspell: Callable[..., Any], name: str) -> None:
    assert llmspell("-P", "none", str(HERE / name), ends_within_s=25).marks()
