"""Where the text of a script's own module may be."""

from __future__ import annotations

import os
from collections.abc import Sequence

MAX_MODULE_BYTES = 8 * 1024 * 1024
SUFFIXES = {"lua": (".lua", "/init.lua"), "python": (".py", "/__init__.py")}


def module_files(folders: Sequence[str], name: str, language: str) -> list[str]:
    """The files that a module may be, in the order in which they are looked for."""
    parts = name.split(".")
    return [os.path.join(folder, *parts) + suffix for folder in folders for suffix in SUFFIXES.get(language, ())]
