"""Templates: those in the box, those of the user's folders, and what is made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from llmspell.agents import templates as module
from llmspell.agents.fields import BY_SPELLING, spec_from
from llmspell.agents.templates import Templates, template_folders
from llmspell.config.load import load_settings
from llmspell.errors import BadArgument, ConfigError, InvalidParams, LLMSpellError, NotFound
from llmspell.tools.template_process import TemplateProcess

BUILT_IN = ["chat", "code", "critic", "data", "orchestrator", "planner", "research"]


@pytest.fixture(scope="module")
def process() -> Iterator[TemplateProcess]:
    made = TemplateProcess()
    yield made
    made.close()


@pytest.fixture
def boxed(process: TemplateProcess) -> Templates:
    return Templates((), process)


def create(templates: Templates, template: str, name: str = "", **params: Any) -> dict[str, Any]:
    return asyncio.run(templates.create(name, template, params))


def test_the_files_are_in_the_package() -> None:
    found = sorted(it.name for it in files("llmspell.agents").joinpath("templates").iterdir())
    assert found == [f"{it}.toml" for it in BUILT_IN]


def test_the_seven_are_there_with_what_a_reader_needs(boxed: Templates) -> None:
    assert boxed.names() == BUILT_IN
    for row in boxed.list():
        assert row["built_in"] and row["description"] and row["capabilities"]
        assert all(it["description"] and not it["required"] for it in row["parameters"])
        assert not any(it["name"] in BY_SPELLING for it in row["parameters"]), "it would hide the agent's field"


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_makes_an_agent_as_it_is_and_with_every_parameter_given(boxed: Templates, name: str) -> None:
    plain = create(boxed, name)
    assert spec_from(plain).system_prompt == plain["system_prompt"]
    samples = {"string": "a ~word~", "array": ["~one~", "~two~"], "integer": 37, "boolean": True}
    given = {it["name"]: it.get("enum", [samples[it["type"]]])[0] for it in boxed.find(name).to_value()["parameters"]}
    made = create(boxed, name, "mine", **given)
    assert made["name"] == "mine"
    for value in given.values():
        for word in value if isinstance(value, list) else [value]:
            assert isinstance(word, bool) or str(word) in made["system_prompt"] or word == "short"
    for text in (plain["system_prompt"], made["system_prompt"]):
        assert "{{" not in text and "{%" not in text and "\n\n\n" not in text and text == text.strip()
        assert 500 < len(text) < 4000


def test_a_switch_of_a_template_changes_its_prompt(boxed: Templates) -> None:
    assert "Tests in a block of their own" in create(boxed, "code", tests=True)["system_prompt"]
    assert "Tests in a block of their own" not in create(boxed, "code")["system_prompt"]
    assert "Up to five points" in create(boxed, "research", depth="short")["system_prompt"]


def test_the_planner_and_the_critic_answer_with_data(boxed: Templates) -> None:
    for name in ("planner", "critic"):
        schema = spec_from(create(boxed, name)).schema
        assert schema is not None
        # As providers want it that keep a schema strictly.
        assert schema["additionalProperties"] is False
        assert sorted(schema["required"]) == sorted(schema["properties"])


def test_fields_of_an_agent_may_be_given_beside_parameters(boxed: Templates) -> None:
    made = create(boxed, "research", topic="tea", model="openai/gpt-5", tools=[], max_iterations=2, budget=None)
    assert (made["model"], made["tools"], made["max_steps"]) == ("openai/gpt-5", [], 2)
    assert "tea" in made["system_prompt"] and "budget" not in made
    assert create(boxed, "chat", system_prompt="{{ mine }}")["system_prompt"] == "{{ mine }}"


def test_an_unknown_template_or_parameter_names_the_nearest(boxed: Templates) -> None:
    with pytest.raises(NotFound, match='no agent template "reserch"') as caught:
        create(boxed, "reserch")
    assert "research" in caught.value.hint
    with pytest.raises(BadArgument, match='research has no parameter "topik"') as refused:
        create(boxed, "research", topik="tea")
    assert refused.value.hint == "did you mean topic?"
    for near_a_field in ("modell", "foo"):  # what the template has is said first
        with pytest.raises(BadArgument) as refused:
            create(boxed, "data", **{near_a_field: 1})
        assert refused.value.hint.startswith("it has dataset, audience, few")
    with pytest.raises(NotFound) as far:
        boxed.find("zzz")
    assert "chat, code" in far.value.hint


@pytest.mark.parametrize("params", [{"depth": "deep"}, {"topic": 3}])
def test_a_parameter_that_is_not_what_it_has_to_be_is_refused(boxed: Templates, params: dict[str, Any]) -> None:
    with pytest.raises(InvalidParams, match="the template research"):
        create(boxed, "research", **params)


@pytest.mark.parametrize("value", [print, b"\xff", [object()]])
def test_only_plain_data_is_filled_in(boxed: Templates, value: Any) -> None:
    with pytest.raises(BadArgument, match="topic.* must be plain data"):
        create(boxed, "research", topic=value)


def test_there_is_a_largest_size_of_what_is_filled_in(boxed: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PARAMETER_CHARS", 1000)
    with pytest.raises(BadArgument, match="1000 at most"):
        create(boxed, "research", topic="x" * 1000)
    create(boxed, "research", topic="x" * 500)


def test_what_is_filled_in_is_text_and_no_template(boxed: Templates) -> None:
    made = create(boxed, "research", topic="{{ 6 * 7 }}{% if %}")
    assert "{{ 6 * 7 }}{% if %}" in made["system_prompt"]


def test_a_template_of_the_users_comes_before_one_in_the_box(tmp_path: Path, process: TemplateProcess) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, text in ((first, "of first"), (second, "of second")):
        folder.mkdir()
        (folder / "chat.toml").write_text(f"description = 'Chat {text}'\n")
    (second / "My_Own.toml").write_text("description = 'Mine, {{ a }}'\n[parameters.a]\ndefault = 1\n")
    (second / "notes.txt").write_text("no template")
    templates = Templates((str(first), str(second), str(tmp_path / "missing")), process)
    assert templates.find("CHAT").description == "Chat of first"
    assert templates.names() == sorted([*BUILT_IN, "my-own"])
    assert create(templates, "my_own")["description"] == "Mine, 1"
    assert not templates.find("my-own").is_built_in and templates.find("code").is_built_in


def test_a_parameter_may_be_a_table(tmp_path: Path, process: TemplateProcess) -> None:
    prompt = '{{ who.name }} {{ who.tags | join("+") }}'
    (tmp_path / "mine.toml").write_text(
        f"description = 'x'\nsystem_prompt = '{prompt}'\n[parameters.who]\ndefault = {{}}\n"
    )
    made = create(Templates((str(tmp_path),), process), "mine", who={"name": "Ada", "tags": ("a", "b")})
    assert made["system_prompt"] == "Ada a+b"


def test_a_folder_that_cannot_be_read_is_named(process: TemplateProcess) -> None:
    with pytest.raises(ConfigError, match="the folder of agent templates cannot be read"):
        Templates(("x" * 5000,), process).names()


def test_a_copy_of_one_in_the_box_is_a_template(tmp_path: Path, boxed: Templates, process: TemplateProcess) -> None:
    (tmp_path / "mine.toml").write_text(boxed.find("research").source)
    mine = Templates((str(tmp_path),), process)
    assert create(mine, "mine", topic="tea")["system_prompt"] == create(boxed, "research", topic="tea")["system_prompt"]


def test_a_broken_one_is_listed_with_its_error_and_raises_it_when_it_is_used(
    tmp_path: Path, process: TemplateProcess
) -> None:
    (tmp_path / "bad.toml").write_text("descripton = 'x'")
    templates = Templates((str(tmp_path),), process)
    (row,) = (it for it in templates.list() if it["name"] == "bad")
    assert "bad.toml: descripton" in row["error"]
    assert len(templates.list()) == len(BUILT_IN) + 1
    with pytest.raises(ConfigError, match=r"bad\.toml: descripton"):
        create(templates, "bad")


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("{{ topik }}", "needs topik, which is not given"),
        ("{% if %}", "syntax error"),
        ("{{ 'a' | nothing }}", "nothing"),
    ],
)
def test_wrong_jinja_names_the_file(tmp_path: Path, process: TemplateProcess, prompt: str, message: str) -> None:
    (tmp_path / "mine.toml").write_text(f"description = 'x'\nsystem_prompt = \"{prompt}\"")
    with pytest.raises(LLMSpellError) as caught:
        create(Templates((str(tmp_path),), process), "mine")
    assert caught.value.code == "template_error"
    assert message in caught.value.message and "mine.toml" in caught.value.message


def test_what_a_prompt_uses_and_is_no_parameter_is_to_be_declared(tmp_path: Path, process: TemplateProcess) -> None:
    parameters = "[parameters.topic]\n[parameters.maker]\ntype = 'object'\n"
    (tmp_path / "mine.toml").write_text(
        f"description = 'x'\nsystem_prompt = '{{{{ topic }}}} {{{{ topik.name }}}}'\n{parameters}"
    )
    (tmp_path / "other.toml").write_text(f"description = 'x'\nsystem_prompt = '{{{{ maker.name }}}}'\n{parameters}")
    templates, given = Templates((str(tmp_path),), process), {"topic": "tea", "maker": {}}
    with pytest.raises(LLMSpellError) as caught:
        create(templates, "mine", **given)
    assert caught.value.hint == "declare it in the template: [parameters.topik]; did you mean topic?"
    with pytest.raises(LLMSpellError) as caught:
        create(templates, "other", **given)  # it is declared, and was given without what is asked for
    assert "declare" not in caught.value.hint and caught.value.details["missing"] == ["maker.name"]


def test_a_hostile_template_ends_nothing_but_itself(tmp_path: Path, process: TemplateProcess) -> None:
    bomb = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}"
    (tmp_path / "bomb.toml").write_text(f"description = 'x'\nsystem_prompt = '{bomb}'")
    templates = Templates((str(tmp_path),), process)
    with pytest.raises(LLMSpellError, match=r"bomb\.toml is too much work to fill in: .* 1,000,000 steps") as caught:
        create(templates, "bomb")
    assert "loop" in caught.value.hint
    assert create(templates, "chat")["system_prompt"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, process: TemplateProcess) -> None:
    (tmp_path / "mine.toml").write_text("description = 'x'")
    templates = Templates((str(tmp_path),), process)
    paths = templates._paths()
    (tmp_path / "mine.toml").unlink()
    with pytest.raises(ConfigError, match=r"mine\.toml cannot be read: No such file"):
        module._read("mine", paths["mine"])


def test_the_users_folders_are_those_of_the_settings_or_stand_beside_them(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    (project / "below").mkdir(parents=True)
    (home / "llmspell").mkdir(parents=True)
    environ = {"XDG_CONFIG_HOME": str(home), "HOME": str(home)}
    (project / "llmspell.toml").write_text("")
    found = template_folders(load_settings(cwd=str(project / "below"), environ=environ))
    assert found == (str(project / "agents"), str(home / "llmspell" / "agents"))

    (project / "llmspell.toml").write_text("[agents]\ntemplates = ['team', '/srv/agents']\n")
    found = template_folders(load_settings(cwd=str(project), environ=environ, config="llmspell.toml"))
    assert found == (str(project / "team"), "/srv/agents")


def test_a_project_file_that_was_found_names_no_folder_outside_of_it_and_the_users_own_does(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    (home / "llmspell").mkdir(parents=True)
    project.mkdir()
    (project / "away").symlink_to(home)
    environ = {"XDG_CONFIG_HOME": str(home), "HOME": str(home)}
    for name in ("../home", "/srv/agents", "away"):
        text = f"[agents]\ntemplates = ['team', '{name}']\n"
        (project / "llmspell.toml").write_text(text)
        with pytest.raises(ConfigError, match=r"agents\.templates \(.*:2\) leads out of the folder"):
            template_folders(load_settings(cwd=str(project), environ=environ))
        (project / "llmspell.toml").write_text("")
        (home / "llmspell/config.toml").write_text(text)
        assert len(template_folders(load_settings(cwd=str(project), environ=environ))) == 2
        (home / "llmspell/config.toml").unlink()
    (project / "llmspell.toml").write_text("[agents]\ntemplates = ['team']\n")
    assert template_folders(load_settings(cwd=str(project), environ=environ)) == (str(project / "team"),)


def test_no_link_leads_out_of_a_folder_of_templates_and_one_within_is_followed(
    tmp_path: Path, process: TemplateProcess
) -> None:
    folder, environ = tmp_path / "project/agents", {"XDG_CONFIG_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    folder.mkdir(parents=True)
    (tmp_path / "project/llmspell.toml").write_text("")
    (tmp_path / "private.toml").write_text('description = "private"\n')
    (folder / "own.toml").write_text('description = "own"\n')
    (folder / "link.toml").symlink_to(tmp_path / "private.toml")
    (folder / "again.toml").symlink_to("own.toml")
    templates = Templates(template_folders(load_settings(cwd=str(folder), environ=environ)), process)
    with pytest.raises(ConfigError, match="a link that leads out of its folder"):
        templates.find("link")
    assert templates.find("again").description == "own"
    assert "private" not in str([it for it in templates.list() if it["name"] == "link"]).replace(str(tmp_path), "")
    (tmp_path / "private").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/llmspell.toml").write_text("")
    (tmp_path / "elsewhere/agents").symlink_to(tmp_path / "private")
    with pytest.raises(ConfigError, match="the folder agents leads out of the folder"):
        template_folders(load_settings(cwd=str(tmp_path / "elsewhere"), environ=environ))


def test_without_a_project_the_current_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.chdir(tmp_path)
    expected = (str(tmp_path / "agents"), str(tmp_path / "home" / "llmspell" / "agents"))
    assert template_folders(None) == expected

    (tmp_path / "home" / "llmspell").mkdir(parents=True)
    (tmp_path / "home" / "llmspell" / "config.toml").write_text("")
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    assert template_folders(load_settings(cwd=str(tmp_path), environ=environ)) == expected
