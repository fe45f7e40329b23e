"""S29: what an agent is shown, is made of and answers with is read only where that is granted, and not without end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_provider import hostile_provider

Run = Callable[..., subprocess.CompletedProcess[str]]
HOST_DECIDES = True
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
SHOW = 'print(Agent.create{ model = "echo" }:execute({ text = "seen", FIELD = { VALUE } }).text)'
PYTHON_SHOW = 'print(Agent.create(model="echo").execute({"text": "seen", "FIELD": [VALUE]}).text)'
ASK = 'print(Agent.create{ model = "MODEL" }:execute("go").text)'
MAKE = 'print(Agent.create_from_template("made", "TEMPLATE", { model = "echo" }).description)'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a script's, with a folder beside it that is not granted."""
    here, outside = tmp_path / "here", tmp_path / "outside"
    here.mkdir()
    outside.mkdir()
    for it in (here / "own.png", outside / "secret.png"):
        it.write_bytes(PNG)
    (here / "link.png").symlink_to(outside / "secret.png")
    (here / "folder").symlink_to(outside)
    return here


@pytest.mark.parametrize(("suffix", "source"), [("lua", SHOW), ("py", PYTHON_SHOW)])
@pytest.mark.parametrize("field", ["images", "files"])
def test_s29_a_picture_is_read_where_its_real_path_is_granted(
    llmspell: Run, folder: Path, suffix: str, source: str, field: str
) -> None:
    def show(path: str, *options: str) -> subprocess.CompletedProcess[str]:
        (folder / f"script.{suffix}").write_text(source.replace("FIELD", field).replace("VALUE", f'"{path}"'))
        return llmspell("run", *options, f"script.{suffix}", cwd=folder)

    outside = folder.parent / "outside"
    assert show("own.png").returncode == 0
    for path in ("../outside/secret.png", "link.png", "folder/secret.png", f"{outside}/secret.png"):
        refused = show(path)
        assert (refused.returncode, refused.stdout) == (77, ""), refused.stderr
        assert f"read:{outside}/secret.png" in refused.stderr
        assert show(path, "--allow", f"read:{outside}").returncode == 0
    assert show("own.png", "-P", "high", "--allow", "model:*").returncode == 77
    assert show("own.png", "-P", "high", "--allow", "model:*", "--allow", f"read:{folder}").returncode == 0


@pytest.mark.parametrize(
    "value",
    [
        '{ url = "file:///etc/passwd" }',
        '{ url = "FILE:///etc/passwd" }',
        '{ url = "ftp://example.com/a.png" }',
        '{ url = "/etc/passwd" }',
        '{ url = "data:text/plain" }',
        '{ url = "data:image/png;base64,////" }',
        '{ base64 = "cm9vdDp4OjA6MA==", mime = "image/png" }',
        '{ data = "no picture", mime = "image/png" }',
        '{ path = "own.png", url = "http://example.com" }',
        '"data:image/svg+xml;base64,PHN2Zz4="',
    ],
)
def test_s29_what_is_no_picture_is_none_wherever_it_says_it_is(lua: Run, value: str) -> None:
    done = lua(SHOW.replace("FIELD", "images").replace("VALUE", value))
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "root:" not in done.stderr
    good = '{ data = "\\137PNG\\r\\n\\26\\n" .. string.rep("\\0", 100) }'
    assert lua(SHOW.replace("FIELD", "images").replace("VALUE", good)).returncode == 0


def test_s29_a_url_is_handed_to_the_provider_and_nothing_here_connects(lua: Run, tmp_path: Path) -> None:
    with hostile_provider() as provider, hostile_provider() as private:
        source = 'print(Agent.create{ model = "mine/ok" }:execute({ text = "seen", images = { "URL" } }).text)'
        settings = f"providers.mine.base_url={provider.url}"
        done = lua(source.replace("URL", f"http://127.0.0.1:{private.port}/a.png"), "--set", settings)
        assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr
        assert f"http://127.0.0.1:{private.port}/a.png" in str(provider.bodies)
        assert not private.sent


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('{ data = "\\137PNG\\r\\n\\26\\n" .. string.rep("\\0", 21 * 1024 * 1024) }', "more than 20 MB"),
        ('{ base64 = string.rep("AAAA", 7 * 1024 * 1024 + 100) }', "more than 20 MB"),
        ('"data:image/png;base64," .. string.rep("AAAA", 7 * 1024 * 1024 + 100)', "more than 20 MB"),
        (
            'table.unpack((function() local t = {} for i = 1, 101 do t[i] = "own.png" end return t end)())',
            "at most 100",
        ),
    ],
)
def test_s29_what_is_shown_is_bounded(lua: Run, tmp_path: Path, value: str, message: str) -> None:
    (tmp_path / "own.png").write_bytes(PNG)
    done = lua(SHOW.replace("FIELD", "images").replace("VALUE", value))
    assert done.returncode == 1 and message in done.stderr, done.stderr
    small = value.replace("21 * 1024 * 1024", "100").replace("101", "99").replace("7 * 1024 * 1024 + 100", "0")
    assert "more than" not in lua(SHOW.replace("FIELD", "images").replace("VALUE", small)).stderr


@pytest.mark.parametrize(
    "name", ["../outside/private", "/etc/passwd", "link", "../link", "folder/private", "..%2foutside%2fprivate", "."]
)
def test_s29_scripted_models_and_templates_are_files_of_their_folders(llmspell: Run, folder: Path, name: str) -> None:
    (folder.parent / "outside/private.toml").write_text('description = "private"\nturns = ["private"]\n')
    for kind, text in (("scripted", 'turns = ["own"]'), ("agents", 'description = "own"')):
        beside = folder.parent / kind  # beside the project file
        beside.mkdir()
        (beside / "own.toml").write_text(text)
        (beside / "link.toml").symlink_to(folder.parent / "outside/private.toml")

    def run(source: str, *options: str) -> subprocess.CompletedProcess[str]:
        (folder / "script.lua").write_text(source)
        return llmspell("run", *options, "script.lua", cwd=folder)

    for source in (ASK.replace("MODEL", f"scripted/{name}"), MAKE.replace("TEMPLATE", name)):
        done = run(source, "--allow", "read:/")
        assert done.returncode not in (0, 70) and "private" not in done.stdout, done.stdout
    assert run(ASK.replace("MODEL", "scripted/own")).stdout == "own\n"
    assert run(MAKE.replace("TEMPLATE", "own")).stdout == "own\n"
    listed = run("for _, it in ipairs(Agent.list_templates()) do print(it.name, it.description, it.error) end").stdout
    assert "own" in listed and 'private"' not in listed and "description = " not in listed
