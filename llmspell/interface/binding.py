"""The small form of the interface that an engine receives: names only, plain data.

    {"Tool": {"methods": {"execute": "host", …}, "aliases": {"invoke": "execute"}, "index": "get",
              "objects": {"ToolObject": {"methods": {…}, "aliases": {…}, "fields": ["name", …]}}}, …}

An object that can be looped over also has "iterate", the method that gives the next value.

What a profile leaves out is not in it, so a script finds nothing rather than a table that refuses. `generated` holds it
for all globals as a literal, so that the quick path needs no declarations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgpack

from .spec import Interface, MethodSpec

Binding = dict[str, Any]  # plain data, as above


def binding_of(interface: Interface) -> Binding:
    """The engine's form of an interface."""
    return {
        it.name: {
            **_methods(it.methods),
            "index": it.index,
            "objects": {
                obj.name: {
                    **_methods(obj.methods),
                    "fields": [field.name for field in obj.fields],
                    **({"iterate": obj.iterate} if obj.iterate else {}),
                }
                for obj in it.objects
                if not obj.record
            },
        }
        for it in interface.globals
    }


def filtered(binding: Mapping[str, Any], names: Collection[str] | None) -> Binding:
    """Only these globals; None means all of them."""
    return {name: it for name, it in binding.items() if names is None or name in names}


def packed(binding: Mapping[str, Any]) -> bytes:
    """The binding as the Start message carries it."""
    data: bytes = msgpack.packb(binding)
    return data


def _methods(methods: tuple[MethodSpec, ...]) -> dict[str, dict[str, str]]:
    return {
        "methods": {it.name: it.place for it in methods},
        "aliases": {alias: it.name for it in methods for alias in it.spellings},
    }
