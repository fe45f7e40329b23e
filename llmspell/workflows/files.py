"""Read a workflow from a file: the table of `workflow_from` in TOML or JSON.

    version = 1                       of this format; may be left out
    name = "digest"                   the file's name without its suffix, where it is left out
    type = "sequential"               and so on: every field of the table; functions cannot be written down

    [agents.writer]                   agents of the file's own, by the fields of `Agent.create`
    [[steps]]
    workflow = "review.toml"          another file, relative to this one; `{ file = "review.toml" }` is the same

Another file is read in its place, so that what comes out is one table. Which files may be opened is the caller's
business: `open_file`."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from llmspell.config.read import NotTOML, read_toml
from llmspell.errors import BadArgument, LLMSpellError, PermissionDenied
from llmspell.workflows.fields import STEP_FIELDS, WORKFLOW_FIELDS
from llmspell.workflows.file_lines import Place, line_in_json, line_in_toml, place_of

VERSION = 1
SUFFIXES = (".toml", ".json")
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_TOTAL_BYTES = 16 * 1024 * 1024  # of a file and all those that it names
MAX_FILES = 1000
MAX_DEPTH = 32  # of files within files

OpenFile: TypeAlias = Callable[[str], bytes]  # at most MAX_FILE_BYTES + 1 bytes of a file
FindFile: TypeAlias = Callable[[str], str]  # the path of the file of a name, or empty

# A key that names a workflow wherever it stands, but for what holds data.
_REFERENCES = ("workflow", "sub_workflow")
_AGENTS = ("agent", *STEP_FIELDS["agent"])
_DATA = frozenset(
    spelling
    for fields, names in (
        (STEP_FIELDS, ("input", "metadata")),
        (WORKFLOW_FIELDS, ("collection", "shared_data", "output", "input_schema", "metadata")),
    )
    for name in names
    for spelling in (name, *fields[name])
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a part of the table was written."""

    place: Place
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """What a file says.

    Attributes:
        path: As it was asked for.
        table: For `workflow_from`; the files that it names are in it.
        agents: Agents by name, as tables for `AgentRegistry.create`, or with `template` and `params`.
        agent_names: Those that steps name, and where the first does.
    """

    path: str
    table: dict[str, Any]
    agents: dict[str, dict[str, Any]]
    agent_names: dict[str, str]
    sources: list[_Source] = field(default_factory=list)
    agent_sources: dict[str, _Source] = field(default_factory=dict)

    def line_of(self, path: str) -> tuple[str, int]:
        """The file and the line of what a JSON path within the table means."""
        place = place_of(path)
        near = [it for it in self.sources if it.place == place[: len(it.place)]]
        source = max(near, key=lambda it: len(it.place), default=_Source((), self.path, ""))
        return source.path, _line(source, place[len(source.place) :])

    def located(self, problem: LLMSpellError) -> LLMSpellError:
        """The same error, its message with the file and the line of what it complains of."""
        return _located(problem, *self.line_of(str(problem.details.get("path", "$"))))

    def of_agent(self, name: str, problem: LLMSpellError) -> LLMSpellError:
        """The same error, where the file describes the agent."""
        source = self.agent_sources[name]
        place = ("agents", name, *place_of(str(problem.details.get("path", "$"))))
        problem.details["path"] = _path_of(place)
        return _located(problem, source.path, _line(source, place))


def read_workflow_file(
    path: str,
    open_file: OpenFile,
    find_file: FindFile = lambda name: "",
    mistakes: list[LLMSpellError] | None = None,
) -> WorkflowFile:
    """Read a file, and those that it names. Blocks.

    Args:
        open_file: Is given paths as they are found; raises what it does not open.
        find_file: Where there is a file for the name of a workflow that a step names.
        mistakes: Takes what is wrong with files that are named, which is raised otherwise; they count as empty then.

    Raises:
        BadArgument: It is no TOML or JSON, of a version that is not known, too large, or names itself; the message has
            the file and the line. What a workflow has to be is checked by `workflow_from`.
        LLMSpellError: As `open_file` raises it.
    """
    return _Reading(open_file, find_file, mistakes).read(path)


class _Reading:
    """One file with all those that it names."""

    def __init__(self, open_file: OpenFile, find_file: FindFile, mistakes: list[LLMSpellError] | None) -> None:
        self._open = open_file
        self._find = find_file
        self._mistakes = mistakes
        self._n_files = 0
        self._n_bytes = 0
        self._sources: list[_Source] = []
        self._agents: dict[str, dict[str, Any]] = {}
        self._agent_names: dict[str, str] = {}
        self._agent_sources: dict[str, _Source] = {}

    def read(self, path: str) -> WorkflowFile:
        try:
            table = self._table(path, (), ())
        except RecursionError:
            raise BadArgument(f"{path} is nested too deep for a workflow") from None
        return WorkflowFile(path, table, self._agents, self._agent_names, self._sources, self._agent_sources)

    def _table(self, path: str, place: Place, around: tuple[str, ...]) -> dict[str, Any]:
        source = _Source(place, path, self._text(path))
        self._sources.append(source)
        table = _parsed(source)
        _check_version(table.pop("version", VERSION), source)
        self._take_agents(table.pop("agents", {}), source)
        table.setdefault("name", os.path.splitext(os.path.basename(path))[0])
        self._resolve(table, (), source, (*around, os.path.realpath(path)))
        return table

    def _text(self, path: str) -> str:
        self._n_files += 1
        if self._n_files > MAX_FILES:
            raise BadArgument(f"{path}: these workflows are made of more than {MAX_FILES} files")
        data = self._open(path)
        self._n_bytes += len(data)
        if len(data) > MAX_FILE_BYTES or self._n_bytes > MAX_TOTAL_BYTES:
            what, most = (
                ("it is", MAX_FILE_BYTES) if len(data) > MAX_FILE_BYTES else ("together they are", MAX_TOTAL_BYTES)
            )
            raise BadArgument(f"{path} is too large for a workflow: {what} more than {most // 2**20} MB")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            line = data.count(b"\n", 0, problem.start) + 1
            raise BadArgument(f"{path}:{line}: a workflow's file is UTF-8 text, and this is not") from None

    def _take_agents(self, agents: Any, source: _Source) -> None:
        if not isinstance(agents, Mapping):
            raise _wrong(source, ("agents",), "agents is a table of agents by name", "[agents.writer] and its fields")
        for name, fields in agents.items():
            if not isinstance(fields, Mapping):
                raise _wrong(source, ("agents", name), f"the agent {name} is a table of its fields")
            made = dict(fields)
            self._agent_sources.setdefault(name, source)
            if self._agents.setdefault(name, made) != made:
                raise _wrong(source, ("agents", name), f"another file has a different agent {name}", "rename one")

    def _resolve(self, value: Any, at: Place, source: _Source, around: tuple[str, ...]) -> None:
        """Put the files that steps name in their place."""
        if isinstance(value, list):
            for i, it in enumerate(value):
                self._resolve(it, (*at, i), source, around)
        elif isinstance(value, dict):
            for key, it in value.items():
                if key in _DATA:
                    continue
                if key in _REFERENCES and (found := self._file(it, source)):
                    value[key] = self._inner(found, (*at, key), source, around)
                elif key in _AGENTS and isinstance(it, str):
                    self._agent_names.setdefault(it, _path_of((*source.place, *at, key)))
                else:
                    self._resolve(it, (*at, key), source, around)

    def _file(self, named: Any, source: _Source) -> str:
        """The path of the file that a step's `workflow` names, or empty: it may be a name that a script registers."""
        is_reference = isinstance(named, dict) and set(named) == {"file"}
        name = named["file"] if is_reference else named
        if not isinstance(name, str):
            return ""
        if is_reference or name.lower().endswith(SUFFIXES):
            return os.path.join(os.path.dirname(source.path), name)
        return self._find(name)

    def _inner(self, path: str, place: Place, source: _Source, around: tuple[str, ...]) -> dict[str, Any]:
        if os.path.realpath(path) in around:
            chain = " → ".join(os.path.basename(it) for it in (*around, path))
            raise _wrong(source, place, f"a workflow cannot be a step of itself: {chain}")
        if len(around) >= MAX_DEPTH:
            raise _wrong(source, place, f"files of workflows name each other {MAX_DEPTH} deep at most")
        try:
            return self._table(path, (*source.place, *place), around)
        except LLMSpellError as problem:
            if "file" not in problem.details:  # of opening it: say who wants it
                line = _line(source, place)
                problem.message = f"{source.path}:{line}: {problem.message}"
                problem.details.update(file=source.path, line=line)
            if self._mistakes is None or isinstance(problem, PermissionDenied):
                raise
            self._mistakes.append(problem)
            return {"type": "sequential", "steps": [{"name": "unread", "template": "{{input}}"}]}


def _parsed(source: _Source) -> dict[str, Any]:
    form = "JSON" if source.path.lower().endswith(".json") else "TOML"
    try:
        table: Any = _json(source.text) if form == "JSON" else read_toml(source.text)
    except (NotTOML, json.JSONDecodeError) as problem:
        line, reason = (
            (problem.line, problem.reason) if isinstance(problem, NotTOML) else (problem.lineno, problem.msg.lower())
        )
        raise _at(source, line, f"not {form}: {reason}") from None
    except RecursionError:
        raise _at(source, 1, "nested too deep for a workflow") from None
    except ValueError as problem:
        raise _at(source, 1, str(problem)) from None
    if not isinstance(table, dict):
        raise _at(source, 1, "a workflow is a table with name, type and steps")
    return {key: _plain(it) for key, it in table.items()}


def _json(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise ValueError(f'the key "{twice}" is there twice')
        return table

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def _plain(value: Any) -> Any:
    """A value of TOML as one of JSON: a date is a text."""
    if isinstance(value, dict):
        return {key: _plain(it) for key, it in value.items()}
    if isinstance(value, list):
        return [_plain(it) for it in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value


def _check_version(version: Any, source: _Source) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _wrong(source, ("version",), f"version is a whole number, {VERSION} for now")
    if version > VERSION:
        raise _wrong(
            source,
            ("version",),
            f"this is a workflow of version {version}, and this llmspell reads version {VERSION}",
            "a newer llmspell reads it",
        )


def _path_of(place: Place) -> str:
    return "$" + "".join(f"[{it}]" if isinstance(it, int) else f".{it}" for it in place)


def _located(problem: LLMSpellError, path: str, line: int) -> LLMSpellError:
    details = {**problem.details, "file": path, "line": line}
    return type(problem)(f"{path}:{line}: {problem.message}", hint=problem.hint, details=details, code=problem.code)


def _line(source: _Source, place: Place) -> int:
    find = line_in_json if source.path.lower().endswith(".json") else line_in_toml
    return find(source.text, place)


def _wrong(source: _Source, place: Place, message: str, hint: str = "") -> BadArgument:
    return _at(source, _line(source, place), message, hint)


def _at(source: _Source, line: int, message: str, hint: str = "") -> BadArgument:
    return BadArgument(f"{source.path}:{line}: {message}", hint=hint, details={"file": source.path, "line": line})
