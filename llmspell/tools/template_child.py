"""The program that renders templates: reads requests from stdin, writes answers to stdout, until stdin ends.

Run by path, alone (`python -I -S`): it imports nothing of ours. A frame is a length in four bytes, big endian, then
JSON. Arguments: the folder minijinja is in, the memory limit, the largest output, both in bytes."""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not loaded here
    from typing import Any

FUEL = 1_000_000  # steps of one template
MAX_ERROR_CHARS = 2000
MAX_INTEGER = 2**127 - 1  # of a literal
UNDEFINED_VALUE = "[][0]"
UNDEFINED = "`(...)[0]` is undefined"  # how an error names it
OUT_OF_FUEL = "engine ran out of fuel"  # how an error says that FUEL is used up
DICT_METHODS = tuple(it for it in dir(dict) if not it.startswith("_"))
KEYWORDS = frozenset({"true", "false", "none", "True", "False", "None", "in", "not"})
FUNCTIONS = frozenset({"range", "dict", "namespace", "debug", "cycler", "joiner"})


def main() -> None:
    folder, memory_bytes, max_output_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sys.path.append(folder)
    import minijinja  # late: it is found through the folder

    limit_memory(memory_bytes)
    # Nothing is escaped, whatever a template's file is called: this is for text.
    environment = minijinja.Environment(undefined_behavior="strict", fuel=FUEL, auto_escape_callback=lambda _: False)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(header := stdin.read(4)) == 4:
        request = json.loads(stdin.read(int.from_bytes(header, "big")))
        answer = json.dumps(reply(environment, minijinja.TemplateError, request, max_output_bytes)).encode()
        stdout.write(len(answer).to_bytes(4, "big") + answer)
        stdout.flush()


def limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def reply(
    environment: Any, failure: type[Exception], request: dict[str, Any], max_output_bytes: int
) -> dict[str, object]:
    name, template, variables = request["name"], request["template"], request["variables"]
    scalars = {key: it for key, it in variables.items() if not isinstance(it, dict | list)}
    try:
        text = environment.render_str(beginning(variables) + template, name, **scalars)
    except failure as error:
        first, *excerpt = str(error).splitlines() or [""]
        if first.startswith("undefined value") or UNDEFINED in first:
            missing = missing_names(environment, template, variables) or marked(excerpt)
            if missing:
                return {"missing": missing}
        if OUT_OF_FUEL in first:
            return {"too_long": True}
        return {"error": first[:MAX_ERROR_CHARS]}
    except (RecursionError, MemoryError, ValueError, TypeError, AttributeError) as error:
        return {"error": str(error)[:MAX_ERROR_CHARS]}
    if len(text.encode("utf-8", "surrogatepass")) > max_output_bytes:
        return {"error": f"the result is larger than {max_output_bytes} bytes"}
    return {"text": text}


def beginning(variables: dict[str, Any]) -> str:
    """What stands before the template, on its first line: lists and maps as the template's own literals.

    minijinja would ask a Python object for attributes: `{{ items }}` and `{{ list.append }}` would find its methods,
    with addresses, and call them. So none is handed over, and the names of the context's own methods are undefined."""
    methods = [f"{{% set {it} = {UNDEFINED_VALUE} %}}" for it in DICT_METHODS if it not in variables]
    data = [
        f"{{% set {key} = {literal(it)} %}}"
        for key, it in variables.items()
        if isinstance(it, dict | list) and key.isidentifier() and key not in KEYWORDS
    ]
    return "".join((*methods, *data))


def literal(value: Any) -> str:
    """A value as a template writes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{literal(it)}" for key, it in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(literal, value)) + "]"
    if isinstance(value, int) and abs(value) > MAX_INTEGER or isinstance(value, float) and value - value != 0:
        return json.dumps(str(value))  # has no literal
    return json.dumps(value)


def missing_names(environment: Any, template: str, variables: dict[str, Any]) -> list[str]:
    """The dotted names that the template uses and the variables do not have."""
    missing = []
    for name in sorted(environment.undeclared_variables_in_str(template, nested=True)):
        value: Any = variables
        for index, part in enumerate(name.split(".")):
            if isinstance(value, dict) and part in value:
                value = value[part]
                continue
            # `map.items()` and `text.upper()` are calls that the template language has.
            if (
                not (index and (not isinstance(value, dict) or part in DICT_METHODS))
                and name.split(".")[0] not in FUNCTIONS
            ):
                missing.append(name)
            break
    return missing


def marked(excerpt: list[str]) -> list[str]:
    """The expression that the error's source excerpt underlines: for names that a loop or a set makes."""
    for line, below in zip(excerpt, excerpt[1:], strict=False):
        start, end = below.find("^"), below.rfind("^")
        if " > " in line and start >= 0:
            return [line[start : end + 1]]
    return []


if __name__ == "__main__":
    main()
