"""docs/security.md keeps to what is built and tested."""

from __future__ import annotations

import re
from pathlib import Path

from llmspell.globals import GLOBALS
from llmspell.security.profiles import BUILTIN

HERE = Path(__file__).resolve().parent
PAGE = (HERE.parents[1] / "docs" / "security.md").read_text()


def test_every_promise_is_tried() -> None:
    promised = re.findall(r"^\* \*\*(S\d+)\*\* ", PAGE, re.MULTILINE)
    assert promised == [f"S{number}" for number in range(1, len(promised) + 1)]
    tests = "\n".join(it.read_text() for it in HERE.glob("test_*.py"))
    assert [it for it in promised if f"def test_{it.lower()}_" not in tests] == []


def test_the_table_of_profiles_is_the_code() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"]
    start = rows.index(["", "none", "low", "medium", "high"])
    table = {row[0]: row[1:] for row in rows[start + 2 :] if len(row) == 5}
    assert list(BUILTIN) == ["none", "low", "medium", "high"]
    for column, profile in enumerate(BUILTIN.values()):
        limits = profile["limits"]
        assert isinstance(limits, dict)
        for key, value in {**profile, **limits}.items():
            if key not in ("limits", "deny"):
                assert table[key][column] == _shown(key, value), key
    assert set(table) == {*BUILTIN["none"], *limits} - {"limits", "deny"}


def _shown(key: str, value: object) -> str:
    if key == "globals":
        left_out = [it for it in GLOBALS if isinstance(value, tuple) and it not in value]
        return f"all but {' '.join(left_out)}" if left_out else "all"
    if isinstance(value, tuple):
        return " ".join(f"`{it}`" if key in ("allow", "approvable") else it for it in value) or "–"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
