"""What can be seen in a script's text without running it, in one form for both languages.

A value that is not written out literally is `UNKNOWN`: nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_CHECKED_BYTES = 4 * 1024 * 1024  # a script that people wrote, or a model, is smaller


class Unknown:
    """A value that only a run can tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
# A literal of either language: text, numbers, true, false, nil, tables by their keys (1, 2, … for lists) or UNKNOWN.
Literal = object


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        path: What is called, from a global on: ("Tool", "execute"). The first is empty where it is called on something
            that was worked out: ("", "model") for `Agent.builder():model("x")`.
        args: The positional ones.
        named: Keyword arguments; in Lua the fields of a table that is the last argument.
    """

    path: tuple[str, ...]
    args: tuple[Literal, ...]
    named: dict[str, Literal]
    line: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that cannot run, or most likely not as it is meant."""

    line: int
    text: str
    hint: str = ""
    sure: bool = True


@dataclass(slots=True)
class Facts:
    """What one text says.

    Attributes:
        calls: In the order of the text.
        fields: Global, name of the field, line, and whether it is called there.
        names: Names that nothing in the text defines, with the first line of each, and whether more than its value is
            wanted there (it is called, or indexed).
        modules: Modules that are named literally, with a line.
        perhaps: Names in modules, as `lib.m` for `from lib import m`, that may be modules.
        dynamic: What could not be told, in words, with a line.
        mistakes: Of the syntax.
    """

    calls: list[Call] = field(default_factory=list)
    fields: list[tuple[str, str, int, bool]] = field(default_factory=list)
    names: dict[str, tuple[int, bool]] = field(default_factory=dict)
    modules: dict[str, int] = field(default_factory=dict)
    perhaps: dict[str, int] = field(default_factory=dict)
    dynamic: list[tuple[int, str]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def facts_of(source: bytes, language: str) -> Facts:
    """Read a script's text."""
    if len(source) > MAX_CHECKED_BYTES:
        too_large = f"is larger than {MAX_CHECKED_BYTES >> 20} MiB, so only running it can tell"
        return Facts(mistakes=[Mistake(1, too_large)])
    if language == "python":
        from llmspell.approval.python_facts import python_facts  # late: one of the two is needed

        return python_facts(source)
    from llmspell.approval.lua_facts import lua_facts

    return lua_facts(source)
