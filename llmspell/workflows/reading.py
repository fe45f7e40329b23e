"""A workflow of a table: what a script, a builder, a file or a planner says, as a `WorkflowSpec`.

Reads and checks each field by itself; how the steps hang together is `checks`' to say. The kind is told by what is
there where the table does not name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmspell.errors import BadArgument
from llmspell.tools.simple_schema import found_in_words
from llmspell.workflows.conditions import read_condition
from llmspell.workflows.fields import (
    BRANCH_FIELDS,
    EDGE_FIELDS,
    RANGE_FIELDS,
    WORKFLOW_FIELDS,
    Fields,
    check_name,
    listed,
    wrong,
)
from llmspell.workflows.spec import KINDS, Branch, Edge, Kind, Loop, Range, Retry, Step, Strategy, WorkflowSpec
from llmspell.workflows.step_reading import DEFAULT_RETRY, STRATEGIES, Nested, read_retry, read_steps, retry_of

Value = Any

MAX_CONCURRENCY = 100_000
MAX_LOOP = 1_000_000
MAX_EDGES = 1_000_000

_KIND_WORDS: Mapping[str, Kind] = {
    **{it: it for it in KINDS},
    "sequence": "sequential",
    "concurrent": "parallel",
    "branch": "conditional",
    "graph": "dag",
    "foreach": "map",
}
_AGGREGATIONS = {
    "all": "all",
    "collect": "all",
    "collect_all": "all",
    "collect_outputs": "all",
    "list": "all",
    "last": "last",
    "last_only": "last",
    "last_output": "last",
    "none": "none",
    "discard": "none",
}


def read_workflow(
    table: Value, nested: Nested, *, at: str = "$", kind: Kind | None = None, name: str = ""
) -> WorkflowSpec:
    """What a table says.

    Args:
        nested: Makes the workflows that are written inside of it.
        at: Where the table stands, for messages.
        kind: Where the table does not say it.
        name: Where the table has none.

    Raises:
        BadArgument: A field is unknown (the hint names the nearest) or holds what it cannot; `details.path` names it.
    """
    given = Fields(table, WORKFLOW_FIELDS, "a workflow", at)
    _unfold_iterator(given)
    said: Kind | None = given.choice("type", _KIND_WORDS, kind)
    found = said or _kind_told(given)
    named = check_name(given.get("name", name or found), "a workflow", given.path("name"))
    steps, branches, default = _steps(given, found, nested)
    strategy, retry = _strategy(given)
    return WorkflowSpec(
        named,
        found,
        given.text("description"),
        steps,
        branches,
        default,
        _match(given),
        _loop(given, found),
        _edges(given, found),
        given.integer("max_concurrency", None, least=1, most=MAX_CONCURRENCY),
        strategy,
        retry,
        given.milliseconds(),
        given.table("shared_data"),
        given.get("output"),
        given.table("input_schema") or None,
        given.table("metadata"),
    )


def _kind_told(given: Fields) -> Kind:
    if "branches" in given:
        branches = given.get("branches")
        if isinstance(branches, list) and any(isinstance(it, Mapping) and _has_condition(it) for it in branches):
            return "conditional"
        return "conditional" if "default" in given else "parallel"
    if "then" in given or "condition" in given:
        return "conditional"
    if any(it in given for it in ("range", "while", "iterations", "collection")):
        return "loop"
    steps = given.get("steps")
    rows = list(steps.values()) if isinstance(steps, Mapping) else steps
    hangs = ("depends_on", "dependencies", "needs", "after")
    if "edges" in given or (
        isinstance(rows, list) and any(isinstance(it, Mapping) and any(name in it for name in hangs) for it in rows)
    ):
        return "dag"
    return "sequential"


def _has_condition(branch: Mapping[str, Value]) -> bool:
    return any(it in branch for it in ("condition", *BRANCH_FIELDS["condition"]))


def _steps(given: Fields, kind: Kind, nested: Nested) -> tuple[tuple[Step, ...], tuple[Branch, ...], tuple[Step, ...]]:
    steps = read_steps(given.get("pre_steps", ()), given.path("pre_steps"), nested)
    branches: list[Branch] = []
    default: tuple[Step, ...] = ()
    if kind == "conditional":
        if "then" in given or "condition" in given:
            then = given.get("then", given.get("steps", ()))
            at = given.path("then" if "then" in given else "steps")
            condition = read_condition(given.get("condition", True), given.path("condition"))
            branches.append(Branch("then", read_steps(then, at, nested), condition, path=at))
        elif "steps" in given:
            steps += read_steps(given.get("steps"), given.path("steps"), nested, first=len(steps) + 1)
        branches += _branches(given, nested, len(branches))
        if given.flag("execute_default_on_no_match", True):
            default = _default(given, nested)
    else:
        for name in ("then", "default", "match", "condition"):
            if name in given:
                raise wrong(given.path(name), f"a {kind} workflow has no {name}, a conditional one has")
        steps += read_steps(given.get("steps", ()), given.path("steps"), nested, first=len(steps) + 1)
        if "branches" in given:
            if kind != "parallel":
                raise wrong(given.path("branches"), f"a {kind} workflow has no branches")
            branches = _branches(given, nested, 0)
    return steps, tuple(branches), default


def _branches(given: Fields, nested: Nested, n_before: int) -> list[Branch]:
    at = given.path("branches")
    value = given.get("branches", ())
    if isinstance(value, Mapping) and value:
        value = [{"name": name, **(it if isinstance(it, Mapping) else {"steps": it})} for name, it in value.items()]
    branches = []
    for i, it in enumerate(listed(value, at, "branches")):
        branch = Fields(it, BRANCH_FIELDS, "a branch", f"{at}[{i}]")
        condition = None
        if "condition" in branch:
            condition = read_condition(branch.get("condition"), branch.path("condition"))
        branches.append(
            Branch(
                check_name(branch.get("name", f"branch-{n_before + i + 1}"), "a branch", branch.path("name")),
                read_steps(branch.get("steps", ()), branch.path("steps"), nested),
                condition,
                branch.flag("optional"),
                f"{at}[{i}]",
            )
        )
    return branches


def _default(given: Fields, nested: Nested) -> tuple[Step, ...]:
    value = given.get("default", ())
    at = given.path("default")
    if isinstance(value, Mapping) and "steps" in value:  # a branch, with a name of its own
        branch = Fields(value, BRANCH_FIELDS, "a branch", at)
        return read_steps(branch.get("steps"), branch.path("steps"), nested)
    return read_steps(value, at, nested)


def _match(given: Fields) -> Any:
    if given.flag("execute_all_matching"):
        return "all"
    return given.choice("match", {"first": "first", "all": "all"}, "first")


def _strategy(given: Fields) -> tuple[Strategy, Retry | None]:
    retry = read_retry(given)
    strategy: Strategy = "fail_fast"
    if "error_strategy" in given:
        value, at = given.get("error_strategy"), given.path("error_strategy")
        if isinstance(value, Mapping):
            word = str(value.get("type", value.get("strategy", "retry"))).lower()
            if word == "retry":
                retry = retry_of(value, at)
            value = word
        if isinstance(value, str) and value.lower() == "retry":
            retry = retry or DEFAULT_RETRY
        elif not callable(value):
            given.set("error_strategy", value)
            strategy = given.choice("error_strategy", {**STRATEGIES, "retry": "fail_fast"}, "fail_fast")
    if "fail_fast" in given:
        strategy = "fail_fast" if given.flag("fail_fast") else "continue"
    return strategy, retry


def _unfold_iterator(given: Fields) -> None:
    """`iterator = { range = … }` is `range = …`."""
    if "iterator" not in given:
        return
    known = {it: WORKFLOW_FIELDS[it] for it in ("range", "collection", "while", "max_iterations")}
    inner = Fields(given.get("iterator"), known, "an iterator", given.path("iterator"))
    for name in known:
        if name in inner:
            given.set(name, inner.get(name))


def _loop(given: Fields, kind: Kind) -> Loop | None:
    names = [it for it in ("range", "collection", "while", "iterations") if it in given]
    extra = [it for it in ("max_iterations", "until", "aggregation") if it in given]
    if kind not in ("loop", "map"):
        for name in (*names, *extra):
            raise wrong(given.path(name), f"a {kind} workflow has no {name}, a loop has", 'type = "loop", or "map"')
        return None
    if len(names) > 1:
        raise wrong(given.path(names[1]), f"a {kind} goes over one thing, and {names[0]} and {names[1]} are given")
    if not names or (kind == "map" and names[0] == "while"):
        needed = "collection or range" if kind == "map" else "range, collection or while"
        if not ("until" in given or "max_iterations" in given) or kind == "map":
            raise wrong(given.at, f"a {kind} needs one of {needed}", "say what it goes over")
    until = read_condition(given.get("until"), given.path("until")) if "until" in given else None
    loop_range = None
    if "range" in given:
        loop_range = _range(given.get("range"), given.path("range"))
    elif "iterations" in given:
        loop_range = Range(0, given.get("iterations"))
    condition = None
    if "while" in given:
        condition = read_condition(given.get("while"), given.path("while"))
    elif not names:
        condition = read_condition(True, given.at)
    collection = given.get("collection")
    if "collection" in given and not isinstance(collection, str | list | tuple | Mapping):
        raise wrong(given.path("collection"), f"collection is a list, not {found_in_words(collection)}")
    return Loop(
        loop_range,
        [] if collection == {} else collection,
        condition,
        given.integer("max_iterations", None, least=1, most=MAX_LOOP),
        until,
        given.choice("aggregation", _AGGREGATIONS, "all"),
    )


def _range(value: Value, at: str) -> Range:
    if isinstance(value, list | tuple) and 1 <= len(value) <= 3:
        start, end, by = ((0, value[0], 1), (*value, 1), tuple(value))[len(value) - 1]
        return Range(_bound(start, at), _bound(end, at), _bound(by, at))
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return Range(0, _bound(value, at))
    given = Fields(value, RANGE_FIELDS, "a range", at)
    is_closed = "to" in given
    if is_closed == ("end" in given) or ("start" in given and "from" in given):
        hint = "{ start = 0, end = 3 } is 0, 1, 2; { from = 1, to = 3 } is 1, 2, 3"
        raise wrong(at, "a range has start and end, or from and to", hint)
    start = given.get("start", given.get("from", 1 if is_closed else 0))
    end = given.get("to") if is_closed else given.get("end")
    return Range(_bound(start, at), _bound(end, at), _bound(given.get("step", 1), f"{at}.step"), is_closed)


def _bound(value: Value, at: str) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong(at, f"a range is of numbers, not {found_in_words(value)}")
    if at.endswith(".step") and value == 0:
        raise wrong(at, "the step of a range is not 0")
    return value


def _edges(given: Fields, kind: Kind) -> tuple[Edge, ...]:
    if "edges" not in given:
        return ()
    at = given.path("edges")
    if kind != "dag":
        raise wrong(at, f"a {kind} workflow has no edges, a dag has", 'type = "dag"')
    edges: list[Edge] = []
    for i, it in enumerate(listed(given.get("edges"), at, "edges")):
        if isinstance(it, list | tuple) and len(it) == 2:
            it = {"from": it[0], "to": it[1]}
        edge = Fields(it, EDGE_FIELDS, "an edge", f"{at}[{i}]")
        condition = None
        if "condition" in edge:
            condition = read_condition(edge.get("condition"), edge.path("condition"))
        sources, targets = _ends(edge, "from"), _ends(edge, "to")
        if len(edges) + len(sources) * len(targets) > MAX_EDGES:
            raise BadArgument(f"a dag has at most {MAX_EDGES} edges", details={"path": at})
        for source in sources:
            for target in targets:
                weight = edge.number("weight", 0.0, least=-1e9, most=1e9) or 0.0
                edges.append(Edge(source, target, condition, weight, edge.text("label"), edge.at))
    return tuple(edges)


def _ends(edge: Fields, name: str) -> tuple[str, ...]:
    found = edge.names(name)
    if not found:
        raise wrong(edge.at, f"an edge needs {name}, the name of a step")
    return found
