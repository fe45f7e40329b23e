"""Read a Google-style docstring once: its summary, and what it says of arguments, result and errors.

Only the sections that the API's docstrings use; any other heading is part of the text."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(r"(Args|Attributes|Returns|Raises):\s*")
_ITEM = re.compile(r"\*?(?P<name>[A-Za-z_]\w*)\s*:\s*(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """What a docstring says. `text` is the summary and the paragraphs after it, without the sections."""

    text: str = ""
    args: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    raises: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first paragraph on one line."""
        return " ".join(self.text.split("\n\n", 1)[0].split())


def parse_docstring(text: str | None) -> Docstring:
    """The parts of a docstring. An absent one is an empty Docstring."""
    if not text:
        return Docstring()
    body: list[str] = []
    sections: dict[str, list[str]] = {}
    current = body
    for line in inspect.cleandoc(text).splitlines():
        heading = _SECTION.fullmatch(line)
        if heading:
            current = sections.setdefault(heading[1], [])
        elif line and not line[0].isspace() and current is not body:
            current = body  # text at the margin ends a section
            current.append(line)
        else:
            current.append(line)
    return Docstring(
        text="\n".join(body).strip(),
        args=_items(sections.get("Args", [])),
        attributes=_items(sections.get("Attributes", [])),
        returns=" ".join(" ".join(sections.get("Returns", [])).split()),
        raises=_items(sections.get("Raises", [])),
    )


def _items(lines: list[str]) -> dict[str, str]:
    """`name: text` pairs; lines that are indented deeper continue the item above them."""
    found: dict[str, str] = {}
    indent = min((len(it) - len(it.lstrip()) for it in lines if it.strip()), default=0)
    name = ""
    for line in lines:
        item = _ITEM.fullmatch(line[indent:]) if line[:indent].isspace() else None
        if item:
            name = item["name"]
            found[name] = item["text"]
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
