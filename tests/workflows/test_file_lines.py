"""The line of a value, in files as people write them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.workflows import file_lines
from llmspell.workflows.file_lines import line_in_json, line_in_toml, place_of

TOML = '''\
version = 1
name = "digest"   # a comment
description = """
name = "not this one"
"""

[agents.writer]
model = "echo"

[[steps]]
name = "a"
tool = "calculator"
input = { input = "1" }

[[steps]]
name = "b"
[steps.input]
"a key" = 2
deep.er = 3

[[steps]]
name = "c"
[steps.workflow]
type = "parallel"
[[steps.workflow.steps]]
name = "inner-1"
[[steps.workflow.steps]]
name = "inner-2"
tool = "x"

[[steps]]
name = "d"
workflow.steps = [
  # the first
  { name = "one", tool = "calculator" },

  { name = "two", tool = "calculator" },
]
'''


def line(path: str) -> int:
    return line_in_toml(TOML, place_of(path))


def test_a_path_is_read_as_a_place() -> None:
    assert place_of("$") == ()
    assert place_of("$.steps[10].input.a b") == ("steps", 10, "input", "a b")
    assert place_of('$.steps[0]["a.b"]') == ("steps", 0, "a.b")


def test_the_line_of_a_key_in_toml() -> None:
    assert (line("$.version"), line("$.name"), line("$.agents.writer.model")) == (1, 2, 8)
    assert (line("$.steps[0]"), line("$.steps[0].tool"), line("$.steps[1].name")) == (10, 12, 16)
    assert (line("$.steps[1].input"), line("$.steps[1].input.a key"), line("$.steps[1].input.deep.er")) == (17, 18, 19)
    assert (line("$.steps[2].workflow.steps[0]"), line("$.steps[2].workflow.steps[1].tool")) == (25, 29)
    assert (line("$.steps[3].workflow.steps[0].tool"), line("$.steps[3].workflow.steps[1]")) == (35, 37)


def test_what_has_no_line_of_its_own_is_where_what_is_around_it_is() -> None:
    assert line("$.steps[0].input.input") == 13
    assert line("$.steps[0].toool") == 10
    assert line("$.nowhere") == 1
    assert line_in_toml("", ("a",)) == 1


def test_the_line_of_a_key_in_json() -> None:
    text = (
        '{\n "name": "a:b,{[",\n "steps": [\n  {"name": "x"},\n  {\n   "to\\u006fl": "y", "list": [1,\n 2]\n  }\n ]\n}'
    )
    assert json.loads(text)["steps"][1] == {"tool": "y", "list": [1, 2]}
    found = [line_in_json(text, place_of(it)) for it in ("$.name", "$.steps", "$.steps[0].name", "$.steps[1]")]
    assert found == [2, 3, 4, 5]
    assert (line_in_json(text, place_of("$.steps[1].tool")), line_in_json(text, place_of("$.steps[1].list[1]"))) == (
        6,
        7,
    )
    assert line_in_json(text, place_of("$.steps[7].tool")) == 3


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(values)
def test_every_place_of_a_json_text_is_found_on_its_line(value: object) -> None:
    text = json.dumps(value, indent=1)

    def check(inner: object, place: tuple[str | int, ...], begins: int) -> int:
        """Walks as json.dumps writes: one line for each item. Returns the line at which the value ends."""
        assert line_in_json(text, place) == begins
        items = (
            list(inner.items())
            if isinstance(inner, dict)
            else list(enumerate(inner))
            if isinstance(inner, list)
            else []
        )
        ends = begins
        for key, it in items:
            ends = check(it, (*place, key), ends + 1)
        return ends + 1 if items else begins

    check(value, (), 1)


def test_a_file_is_looked_through_once_for_all_its_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    places = file_lines._toml_places

    def look(text: str) -> object:
        looked.append(text)
        return places(text)

    monkeypatch.setattr(file_lines, "_toml_places", look)
    text = "".join(f'[[steps]]\nname = "s{i}"\n' for i in range(50)) + "# once"
    assert [file_lines.line_in_toml(text, ("steps", i, "name", "x")) for i in range(50)] == list(range(2, 102, 2))
    assert looked == [text]


def test_a_name_is_compared_with_those_that_begin_alike_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    import difflib

    from llmspell.suggestions import nearest

    compared: list[int] = []
    close = difflib.get_close_matches

    def compare(asked: str, names: list[str], n: int, cutoff: float) -> list[str]:
        compared.append(len(names))
        return close(asked, names, n, cutoff)

    monkeypatch.setattr(difflib, "get_close_matches", compare)
    assert "step500" in nearest("step500x", (f"step{i}" for i in range(20_000)))
    assert compared == [1_000]
