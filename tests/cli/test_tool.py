import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llmspell.cli.tool import read_params
from llmspell.errors import UsageError

Finished = subprocess.CompletedProcess[str]
Llmspell = Callable[..., Finished]


SCHEMA = {
    "type": "object",
    "properties": {
        "operation": {"type": "string"},
        "input": {"type": "string"},
        "count": {"type": "integer"},
        "any": {},
        "either": {"type": ["string", "integer"]},
    },
    "required": ["operation", "input"],
}


def test_a_json_object_of_known_fields_is_all_params_and_anything_else_the_input() -> None:
    assert read_params(SCHEMA, '{"operation": "x", "count": 2}', []) == {"operation": "x", "count": 2}
    assert read_params(SCHEMA, '{"other": 1}', []) == {"input": '{"other": 1}'}
    assert read_params(SCHEMA, "2 + 2", []) == {"input": "2 + 2"}
    assert read_params(SCHEMA, "42", []) == {"input": "42"}


def test_the_only_required_field_stands_for_the_input_where_there_is_none() -> None:
    schema = {"properties": {"url": {"type": "string"}, "depth": {"type": "integer"}}, "required": ["url"]}
    assert read_params(schema, "http://x", []) == {"url": "http://x"}


def test_pairs_win_and_are_read_as_json_where_the_field_is_no_text() -> None:
    params = read_params(SCHEMA, '{"count": 1}', ["count=2", "input=3", "any=[1]", "either=4", "operation=a=b"])
    assert params == {"count": 2, "input": "3", "any": [1], "either": 4, "operation": "a=b"}
    assert read_params(SCHEMA, None, ["any=null", "either=x y"]) == {"any": None, "either": "x y"}


def test_a_pair_that_is_none_and_one_that_is_there_twice_are_usage_errors() -> None:
    for pairs in (["x"], ["=x"], ["any=1", "any=2"]):
        with pytest.raises(UsageError):
            read_params(SCHEMA, None, pairs)


def test_input_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('{"operation": "x"}')
    assert read_params(SCHEMA, f"@{path}", []) == {"operation": "x"}
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_params(SCHEMA, f"@{path}", [])
    with pytest.raises(UsageError, match="cannot read"):
        read_params(SCHEMA, "@" + str(tmp_path), [])


@given(st.dictionaries(st.sampled_from(["count", "any"]), st.recursive(st.none() | st.integers(), st.lists)))
def test_any_json_value_reaches_the_tool_as_it_was_written(params: dict[str, object]) -> None:
    assert read_params(SCHEMA, None, [f"{key}={json.dumps(it)}" for key, it in params.items()]) == params


def test_list_and_info_name_the_tools(llmspell: Llmspell) -> None:
    listed = llmspell("tool", "list")
    assert listed.returncode == 0
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert "calculator" in names
    assert [it["name"] for it in json.loads(llmspell("tool", "list", "--json").stdout)] == names
    for name in names:
        info = llmspell("tool", "info", name)
        assert info.stdout.startswith(f"{name} ")
        assert "Params:" in info.stdout
        assert json.loads(llmspell("tool", "info", name, "--json").stdout)["name"] == name


def test_a_category_and_a_text_narrow_the_list(llmspell: Llmspell) -> None:
    assert llmspell("tool", "list", "--search", "nothing has this").stdout == ""
    assert "hash-calculator" in llmspell("tool", "list", "--search", "hash").stdout


def test_call_prints_the_text_or_the_whole_result(llmspell: Llmspell) -> None:
    assert llmspell("tool", "call", "calculator", "--input", "2^10 + 24").stdout.strip() == "1048"
    result = json.loads(llmspell("tool", "call", "calculator", "--input", "6 * 7", "--json").stdout)
    assert result["success"] is True
    assert "42" in result["text"]


def test_call_reads_stdin_and_params(llmspell: Llmspell) -> None:
    done = llmspell("tool", "call", "hash_calculator", "-p", "operation=hash", "--input", "-", stdin="abc")
    assert "ba7816bf" in done.stdout


def test_a_failure_has_an_envelope_with_json(llmspell: Llmspell) -> None:
    done = llmspell("tool", "call", "calculator", "--input", "1 / 0", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["success"] is False
    assert answer["error"]["code"]


def test_a_path_outside_the_grants_is_77_and_one_inside_is_read(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("inside")
    inside = llmspell("tool", "call", "file-operations", "-p", "operation=read", "-p", "path=in.txt")
    assert (inside.returncode, inside.stdout) == (0, "inside\n")
    outside = llmspell("tool", "call", "file-operations", "-p", "operation=read", "-p", "path=/etc/hostname")
    assert outside.returncode == 77
    assert "--allow read:/etc/hostname" in outside.stderr
