import subprocess
import sys
from pathlib import Path

from llmspell.globals.declared import declared_interface
from llmspell.interface.pyi import python_stubs
from llmspell.interface.spec import Interface

SCRIPT = """\
from llmspell_globals import ARGS, JSON, Async, LLMSpellError, Logger, Run, State, Tool

rows: list[str] = [it.name for it in Tool.list(category="utilities")]
result = Tool.execute("calculator", input="1 + 1")
print(result.text, result["result"], ARGS.since, ARGS[0], len(ARGS), Run.id)
mine = Tool.create(name="mine", description="Mine.", execute=lambda params: params, parameters={"x": "string"})
print(mine.execute({"x": "y"}).result, mine.name)
tasks = Async.map(rows, lambda it, i: it, limit=3)
State.set("n", 1, scope="user:1")
Logger.with_(user=1).info("hello", n=2)
print(JSON.stringify(tasks, pretty=True), JSON.null)
try:
    Async.spawn(print, 1).wait()
except LLMSpellError as error:
    print(error.code, error.hint)
"""


def check(folder: Path, stubs: str, script: str) -> str:
    (folder / "llmspell_globals.pyi").write_text(stubs)
    (folder / "script.py").write_text(script)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "script.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_script_type_checks_against_the_stubs(tmp_path: Path) -> None:
    assert "Success" in (out := check(tmp_path, python_stubs(declared_interface()), SCRIPT)), out


def test_a_mistake_in_a_script_is_found(tmp_path: Path) -> None:
    wrong = "from llmspell_globals import State, Tool\nTool.execute(1)\nState.fetch('x')\n"
    out = check(tmp_path, python_stubs(declared_interface()), wrong)
    assert 'expected "str"' in out and 'has no attribute "fetch"' in out


def test_a_method_has_signature_and_documentation(sample: Interface) -> None:
    text = python_stubs(sample)
    assert 'def rows(self, kind: Literal["a", "b"] = ..., limit: int = ...) -> builtins.list[Row]:' in text
    assert "        Args:\n            kind: Which.\n            limit: How many." in text
    assert "    def with_(self, data: bytes | str, ratio: float = ...) -> None:" in text
    assert "    def then(self, fn: Callable[..., Any], *args: Any) -> dict[str, builtins.list[int]]:" in text
    assert "    fetch = get\n    getIt = get" in text


def test_records_are_dicts_with_attributes_and_indexing_finds_objects(sample: Interface) -> None:
    text = python_stubs(sample)
    assert 'class Row(dict[str, Any]):\n    """One row."""\n\n    name: str\n    size: int | None' in text
    assert "def __getitem__(self, name: str, /) -> Thing | None: ..." in text
    assert "Sample: _Sample" in text


def test_the_stubs_of_everything_are_formatted() -> None:
    text = python_stubs(declared_interface())
    command = [sys.executable, "-m", "ruff", "format", "--line-length=120", "--stdin-filename=x.pyi", "-"]
    out = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    assert out == text
