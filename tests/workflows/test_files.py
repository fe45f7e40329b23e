"""Workflows in files: what is read, what is refused, and where the mistake is."""

import json
import os
import tomllib
from pathlib import Path

import pytest

from llmspell.effects.context import library_context
from llmspell.errors import BadArgument, ConfigError, LLMSpellError, PermissionDenied, ScriptNotFound
from llmspell.security.profile import resolve_profile
from llmspell.workflows.file_opening import beside, granted
from llmspell.workflows.file_writing import write_workflow
from llmspell.workflows.files import MAX_FILE_BYTES, WorkflowFile, read_workflow_file
from llmspell.workflows.folders import WorkflowFolders

ONE_STEP = '[[steps]]\nname = "a"\ntool = "calculator"\ninput.input = "1"\n'


def nobody(path: str) -> bytes:
    raise AssertionError(f"{path} was opened")


def read(folder: Path, name: str = "main.toml", **names: str) -> WorkflowFile:
    path = str(folder / name)
    return read_workflow_file(path, beside(path, nobody), lambda it: names.get(it, ""))


def refusal(folder: Path, name: str = "main.toml", **names: str) -> LLMSpellError:
    with pytest.raises(LLMSpellError) as caught:
        read(folder, name, **names)
    return caught.value


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text, "utf-8")
    return folder


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    table = {"version": 1, "name": "w", "steps": [{"name": "a", "tool": "calculator", "input": {"input": "1"}}]}
    write(tmp_path, main_toml=f'version = 1\nname = "w"\n{ONE_STEP}', same_json=json.dumps(table))
    found = read(tmp_path).table
    assert found == read(tmp_path, "same.json").table == {key: it for key, it in table.items() if key != "version"}


def test_a_workflow_without_a_name_has_that_of_its_file(tmp_path: Path) -> None:
    assert read(write(tmp_path, main_toml=ONE_STEP)).table["name"] == "main"


def test_a_date_is_a_text(tmp_path: Path) -> None:
    found = read(write(tmp_path, main_toml="shared_data = { day = 2026-11-28, at = [07:30:00] }\n"))
    assert found.table["shared_data"] == {"day": "2026-11-28", "at": ["07:30:00"]}


@pytest.mark.parametrize("version", ["2", "0", "-1", '"1"', "true", "1.0"])
def test_another_version_is_refused_and_this_one_is_not(tmp_path: Path, version: str) -> None:
    error = refusal(write(tmp_path, main_toml=f'name = "w"\nversion = {version}\n{ONE_STEP}'))
    assert error.message.startswith(f"{tmp_path}/main.toml:2: ")
    if version == "2":
        assert "of version 2, and this llmspell reads version 1" in error.message
    assert read(write(tmp_path, main_toml=f'name = "w"\nversion = 1\n{ONE_STEP}')).table["name"] == "w"


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("main.toml", "a = 1\nb = \n", 2, "not TOML"),
        ("main.toml", "a = 1\na = 2\n", 2, "not TOML"),
        ("main.json", '{"a": 1,\n "b": }', 2, "not JSON"),
        ("main.json", '{"a": 1, "a": 2}', 1, 'the key "a" is there twice'),
        ("main.json", '{"a": NaN}', 1, "NaN is no JSON"),
        ("main.json", "[1]", 1, "a workflow is a table"),
        ("main.json", "[" * 100_000, 1, "nested too deep"),
        ("main.toml", "a = " + "[" * 100_000, 1, "nested too deep"),
        ("main.toml", "agents = 3", 1, "agents is a table of agents"),
        ("main.toml", 'a = 1\n[agents]\nwriter = "echo"', 3, "the agent writer is a table"),
    ],
)
def test_what_is_no_workflow_is_said_with_file_and_line(
    tmp_path: Path, name: str, text: str, line: int, said: str
) -> None:
    (tmp_path / name).write_text(text)
    error = refusal(tmp_path, name)
    assert error.message.startswith(f"{tmp_path}/{name}:{line}: ") and said in error.message
    assert (error.details["file"], error.details["line"]) == (f"{tmp_path}/{name}", line)


def test_bytes_and_too_many_of_them_are_refused(tmp_path: Path) -> None:
    (tmp_path / "main.toml").write_bytes(b'a = 1\nb = "\xff"\n')
    assert ":2: a workflow's file is UTF-8 text" in refusal(tmp_path).message
    (tmp_path / "main.toml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert "too large" in refusal(tmp_path).message
    (tmp_path / "main.toml").write_bytes(b"#" * MAX_FILE_BYTES)
    assert read(tmp_path).table == {"name": "main"}


# Files that name other files -----------------------------------------------------------------------------------------


def test_another_file_stands_in_the_place_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(
        tmp_path,
        main_toml='[[steps]]\nname = "x"\nworkflow = "sub/inner.toml"\n'
        '[[steps]]\nname = "y"\nworkflow = { file = "in.json" }\n',
        in_json='{"type": "parallel", "steps": []}',
    )
    (tmp_path / "sub" / "inner.toml").write_text('[[steps]]\nname = "z"\nworkflow = "leaf.toml"\n')
    (tmp_path / "sub" / "leaf.toml").write_text(ONE_STEP)
    x, y = read(tmp_path).table["steps"]
    assert y["workflow"] == {"name": "in", "type": "parallel", "steps": []}
    assert x["workflow"]["name"] == "inner"
    assert x["workflow"]["steps"][0]["workflow"]["steps"][0]["tool"] == "calculator"


def test_it_is_found_wherever_a_step_may_stand_and_not_in_data(tmp_path: Path) -> None:
    named = '{ name = "n", workflow = "in.toml" }'
    places = {
        "steps": f"steps = [{named}]",
        "by name": "[steps.n]\nworkflow = 'in.toml'",
        "branches": f'branches = [{{ condition = "x", steps = [{named}] }}]',
        "else": f"else_steps = [{named}]",
        "fallback": f'steps = [{{ name = "a", tool = "calculator", fallback = {named} }}]',
        "on_error": f'steps = [{{ name = "a", tool = "calculator", on_error = {{ fallback = {named} }} }}]',
        "compensate": f'steps = [{{ name = "a", tool = "calculator", compensate = {named} }}]',
        "nested": f'steps = [{{ name = "a", workflow = {{ steps = [{named}] }} }}]',
    }
    write(tmp_path, in_toml='description = "found"\n')
    for where, text in places.items():
        assert "'description': 'found'" in str(read(write(tmp_path, main_toml=text)).table), where
    for data in ("input", "parameters"):
        text = f'steps = [{{ name = "a", tool = "calculator", {data} = {{ workflow = "in.toml" }} }}]'
        assert read(write(tmp_path, main_toml=text)).table["steps"][0][data] == {"workflow": "in.toml"}
    shared = read(write(tmp_path, main_toml='shared_data = { workflow = "in.toml" }'))
    assert shared.table["shared_data"] == {"workflow": "in.toml"}


def test_a_name_is_that_of_a_file_where_there_is_one(tmp_path: Path) -> None:
    write(tmp_path, main_toml='steps = [{ name = "a", workflow = "known" }, { name = "b", workflow = "other" }]')
    write(tmp_path, k_toml='description = "found"\n')
    known, other = read(tmp_path, known=str(tmp_path / "k.toml")).table["steps"]
    assert (known["workflow"]["description"], other["workflow"]) == ("found", "other")


def test_files_that_name_each_other_are_refused(tmp_path: Path) -> None:
    step = '[[steps]]\nname = "x"\nworkflow = "{}.toml"\n'
    write(tmp_path, main_toml=step.format("a"), a_toml=step.format("b"), b_toml=step.format("a"))
    error = refusal(tmp_path)
    assert (
        error.message
        == f"{tmp_path}/b.toml:3: a workflow cannot be a step of itself: main.toml → a.toml → b.toml → a.toml"
    )
    os.symlink(tmp_path / "main.toml", tmp_path / "link.toml")
    assert "cannot be a step of itself" in refusal(write(tmp_path, main_toml=step.format("link"))).message
    twice = step.format("leaf") + step.format("leaf")
    assert len(read(write(tmp_path, main_toml=twice, leaf_toml=ONE_STEP)).table["steps"]) == 2


def test_files_are_neither_too_many_nor_too_deep(tmp_path: Path) -> None:
    for i in range(33):
        (tmp_path / f"f{i}.toml").write_text(f'steps = [{{ name = "x", workflow = "f{i + 1}.toml" }}]')
    (tmp_path / "f33.toml").write_text(ONE_STEP)
    assert "32 deep at most" in refusal(tmp_path, "f0.toml").message
    assert read(tmp_path, "f2.toml").table
    for i in range(5):  # 6**5 files, if nothing stopped it
        steps = ", ".join(f'{{ name = "s{j}", workflow = "g{i + 1}.toml" }}' for j in range(6))
        (tmp_path / f"g{i}.toml").write_text(f"steps = [{steps}]")
    (tmp_path / "g5.toml").write_text(ONE_STEP)
    assert "more than 1000 files" in refusal(tmp_path, "g0.toml").message
    assert read(tmp_path, "g2.toml").table


def test_a_file_that_is_not_there_is_said_where_it_is_named(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, main_toml='[[steps]]\nname = "x"\nworkflow = "gone.toml"\n'))
    assert error.message.startswith(f"{tmp_path}/main.toml:3: ") and "no such file" in error.message
    assert isinstance(refusal(tmp_path, "gone.toml"), ScriptNotFound)


def test_what_lies_elsewhere_is_opened_only_where_that_is_granted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.toml").write_text(ONE_STEP)
    os.symlink(tmp_path / "out.toml", tmp_path / "in" / "link.toml")
    for name in ("../out.toml", "link.toml", str(tmp_path / "out.toml")):
        (tmp_path / "in" / "main.toml").write_text(f'[[steps]]\nname = "x"\nworkflow = "{name}"\n')
        path = str(tmp_path / "in" / "main.toml")
        with pytest.raises(PermissionDenied):
            read_workflow_file(path, beside(path, granted(library_context(profile=resolve_profile("high")))))
        profile = resolve_profile("high", allow=[f"read:{tmp_path}"])
        found = read_workflow_file(path, beside(path, granted(library_context(profile=profile))))
        assert found.table["steps"][0]["workflow"]["steps"][0]["name"] == "a"


def test_agents_of_all_files_are_put_together_and_may_not_differ(tmp_path: Path) -> None:
    agent = '[agents.{}]\nmodel = "{}"\n'
    step = 'steps = [{ name = "x", workflow = "in.toml" }, { name = "y", agent = "writer" }]\n'
    write(tmp_path, main_toml=step + agent.format("writer", "echo"), in_toml=agent.format("critic", "echo"))
    found = read(tmp_path)
    assert found.agents == {"writer": {"model": "echo"}, "critic": {"model": "echo"}}
    assert found.agent_names == {"writer": "$.steps[1].agent"}
    error = refusal(write(tmp_path, in_toml=agent.format("writer", "other")))
    assert error.message == f"{tmp_path}/in.toml:1: another file has a different agent writer"
    assert read(write(tmp_path, in_toml=agent.format("writer", "echo"))).agents == {"writer": {"model": "echo"}}


def test_a_mistake_is_found_in_the_file_in_which_it_is(tmp_path: Path) -> None:
    write(tmp_path, main_toml='[[steps]]\nname = "x"\nworkflow = "in.toml"\n', in_toml=f"# first\n{ONE_STEP}")
    found = read(tmp_path)
    located = found.located(BadArgument("no", details={"path": "$.steps[0].workflow.steps[0].tool"}, hint="h"))
    assert (located.message, located.hint) == (f"{tmp_path}/in.toml:4: no", "h")
    assert (
        found.located(BadArgument("no", details={"path": "$.steps[0].name"})).message == f"{tmp_path}/main.toml:2: no"
    )
    assert found.located(BadArgument("no")).message == f"{tmp_path}/main.toml:1: no"


# Writing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["toml", "json"])
def test_what_is_written_is_read_again(tmp_path: Path, form: str) -> None:
    table = {
        "name": 'ü "quoted"\n',
        "steps": [
            {"name": "a", "tool": "t", "input": {"k": [1, 2.5, True, {"x": "y"}]}, "condition": None},
            {"name": "b", "workflow": {"name": "n", "type": "parallel", "steps": [{"name": "c", "agent": "x"}]}},
        ],
        "timeout_ms": 5,
    }
    (tmp_path / f"main.{form}").write_text(write_workflow(table, form), "utf-8")
    del table["steps"][0]["condition"]  # type: ignore[attr-defined]
    assert read(tmp_path, f"main.{form}").table == table


def test_a_function_and_what_is_no_data_cannot_be_written() -> None:
    for value in ({"function": "<fn>"}, lambda: 1):
        with pytest.raises(BadArgument, match=r"\$\.steps\[0\]\.fn is a function, which no file can hold"):
            write_workflow({"steps": [{"name": "a", "fn": value}]})
    with pytest.raises(BadArgument, match="no plain data"):
        write_workflow({"steps": [b"x"]})
    assert tomllib.loads(write_workflow({"steps": []})) == {"version": 1, "steps": []}


# Folders -------------------------------------------------------------------------------------------------------------


def test_workflows_are_found_by_their_names(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write(folder, my_digest_toml=f'description = "of {folder.name}"\n{ONE_STEP}')
    write(second, other_json='{"type": "parallel"}', broken_toml="x =", note_txt="no workflow")
    folders = WorkflowFolders([str(first), str(tmp_path / "gone"), str(second)])
    assert folders.find("My-Digest") == first / "my_digest.toml"
    assert (folders.path_of("other"), folders.path_of("nothing")) == (str(second / "other.json"), "")
    broken, digest, other = folders.list()
    assert (digest["name"], digest["description"], digest["n_steps"]) == ("my-digest", "of first", 1)
    assert (other["type"], other["n_steps"]) == ("parallel", 0)
    assert "not TOML" in str(broken["error"])
    with pytest.raises(ScriptNotFound) as caught:
        folders.find("my-digset")
    assert caught.value.hint == "did you mean my-digest?"


def test_a_link_that_leads_out_of_its_folder_is_an_error_of_its_own_and_of_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    write(folder, own_toml=ONE_STEP)
    write(tmp_path, private_toml=f'description = "private"\n{ONE_STEP}')
    (folder / "link.toml").symlink_to(tmp_path / "private.toml")
    (folder / "within.toml").symlink_to("own.toml")
    folders = WorkflowFolders([str(folder)])
    link, own, within = folders.list()
    assert "a link that leads out of its folder" in str(link["error"]) and "description" not in link
    assert own["n_steps"] == within["n_steps"] == 1
    assert folders.find("own") == folder / "own.toml" and list(folders.paths()) == ["own", "within"]
    for find in (folders.find, folders.path_of):
        with pytest.raises(ConfigError, match="a link that leads out of its folder"):
            find("link")
