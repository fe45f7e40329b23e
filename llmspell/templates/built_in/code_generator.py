"""Write code: a specification as data, files, tests, and a review whose findings are mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmspell.agents.quoting import as_json, quoted
from llmspell.errors import BadArgument, SchemaError
from llmspell.models.messages import Value
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Artifact, Forecast, Outcome, Span
from llmspell.templates.saving import NOTHING_SAVED, checked_path, save

if TYPE_CHECKING:
    from llmspell.templates.work import Work

MAX_CODE_CHARS = 2_000_000  # of all files together


async def execute(work: Work) -> Outcome:
    """Specify, write, test, review, and save where that is asked for."""
    params = work.params
    task = _task(work)
    specified = (await work.ask("specifier", *task)).data
    plan = quoted("specification", as_json(specified))
    files = _files(work, (await work.ask("coder", *task, plan)).data["files"], {})
    if params["tests"]:
        tests = (await work.ask("tester", *task, plan, *_shown(files))).data["files"]
        files = _files(work, tests, files)
    reviews: list[Value] = []
    for number in range(1, params["review_rounds"] + 1):
        review = (await work.ask("reviewer", *task, plan, *_shown(files), label=f"review {number}")).data
        reviews.append(review)
        if review["verdict"] == "accept":
            break
        found = quoted("findings", as_json(review["findings"]))
        mend = "The review has findings. Give every file that has to change, whole; leave out those that stay."
        mended = await work.ask("coder", *task, plan, *_shown(files), mend, found, label=f"mend {number}")
        files = _files(work, mended.data["files"], files)
    artifacts = tuple(Artifact(path, text) for path, text in files.items())
    saved = NOTHING_SAVED
    if params["save_to"]:
        saved = await save(work, artifacts, params["save_to"], overwrite=params["overwrite"])
    result = {
        "specification": specified,
        "files": [{"path": path, "content": text} for path, text in files.items()],
        "reviews": reviews,
        "accepted": bool(reviews) and reviews[-1]["verdict"] == "accept",
    }
    text = "\n\n".join(f"### {path}\n\n{_fenced(text)}" for path, text in files.items())
    shown = f"{specified['summary']}\n\n{text}"
    return Outcome(shown, result, artifacts, success=saved.error is None, metadata=saved.metadata)


async def forecast(work: Work) -> Forecast:
    """One call for each part, and for each round of review."""
    task, rounds = _task(work), work.params["review_rounds"]
    sizes = {it: work.role(it) for it in ("specifier", "coder", "tester")}
    plan = Span(*(getattr(sizes["specifier"], it) for it in ("answer_tokens", "answer_tokens", "most_tokens")))
    names = ("coder", "tester") if work.params["tests"] else ("coder",)
    code = Span(
        plan.least,
        plan.likely + sum(sizes[it].answer_tokens for it in names),
        plan.most + sum(sizes[it].most_tokens for it in names),
    )
    calls = [
        await calls_of(work, "specifier", *task),
        await calls_of(work, "coder", *task, more_input=plan),
    ]
    if work.params["tests"]:
        calls.append(await calls_of(work, "tester", *task, more_input=code))
    if rounds:
        calls.append(await calls_of(work, "reviewer", *task, n=Span(1, (1 + rounds) / 2, rounds), more_input=code))
        calls.append(await calls_of(work, "coder", *task, n=Span(0, rounds / 2, rounds), more_input=code))
    return Forecast(calls, "medium" if rounds else "high")


def _files(work: Work, rows: Sequence[Mapping[str, Value]], before: Mapping[str, str]) -> dict[str, str]:
    """The files with these in them.

    Raises:
        SchemaError: A path leads elsewhere, or there are too many or too large ones.
    """
    files = dict(before)
    for it in rows:
        try:
            files[checked_path(it["path"])] = it["content"] if it["content"].endswith("\n") else it["content"] + "\n"
        except BadArgument as problem:
            raise SchemaError(f"the coder names a file that cannot be: {problem.message}") from problem
    most = 2 * work.params["max_files"]  # the code's, and as many of tests
    if len(files) > most:
        raise SchemaError(f"{len(files)} files were written, {most} at most", hint="raise max_files, or ask for less")
    if sum(map(len, files.values())) > MAX_CODE_CHARS:
        raise SchemaError(f"the files have more than {MAX_CODE_CHARS} characters")
    return files


def _shown(files: Mapping[str, str]) -> list[str]:
    return [quoted("file", text, path=path) for path, text in files.items()]


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}{fence}"


def _task(work: Work) -> list[str]:
    context = work.params["context"]
    return [quoted("task", work.params["task"]), *([quoted("context", context)] if context else [])]
