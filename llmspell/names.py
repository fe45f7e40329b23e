"""The names of tools, agents, workflows, templates: how two are compared, and how one becomes part of an id."""

from __future__ import annotations

import re


def name_key(name: str) -> str:
    """What names are compared by: a hyphen and an underscore are the same, and so are upper and lower case."""
    return name.strip().casefold().replace("_", "-")


def id_of(name: str, number: int, *, otherwise: str) -> str:
    """An id that shows whose it is: `my-agent-3`.

    Args:
        otherwise: What stands for a name without a letter or digit of ASCII's.
    """
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-').lower() or otherwise}-{number}"
