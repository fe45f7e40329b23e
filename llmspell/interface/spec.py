"""The script-visible API as frozen data: globals, their objects, methods and parameters.

Made from annotated classes by `declare`; everything that talks about the API (argument checks, bindings, completion,
stubs, reference pages) reads this and nothing else."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import Literal

# Words that a method can be named after (`logger.with`), but that the language's grammar keeps for itself.
RESERVED_LUA = frozenset(
    ("and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil")
    + ("not", "or", "repeat", "return", "then", "true", "until", "while")
)
RESERVED_PYTHON = frozenset(keyword.kwlist)

# Where a method runs. "worker": the engine implements it itself, nothing crosses the wire (JSON, Async, …).
Place = Literal["host", "worker"]


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """A script-visible type.

    kind: any | nil | boolean | integer | number | string | bytes | list | map | function | object | union | enum
    """

    kind: str
    item: TypeSpec | None = None  # list: its items; map: its values
    options: tuple[TypeSpec, ...] = ()  # union
    name: str = ""  # object: the class; function: its signature in words
    choices: tuple[str, ...] = ()  # enum


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One parameter. `fields`: a table of fields; keyword arguments that name no other parameter go into it."""

    name: str
    type: TypeSpec
    required: bool
    default: object = None
    doc: str = ""
    fields: bool = False
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One method. `needs`: the permission kind that the profile must grant, or empty; `aliases`: other spellings."""

    name: str
    doc: str
    params: tuple[ParamSpec, ...]
    returns: TypeSpec
    returns_doc: str = ""
    raises: tuple[tuple[str, str], ...] = ()  # (error class, when)
    place: Place = "host"
    needs: str = ""
    aliases: tuple[str, ...] = ()
    idempotent: bool = False
    recorded: bool = True  # False: reads nothing and changes nothing outside the run, so the journal skips it
    again: bool = False  # done again around what is recorded of it when a run is resumed
    table: bool = False  # may be called with one table of fields instead: Tool.create{name = …, execute = …}

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every other name. One that a language reserves is also there with an underscore: `with_`."""
        plain = f"{self.name}_"
        reserved = self.name in RESERVED_LUA or self.name in RESERVED_PYTHON
        return (*self.aliases, plain) if reserved and plain not in self.aliases else self.aliases


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """A class of objects that a script may hold: Tool objects, loggers with fields, tasks, …

    A `record` has no methods and is no handle: it is a plain map with known keys, here for documentation and stubs."""

    name: str
    doc: str
    methods: tuple[MethodSpec, ...]
    fields: tuple[ParamSpec, ...] = ()  # plain values that travel with the handle, read as attributes
    record: bool = False
    iterate: str = ""  # the method that a loop over the object calls until it answers nil; empty: it is no iterator


@dataclass(frozen=True, slots=True)
class GlobalSpec:
    """A named table of methods. `index`: a method that `Global[name]` stands for (Tool["calculator"]), or empty."""

    name: str
    doc: str
    methods: tuple[MethodSpec, ...]
    objects: tuple[ObjectSpec, ...] = ()
    index: str = ""
    constants: tuple[ParamSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """All globals, by name, in the order of the reference."""

    globals: tuple[GlobalSpec, ...]

    def find(self, name: str) -> GlobalSpec | None:
        """The global of this name."""
        return next((it for it in self.globals if it.name == name), None)
