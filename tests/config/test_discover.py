"""Where settings files are found, by the quick path's own means."""

import os
import subprocess
import sys

import pytest

from llmspell.config import discover


def test_the_nearest_project_file_counts_and_the_users_is_weaker(tmp_path):
    deep = tmp_path / "project/a/b"
    deep.mkdir(parents=True)
    (tmp_path / "llmspell.toml").touch()
    (tmp_path / "project/llmspell.toml").touch()
    (tmp_path / "home/llmspell").mkdir(parents=True)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "home")}
    assert discover.settings_files(str(deep), environ) == [str(tmp_path / "project/llmspell.toml")]
    (tmp_path / "home/llmspell/config.toml").touch()
    assert discover.config_files(str(deep), environ) == [
        str(tmp_path / "home/llmspell/config.toml"),
        str(tmp_path / "project/llmspell.toml"),
    ]


def test_toml_is_preferred_and_other_suffixes_are_found(tmp_path):
    (tmp_path / "llmspell.json").touch()
    assert discover.project_file(str(tmp_path)) == str(tmp_path / "llmspell.json")
    (tmp_path / "llmspell.toml").touch()
    assert discover.project_file(str(tmp_path)) == str(tmp_path / "llmspell.toml")


def test_a_folder_of_that_name_is_no_file(tmp_path):
    (tmp_path / "llmspell.toml").mkdir()
    assert discover.project_file(str(tmp_path)) != str(tmp_path / "llmspell.toml")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_a_file_of_a_stranger_above_the_folder_does_not_count(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    file = tmp_path / "llmspell.toml"
    file.touch()
    assert discover.project_file(str(tmp_path / "mine")) == str(file)
    os.chown(file, 12345, -1)
    assert discover.project_file(str(tmp_path / "mine")) != str(file)
    assert discover.project_file(str(tmp_path)) == str(file)
    os.chown(tmp_path / "mine", 12345, -1)
    assert discover.project_file(str(tmp_path / "mine")) == str(file)


@pytest.mark.parametrize(
    ("platform", "environ", "config", "state"),
    [
        ("linux", {"HOME": "/h"}, "/h/.config/llmspell", "/h/.local/state/llmspell"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}, "/c/llmspell", "/s/llmspell"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "relative"}, "/h/.config/llmspell", "/h/.local/state/llmspell"),
        ("darwin", {"HOME": "/h"}, *["/h/Library/Application Support/llmspell"] * 2),
        ("win32", {"APPDATA": "/roaming", "LOCALAPPDATA": "/local"}, "/roaming/llmspell", "/local/llmspell"),
    ],
)
def test_each_system_has_its_folders(monkeypatch, platform, environ, config, state):
    monkeypatch.setattr(discover.sys, "platform", platform)
    assert discover.user_folder(environ) == config
    assert discover.state_folder(environ) == state


def test_only_variables_of_the_settings_form_are_overrides():
    assert discover.has_overrides({"LLMSPELL_RUN__PROFILE": "low"})
    assert not discover.has_overrides({"LLMSPELL_DEBUG": "1", "_LLMSPELL_COMPLETE": "x", "PATH": "a__b"})
    assert discover.has_overrides() == discover.has_overrides(os.environ)


def test_looking_for_files_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); from llmspell.config import discover; discover.settings_files();"
        "print(*sorted(it for it in set(sys.modules) - before if not it.startswith('llmspell')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) <= {"__future__", "os", "posixpath", "stat", "genericpath"}
