"""The page of a run, in a browser that nobody here wrote."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made_entries import Made, Reader, run_row

from llmspell.journal.entries import Usage
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.trace.html import page
from llmspell.trace.summary import summarize
from llmspell.trace.tree import build, read_tree

from .conftest import RealRun

BROWSER = Path(sys.prefix) / "browser"
CHECK = Path(__file__).parents[1] / "browser" / "page_check.mjs"
EVIL = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=2'> hostile "


def browser() -> str:
    """A Chromium: the one that is named, the one of scripts/setup, or on other systems one that is installed."""
    named = os.environ.get("LLMSPELL_BROWSER")
    if named:
        return named
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        return str(BROWSER / "bin" / "chromium")  # made by scripts/setup --dev
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    return found or pytest.skip("no Chromium is installed, and LLMSPELL_BROWSER names none")


def written_page(real_run: RealRun, folder: Path) -> Path:
    file = folder / "run.html"
    with SqliteReader(str(real_run.journal)) as reader:
        parts = page(*read_tree(reader, real_run.row), reader.source(real_run.id))
        file.write_text("".join(parts), encoding="utf-8")
    return file


def large_page(folder: Path) -> Path:
    """Of 10,000 entries."""
    made = Made()
    entries = []
    for n in range(1, 2501):
        entries += [made.entry(f"0:{n}", args=["calculator", {"input": f"hostile {n}" if n == 2500 else "x" * 100}])]
        entries += [made.entry(f"0:{n}/{i}", f"0:{n}", usage=Usage(1, 1)) for i in (1, 2, 3)]
    file, row = folder / "large.html", run_row()
    parts = page(build(row, entries), summarize(Reader(entries), row), None)
    file.write_text("".join(parts), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def looked_at(real_run: RealRun, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What somebody with a keyboard finds on both pages."""
    folder = tmp_path_factory.mktemp("pages")
    pages = [written_page(real_run, folder), large_page(folder)]
    assert pages[1].stat().st_size < 8_000_000
    command = ["node", str(CHECK), str(BROWSER), browser(), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(it) for it in done.stdout.splitlines()]


def test_a_page_of_a_real_run_in_a_real_browser(real_run: RealRun, looked_at: list[dict[str, Any]]) -> None:
    found = looked_at[0]
    # It reaches nothing and runs nothing but itself.
    assert found["requests"] == [found["address"]]
    assert (found["console"], found["dialogs"], found["hacked"], found["foreign_elements"]) == ([], [], None, 0)

    rows = found["rows"]
    assert found["title"] == f"run {real_run.id} · hostile.lua"
    assert EVIL in rows[0]["text"] and "\\x1b[31m\\u202e" in rows[0]["text"]
    denied = next(it for it in rows if it["text"].startswith("denied Tool.execute"))
    assert (denied["number"], denied["level"], denied["expanded"]) == ("2", 1, "true")
    agent = next(n for n, it in enumerate(rows) if it["text"].startswith("agent asker"))
    inside = [it["text"].split()[0] for it in rows if it["level"] == rows[agent]["level"] + 1][:5]
    assert {"model", "tool"} <= set(inside)
    # The timeline is drawn, and each row has its bar.
    assert found["timeline"] > 500 and all(it["bar"] >= 2 for it in rows)

    # By keyboard: fold, unfold, go in, all of them, search, the entry's own place and back.
    assert found["focused"] == "tree"
    assert (found["folded_is"], found["n_unfolded"] - found["n_folded"]) == ("false", 1)
    assert found["entered"] == found["first_folding"] + 1
    assert found["n_all_folded"] < found["n_rows"] == found["n_all_unfolded"] == found["n_after_search"]
    assert (found["focus_after_enter"], found["last_selected"]) == ("detail", f"row{found['n_rows'] - 1}")
    assert 0 < found["n_found"] < found["n_rows"]
    assert found["visible"] == ["source"]

    details = "\n".join(found["details"])
    assert "no rule grants it" in details and "permission_denied" in details and "by tool:*" in details
    assert found["messages"] >= 16 and "/etc/passwd" in found["first_message"]
    spoken = [it for it in found["details"] if it.startswith("model scripted/table")]
    assert len(spoken) == 2 and all("user" in it and "assistant" in it for it in spoken)
    assert "→ calculator" in spoken[0] and "It is 42. " + EVIL in spoken[1] and "\\u202e" in spoken[1]
    model = re.search(r"model scripted/table\t2\t(\d+)\t(\d+)\t0\t\$0\.2500\t100 %", found["costs"])
    assert model and "agent asker\t2\t" in found["costs"]
    assert found["source"].startswith("-- </script><img src=x onerror=")
    assert found["grounds"][0] != found["grounds"][1]


def test_ten_thousand_entries_stay_usable(looked_at: list[dict[str, Any]]) -> None:
    """Only what is in sight is drawn, so that a large page is as quick as a small one."""
    found = looked_at[1]
    assert (found["console"], found["requests"]) == ([], [found["address"]])
    assert (found["n_all_folded"], found["n_all_unfolded"], found["n_found"]) == (2500, 10_000, 1)
    assert len(found["rows"]) < 60
    assert "does not hold the script's text" in found["source"]


def test_a_page_cannot_be_broken_out_of() -> None:
    """Without a browser: nothing of the run can end the block that it stands in."""
    made = Made()
    evil = "</script><!--<script>]]>&amp;\u2028\ud800"
    entries = [
        made.entry("0:1", target=evil, method=evil, args=[evil, {evil: b"\x00\xff", "nan": float("nan")}, 2**60])
    ]

    row = run_row()
    text = "".join(page(build(row, entries), summarize(Reader(entries), row), evil))
    assert text.count("<script") == 2 and text.count("</script") == 2 and "<!--" not in text
    data = text.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)["source"] == evil
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy and "default-src &#x27;none&#x27;" in policy[1] and "unsafe" not in policy[1]
