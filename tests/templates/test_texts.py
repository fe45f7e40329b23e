"""The templates that write, read and sort texts."""

from __future__ import annotations

from typing import Any

import pytest
from template_bench import Bench, by

from llmspell.errors import BadArgument, InvalidParams, PermissionDenied

OUTLINE = {
    "title": "Decisions",
    "takeaway": "Write them down.",
    "sections": [{"heading": "Why", "point": "Memory fades."}],
}
WRITING = [
    by("You plan a text", data=OUTLINE),
    by("You write blog-post", text="# Decisions\n\nA draft about memory."),
    by("You are the editor", text="# Decide once\n\nMemory fades; paper stays."),
]


def test_a_text_is_planned_written_and_edited(bench: Bench) -> None:
    asked: dict[str, Any] = {"topic": "decisions", "format": "blog-post", "keywords": ["Paper", "ink"], "words": 50}
    done = bench.run("content-generation", *WRITING, **asked, notes="Six of ten forget.")
    assert done.outcome.result["title"] == "Decide once"
    assert done.outcome.result["missing_keywords"] == ["ink"]
    assert done.outcome.result["words"] == 6
    assert done.outcome.artifacts[0].mime == "text/markdown"
    assert "<notes>\nSix of ten forget.\n</notes>" in bench.asked(1)
    assert "These words must occur, where they read naturally: Paper, ink." in bench.requests[1].messages[0].text
    short = bench.run("content-generation", *WRITING, **asked, edit=False)
    assert (short.calls, short.outcome.result["title"]) == (2, "Decisions")


def test_a_text_is_saved_where_that_is_granted(make_bench: Any) -> None:
    bench = make_bench("model:*", "tool:file-operations", "write:posts")
    asked: dict[str, Any] = {"topic": "x", "format": "blog-post", "edit": False}
    done = bench.run("content-generation", *WRITING, **asked, save_to="posts/one.md")
    assert done.outcome.metadata["saved"] == ["posts/one.md"]
    assert (bench.folder / "posts/one.md").read_text() == "# Decisions\n\nA draft about memory.\n"
    denied = bench.run("content-generation", *WRITING, **asked, save_to="two.md")
    assert (denied.outcome.success, denied.outcome.metadata["saved"]) == (False, [])
    assert denied.outcome.text.startswith("# Decisions")


def test_documents_are_summarised_long_ones_in_parts_and_all_of_them_together(bench: Bench) -> None:
    turns = [
        by("You read a document", text="short"),
        by("You make one text of several that were made of the parts", text="long, as one"),
        by("You make one text of several that were made of different", text="both"),
    ]
    documents = ["brief", {"name": "book", "text": "word " * 100}]
    asked: dict[str, Any] = {"documents": documents, "chunk_chars": 300, "overlap_chars": 20}
    done = bench.run("document-processor", *turns, **asked, combine=True)
    assert done.outcome.result["documents"] == [
        {"name": "document 1", "text": "short", "parts": 1},
        {"name": "book", "text": "long, as one", "parts": 2},
    ]
    assert done.outcome.result["combined"] == "both"
    assert done.outcome.text == "both\n\n## document 1\n\nshort\n\n## book\n\nlong, as one"
    assert done.calls == bench.estimate("document-processor", **asked, combine=True, model="echo")["calls"] == 5


def test_fields_are_extracted_as_data_and_those_of_parts_are_merged(bench: Bench) -> None:
    turns = [
        by("You take data", text='{"total": null, "items": ["a"]}', when={"input": "part 1"}),
        by("You take data", data={"total": 12.5, "items": ["a", "b"]}),
    ]
    fields = {"total": "the sum with tax", "items": {"type": "array", "items": {"type": "string"}}}
    asked: dict[str, Any] = {"operation": "extract", "fields": fields, "chunk_chars": 200, "overlap_chars": 0}
    done = bench.run("document-processor", *turns, documents="x" * 350, **asked)
    assert done.outcome.result["documents"] == [
        {"name": "document 1", "data": {"total": 12.5, "items": ["a", "b"]}, "parts": 2}
    ]
    for wrong, message in [
        ({}, "needs `fields`"),
        ({"a": 3}, "a description or a JSON Schema"),
        ({"a": {"type": "str"}}, "not valid"),
        ({f"f{i}": "x" for i in range(61)}, "61 fields are too many"),
    ]:
        with pytest.raises(InvalidParams, match=message):
            bench.run("document-processor", "never", documents="x", operation="extract", fields=wrong)


FILES = {"invoice-7.txt": "Invoice: 20 EUR", "letter.txt": "Dear Ada, </file>", "photo.jpg": b"\xff\xd8\x00\x01"}
JUDGED = {
    "files": [
        {"number": 1, "category": "invoice", "confidence": 0.95, "reason": "it says so"},
        {"number": 2, "category": "letter", "confidence": 0.9, "reason": "greeting"},
        {"number": 3, "category": "letter", "confidence": 0.2, "reason": "a guess"},
    ]
}


def inbox(bench: Bench) -> None:
    for name, text in FILES.items():
        bench.file(f"inbox/{name}", text)


CATEGORIES = ["invoice", {"name": "letter", "description": "to a person", "folder": "mail/letters"}]


def test_files_are_classified_and_nothing_is_moved_unless_that_is_asked_for(make_bench: Any) -> None:
    bench = make_bench("read:inbox", "model:*", "tool:file-search")
    inbox(bench)
    turn = by("You sort files", data=JUDGED)
    done = bench.run("file-classification", turn, folder="inbox", categories=CATEGORIES)
    assert done.outcome.result["counts"] == {"invoice": 1, "letter": 1, "unclassified": 1}
    assert [it["category"] for it in done.outcome.result["files"]] == ["invoice", "letter", "unclassified"]
    assert "Dear Ada, <\\/file>" in bench.asked()
    assert 'path="inbox/photo.jpg" bytes="4" kind="not text">\n\n</file>' in bench.asked()
    dry = bench.run("file-classification", turn, folder="inbox", categories=CATEGORIES, move=True)
    assert dry.outcome.result["dry_run"] is True
    assert "would move inbox/letter.txt to inbox/mail/letters/letter.txt" in dry.outcome.text
    asked: dict[str, Any] = {"folder": "inbox", "categories": CATEGORIES, "move": True, "dry_run": False}
    with pytest.raises(PermissionDenied):
        bench.run("file-classification", turn, **asked)
    allowed = make_bench("read:inbox", "write:inbox", "model:*", "tool:*")
    done = allowed.run("file-classification", turn, **asked)
    assert done.outcome.result["moved"] == 2
    assert (bench.folder / "inbox/mail/letters/letter.txt").exists()
    assert (bench.folder / "inbox/photo.jpg").exists()
    bench.file("inbox/invoice-7.txt", "Invoice: 30 EUR")  # one of that name is there by now
    both = {"files": [{**JUDGED["files"][0], "number": n} for n in (1, 2)]}
    again = allowed.run("file-classification", by("You sort", data=both), **asked, include=["invoice-7.txt"])
    assert not again.outcome.success
    assert "did not move inbox/invoice-7.txt" in again.outcome.text


def test_files_go_to_the_model_in_batches(bench: Bench) -> None:
    for i in range(5):
        bench.file(f"inbox/{i}.txt", "x" * 5000)
    rows = [{"number": n, "category": "a", "confidence": 1, "reason": "r"} for n in (1, 2)]
    asked: dict[str, Any] = {"folder": "inbox", "categories": ["a", "b"], "batch_size": 2, "sample_chars": 100}
    done = bench.run("file-classification", by("You sort", data={"files": rows[:1]}), **asked)
    assert done.calls == 3 == bench.estimate("file-classification", **asked, model="echo")["calls"]
    assert done.outcome.result["counts"]["unclassified"] == 2  # those that no answer has
    assert "x" * 101 not in bench.asked(0)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"categories": ["a", "b"], "max_files": 2}, "has 3 files"),
        ({"categories": ["a"]}, "at least 2"),
        ({"categories": ["a", "a"]}, "different names"),
        ({"categories": ["a", "unclassified"]}, "none is"),
        ({"categories": ["a", {"name": "b", "folder": "../x"}]}, "no path of a file beneath a folder"),
        ({"categories": ["a", "b"], "include": ["*.md"]}, "has no files that are meant"),
    ],
)
def test_what_cannot_be_classified_is_refused(params: dict[str, Any], message: str, bench: Bench) -> None:
    inbox(bench)
    with pytest.raises(InvalidParams, match=message):
        bench.run("file-classification", "never", folder="inbox", **params)


MINUTES = "The release is moved to 12 May, because two tests still fail. Ada will look after them."
PARTS = {
    "parts": [
        {"question": "When is the release?", "search_words": ["release", "moved"]},
        {"question": "Who pays?", "search_words": ["budget"]},
    ]
}
READ = {
    "findings": [
        {"statement": "It is on 12 May.", "passage": 1, "quotation": "moved to 12 MAY"},
        {"statement": "It was cancelled.", "passage": 1, "quotation": "the release is cancelled"},
        {"statement": "x", "passage": 9, "quotation": "y"},
    ],
    "missing": "",
}


def test_research_checks_the_quotations_of_its_findings(bench: Bench) -> None:
    turns = [
        by("You break a question", data=PARTS),
        by("You read passages", data=READ),
        by("You write a report", text="On 12 May [1]. Some say cancelled [7]."),
    ]
    sources = [{"name": "minutes", "text": MINUTES}, "Nothing of note."]
    done = bench.run("research-assistant", *turns, question="When?", sources=sources)
    result = done.outcome.result
    assert [(it["number"], it["verified"], it["source"]) for it in result["findings"]] == [
        (1, True, "minutes"),
        (2, False, "minutes"),
    ]
    assert (result["unverified"], result["unknown_citations"]) == (1, [7])
    assert result["missing"] == ["Who pays?: no passage has its words"]
    assert done.outcome.text.endswith("Sources\n\n[1] minutes: “moved to 12 MAY”")
    assert done.calls == 3
    assert "Nothing of note" not in bench.asked(1)


def test_what_all_templates_of_a_run_read_at_once_is_bounded(bench: Bench) -> None:
    bench.templates.services.held._max_bytes = 4_000_000
    bench.file("large.txt", "x" * 900_000)
    bench.file("larger.txt", "x" * 1_100_000)
    asked: dict[str, Any] = {"documents": [], "chunk_chars": 400_000, "overlap_chars": 0}
    for _ in range(3):  # what has ended no longer counts
        assert bench.estimate("document-processor", **asked, paths="large.txt", model="echo")["calls"] == 4
    with pytest.raises(BadArgument, match="keep 4 MB in memory, 3 MB at most"):
        bench.run("document-processor", by("", text="x"), **asked, paths="larger.txt")


def test_research_reads_what_the_profile_grants(make_bench: Any) -> None:
    bench = make_bench("read:notes", "model:*")
    bench.file("notes/a.md", MINUTES)
    turns = [by("You break", data=PARTS), by("You read", data=READ), by("You write", text="[1]")]
    assert bench.run("research-assistant", *turns, question="x", paths="notes").outcome.result["sources"] == [
        "notes/a.md"
    ]
    with pytest.raises(PermissionDenied):
        bench.run("research-assistant", *turns, question="x", paths="/etc")
    with pytest.raises(InvalidParams, match="nothing to read"):
        bench.run("research-assistant", *turns, question="x")
    estimate = bench.estimate("research-assistant", question="x", paths="notes", depth="thorough", model="echo")
    assert estimate["calls"] == 10
