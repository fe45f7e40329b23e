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


def main() -> None:
    folder, memory_bytes, max_output_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sys.path.append(folder)
    import minijinja  # late: it is found through the folder

    limit_memory(memory_bytes)
    environment = minijinja.Environment(undefined_behavior="strict", fuel=FUEL)
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
    template, variables = request["template"], request["variables"]
    try:
        # The name has no suffix that would switch HTML escaping on.
        text = environment.render_str(template, "template", **variables)
    except failure as error:
        first, *excerpt = str(error).splitlines() or [""]
        if first.startswith("undefined value"):
            missing = missing_names(environment, template, variables) or marked(excerpt)
            if missing:
                return {"missing": missing}
        return {"error": first[:MAX_ERROR_CHARS]}
    except (RecursionError, MemoryError, ValueError, TypeError) as error:
        return {"error": str(error)[:MAX_ERROR_CHARS]}
    if len(text.encode("utf-8", "surrogatepass")) > max_output_bytes:
        return {"error": f"the result is larger than {max_output_bytes} bytes"}
    return {"text": text}


def missing_names(environment: Any, template: str, variables: dict[str, Any]) -> list[str]:
    """The dotted names that the template uses and the variables do not have."""
    missing = []
    for name in sorted(environment.undeclared_variables_in_str(template, nested=True)):
        value: Any = variables
        for part in name.split("."):
            if isinstance(value, dict) and part in value:
                value = value[part]
            else:
                if name.split(".")[0] not in ("range", "dict", "namespace", "debug"):
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
