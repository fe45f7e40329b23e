"""Names in a text that nothing stands behind: globals, methods, tools and modules that there are not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llmspell.approval.facts import Facts, Mistake
from llmspell.approval.uses import Uses, tool_name
from llmspell.globals.module_files import module_files
from llmspell.interface.generated import BINDING
from llmspell.suggestions import did_you_mean, nearest
from llmspell.tools import BUILTIN

if TYPE_CHECKING:
    from llmspell.security.profile import Profile

# What Lua scripts find besides our globals, of 5.4 and LuaJIT, under any profile (`engine/lua/environment.lua`).
_LUA = """
    _G _VERSION arg assert bit collectgarbage coroutine debug dofile error getmetatable io ipairs load loadfile
    loadstring math next os package pairs pcall print rawequal rawget rawlen rawset require select setmetatable string
    table tonumber tostring type unpack utf8 xpcall
"""
LUA_NAMES = frozenset(_LUA.split())


def mistakes_of(facts: Facts, uses: Uses, profile: Profile, language: str) -> list[Mistake]:
    """Names that are most likely slips; `sure` where the script cannot run on."""
    has_modules = bool(facts.modules) and language == "lua"  # which may define globals
    found = [_missing(name, line, profile, language, sure=wanted and not has_modules)
             for name, (line, wanted) in facts.names.items()]  # fmt: skip
    found += [_method(*it, uses) for it in facts.fields]
    found += [
        Mistake(
            it.line, f"there is no tool {it.subject}", did_you_mean(it.subject, [*BUILTIN, *uses.own_tools]), sure=False
        )
        for it in uses.needed
        if it.kind == "tool" and it.subject not in BUILTIN and it.subject not in uses.own_tools
    ]
    return [it for it in found if it is not None]


def _missing(name: str, line: int, profile: Profile, language: str, *, sure: bool) -> Mistake | None:
    if name in BINDING:
        if profile.globals is None or name in profile.globals:
            return None
        return Mistake(line, f"profile {profile.name} gives scripts no {name}", "run it under medium, or extend high")
    known = LUA_NAMES if language == "lua" else _python_names()
    if name in known:
        return None
    hint = did_you_mean(name, [*BINDING, *known])
    return Mistake(line, f"nothing defines {name}", hint, sure=sure)


def _python_names() -> frozenset[str]:
    from llmspell.engine.python_errors import CLASSES  # late: of one language only

    return frozenset(("LLMSpellError", *(it.__name__ for it in CLASSES.values())))


def _method(owner: str, name: str, line: int, called: bool, uses: Uses) -> Mistake | None:
    binding: dict[str, Any] = BINDING.get(owner, {})
    methods, aliases = binding.get("methods", {}), binding.get("aliases", {})
    if not methods or name in methods or name in aliases:
        return None
    if owner == "Tool" and (tool_name(name) in BUILTIN or name in uses.own_tools):
        return None
    near = nearest(name, [*methods, *aliases])
    if not called or (binding.get("index") and not near):
        return None  # a field, or the name of a tool, an agent, … that another one has made
    hint = f"did you mean {' or '.join(near)}?" if near else f"its methods are {', '.join(methods)}"
    return Mistake(line, f"{owner} has no method {name}", hint, sure=not binding.get("index"))


def modules_missing(facts: Facts, folders: Sequence[str], language: str, profile: Profile) -> list[Mistake]:
    """Modules that are neither the language's nor there."""
    found = []
    for name, line in facts.modules.items():
        if any(os.path.isfile(it) for it in module_files(folders, name, language)):
            if profile.modules == "none":
                found.append(Mistake(line, f"profile {profile.name} loads no modules of one's own: {name}", sure=False))
            continue
        if language == "python":
            problem = _python_module(name, profile)
            if problem is not None:
                found.append(Mistake(line, *problem, sure=False))
        else:
            looked = ", ".join(module_files(folders[:1], name, language))
            found.append(Mistake(line, f"there is no module {name}", f"looked for {looked}", sure=False))
    return found


def _python_module(name: str, profile: Profile) -> tuple[str, str] | None:
    if profile.python == "plain":
        return None
    from llmspell.engine.python_facades import MINIMAL, PLAIN, WIDE  # late: the tables are long
    from llmspell.engine.python_modules import INSTEAD, SPECIAL

    levels = {"minimal": MINIMAL, "safe": {*PLAIN, *SPECIAL}, "wide": {*PLAIN, *SPECIAL, *WIDE}}
    known = levels[profile.python]
    if name in known or any(it.startswith(f"{name}.") for it in known):
        return None
    top = name.partition(".")[0]
    instead = INSTEAD.get(name) or INSTEAD.get(top)
    return f"there is no module {name} for scripts under profile {profile.name}", instead or did_you_mean(name, known)
