"""What a Lua text says: see `facts`."""

from __future__ import annotations

from llmspell.approval.facts import Facts, Mistake
from llmspell.approval.lua_lexer import LuaSyntaxError
from llmspell.approval.lua_parser import LuaParser


def lua_facts(source: bytes) -> Facts:
    """Read a Lua text. Where it is no Lua, the facts are that mistake alone."""
    text = source.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        facts = LuaParser(text).read()
    except LuaSyntaxError as error:
        return Facts(mistakes=[Mistake(error.line, error.message)])
    for call in facts.calls:
        if call.path == ("require",):
            name = call.args[0] if call.args else None
            if isinstance(name, str):
                facts.modules.setdefault(name, call.line)
            else:
                facts.dynamic.append((call.line, "a module whose name is worked out when it runs"))
        elif call.path in (("load",), ("loadstring",)):
            facts.dynamic.append((call.line, f"code that {call.path[0]} makes when it runs"))
    return facts
