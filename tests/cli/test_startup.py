import subprocess
import sys
from pathlib import Path

import pytest

# What a bare interpreter has, and what the quick path may add to it.
HEAVY = {
    "typer", "click", "asyncio", "json", "re", "typing", "dataclasses", "pathlib", "logging", "argparse", "subprocess",
    "sqlite3", "tomllib", "rich", "importlib.metadata", "lupa", "RestrictedPython", "msgpack", "difflib", "enum",
    "inspect", "socket", "functools", "collections",
}  # fmt: skip

PROGRAM = """
import os, sys
before = set(sys.modules)
sys.argv = {argv!r}
def leave(code, leave=os._exit):
    os.write(2, "\\n".join(sorted(set(sys.modules) - before)).encode())
    leave(code)
os._exit = leave  # the quick path ends that way
from llmspell.__main__ import main
leave(main())
"""


def modules_after(argv: list[str], cwd: object = None) -> tuple[str, set[str]]:
    """stdout, and the modules that the program added to a bare interpreter's."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(argv=["llmspell", *argv])],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, set(done.stderr.split("\n"))


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(flag: str) -> None:
    said, modules = modules_after([flag])
    assert "llmspell" in said
    assert not modules & HEAVY
    assert {it for it in modules if not it.startswith("llmspell")} <= {"__future__"}


# What may be there beyond a bare interpreter when a script has run without calling the host. msgpack brings datetime,
# and reads it at import; anything else that appears here has a price: performance.md says which.
ALLOWED = {
    "__future__", "_collections", "_datetime", "_functools", "_operator", "_socket", "_struct", "_types",
    "collections", "cython_runtime", "datetime", "functools", "itertools", "keyword", "math", "msgpack",
    "msgpack._cmsgpack", "msgpack.exceptions", "msgpack.ext", "operator", "reprlib", "select", "struct", "types",
    "unicodedata",
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_a_script_that_only_prints_costs_the_host_no_heavy_module(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"hello.{suffix}").write_text("print('hello')")
    said, modules = modules_after([f"hello.{suffix}"], cwd=tmp_path)
    assert said == "hello\n"
    foreign = {it for it in modules if not it.startswith("llmspell")}
    assert {it for it in foreign if not it.startswith("_cython_")} <= ALLOWED
    assert not {it for it in modules if it.startswith(("llmspell.engine", "llmspell.worker", "llmspell.bridge"))}


def test_the_script_module_and_the_option_table_import_nothing_heavy() -> None:
    program = (
        "import sys; import llmspell.cli.options, llmspell.runtime.script, llmspell.cli.output; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={})
    assert not set(done.stdout.split()) & HEAVY


def test_importing_the_package_imports_nothing_and_its_names_come_when_used() -> None:
    program = (
        "import sys, llmspell; print(*sys.modules); assert llmspell.LLMSpellError; assert 'Script' in dir(llmspell)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={})
    assert not set(done.stdout.split()) & HEAVY


def test_every_public_name_exists_and_another_does_not() -> None:
    import llmspell

    for name in llmspell.__all__:
        assert getattr(llmspell, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = llmspell.Nonsense  # type: ignore[attr-defined]
