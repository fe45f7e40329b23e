"""Types and signatures as each language writes them. Used by every reader, so that they all say the same."""

from __future__ import annotations

import json

from .spec import RESERVED_LUA, RESERVED_PYTHON, MethodSpec, ParamSpec, TypeSpec

MAX_SHOWN = 8  # parameters in a heading; of more only the first ones are named
MAX_NAMED = 4

_LUA = {
    "any": "any",
    "nil": "nil",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "string": "string",
    "bytes": "string",
    "function": "fun(...): any",
}
_PYTHON = {
    "any": "Any",
    "nil": "None",
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "string": "str",
    "bytes": "bytes",
    "function": "Callable[..., Any]",
}


def lua_type(spec: TypeSpec) -> str:
    """As in LuaLS annotations."""
    match spec.kind:
        case "list":
            item = lua_type(spec.item) if spec.item else "any"
            return f"({item})[]" if "|" in item or item.startswith("fun") else f"{item}[]"
        case "map":
            return f"table<string, {lua_type(spec.item) if spec.item else 'any'}>"
        case "object":
            return spec.name
        case "enum":
            return "|".join(f'"{it}"' for it in spec.choices)
        case "union":
            return "|".join(dict.fromkeys(lua_type(it) for it in spec.options))
        case kind:
            return _LUA[kind]


def python_type(spec: TypeSpec) -> str:
    """As in stubs. `list` is spelled out, since a global may have a method of that name."""
    match spec.kind:
        case "list":
            return f"builtins.list[{python_type(spec.item) if spec.item else 'Any'}]"
        case "map":
            return f"dict[str, {python_type(spec.item) if spec.item else 'Any'}]"
        case "object":
            return spec.name
        case "enum":
            return f"Literal[{', '.join(json.dumps(it) for it in spec.choices)}]"
        case "union":
            return " | ".join(dict.fromkeys(python_type(it) for it in spec.options))
        case kind:
            return _PYTHON[kind]


def type_in_words(spec: TypeSpec) -> str:
    """For people who know either language: `string`, `list of string`, `table of any`, `string or nil`."""
    match spec.kind:
        case "list":
            return f"list of {type_in_words(spec.item)}" if spec.item else "list"
        case "map":
            return "table" if spec.item is None or spec.item.kind == "any" else f"table of {type_in_words(spec.item)}"
        case "object":
            return spec.name
        case "enum":
            return ", ".join(f'"{it}"' for it in spec.choices)
        case "union":
            return " or ".join(type_in_words(it) for it in spec.options)
        case "function":
            return f"function ({spec.name})" if spec.name else "function"
        case "bytes":
            return "string (any bytes)"
        case kind:
            return kind


def without_nil(spec: TypeSpec) -> TypeSpec:
    """The type of an optional parameter when it is given."""
    rest = tuple(it for it in spec.options if it.kind != "nil")
    if spec.kind != "union" or len(rest) == len(spec.options):
        return spec
    return rest[0] if len(rest) == 1 else TypeSpec("union", options=rest)


def lua_name(name: str) -> str:
    """The name as Lua's grammar takes it."""
    return f"{name}_" if name in RESERVED_LUA else name


def python_name(name: str) -> str:
    """The name as Python's grammar takes it."""
    return f"{name}_" if name in RESERVED_PYTHON else name


def signature(method: MethodSpec) -> str:
    """`(name, params?)`, with `…` for any number of arguments, and for what nobody would read in one line."""
    shown = [_shown(it) for it in method.params]
    return f"({', '.join(shown if len(shown) <= MAX_SHOWN else [*shown[:MAX_NAMED], '…'])})"


def by_function(method: MethodSpec) -> tuple[ParamSpec, TypeSpec, TypeSpec] | None:
    """For a method that gives one thing without its function and another one with it: the function's parameter, and
    both, in the order in which its returned union names them. None for all other methods."""
    functions = [it for it in method.params if not it.required and without_nil(it.type).kind == "function"]
    both = method.returns.options
    if len(functions) != 1 or len(both) != 2 or any(it.kind != "object" for it in both):
        return None
    return functions[0], both[0], both[1]


def default_in_words(param: ParamSpec) -> str:
    """What is taken when nothing is given; empty where that is nil."""
    if param.default is None:
        return ""
    return json.dumps(param.default, ensure_ascii=False)


def _shown(param: ParamSpec) -> str:
    if param.variadic:
        return "…"
    return param.name if param.required else f"{param.name}?"
