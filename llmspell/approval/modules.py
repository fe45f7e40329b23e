"""The modules of its own that a script names, and the hash of each: they run with what the script was approved for, so
an approval is one of them as well.

Only names that are written out can be seen. While something is granted by an approved header, a module that was not
seen is not loaded (`globals.engine_requests`), so that no approval covers a text that nobody could have looked at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256

from llmspell.globals.module_files import MAX_MODULE_BYTES, module_files

MAX_MODULES = 1000
_WORDS = {"lua": b"require", "python": b"import"}  # without it there are none


def modules_of(source: bytes, language: str, folders: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of each module's text by its real path, with the modules that modules name.

    Args:
        folders: Where modules are looked for, the script's own first.
    """
    found: dict[str, str] = {}
    if _WORDS[language] not in source:
        return found
    from llmspell.approval.facts import facts_of  # late: most scripts have no modules

    pending = [source]
    while pending:
        facts = facts_of(pending.pop(), language)
        names = {it for name in (*facts.modules, *facts.perhaps) for it in _with_packages(name, language)}
        for name in sorted(names):
            path = next((it for it in module_files(folders, name, language) if os.path.isfile(it)), "")
            real = os.path.realpath(path) if path else ""
            if not real or real in found or len(found) >= MAX_MODULES:
                continue
            text = _read(real)
            if text is not None:
                found[real] = sha256(text).hexdigest()
                pending.append(text)
    return found


def _with_packages(name: str, language: str) -> list[str]:
    """The name, and in Python the packages that it is in: their `__init__` runs as well."""
    if language != "python":
        return [name]
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_MODULE_BYTES + 1)
    except OSError:
        return None  # nor can the run
    return text if len(text) <= MAX_MODULE_BYTES else None
