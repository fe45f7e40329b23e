"""The shape of the package: short files that say what they are, one place that speaks, names that exist."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import llmspell

PACKAGE = Path(llmspell.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
GENERATED = {"interface/generated.py"}
MAX_LINES = 400
VAGUE = {"utils", "helpers", "common", "base", "manager", "misc", "core"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_begins_by_saying_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{name_of(path)} has no docstring"
    assert docstring.splitlines()[0].rstrip().endswith((".", ":", ",", ";")) or len(docstring.splitlines()) > 1


@pytest.mark.parametrize("path", [*MODULES, *sorted(PACKAGE.rglob("*.lua"))], ids=name_of)
def test_a_module_is_short_enough_to_be_read(path: Path) -> None:
    name = name_of(path)
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    if name in GENERATED or "stubs/" in name:
        return
    # A file that grows past the bound is a file with two ideas.
    assert n_lines <= MAX_LINES, f"{name} has {n_lines} lines"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name_of(it) for it in MODULES if it.stem in VAGUE or it.parent.name in VAGUE] == []


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        if path.is_relative_to(PACKAGE / "cli"):
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "print(" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{name_of(path)}:{node.lineno} prints"


def test_every_public_name_can_be_imported() -> None:
    for name in llmspell.__all__:
        assert getattr(llmspell, name) is not None
    assert set(dir(llmspell)) == set(llmspell.__all__)
    assert len(llmspell.__all__) <= 20


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = llmspell.Nonsense  # type: ignore[attr-defined]


def test_importing_the_package_imports_no_part_of_it() -> None:
    code = "import sys, llmspell; print(*(it for it in sys.modules if it.startswith('llmspell.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["llmspell.version"]


def test_the_version_is_the_same_everywhere() -> None:
    import tomllib
    from importlib.metadata import version

    text = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == llmspell.__version__ == version("llmspell")
