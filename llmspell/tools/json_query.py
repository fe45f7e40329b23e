"""Run a jq program on a JSON text, in a process of its own: jq can loop for ever and cannot be interrupted.

The process has an empty environment, no way to open a file (so no `import` of one either), a limit on memory and
time, and is ended when the call is."""

from __future__ import annotations

import asyncio
import importlib.util
import sys

from llmspell.errors import ToolFailed

MAX_OUTPUT = 32 * 1024 * 1024
TIMEOUT_S = 10
_MEMORY = 1024 * 1024 * 1024

# Runs in the child. The limits are set when the library is loaded: from then on no file can be opened.
_CHILD = f"""
import sys, jq, resource
text = sys.stdin.buffer.read()
size = int.from_bytes(text[:4], "big")
program, text = text[4:4 + size].decode(), text[4 + size:].decode()
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({TIMEOUT_S}, {TIMEOUT_S}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
try:
    # Behind `. |` no import is allowed, which could tell whether a file exists. Numbers keep their digits by tojson.
    jq.compile(". | " + program)
    compiled = jq.compile("(" + program + "\\n) | tojson")
except ValueError as error:
    sys.stdout.write("P" + str(error))
    sys.exit()
try:
    n_left = {MAX_OUTPUT}
    sys.stdout.write("R")
    for line in compiled.input_text(text):
        if not isinstance(line, str):
            raise ValueError("the program has unbalanced parentheses")
        n_left -= len(line) + 1
        if n_left < 0:
            sys.stdout.write("\\nL")
            break
        sys.stdout.write("\\n=" + line)
except ValueError as error:
    sys.stdout.write("\\nE" + str(error))
"""


async def query(program: str, text: str) -> list[str]:
    """The outputs of a jq program, each a JSON text.

    Raises:
        ToolFailed: missing_library, bad_query (also for one that imports), query_failed, query_timeout or too_large.
    """
    if importlib.util.find_spec("jq") is None:
        raise ToolFailed(
            "jq queries need the jq library, which is not installed",
            code="missing_library",
            hint='install it with `pip install "llmspell[jq]"`, or use the operation `get`',
        )
    head = program.encode()
    output = await _run(len(head).to_bytes(4, "big") + head + text.encode())
    kind, body = output[:1], output[1:]
    if kind == "P":
        # The rest of jq's message points into the program as it was wrapped.
        reason = body.partition(" at <top-level>")[0].removeprefix("jq: error: ")
        raise ToolFailed(f"not a jq program: {_brief(reason)}", code="bad_query")
    if kind != "R":
        raise ToolFailed("jq ended without an answer, it used too much memory", code="too_large")
    lines = body.split("\n")[1:]
    if lines and lines[-1][:1] == "L":
        raise ToolFailed(f"the query has more than {MAX_OUTPUT} bytes of output", code="too_large")
    # What jq says of an error may have several lines.
    failed = next((i for i, it in enumerate(lines) if it[:1] == "E"), None)
    if failed is not None:
        raise ToolFailed(f"the query failed: {_brief(' '.join(lines[failed:])[1:])}", code="query_failed")
    return [it[1:] for it in lines]


async def _run(data: bytes) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        _CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONUTF8": "1"},
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, _ = await child.communicate(data)
    except TimeoutError as error:
        raise ToolFailed(f"the query took more than {TIMEOUT_S} seconds", code="query_timeout") from error
    finally:
        # Also when the call was cancelled: the child must not outlive it.
        if child.returncode is None:
            child.kill()
            await asyncio.shield(child.wait())
    # SIGXCPU or SIGKILL by the limit on time.
    if child.returncode in (-24, -9):
        raise ToolFailed(f"the query took more than {TIMEOUT_S} seconds", code="query_timeout")
    return output.decode()


def _brief(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 300 else plain[:299] + "…"
