"""Search in files and find files, beneath a folder that the profile grants."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmspell.errors import ToolFailed
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.tools.file_matches import Matches
    from llmspell.tools.file_walk import Choice, Stop, Walk
    from llmspell.tools.line_matching import LineMatcher

ACTOR = "tool file-search"
MAX_RESULTS = 1000


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Do what `operation` says, in a thread."""
    from llmspell.tools.file_walk import Stop  # late, as all that the search needs: the tool is often only listed

    search = _find if params["operation"] == "find" else _search
    stop = Stop()
    work = asyncio.get_running_loop().run_in_executor(None, search, ctx, params, stop)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()  # the thread ends at its next look
        work.add_done_callback(lambda it: it.cancelled() or it.exception())
        raise


def _search(ctx: RunContext, params: Mapping[str, Value], stop: Stop) -> ToolResult:
    from llmspell.tools.file_matches import Matches
    from llmspell.tools.file_walk import Walk

    walk = Walk(ctx, ACTOR, _choice(params), stop)
    matches = Matches(params["max_results"], params["context"])
    files = walk.files(params["path"])
    first = next(files, None)  # before a child is started for the expression: the path may be wrong
    matcher = _matcher(params, stop)
    try:
        while first is not None:
            opened = walk.open(first)
            if opened is not None:
                with opened:
                    try:
                        matches.search(first.shown, opened, matcher, stop)
                    except OSError:  # of a disk or a network that fails in the middle
                        walk.n_unreadable += 1
            first = next(files, None)
    except ToolFailed as error:
        if first is not None:
            error.details.setdefault("path", first.shown)
        raise
    finally:
        matcher.close()
    skipped = {"binary": matches.n_binary, "links": walk.n_links, "unreadable": walk.n_unreadable}
    result = {
        "matches": matches.rows,
        "files": matches.files,
        "total": matches.total,
        "files_matched": matches.n_files,
        "files_searched": matches.n_searched,
        "skipped": skipped,
        "truncated": matches.is_cut,
    }
    return answer("search", result, _search_text(matches, walk), path=params["path"], query=params["query"])


def _find(ctx: RunContext, params: Mapping[str, Value], stop: Stop) -> ToolResult:
    from llmspell.tools.file_walk import Walk

    walk = Walk(ctx, ACTOR, _choice(params), stop)
    rows: list[dict[str, Value]] = []
    total = 0
    for it in walk.files(params["path"]):
        total += 1
        if len(rows) < params["max_results"]:
            rows.append({"path": it.shown, "size": it.size, "modified": _iso(it.modified_s)})
    is_cut = total > len(rows)
    skipped = {"links": walk.n_links, "unreadable": walk.n_unreadable}
    result = {"files": rows, "total": total, "skipped": skipped, "truncated": is_cut}
    lines = [f"{total} {'file' if total == 1 else 'files'}" + (f", the first {len(rows)} are shown" if is_cut else "")]
    lines += [f"{it['path']}  {it['size']} bytes  {it['modified']}" for it in rows]
    return answer("find", result, "\n".join([*lines, *_not_searched(walk, 0)]), path=params["path"])


def _matcher(params: Mapping[str, Value], stop: Stop) -> LineMatcher:
    from llmspell.tools.line_matching import RegexMatcher, TextMatcher

    query: str = params.get("query", "")
    if not query:
        raise ToolFailed("there is nothing to search for", code="missing_query", hint="give `query`")
    if params["regex"]:
        return RegexMatcher(query, case_sensitive=params["case_sensitive"], stop=stop)
    if "\n" in query:
        raise ToolFailed(
            "a text of several lines cannot be found, lines are searched one by one",
            code="bad_query",
            hint="search for one of its lines",
        )
    return TextMatcher(query, case_sensitive=params["case_sensitive"])


def _choice(params: Mapping[str, Value]) -> Choice:
    from llmspell.tools.file_globs import globs
    from llmspell.tools.file_walk import Choice

    include, query = _list(params.get("include", [])), params.get("query", "")
    if params["operation"] == "find" and query:
        if include:
            raise ToolFailed(
                "both `query` and `include` say which names to find", code="bad_query", hint="give `include` alone"
            )
        include = [query if any(it in query for it in "*?[{/") else f"*{query}*"]
    return Choice(
        include=globs(include),
        exclude=globs(_list(params.get("exclude", []))),
        hidden=params["hidden"],
        gitignore=params["gitignore"],
        min_size=params.get("min_size", 0),
        max_size=params.get("max_size"),
        modified_after=_seconds(params, "modified_after"),
        modified_before=_seconds(params, "modified_before"),
    )


def _list(value: Value) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _seconds(params: Mapping[str, Value], name: str) -> float | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ToolFailed(
            f'{name} is no date: "{text[:40]}"', code="bad_date", hint="write 2026-11-28 or 2026-11-28T09:30:00Z"
        ) from None


def _search_text(matches: Matches, walk: Walk) -> str:
    noun = "match" if matches.total == 1 else "matches"
    of_files = f"{matches.n_files} of {matches.n_searched} {'file' if matches.n_searched == 1 else 'files'}"
    lines = [f"{matches.total} {noun} in {of_files}", *_not_searched(walk, matches.n_binary)]
    if matches.files:
        lines += ["", *(f"{it['path']}: {it['count']}" for it in matches.files)]
    if matches.rows:
        lines.append("")
        if len(matches.rows) < matches.n_lines:
            lines.append(f"The first {len(matches.rows)} of {matches.n_lines} lines:")
        for it in matches.rows:
            path, line = it["path"], it["line"]
            before, after = it.get("before", ()), it.get("after", ())
            lines += [f"{path}-{line - len(before) + i}- {text}" for i, text in enumerate(before)]
            lines.append(f"{path}:{line}: {it['text']}")
            lines += [f"{path}-{line + i}- {text}" for i, text in enumerate(after, 1)]
            if before or after:
                lines.append("--")
    return "\n".join(lines)


def _not_searched(walk: Walk, n_binary: int) -> list[str]:
    counts = ((n_binary, "binary"), (walk.n_links, "links"), (walk.n_unreadable, "that could not be read"))
    parts = [f"{n} {what}" for n, what in counts if n]
    return [f"not searched: {', '.join(parts)}"] if parts else []


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


_GLOBS = {
    "type": ["array", "string"],
    "items": {"type": "string", "minLength": 1, "maxLength": 1000},
    "minLength": 1,
    "maxLength": 1000,
    "maxItems": 100,
}

TOOL = ToolSpec(
    name="file-search",
    idempotent=True,
    description="Search for a text or a regular expression in the files of a folder and count what is found, "
    "or find files by name, size and date",
    category="files",
    tags=("file", "search", "grep", "find", "count"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": ["search", "find"],
                "default": "search",
                "description": "search: in the files' lines; find: files by their names",
            },
            "query": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1000,
                "description": "search: what to look for, a text unless `regex` is true; "
                "find: a part of the name, or a pattern such as *.md",
                "x-aliases": ["pattern", "text", "input"],
            },
            "path": {
                "type": "string",
                "minLength": 1,
                "maxLength": 4096,
                "default": ".",
                "description": "The folder, with all folders in it, or one file",
                "x-aliases": ["folder", "directory", "dir", "root", "file"],
            },
            "regex": {
                "type": "boolean",
                "default": False,
                "description": "search: the query is a regular expression of Python, for one line",
            },
            "case_sensitive": {
                "type": "boolean",
                "default": False,
                "description": "search: upper and lower case differ",
            },
            "include": {
                **_GLOBS,
                "description": "Only these files: patterns such as *.md, docs/**/*.{txt,md}",
                "x-aliases": ["glob", "globs"],
            },
            "exclude": {**_GLOBS, "description": "Not these files and folders: patterns such as node_modules/"},
            "hidden": {
                "type": "boolean",
                "default": False,
                "description": "Also files and folders whose names begin with a dot (.git never)",
            },
            "gitignore": {
                "type": "boolean",
                "default": False,
                "description": "Not what the .gitignore files of the folder name",
            },
            "min_size": {"type": "integer", "minimum": 0, "description": "Only files of so many bytes or more"},
            "max_size": {"type": "integer", "minimum": 0, "description": "Only files of so many bytes or less"},
            "modified_after": {"type": "string", "description": "Only files changed since: a date or time, ISO 8601"},
            "modified_before": {"type": "string", "description": "Only files not changed since: a date or time"},
            "max_results": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_RESULTS,
                "default": 100,
                "description": "How many lines or files are listed; all are counted",
                "x-aliases": ["limit"],
            },
            "context": {
                "type": "integer",
                "minimum": 0,
                "maximum": 20,
                "default": 0,
                "description": "search: how many lines before and after each",
            },
        },
        "additionalProperties": False,
    },
    run=run,
    permissions=("read:PATH",),
    examples=(
        {"operation": "search", "query": "retries", "path": "."},
        {"operation": "search", "query": r"retr(y|ies)\b", "regex": True, "include": ["*.md", "*.txt"], "context": 1},
        {"operation": "find", "include": "*.md", "min_size": 1000, "exclude": "node_modules/"},
    ),
    results={
        "search": "{matches, files, total, files_matched, files_searched, skipped, truncated}: `matches` lists lines "
        "as {path, line, text, count} and, with context, before and after; `files` lists {path, count}; `total` counts "
        "all matches in all files, also those that are not listed; `skipped` has binary, links, unreadable",
        "find": "{files, total, skipped, truncated}: `files` lists {path, size, modified}",
    },
    options={
        "search": "query; path, regex, case_sensitive, include, exclude, hidden, gitignore, min_size, max_size, "
        "modified_after, modified_before, max_results, context",
        "find": "path, query or include, exclude, hidden, gitignore, min_size, max_size, modified_after, "
        "modified_before, max_results",
    },
)
