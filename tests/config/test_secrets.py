"""Secrets of settings: found late, on the host, and never shown."""

import os
import subprocess
import sys
import types

import pytest

from llmspell.config.load import load_settings
from llmspell.config.secrets import Secret, read_dotenv
from llmspell.errors import ConfigError

CANARY = "canary-93b1f0-secret"


@pytest.fixture
def project(tmp_path):
    """project(value of tools.web.api_key, more text) → settings of a project file that was found, not named."""

    def loading(value, *, before="", environ=None, named=False):
        (tmp_path / "llmspell.toml").write_text(f"{before}[tools.web]\napi_key = {value}\n")
        variables = {"PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": str(tmp_path), **(environ or {})}
        if named:
            return load_settings(cwd=str(tmp_path), environ=variables, config="llmspell.toml")
        return load_settings(cwd=str(tmp_path), environ=variables)

    return loading


def test_a_secret_of_a_variable_is_found_when_it_is_asked_for(project):
    assert project('{ env = "WEB_KEY" }', environ={"WEB_KEY": f" {CANARY}\n"}).secret("tools.web.api_key") == CANARY
    settings = project('{ env = "WEB_KEY" }')
    with pytest.raises(ConfigError, match=r"tools.web.api_key needs the environment variable WEB_KEY.*export WEB_KEY"):
        settings.secret("tools.web.api_key")


def test_a_secret_of_a_file_is_relative_to_the_file_that_names_it(project, tmp_path):
    (tmp_path / "key.txt").write_text(CANARY + "\n")
    assert project('{ file = "key.txt" }').secret("tools.web.api_key") == CANARY
    for name, content, message in (
        ("missing", None, "no such file"),
        ("empty", b"\n", "is empty"),
        ("bin", b"\xff", "not text"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match=message):
            project(f'{{ file = "{name}" }}').secret("tools.web.api_key")


def test_a_secret_of_a_command_needs_a_file_that_was_named(project):
    value = f"{{ command = \"printf %s '{CANARY}'\" }}"
    assert project(value, named=True).secret("tools.web.api_key") == CANARY
    settings = project(value)
    with pytest.raises(ConfigError, match="a project file may not name a command"):
        settings.secret("tools.web.api_key")


@pytest.mark.parametrize(
    "command", ["false", "no-such-program-here", "sh -c 'echo canary-93b1f0-secret; exit 3'", "'unclosed", ""]
)
def test_a_command_that_fails_is_named_without_what_it_printed(command):
    with pytest.raises(ConfigError, match="its command failed") as problem:
        Secret("command", command, "tools.web.api_key", trusted=True, source="config.toml:3").resolve(
            {"PATH": "/usr/bin:/bin"}
        )
    assert CANARY not in str(problem.value) and "config.toml:3" in str(problem.value)


LEAVES = """
import sys, threading
from llmspell.config.secrets import Secret
secret = Secret("command", sys.argv[1], "tools.web.api_key", trusted=True)
threading.Thread(target=secret.resolve, args=({"PATH": "/usr/bin:/bin"},), daemon=True).start()
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a named pipe")
def test_a_command_that_nobody_waits_for_any_more_ends_with_the_process(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = f"sh -c 'exec 3>{pipe}; echo begun >&3; exec sleep 1000'"
    with (
        subprocess.Popen([sys.executable, "-c", LEAVES, command], stdin=subprocess.PIPE) as process,
        open(pipe) as begun,  # its end comes when nobody has it open any more
    ):
        assert begun.readline() == "begun\n"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0
        assert begun.read() == ""


def test_a_keyring_is_optional_and_asked_by_name(project, monkeypatch):
    settings = project('{ keyring = "web" }')
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="no keyring reader installed"):
        settings.secret("tools.web.api_key")

    def get_password(service, name):
        if name == "broken":
            raise RuntimeError("locked")
        return CANARY if (service, name) == ("llmspell", "web") else None

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=get_password))
    assert settings.secret("tools.web.api_key") == CANARY
    for name in ("other", "broken"):
        with pytest.raises(ConfigError, match=f"no password {name}"):
            Secret("keyring", name, "k").resolve({})


def test_no_secret_is_shown_anywhere(project, tmp_path):
    (tmp_path / "key.txt").write_text(CANARY)
    command = f'{{ command = "echo {CANARY}" }}'
    for value in (f'"{CANARY}"', '{ env = "WEB_KEY" }', '{ file = "key.txt" }', command):
        settings = project(value, environ={"WEB_KEY": CANARY})
        shown = f"{settings.visible()} {settings.explain('tools.web.api_key')} {settings.get('tools.web.api_key')!s}"
        assert CANARY not in shown.replace(str(settings.get("tools.web.api_key")), "") or value == f'"{CANARY}"'
        assert CANARY not in f"{settings.visible()} {settings.explain('tools.web.api_key')}"


def test_what_is_known_to_be_secret_is_told_to_the_redactor(project):
    settings = project('{ env = "WEB" }', environ={"WEB": CANARY, "OPENAI_API_KEY": "key-of-openai", "HOME": "/h"})
    assert set(settings.secrets()) == {CANARY, "key-of-openai"}
    assert project('"literal-secret"').secrets() == ("literal-secret",)


def test_a_plain_value_serves_and_a_missing_one_says_how_to_set_it(project):
    settings = project('"plain"')
    assert settings.secret("tools.web.api_key") == "plain"
    with pytest.raises(ConfigError, match=r"tools.web.other is not set.*other = \{ env"):
        settings.secret("tools.web.other")


def test_a_table_that_only_looks_like_a_secret_is_a_table(project):
    settings = project('{ env = 5 }\nboth = { env = "A", file = "B" }')
    assert settings.tool("web") == {"api_key": {"env": 5}, "both": {"env": "A", "file": "B"}}


# .env


def test_a_dotenv_file_counts_only_where_the_project_asks_and_below_the_environment(project, tmp_path):
    (tmp_path / ".env").write_text(f"WEB_KEY={CANARY}\nHOME=/other\n")
    value = '{ env = "WEB_KEY" }'
    asked = "[run]\ndotenv = true\n"
    assert project(value, before=asked).secret("tools.web.api_key") == CANARY
    assert project(value, before=asked, environ={"WEB_KEY": "stronger"}).secret("tools.web.api_key") == "stronger"
    for settings in (
        project(value),
        project(value, before=asked.replace("true", "false")),
        project(value, environ={"LLMSPELL_RUN__DOTENV": "true"}),
        project(value, before=asked, environ={"LLMSPELL_RUN__DOTENV": "false"}),
    ):
        with pytest.raises(ConfigError, match="WEB_KEY"):
            settings.secret("tools.web.api_key")


def test_a_dotenv_file_is_read_line_by_line(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# comment\n\nA=1\nexport B = two words # note\nC='x # y'\nD=\"q\"\nE=\nF=$HOME\n")
    assert read_dotenv(str(file)) == {"A": "1", "B": "two words", "C": "x # y", "D": "q", "E": "", "F": "$HOME"}
    assert read_dotenv(str(tmp_path / "none")) == {}
    for text in ("A 1\n", "1A=x\n"):
        file.write_text("OK=1\n" + text)
        with pytest.raises(ConfigError, match=":2: not a line"):
            read_dotenv(str(file))
    file.write_bytes(b"\xff=1")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_dotenv(str(file))
