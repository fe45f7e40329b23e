"""The kinds of workflows and the fields of the builder, as tables: other spellings, and what each says."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of workflow: other spellings of its method, what it says, and the fields that only some kinds have."""

    aliases: tuple[str, ...]
    doc: str
    fields: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "sequential": Kind((), "Steps one after the other; what follows a failing step is not done.", ("steps",)),
    "parallel": Kind((), "Steps all at once, or as many as `max_concurrency` says.", ("steps", "max_concurrency")),
    "conditional": Kind(
        (),
        'The steps of the first branch whose condition holds, or of all such with `match = "all"`.',
        ("branches", "default", "condition", "then_steps", "else_steps", "match"),
    ),
    "loop": Kind(
        ("loop_workflow",),
        "Steps again and again: for a range, for each item of a list, or while something holds.",
        ("steps", "range", "collection", "while", "max_iterations", "break_condition", "aggregation"),
    ),
    "map": Kind(
        ("map_workflow",),
        "Steps once for each item of a list, many items at a time.",
        ("steps", "collection", "max_concurrency", "aggregation"),
    ),
    "pipeline": Kind((), "Steps one after the other; each gets what the one before has found.", ("steps",)),
    "dag": Kind(
        ("graph",),
        "Each step as soon as those that it depends on are done.",
        ("steps", "edges", "max_concurrency"),
    ),
}


class Field(NamedTuple):
    """One field of the builder: what it is called in a table, other spellings of its method, and what it says."""

    name: str
    aliases: tuple[str, ...]
    doc: str


FIELDS: dict[str, Field] = {
    it[0]: Field(it[1], it[2], it[3])
    for it in (
        ("name", "name", (), "What it is called."),
        ("description", "description", (), "What it is for."),
        ("condition", "condition", (), "Whether the steps of `add_then_step` are done, or those of `add_else_step`."),
        ("match", "match", (), "Whether the first branch whose condition holds is taken, or all: first, all."),
        (
            "with_collection",
            "collection",
            ("collection", "over", "items"),
            "What a loop or a map goes through: a list, or a text that stands for one, such as `{{input.files}}`.",
        ),
        ("with_while", "while", ("loop_condition", "while_condition"), "What must hold before each turn of a loop."),
        ("max_iterations", "max_iterations", (), "How many turns a loop takes at the most; 1000 if absent."),
        ("break_condition", "break_condition", ("break_when",), "What ends a loop when it holds after a turn."),
        ("aggregation", "aggregation", ("aggregate",), "What a loop answers with: all turns, the last, or none."),
        ("max_concurrency", "max_concurrency", ("with_max_concurrency",), "How many steps are done at a time."),
        ("fail_fast", "fail_fast", (), "Whether the first failing step stops the others."),
        (
            "error_strategy",
            "error_strategy",
            ("with_error_strategy", "on_error"),
            "What a failing step means for the others: fail_fast, continue or retry.",
        ),
        ("retry", "retry", ("with_retry",), "How often each step is tried: a number, or a table as of a step."),
        ("timeout_ms", "timeout_ms", ("with_timeout_ms",), "How many milliseconds one execution may take."),
        ("output", "output", (), "What `result.output` is: a value with `{{…}}` in it."),
        ("input_schema", "input_schema", (), "What its input must look like, a JSON Schema."),
    )
}
