"""Searching and finding files: what is told of them, what is refused, and who may."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from llmspell.errors import InvalidParams, LLMSpellError, PermissionDenied
from llmspell.tools import line_matching
from llmspell.tools.line_matching import Hit, RegexMatcher

NAME = "file-search"


@pytest.fixture
def docs(folder: Path) -> Path:
    (folder / "docs" / "more").mkdir(parents=True)
    (folder / "docs" / "a.md").write_text("# Retries\n\nHow many retries, and which retries.\n")
    (folder / "docs" / "more" / "b.md").write_text("No retry here.\nBut retries there.\n")
    (folder / "docs" / "c.txt").write_text("nothing\n")
    (folder / "docs" / "d.bin").write_bytes(b"retries\0")
    return folder / "docs"


def code_of(call, **params: object) -> str:
    with pytest.raises(LLMSpellError) as caught:
        call(NAME, params)
    assert caught.value.details["tool"] == NAME
    return caught.value.code


def test_which_files_mention_it_and_how_many_times_in_all(call, docs: Path) -> None:
    found = call(NAME, query="retries", path="./docs")
    assert found.operation == "search"
    assert found.result == {
        "matches": [
            {"path": "docs/a.md", "line": 1, "text": "# Retries", "count": 1},
            {"path": "docs/a.md", "line": 3, "text": "How many retries, and which retries.", "count": 2},
            {"path": "docs/more/b.md", "line": 2, "text": "But retries there.", "count": 1},
        ],
        "files": [{"path": "docs/a.md", "count": 3}, {"path": "docs/more/b.md", "count": 1}],
        "total": 4,
        "files_matched": 2,
        "files_searched": 3,
        "skipped": {"binary": 1, "links": 0, "unreadable": 0},
        "truncated": False,
    }
    assert found.text == (
        "4 matches in 2 of 3 files\n"
        "not searched: 1 binary\n"
        "\n"
        "docs/a.md: 3\n"
        "docs/more/b.md: 1\n"
        "\n"
        "docs/a.md:1: # Retries\n"
        "docs/a.md:3: How many retries, and which retries.\n"
        "docs/more/b.md:2: But retries there."
    )


def test_case_counts_on_request(call, docs: Path) -> None:
    assert call(NAME, query="Retries", path="docs", case_sensitive=True).result["total"] == 1
    assert call(NAME, query="Retr(y|ies)", path="docs", case_sensitive=True, regex=True).result["total"] == 1
    assert call(NAME, query="RETR(Y|IES)", path="docs", regex=True).result["total"] == 5


def test_a_text_is_no_expression_unless_it_is_said_to_be_one(call, docs: Path) -> None:
    assert call(NAME, query="retr.es", path="docs").result["total"] == 0
    assert call(NAME, query="retr.es", path="docs", regex=True).result["total"] == 4


def test_one_file_may_be_searched(call, docs: Path) -> None:
    found = call(NAME, query="retries", path="docs/more/b.md")
    assert (found.result["total"], found.result["files_searched"]) == (1, 1)
    assert found.text.startswith("1 match in 1 of 1 file\n")


def test_lines_around_are_shown_on_request(call, docs: Path) -> None:
    found = call(NAME, query="But", path="docs", context=1)
    assert found.result["matches"] == [
        {
            "path": "docs/more/b.md",
            "line": 2,
            "text": "But retries there.",
            "count": 1,
            "before": ["No retry here."],
            "after": [],
        }
    ]
    assert "docs/more/b.md-1- No retry here.\ndocs/more/b.md:2: But retries there.\n--" in found.text


def test_what_is_listed_is_bounded_and_all_is_counted(call, docs: Path) -> None:
    found = call(NAME, query="retries", path="docs", limit=1)
    assert len(found.result["matches"]) == 1
    assert (found.result["total"], found.result["truncated"]) == (4, True)
    assert "The first 1 of 3 lines:" in found.text
    assert call(NAME, query="retries", path="docs", max_results=0).result["files"] == found.result["files"]


def test_patterns_choose_the_files(call, docs: Path) -> None:
    assert call(NAME, query="retries", include="*.md", exclude=["more/"]).result["files_searched"] == 1
    assert call(NAME, query="retries", include=["**/*.{md,txt}"], exclude={}).result["files_searched"] == 3
    assert code_of(call, query="a", include="../*") == "bad_glob"


def test_hidden_files_and_what_git_ignores(call, docs: Path) -> None:
    (docs / ".draft.md").write_text("retries")
    (docs / ".gitignore").write_text("more/\n")
    assert call(NAME, query="retries").result["total"] == 4
    assert call(NAME, query="retries", hidden=True).result["total"] == 5
    assert call(NAME, query="retries", gitignore=True).result["total"] == 3


def test_find_lists_files_by_name_size_and_date(call, docs: Path) -> None:
    for it in docs.rglob("*"):
        os.utime(it, (1_700_000_000, 1_700_000_000))
    os.utime(docs / "c.txt", (1_800_000_000, 1_800_000_000))
    found = call(NAME, operation="find", path="docs", include="*.md")
    size = (docs / "a.md").stat().st_size
    assert found.result["files"][0] == {"path": "docs/a.md", "size": size, "modified": "2023-11-14T22:13:20+00:00"}
    assert found.result["total"] == 2
    assert found.text.splitlines()[:2] == ["2 files", f"docs/a.md  {size} bytes  2023-11-14T22:13:20+00:00"]

    def names(**params: object) -> list[str]:
        return [it["path"] for it in call(NAME, operation="find", path="docs", **params).result["files"]]

    assert names(query="b.") == ["docs/more/b.md"]
    assert names(query="*.bin") == ["docs/d.bin"]
    assert names(max_size=8) == ["docs/c.txt", "docs/d.bin"]
    assert names(modified_after="2026-01-01") == ["docs/c.txt"]
    assert len(names(modified_before="2026-01-01T00:00:00Z")) == 3
    cut = call(NAME, operation="find", path="docs", max_results=1)
    assert (cut.result["total"], cut.result["truncated"], len(cut.result["files"])) == (4, True, 1)
    assert cut.text.startswith("4 files, the first 1 are shown")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "missing_query"),
        ({"query": ""}, "invalid_params"),
        ({"query": "a\nb"}, "bad_query"),
        ({"query": "(", "regex": True}, "bad_pattern"),
        ({"query": "a", "path": "missing"}, "file_not_found"),
        ({"query": "a", "path": "\0"}, "bad_argument"),
        ({"query": "a", "modified_after": "soon"}, "bad_date"),
        ({"operation": "find", "query": "a", "include": "b"}, "bad_query"),
        ({"query": "a", "max_results": -1}, "invalid_params"),
        ({"query": "a", "context": 99}, "invalid_params"),
        ({"query": "a" * 1001}, "invalid_params"),
    ],
)
def test_mistakes_are_told_apart(params: dict[str, object], code: str, call) -> None:
    assert code_of(call, **params) == code


def test_it_reads_only_what_is_granted(call, docs: Path, make_context, registry) -> None:
    (docs.parent / "secret.txt").write_text("retries")
    granted = ("tool:*", "read:./docs")
    assert call(NAME, query="retries", path="docs", allow=granted).result["total"] == 4
    for path in (".", "..", "secret.txt", "docs/../secret.txt", "/etc"):
        with pytest.raises(PermissionDenied):
            call(NAME, {"query": "retries", "path": path}, allow=granted)
    ctx = make_context("tool:*", "read:.", deny=("read:./docs/more",))
    found = asyncio.run(registry.execute(ctx, NAME, {"query": "retries"}))
    assert [it["path"] for it in found.result["files"]] == ["docs/a.md", "secret.txt"]
    assert any(it.subject.endswith("docs/a.md") and it.allowed for it in ctx.run.audit.counts)


def test_links_lead_nowhere_and_are_counted(call, docs: Path) -> None:
    (docs.parent.parent / "secret.txt").write_text("retries")
    (docs / "link.md").symlink_to("../../secret.txt")
    (docs / "loop").symlink_to(".")
    found = call(NAME, query="retries", path="docs")
    assert (found.result["total"], found.result["skipped"]["links"]) == (4, 2)
    assert "2 links" in found.text


def test_an_expression_that_would_never_end_does_and_names_the_file(
    call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_matching, "TIMEOUT_S", 1)
    (folder / "a.txt").write_text("a" * 100 + "b")
    with pytest.raises(LLMSpellError) as caught:
        call(NAME, query="(a|aa)+$", regex=True)
    assert caught.value.code == "pattern_too_slow"
    assert caught.value.details["path"] == "a.txt"
    assert call(NAME, query="(a|aa)+b$", regex=True).result["total"] == 1


def test_a_search_that_is_cancelled_ends_with_all_that_it_started(
    folder: Path, make_context, registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.txt").write_text("a" * 100 + "b")
    children: list[RegexMatcher] = []

    async def main() -> None:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()
        hits = RegexMatcher.hits

        def noted(self: RegexMatcher, block: str) -> list[Hit]:
            children.append(self)
            loop.call_soon_threadsafe(begun.set)
            return hits(self, block)

        monkeypatch.setattr(RegexMatcher, "hits", noted)
        params = {"query": "(a|aa)+$", "regex": True}
        task = asyncio.create_task(registry.execute(make_context("tool:*", "read:."), NAME, params))
        await begun.wait()  # the loop goes on while the expression does
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())  # waits for its threads
    assert children[0]._child.returncode is not None


def test_a_large_file_is_searched_without_being_held(call, folder: Path) -> None:
    with open(folder / "huge.log", "wb") as file:
        file.write(b"needle\n")
        for _ in range(40):
            file.write(b"some line of a log\n" * 55_000)
        file.write(b"needle")
    found = call(NAME, query="needle")
    assert [it["line"] for it in found.result["matches"]] == [1, 40 * 55_000 + 2]


def test_a_pattern_of_the_wrong_type_is_named(call) -> None:
    with pytest.raises(InvalidParams, match=r"\$.include must be a list or a string, not an integer"):
        call(NAME, query="a", include=3)
