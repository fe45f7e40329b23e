"""Answer a REPL's Tab: what may stand at the end of a line, with its signature and first line of documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmspell.suggestions import nearest

from .signature import lua_name, python_name, signature
from .spec import GlobalSpec, Interface, MethodSpec

_TAIL = re.compile(r"(?:(?P<owner>[A-Za-z_]\w*)(?P<dot>[.:]))?(?P<word>\w*)\Z")
_BEFORE = re.compile(r"[\w.:]\s*\Z")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on. `text` replaces the word that was begun; `start` is where that is."""

    text: str
    start: int
    signature: str
    doc: str


def complete(interface: Interface, text: str, language: str = "lua") -> list[Candidate]:
    """What may follow, by name.

    Args:
        text: The line up to the cursor.
        language: `lua` or `python`: which words its grammar reserves.
    """
    tail = _TAIL.search(text)
    assert tail is not None  # it matches an empty end, too
    start, word = tail.start("word"), tail["word"]
    if tail["owner"] is None:
        if not word or _BEFORE.search(text[: tail.start()]):
            return []
        return [
            Candidate(it.name, start, "", _first_line(it.doc)) for it in interface.globals if it.name.startswith(word)
        ]
    found = interface.find(tail["owner"]) if not _BEFORE.search(text[: tail.start()]) else None
    if found is None:
        return []
    names = dict(_names(found, language, aliases=bool(word)))
    return [
        Candidate(name, start, signature(it), _first_line(it.doc))
        for name, it in sorted(names.items())
        if name.startswith(word)
    ]


def nearest_names(interface: Interface, owner: str, name: str) -> list[str]:
    """The methods of a global that are most like `name`; without such a global, the globals that are like `owner`."""
    found = interface.find(owner)
    if found is None:
        return nearest(owner, (it.name for it in interface.globals))
    return nearest(name, dict(_names(found, "", aliases=True)))


def _names(spec: GlobalSpec, language: str, *, aliases: bool) -> list[tuple[str, MethodSpec]]:
    """Names with their methods. Aliases only where asked for: without a letter typed they would hide the rest."""
    fits = {"lua": lua_name, "python": python_name}.get(language, str)
    names = []
    for method in spec.methods:
        spellings = (method.name, *method.spellings)
        names += [(it, method) for it in (spellings if aliases else [fits(method.name)]) if fits(it) == it]
    return names


def _first_line(doc: str) -> str:
    return " ".join(doc.split("\n\n", 1)[0].split())
