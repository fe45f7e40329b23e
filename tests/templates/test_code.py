"""The templates that write and review code."""

from __future__ import annotations

from typing import Any

import pytest
from template_bench import Bench, by

from llmspell.errors import InvalidParams, PermissionDenied, SchemaError

SPEC = {
    "summary": "Adds two numbers.",
    "files": [{"path": "add.py", "purpose": "the function"}],
    "interfaces": ["add(a, b)"],
    "edge_cases": ["negative"],
    "decisions": [],
}


def writing(*reviews: Any, path: str = "add.py") -> list[Any]:
    return [
        by("You specify", data=SPEC),
        by("code that others", data={"files": [{"path": path, "content": "v2"}]}, when={"said": "has findings"}),
        by("code that others", data={"files": [{"path": path, "content": "v1"}]}),
        by("You write tests", data={"files": [{"path": "tests/test_add.py", "content": "t\n"}]}),
        *({"when": {"system": "You review python"}, "data": it, "times": 1} for it in reviews),
    ]


FINDING = {"file": "add.py", "problem": "overflows", "remedy": "none needed"}


def test_code_is_specified_written_tested_reviewed_and_mended(bench: Bench) -> None:
    reviews = [{"verdict": "revise", "findings": [FINDING]}, {"verdict": "accept", "findings": []}]
    done = bench.run("code-generator", *writing(*reviews), task="Add.", review_rounds=3)
    assert [(it.path, it.content) for it in done.outcome.artifacts] == [
        ("add.py", "v2\n"),
        ("tests/test_add.py", "t\n"),
    ]
    assert done.outcome.result["accepted"] is True
    assert done.calls == 6
    assert done.outcome.text.startswith("Adds two numbers.\n\n### add.py\n\n```\nv2\n```")
    assert '<file path="add.py">\nv1\n' in bench.asked(3)
    bare = bench.run("code-generator", *writing(), task="Add.", tests=False, review_rounds=0)
    assert (bare.calls, bare.outcome.result["accepted"]) == (2, False)


def test_files_are_written_where_that_is_granted_and_not_over_others(make_bench: Any) -> None:
    asked: dict[str, Any] = {"task": "Add.", "review_rounds": 0, "save_to": "out"}
    bench = make_bench("model:*", "tool:*", "write:out", "read:out")
    done = bench.run("code-generator", *writing(), **asked)
    assert done.outcome.metadata["saved"] == ["out/add.py", "out/tests/test_add.py"]
    assert (bench.folder / "out/tests/test_add.py").read_text() == "t\n"
    again = bench.run("code-generator", *writing(), **asked)
    assert (again.outcome.success, again.outcome.metadata["saved"]) == (False, [])
    assert again.outcome.metadata["error"]["code"] == "file_exists"
    assert again.outcome.artifacts, "what was made is not lost"
    assert bench.run("code-generator", *writing(), **asked, overwrite=True).outcome.success
    denied = make_bench("model:*", "tool:*")
    done = denied.run("code-generator", *writing(), **{**asked, "save_to": "elsewhere"})
    assert done.outcome.metadata["error"]["code"] == "permission_denied"
    assert "elsewhere" in next(iter(denied.run_.audit.unseen))  # so that people are told
    assert not (bench.folder / "elsewhere").exists()


@pytest.mark.parametrize("path", ["../up.py", "/etc/cron.d/x", "a/../../b", "C:\\x", "~/x", ""])
def test_a_path_that_leads_out_of_the_folder_is_refused(path: str, bench: Bench) -> None:
    with pytest.raises(SchemaError, match="a file that cannot be"):
        bench.run("code-generator", *writing(path=path), task="Add.", save_to="out")
    assert not (bench.folder / "out").exists()


def findings(*rows: tuple[int, str, str]) -> dict[str, Any]:
    return {"findings": [{"line": n, "severity": s, "title": t, "detail": "d", "remedy": "r"} for n, s, t in rows]}


CODE = "def mean(xs):\n    return sum(xs) / len(xs)\n"


def test_code_is_reviewed_by_aspects_and_findings_are_sorted_counted_and_checked(bench: Bench) -> None:
    turns = [
        by(
            "aspect only: correctness",
            data=findings((2, "minor", "Slow"), (2, "major", "Empty list"), (99, "info", "Far")),
        ),
        by("aspect only: security", data=findings((2, "minor", "slow"))),
        by("You tell the author", text="Guard the empty list."),
    ]
    done = bench.run("code-review", *turns, code=CODE, aspects=["correctness", "security"])
    result = done.outcome.result
    assert result["verdict"] == "request changes"
    assert result["counts"] == {"critical": 0, "major": 1, "minor": 1, "info": 1}
    assert [(it["title"], it["line"], it["aspect"]) for it in result["findings"]] == [
        ("Empty list", 2, "correctness"),
        ("Slow", 2, "correctness"),
        ("Far", None, "correctness"),
    ]
    assert done.outcome.text.startswith("request changes: Guard the empty list.\n\n[major] code:2 Empty list")
    assert "2     return sum(xs) / len(xs)" in bench.asked(0)
    strict = bench.run("code-review", *turns, code=CODE, aspects=["correctness"], min_severity="major")
    assert [it["title"] for it in strict.outcome.result["findings"]] == ["Empty list"]


def test_clean_code_is_approved_without_a_summary(bench: Bench) -> None:
    done = bench.run("code-review", by("aspect only", data=findings()), code=CODE, aspects=["tests"])
    assert (done.outcome.result["verdict"], done.calls) == ("approve", 1)
    assert done.outcome.text == "approve: No findings."


def test_files_are_reviewed_in_parts_with_their_own_line_numbers(make_bench: Any) -> None:
    bench = make_bench("read:src", "model:*")
    bench.file("src/a.py", "\n".join(f"line{i} = {'x' * 40}" for i in range(1, 61)))
    bench.file("src/picture.png", b"\x89PNG\xff\xfe")
    turns = [by("aspect only", data=findings((50, "minor", "here"))), by("You tell", text="ok")]
    done = bench.run("code-review", *turns, paths=["src"], aspects=["correctness"], chunk_chars=1000)
    assert done.outcome.result["files"] == ["src/a.py"]
    assert [(it["line"], it["file"]) for it in done.outcome.result["findings"]] == [
        (None, "src/a.py"),
        (50, "src/a.py"),
    ]
    with pytest.raises(PermissionDenied):
        bench.run("code-review", *turns, paths="/etc/hostname")


def test_what_cannot_be_reviewed_or_written_is_refused(bench: Bench) -> None:
    for name, params, message in [
        ("code-review", {}, "give `code` or `paths`"),
        ("code-review", {"code": "x", "aspects": ["beauty"]}, "must be one of"),
        ("code-review", {"code": "x" * 3000, "chunk_chars": 1000, "max_chunks": 2}, "more than 2 parts"),
        ("code-generator", {"task": "x", "review_rounds": 5}, "at most 4"),
    ]:
        with pytest.raises(InvalidParams, match=message):
            bench.run(name, "never", **params)
    many = {"files": [{"path": f"f{i}", "content": ""} for i in range(5)]}
    with pytest.raises(SchemaError, match="5 files were written, 2 at most"):
        bench.run("code-generator", by("You specify", data=SPEC), by("code that", data=many), task="x", max_files=1)


def test_estimates(bench: Bench) -> None:
    review = bench.estimate("code-review", code=CODE, model="echo")
    assert (review["calls"], review["min"]["calls"]) == (4, 3)
    generator = bench.estimate("code-generator", task="x", model="echo", review_rounds=2)
    assert (generator["min"]["calls"], generator["confidence"]) == (4, "medium")
    assert bench.estimate("code-generator", task="x", model="echo", review_rounds=0, tests=False)["calls"] == 2
