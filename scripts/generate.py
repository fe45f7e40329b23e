"""Write everything that is made from declarations: the binding, the stubs, the reference pages.

Names what it writes. With `--check` it writes nothing, and fails when something has changed."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from llmspell.globals.declared import declared_interface  # noqa: E402 - the checkout, not an installed copy
from llmspell.interface.binding import binding_of  # noqa: E402
from llmspell.interface.literal import literal_module  # noqa: E402


def generated() -> dict[str, str]:
    """Every generated file's text, by its path in the repository."""
    interface = declared_interface()
    return {"llmspell/interface/generated.py": literal_module(binding_of(interface))}


def main() -> int:
    stale = []
    for path, text in generated().items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(path)
            if "--check" not in sys.argv[1:]:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'stale' if '--check' in sys.argv[1:] else 'written'}: {path}")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
