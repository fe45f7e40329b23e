import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "scripts" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_file_is_what_the_declarations_say(generate: ModuleType) -> None:
    stale = generate.stale(generate.generated())
    assert not stale, f"run scripts/generate.py: {', '.join(stale)} would change"


def test_a_change_is_noticed(generate: ModuleType) -> None:
    files = generate.generated()
    before = set(generate.stale(files))
    files["docs/reference/errors.md"] += "more"
    files["docs/reference/globals/new.md"] = ""
    del files["docs/reference/globals/tool.md"]
    changed = {"docs/reference/errors.md", "docs/reference/globals/new.md", "docs/reference/globals/tool.md"}
    assert set(generate.stale(files)) == before | changed


def test_the_quick_path_form_imports_nothing_but_itself() -> None:
    code = "import sys; was = set(sys.modules); import llmspell.interface.generated; print({*sys.modules} - was)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert "dataclasses" not in out and "typing" not in out and "msgpack" not in out
