"""Write everything that is made from declarations: the binding, the stubs, the reference pages.

Names what it writes. With `--check` it writes nothing, and fails when something has changed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from llmspell.config.reference import settings_page  # noqa: E402 - the checkout's package, not an installed one
from llmspell.errors import error_classes  # noqa: E402
from llmspell.globals.declared import declared_interface  # noqa: E402
from llmspell.interface.binding import binding_of  # noqa: E402
from llmspell.interface.literal import literal_module  # noqa: E402
from llmspell.interface.luals import lua_stubs  # noqa: E402
from llmspell.interface.markdown import global_pages  # noqa: E402
from llmspell.interface.pages import error_page, template_pages, tool_pages  # noqa: E402
from llmspell.interface.pyi import python_stubs  # noqa: E402
from llmspell.templates.built_in import NAMES, load  # noqa: E402
from llmspell.templates.registry import info_of  # noqa: E402
from llmspell.tools.registry import ToolRegistry  # noqa: E402

# Folders that hold nothing else: a page whose subject is gone goes too.
OWNED = ("docs/reference/globals", "docs/reference/templates", "docs/reference/tools")


def generated() -> dict[str, str]:
    """Every generated file's text, by its path in the repository."""
    interface = declared_interface()
    registry = ToolRegistry()
    tools = [registry.describe(it) for it in registry.names()]
    # Other packages may add error classes (`template_error`); only the tree itself is promised.
    errors = [it for it in error_classes() if it.__module__ == "llmspell.errors"]
    return {
        "llmspell/interface/generated.py": literal_module(binding_of(interface)),
        "llmspell/interface/stubs/llmspell.lua": lua_stubs(interface),
        "llmspell/interface/stubs/llmspell_globals.pyi": python_stubs(interface),
        "docs/reference/errors.md": error_page(errors),
        "docs/reference/settings.md": settings_page(),
        **_in("docs/reference/globals", global_pages(interface)),
        **_in("docs/reference/templates", template_pages([info_of(load(it)) for it in NAMES])),
        **_in("docs/reference/tools", tool_pages(tools)),
    }


def stale(files: Mapping[str, str]) -> list[str]:
    """Paths whose file is missing, differs, or should not be there any more."""
    differing = [path for path, text in files.items() if _read(ROOT / path) != text]
    present = {str(it.relative_to(ROOT)) for folder in OWNED for it in (ROOT / folder).glob("*.md")}
    return differing + sorted(present - files.keys())


def main() -> int:
    files = generated()
    paths = stale(files)
    check = "--check" in sys.argv[1:]
    for path in paths:
        print(f"{'stale' if check else 'written' if path in files else 'removed'}: {path}")
        if check:
            continue
        file = ROOT / path
        if path in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(files[path], encoding="utf-8")
        else:
            file.unlink()
    return 1 if paths and check else 0


def _in(folder: str, pages: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in pages.items()}


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    sys.exit(main())
