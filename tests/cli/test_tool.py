import importlib.util
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli.main import run_command
from llmspell.cli.tool_params import file_hint, read_params
from llmspell.errors import UsageError
from llmspell.tools import BUILTIN
from llmspell.tools.registry import ToolRegistry

ROOT = Path(__file__).resolve().parents[2]

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


def test_a_json_object_is_all_params_and_anything_else_the_input() -> None:
    assert read_params(SCHEMA, '{"operation": "x", "count": 2}', []) == {"operation": "x", "count": 2}
    assert read_params(SCHEMA, '{"other": 1}', []) == {"other": 1}  # the tool says that there is no such param
    assert read_params(SCHEMA, "2 + 2", []) == {"input": "2 + 2"}
    assert read_params(SCHEMA, "42", []) == {"input": "42"}
    assert read_params(SCHEMA, None, ['input={"other": 1}']) == {"input": '{"other": 1}'}


def test_where_the_input_may_be_an_object_only_one_with_operation_or_input_is_all_params() -> None:
    schema = {"properties": {"operation": {"type": "string"}, "input": {}}}
    assert read_params(schema, '{"operation": "keys", "input": {"a": 1}}', []) == {
        "operation": "keys",
        "input": {"a": 1},
    }
    assert read_params(schema, '{"a": 1}', ["operation=keys"]) == {"operation": "keys", "input": {"a": 1}}


def test_a_text_that_begins_as_an_object_and_is_none_is_a_usage_error() -> None:
    for text in ('{"operation": "x"', "{operation: 1}", " {", '{"a": 1} {"b": 2}'):
        with pytest.raises(UsageError, match="begins as a JSON object") as caught:
            read_params(SCHEMA, text, [])
        assert "--param input=" in caught.value.hint
        assert read_params(SCHEMA, None, [f"input={text}"]) == {"input": text}


def test_a_flat_option_and_another_name_are_read_as_their_field_wants_them() -> None:
    schema = {
        "properties": {
            "input": {"type": ["string", "array"], "x-aliases": ["text"]},
            "options": {"type": "object", "x-flat": True, "properties": {"separator": {"type": "string"}}},
        }
    }
    params = read_params(schema, None, ["separator=1", "text=[1, 2]"])
    assert params == {"separator": "1", "text": [1, 2]}
    assert read_params(schema, None, ['text={"a": 1}']) == {"text": '{"a": 1}'}


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


def test_what_a_file_holds_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('{"operation": "x"}')
    assert read_params(SCHEMA, f"@{path}", []) == {"input": '{"operation": "x"}'}
    path.write_text('{"operation": ')
    assert read_params(SCHEMA, f"@{path}", []) == {"input": '{"operation": '}
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_params(SCHEMA, f"@{path}", [])
    with pytest.raises(UsageError, match="cannot read"):
        read_params(SCHEMA, "@" + str(tmp_path), [])


def test_what_is_not_text_is_told_the_param_that_reads_a_file(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\xff\x00")
    done = llmspell("tool", "call", "hash-calculator", "--input", "@raw")
    assert done.returncode == 2
    assert "--param file=PATH" in done.stderr
    assert llmspell("tool", "call", "hash-calculator", "--param", "file=raw").returncode == 0


def test_what_is_too_long_for_a_text_is_told_how_the_tool_reads_a_file(llmspell: Llmspell) -> None:
    done = llmspell("tool", "call", "datetime-handler", "-p", "operation=parse", "--input", "-", stdin="x" * 201)
    assert done.returncode == 1
    assert "at most 200 characters" in done.stderr
    assert "this tool takes text alone" in done.stderr
    assert file_hint(ToolRegistry().find("hash-calculator").schema).endswith("--param file=PATH")
    assert file_hint(ToolRegistry().find("file-operations").schema).endswith("--param path=PATH")


@given(st.dictionaries(st.sampled_from(["count", "any"]), st.recursive(st.none() | st.integers(), st.lists)))
def test_any_json_value_reaches_the_tool_as_it_was_written(params: dict[str, object]) -> None:
    assert read_params(SCHEMA, None, [f"{key}={json.dumps(it)}" for key, it in params.items()]) == params


@pytest.mark.parametrize("name", sorted(BUILTIN))
@pytest.mark.parametrize("source", ["info", "page"])
def test_every_example_works_as_it_is_printed(
    name: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    if source == "info":
        run_command(["tool", "info", name])
        text = capfd.readouterr().out
    else:
        text = (ROOT / "docs" / "reference" / "tools" / f"{name}.md").read_text()
    examples = [it.strip() for it in text.splitlines() if it.strip().startswith("llmspell tool call")]
    assert len(examples) == len(ToolRegistry().describe(name)["examples"])
    for line in examples:
        command, _, needs = line.partition("   # needs ")
        if "jq" in needs and importlib.util.find_spec("jq") is None:
            continue
        words = shlex.split(command)[1:] + (shlex.split(needs) if needs.startswith("--") else [])
        assert run_command(words) == 0, line
        capfd.readouterr()


def test_a_misspelt_param_is_an_error_and_never_text(llmspell: Llmspell) -> None:
    done = llmspell("tool", "call", "hash-calculator", "--input", '{"operaton": "hash", "input": "abc"}')
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean operation" in done.stderr
    assert "--param input=TEXT" in done.stderr
    as_text = llmspell("tool", "call", "hash-calculator", "--param", 'input={"operaton": 1}')
    assert as_text.returncode == 0


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\x00\xff\r\n")
    call = ["tool", "call", "file-operations", "-p", "operation=read", "-p", "binary=true", "-p", "path=raw"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "llmspell", *call]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"\x00\xff\r\n")


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
    nothing = llmspell("tool", "list", "--search", "nothing has this")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "no tool" in nothing.stderr
    assert "hash-calculator" in llmspell("tool", "list", "--search", "file hash").stdout
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
