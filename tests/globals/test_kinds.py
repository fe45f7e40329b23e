"""Which methods a resumed run does again, and which it answers from the record: every one of them is in `kinds.txt`.

A method that is missing there fails the test: decide what a resumed run is to do about it, and write it down."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import llmspell.globals
from llmspell.interface.declare import method_table
from llmspell.interface.spec import MethodSpec

LINES = [it.split() for it in Path(__file__).with_name("kinds.txt").read_text().splitlines() if it[:1] not in ("", "#")]
TABLE = {name: kind for kind, name in LINES}


def _declared() -> dict[str, MethodSpec]:
    found = {}
    for module in pkgutil.iter_modules(llmspell.globals.__path__):
        loaded = importlib.import_module(f"llmspell.globals.{module.name}")
        for cls in vars(loaded).values():
            if inspect.isclass(cls) and "__script_methods__" in vars(cls):
                found.update({f"{cls.__name__}.{it.name}": it for it, _ in method_table(cls).values()})
    return {name: it for name, it in found.items() if it.place == "host"}


def test_every_method_has_been_thought_about():
    for name, it in _declared().items():
        kind = "local" if not it.recorded else "again" if it.again else "answered"
        assert (name, kind) == (name, TABLE.get(name) or TABLE.get(f"{name.partition('.')[0]}.*"))


def test_the_table_has_none_that_there_are_not():
    assert {it for it in TABLE if not it.endswith(".*")} <= _declared().keys()


def test_what_is_done_again_is_recorded_and_says_no_more():
    """A repetition is what it is for: to be called idempotent beside would mean nothing."""
    assert [name for name, it in _declared().items() if it.again and (it.idempotent or not it.recorded)] == []
