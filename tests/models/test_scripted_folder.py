"""scripted/NAME is a file of one folder, and nothing outside of it."""

import os

import pytest
from model_conversations import ask
from settings_of import settings_of

from llmspell.errors import BadArgument, ConfigError, ModelNotFound
from llmspell.models.scripted_folder import scripted_folder, scripted_model, scripted_names

TURNS = '[[turns]]\ntext = "as written"\n'


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "project/scripted"
    found.mkdir(parents=True)
    (found / "demo.toml").write_text(TURNS)
    (found / "notes.md").write_text("not one")
    (tmp_path / "project/outside.toml").write_text(TURNS)
    return found


def test_a_name_is_a_file_of_the_folder_and_may_have_a_variant(tmp_path, folder):
    settings = settings_of(tmp_path, "[run]")
    assert scripted_names(settings) == ["demo"]
    assert scripted_model(settings, "demo").name == "demo"
    assert scripted_model(settings, "demo#loud").name == "demo#loud"


def test_variants_of_a_file_share_what_was_read_and_not_what_they_have_said(tmp_path, folder):
    settings = settings_of(tmp_path, "[run]")
    one, other = scripted_model(settings, "demo#1"), scripted_model(settings, "demo#2")
    assert one._script is other._script and one is not other
    assert ask(one, "hi").message.text == ask(other, "hi").message.text == "as written"
    (folder / "demo.toml").write_text('turns = ["written anew, and longer"]')
    assert ask(scripted_model(settings, "demo"), "hi").message.text == "written anew, and longer"


@pytest.mark.parametrize(
    "name", ["../outside", "..", "a/b", "/etc/passwd", "", "#x", ".hidden", "a\\b", "demo\0", "x" * 200]
)
def test_no_name_leads_out_of_it(tmp_path, folder, name):
    with pytest.raises(BadArgument):
        scripted_model(settings_of(tmp_path, "[run]"), name)


def test_nor_does_a_link(tmp_path, folder):
    (folder / "link.toml").symlink_to(tmp_path / "project/outside.toml")
    (folder / "inner.toml").symlink_to("demo.toml")
    settings = settings_of(tmp_path, "[run]")
    with pytest.raises(ConfigError, match="leads out of its folder"):
        scripted_model(settings, "link")
    assert scripted_model(settings, "inner")


def test_one_that_is_not_there_is_an_error_that_names_the_nearest(tmp_path, folder):
    settings = settings_of(tmp_path, "[run]")
    with pytest.raises(ModelNotFound) as caught:
        scripted_model(settings, "demoo")
    assert "did you mean demo?" in caught.value.hint
    (folder / "demo.toml").unlink()
    with pytest.raises(ModelNotFound) as caught:
        scripted_model(settings, "demo")
    assert f"write {folder}{os.sep}demo.toml" in caught.value.hint
    with pytest.raises(ModelNotFound) as caught:
        scripted_model(settings, "demo", (str(folder), str(tmp_path / "beside/scripted")))
    assert f"searched in {folder} and {tmp_path / 'beside/scripted'}, models.scripted names" in caught.value.hint
    (folder / "demo.toml").write_text("turns = 3")
    with pytest.raises(ConfigError):
        scripted_model(settings, "demo")


def test_it_is_beside_the_project_file_or_where_the_settings_say(tmp_path, folder, monkeypatch):
    assert scripted_folder(settings_of(tmp_path, "[run]")) == str(folder)
    monkeypatch.chdir(tmp_path)
    assert scripted_folder(settings_of(tmp_path)) == str(tmp_path / "scripted")
    assert scripted_names(settings_of(tmp_path)) == []
    assert scripted_folder(settings_of(tmp_path, "[models]\nscripted = 'tapes'")) == str(tmp_path / "project/tapes")


def test_a_found_project_file_may_only_name_a_folder_beneath_it(tmp_path, folder):
    for name in ("../home", "/etc", ".."):
        with pytest.raises(ConfigError, match="leads out of the folder"):
            scripted_folder(settings_of(tmp_path, f"[models]\nscripted = '{name}'"))
        assert scripted_folder(settings_of(tmp_path, user=f"[models]\nscripted = '{name}'"))
    (tmp_path / "project/away").symlink_to(tmp_path / "home")
    with pytest.raises(ConfigError, match="leads out of the folder"):
        scripted_folder(settings_of(tmp_path, "[models]\nscripted = 'away'"))
    assert scripted_folder(settings_of(tmp_path, "[models]\nscripted = '.'")) == str(tmp_path / "project")


def test_nor_may_a_link_stand_where_the_folder_is_looked_for(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "private").mkdir()
    (tmp_path / "private/demo.toml").write_text(TURNS)
    link = tmp_path / "project/scripted"
    link.symlink_to(tmp_path / "private")
    with pytest.raises(ConfigError, match="leads out of the folder"):
        scripted_names(settings_of(tmp_path, "[run]"))
    with pytest.raises(ConfigError, match="leads out of the folder"):
        scripted_model(settings_of(tmp_path, "[run]", f"[models]\nscripted = '{tmp_path}/other'"), "demo", [str(link)])
    assert scripted_names(settings_of(tmp_path, "[run]", f"[models]\nscripted = '{link}'")) == ["demo"]


def test_a_model_beside_the_script_is_found_after_those_of_the_settings(tmp_path, folder):
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "own.toml").write_text('turns = ["beside"]')
    settings = settings_of(tmp_path, "[run]")
    assert scripted_names(settings) == ["demo"]
    assert scripted_names(settings, [str(beside)]) == ["demo", "own"]
    assert scripted_model(settings, "own", [str(beside)]).name == "own"
    with pytest.raises(ModelNotFound, match="no scripted model is called own"):
        scripted_model(settings, "own")
