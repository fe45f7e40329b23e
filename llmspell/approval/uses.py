"""From what a text says to the permissions that it will need, as far as its words can tell.

Sees tools, models, files, hosts and variables that are written out. What is worked out when the script runs is listed
as such, and never taken for granted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from llmspell.approval.facts import Call, Facts, Literal
from llmspell.tools import ALIASES, BUILTIN

_HOLDERS = ("Agent", "Workflow", "Template", "LocalLLM", "")  # whose calls may name a model or tools
_MAKERS = ("create", "register", "new", "react", "reflect")
_PATHS = {"file-search": "read"}
_OPERATIONS: dict[str, tuple[tuple[str, str], ...]] = {  # of file-operations: parameter and kind
    "write": (("path", "write"),), "append": (("path", "write"),), "delete": (("path", "write"),),
    "create_dir": (("path", "write"),), "copy": (("path", "read"), ("to", "write")),
    "move": (("path", "read"), ("path", "write"), ("to", "write")),
}  # fmt: skip
_ENVIRONMENT = (("os", "getenv"), ("os", "environ", "get"), ("os", "environ", "[]"))
_OPENERS = {("io", "open"): 1, ("open",): 1, ("io", "lines"): 0, ("dofile",): 0, ("loadfile",): 0}


@dataclass(frozen=True, slots=True)
class Use:
    """Something that a permission is needed for. An empty model is the one that the settings name."""

    kind: str
    subject: str
    line: int


@dataclass(slots=True)
class Uses:
    """What one text uses.

    Attributes:
        dynamic: What could not be told, in words, with a line.
        own_tools: Tools that the script makes itself.
    """

    needed: list[Use] = field(default_factory=list)
    dynamic: list[tuple[int, str]] = field(default_factory=list)
    own_tools: set[str] = field(default_factory=set)

    def need(self, kind: str, value: Literal, line: int, what: str) -> None:
        """Note a use; a value that is not written out is one that could not be told."""
        if isinstance(value, str):
            if value:
                self.needed.append(Use(kind, value, line))
        else:
            self.dynamic.append((line, f"{what} that is worked out when it runs"))


def uses_of(facts: Facts) -> Uses:
    """Everything that can be seen."""
    uses = Uses(dynamic=list(facts.dynamic))
    for call in facts.calls:
        _tool(call, uses)
        _model(call, uses)
        _file(call, uses)
        if call.path in _ENVIRONMENT and call.args:
            uses.need("env", call.args[0], call.line, "a variable")
    for owner, name, line, _ in facts.fields:
        if owner == "Tool" and tool_name(name) in BUILTIN:
            uses.need("tool", tool_name(name), line, "a tool")
    uses.needed = list(dict.fromkeys(uses.needed))
    return uses


def tool_name(name: str) -> str:
    """The name that a tool which comes along is known by."""
    plain = name.replace("_", "-")
    return ALIASES.get(plain, plain if plain in BUILTIN else name)


def _tool(call: Call, uses: Uses) -> None:
    owner, method = call.path[0], call.path[-1]
    if call.path[:1] == ("Tool",) and len(call.path) == 2 and method in ("create", "register", "define"):
        name = call.named.get("name", call.args[0] if call.args else None)
        if isinstance(name, str):
            uses.own_tools.add(name)
        return
    if owner == "Tool" and len(call.path) == 2 and method in ("execute", "invoke", "get"):
        name = call.args[0] if call.args else call.named.get("name")
        uses.need("tool", tool_name(name) if isinstance(name, str) else name, call.line, "a tool")
        if isinstance(name, str):
            _params(tool_name(name), call, uses)
    elif owner == "Tool" and len(call.path) == 3 and tool_name(call.path[1]) in BUILTIN:
        _params(tool_name(call.path[1]), call, uses)
    elif owner == "" and method in ("invoke_tool", "invokeTool", "tool") and call.args:
        if isinstance(call.args[0], str):
            uses.need("tool", tool_name(call.args[0]), call.line, "a tool")
    elif owner in _HOLDERS:
        tools = call.args[0] if method == "tools" and owner == "" and call.args else call.named.get("tools", {})
        for it in _items(tools):
            uses.need("tool", tool_name(it), call.line, "a tool")
        for step in _tables(call.named.get("steps")):
            if isinstance(step.get("tool"), str):
                uses.need("tool", tool_name(str(step["tool"])), call.line, "a tool")


def _params(tool: str, call: Call, uses: Uses) -> None:
    """The files and hosts that a tool is asked to touch."""
    if tool == "file-operations":
        operation = call.named.get("operation")
        if isinstance(operation, str):
            for name, kind in _OPERATIONS.get(operation, (("path", "read"),)):
                if name in call.named:
                    uses.need(kind, call.named[name], call.line, "a file")
        else:
            uses.dynamic.append((call.line, "what file-operations is asked to do"))
    elif tool in _PATHS and "path" in call.named:
        uses.need(_PATHS[tool], call.named["path"], call.line, "a file")
    url = call.named.get("url")
    if tool != "url-analyzer" and url is not None:
        host = host_of(url) if isinstance(url, str) else url
        if host:
            uses.need("net", host, call.line, "a host")


def host_of(url: str) -> str:
    """`example.com:443` for an address of the web; empty for any other text."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname and port else ""


def _model(call: Call, uses: Uses) -> None:
    owner, method = call.path[0], call.path[-1]
    if owner == "" and method == "model" and call.args:
        uses.need("model", call.args[0], call.line, "a model")
    elif owner in _HOLDERS and "model" in call.named:
        uses.need("model", call.named["model"], call.line, "a model")
    elif owner == "Agent" and method in _MAKERS and call.named and not {"provider", "agents", "agent"} & {*call.named}:
        uses.needed.append(Use("model", "", call.line))


def _file(call: Call, uses: Uses) -> None:
    if call.path not in _OPENERS or not call.args:
        return
    mode = call.args[1] if len(call.args) > 1 and _OPENERS[call.path] else call.named.get("mode", "r")
    if not isinstance(mode, str):
        uses.dynamic.append((call.line, "whether a file is read or written"))
        return
    if "r" in mode or "+" in mode or not re.search("[wax]", mode):
        uses.need("read", call.args[0], call.line, "a file")
    if re.search("[wax+]", mode):
        uses.need("write", call.args[0], call.line, "a file")


def _items(value: Literal) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (it for key, it in value.items() if isinstance(key, int) and isinstance(it, str))


def _tables(value: Literal) -> Iterator[dict[object, Literal]]:
    if isinstance(value, dict):
        yield from (it for it in value.values() if isinstance(it, dict))
