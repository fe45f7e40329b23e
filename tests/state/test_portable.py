"""An export says everything that state can hold, and an import takes nothing else."""

import asyncio
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import BadArgument, StateFull
from llmspell.state.limits import Limit, Limits
from llmspell.state.migrations import version_of_scope
from llmspell.state.open import open_state
from llmspell.state.portable import Line, from_portable, read_lines, to_portable, write_lines
from llmspell.state.store import StateStore
from llmspell.state.transfer import bring_in, lines_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(["$bytes", "$float", "$int", "$map"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def alike(left: object, right: object) -> bool:
    return repr(left) == repr(right)  # which tells 1 from 1.0 and from True, and 0.0 from -0.0


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_every_value_comes_back_through_json_as_it_was(value):
    text = json.dumps(to_portable(value), allow_nan=False)
    assert alike(from_portable(json.loads(text)), value)


def test_numbers_that_json_has_no_word_for_are_written_out():
    written = to_portable([math.nan, math.inf, -math.inf, 2**53, 2**53 + 1, -(10**5000), b"\xff", {"$int": 1}])
    assert written[:5] == [
        {"$float": "NaN"},
        {"$float": "Infinity"},
        {"$float": "-Infinity"},
        2**53,
        {"$int": hex(2**53 + 1)},
    ]
    assert written[6:] == [{"$bytes": "/w=="}, {"$map": {"$int": 1}}]
    back = from_portable(written)
    assert math.isnan(back[0])
    assert back[5] == -(10**5000)
    assert from_portable({"$int": "12"}) == 12


@pytest.mark.parametrize(
    "value",
    [{"$bytes": "!"}, {"$bytes": 1}, {"$float": "1"}, {"$int": "x"}, {"$int": 1}, {"$map": []}, [{"$int": "0xg"}]],
)
def test_what_looks_like_one_of_ours_and_is_none_is_refused(value):
    with pytest.raises(BadArgument, match="is no value"):
        from_portable(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no export"),
        ('{"scope": "global", "key": "k", "value": 1}', "this is no export"),
        ('{"llmspell_state": 2}', "line 1: written by a newer llmspell"),
        ('{"llmspell_state": 1}\n\nnonsense', "line 3 is not JSON"),
        ('{"llmspell_state": 1}\n[1]', "line 2: no JSON object"),
        ('{"llmspell_state": 1}\n{"key": "k", "value": 1}', "line 2: there is no scope"),
        ('{"llmspell_state": 1}\n{"scope": "global", "key": "k"}', "line 2: a line has"),
        ('{"llmspell_state": 1}\n{"scope": "global", "key": "k", "value": 1, "more": 2}', "line 2: a line has"),
        ('{"llmspell_state": 1}\n{"scope": "global", "key": 7, "value": 1}', "line 2: a key is text"),
        ('{"llmspell_state": 1}\n{"scope": "user:", "key": "k", "value": 1}', "line 2: the scope user:"),
        ('{"llmspell_state": 1}\n{"scope": "global", "version": 0}', "line 2: neither"),
        ('{"llmspell_state": 1}\n{"scope": "global", "version": true}', "line 2: neither"),
        ('{"llmspell_state": 1}\n' + "[" * 100_000, "line 2 is nested too deeply"),
    ],
)
def test_a_line_that_says_nothing_sensible_is_named_by_its_number(text, said):
    with pytest.raises(BadArgument, match=said):
        read_lines(text.split("\n"))


def run(check: object, limits: Limits | None = None) -> None:
    async def main() -> None:
        await check(open_state(":memory:", limits=limits or Limits()))  # type: ignore[operator]

    asyncio.run(main())


async def exported(store: StateStore, *scopes: str) -> list[Line]:
    return [it async for it in lines_of(store, scopes)]


def test_what_is_exported_can_be_merged_into_what_is_there_or_replace_it():
    async def check(store: StateStore) -> None:
        lines = [Line("global", None, 3), Line("global", "a", b"\xff"), Line("user:1", "b", {"x": [1.0]})]
        await store.set("global", "old", 1)
        await store.set("user:2", "other", 2)
        assert await bring_in(store, lines) == 2
        assert await exported(store) == [
            lines[0],
            lines[1],
            Line("global", "old", 1),
            lines[2],
            Line("user:2", "other", 2),
        ]
        await bring_in(store, [Line("global", "a", 1)], replace=True)
        assert await exported(store, "global") == [Line("global", "a", 1)]
        assert await version_of_scope(store, "global") == 0
        assert read_lines("".join(write_lines(lines)).split("\n")) == lines

    run(check)


def test_an_import_that_does_not_fit_changes_nothing():
    async def check(store: StateStore) -> None:
        await store.set("global", "old", 1)
        with pytest.raises(StateFull):
            await bring_in(store, [Line("global", "a", 1), Line("global", "b", "x" * 200)], replace=True)
        assert await exported(store) == [Line("global", "old", 1)]

    run(check, Limits(total=Limit(100, "state.max_size")))


def test_tables_are_exported_with_their_keys_sorted():
    for value in ({"b": {"d": 1, "c": [{"z": 1, "y": 2}]}, "a": 1}, {"a": 1, "b": {"c": [{"y": 2, "z": 1}], "d": 1}}):
        text = list(write_lines([Line("global", "k", value)]))[1]
        assert text == ('{"scope": "global", "key": "k", "value": {"a": 1, "b": {"c": [{"y": 2, "z": 1}], "d": 1}}}\n')
