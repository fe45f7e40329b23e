"""Searching files block by block: whatever the blocks, lines and counts are those of the whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.tools import file_matches
from llmspell.tools.file_matches import Matches
from llmspell.tools.file_walk import Stop, Stopped
from llmspell.tools.line_matching import TextMatcher


def search(data: bytes, query: str = "x", *, max_rows: int = 100, context: int = 0) -> Matches:
    matches = Matches(max_rows, context)
    matches.search("a.txt", io.BytesIO(data), TextMatcher(query, case_sensitive=True), Stop())
    return matches


def test_matches_are_counted_and_their_lines_kept() -> None:
    found = search(b"x\nno\r\nxx no\r\n")
    assert found.rows == [
        {"path": "a.txt", "line": 1, "text": "x", "count": 1},
        {"path": "a.txt", "line": 3, "text": "xx no", "count": 2},
    ]
    assert found.files == [{"path": "a.txt", "count": 3}]
    assert (found.total, found.n_lines, found.n_files, found.n_searched) == (3, 2, 1, 1)
    assert not found.is_cut


def test_a_file_without_matches_is_counted_as_searched() -> None:
    for data in (b"", b"no\n"):
        found = search(data)
        assert (found.total, found.files, found.n_searched) == (0, [], 1)


def test_a_file_that_is_not_text_is_left_out_and_counted() -> None:
    found = search(b"x\0x")
    assert (found.total, found.n_binary, found.n_searched) == (0, 1, 0)
    assert search("ü x ".encode("latin-1")).total == 1  # other encodings are text, as far as they go


def test_all_is_counted_though_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(b"x\n" * 50, max_rows=3)
    assert [it["line"] for it in found.rows] == [1, 2, 3]
    assert (found.total, found.is_cut) == (50, True)
    assert search(b"x\n" * 50, max_rows=0).total == 50
    monkeypatch.setattr(file_matches, "MAX_KEPT", 5)
    assert len(search(b"xxx\n" * 50).rows) == 2
    monkeypatch.setattr(file_matches, "MAX_FILES_KEPT", 0)
    assert search(b"x").is_cut


def test_a_long_line_is_kept_around_its_first_match() -> None:
    text = search(b"a" * 5000 + b"x" + b"b" * 5000).rows[0]["text"]
    assert text == "…" + "a" * 100 + "x" + "b" * 199 + "…"
    assert search(b"x" + b"b" * 5000).rows[0]["text"] == "x" + "b" * 299 + "…"
    assert search(b"a" * 5000 + b"x").rows[0]["text"] == "…" + "a" * 299 + "x"


def test_an_endless_line_is_searched_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_matches, "BLOCK", 10)
    monkeypatch.setattr(file_matches, "MAX_LINE", 40)
    found = search(b"\n" + b"x" * 1005 + b"\nx")
    assert found.total == 1006
    assert {it["line"] for it in found.rows} == {2, 3}


def test_a_search_that_nobody_waits_for_ends() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        Matches(1, 0).search("a.txt", io.BytesIO(b"x"), TextMatcher("x", case_sensitive=True), stop)


def test_a_file_that_fails_in_the_middle_counts_as_far_as_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_matches, "BLOCK", 4)

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 8:
                raise OSError(5, "the disk")
            return super().read(size)

    found = Matches(9, 0)
    with pytest.raises(OSError, match="the disk"):
        found.search("a.txt", Failing(b"xxx\nxxx\nxxx\n"), TextMatcher("x", case_sensitive=True), Stop())
    assert found.files == [{"path": "a.txt", "count": found.total}]
    assert (found.total, found.n_searched) == (3, 0)


@given(st.text("xy\n", max_size=60), st.integers(1, 8), st.integers(0, 3), st.integers(0, 5))
def test_whatever_the_blocks_rows_and_context_are_those_of_the_whole(
    text: str, block: int, context: int, max_rows: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_matches, "BLOCK", block)
        found = search(text.encode(), max_rows=max_rows, context=context)
    lines = text.removesuffix("\n").split("\n")
    hits = [i for i, it in enumerate(lines) if "x" in it]
    assert found.total == text.count("x")
    assert found.n_lines == len(hits)
    expected = []
    for i in hits[:max_rows]:
        row = {"path": "a.txt", "line": i + 1, "text": lines[i], "count": lines[i].count("x")}
        if context:
            row |= {"before": lines[max(0, i - context) : i], "after": lines[i + 1 : i + 1 + context]}
        expected.append(row)
    assert found.rows == expected
