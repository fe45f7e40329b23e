"""The whole interface, from every global's declaration. Loads all of them: for documents, completion and tests; a run
asks for the globals that it uses, one by one."""

from __future__ import annotations

from llmspell.globals import GLOBALS, load_global
from llmspell.interface.declare import interface_of
from llmspell.interface.spec import Interface


def declared_interface() -> Interface:
    """All globals, in the order of the reference."""
    return interface_of(load_global(it) for it in GLOBALS)
