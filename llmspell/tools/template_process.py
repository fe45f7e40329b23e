"""Render templates in a child process of their own.

A template may be hostile, and minijinja's fuel bounds its steps but not its memory: doubling a string in a loop ends
the process that renders it. So it is not the host that renders: the child has a memory limit, no environment and
nothing but a pipe, gets plain data only, and is started again when it is gone. Blocking; call it from a thread."""

from __future__ import annotations

import importlib.util
import json
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from llmspell.errors import InternalError, LLMSpellError
from llmspell.tools.protocol import Value
from llmspell.tools.template_child import FUEL

MAX_OUTPUT_BYTES = 16 * 1024 * 1024
MEMORY_BYTES = 256 * 1024 * 1024
TIMEOUT_S = 5.0

_PROGRAM = str(Path(__file__).with_name("template_child.py"))


class TemplateError(LLMSpellError):
    code = "template_error"


class TemplateProcess:
    """Starts the child on first use, and again after it has died. One template at a time.

    Args:
        timeout_s: A template that takes longer is ended.
    """

    def __init__(self, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._finalizer: weakref.finalize[[subprocess.Popen[bytes]], TemplateProcess] | None = None

    def render(self, template: str, variables: Mapping[str, Value], name: str = "template") -> str:
        """The template's text with the variables filled in.

        Args:
            variables: Plain data that JSON can hold.
            name: How errors call the template: its file.

        Raises:
            TemplateError: The template is wrong, a variable is missing (`details.missing` names it), or rendering
                takes more time or memory than there is.
        """
        if (reserved := next((it for it in ("self", "loop") if it in variables), "")) != "":
            raise TemplateError(f"a template's variable cannot be called {reserved}", hint="give it another name")
        request = json.dumps({"name": name, "template": template, "variables": variables}).encode()
        with self._lock:
            answer = self._ask(request)
        reply = json.loads(answer)
        if "text" in reply:
            text: str = reply["text"]
            return text
        missing: Sequence[str] = reply.get("missing", ())
        if missing:
            names = ", ".join(missing)
            subject = "the template" if name == "template" else name
            raise TemplateError(
                f"{subject} needs {names}, which {'is' if len(missing) == 1 else 'are'} not given",
                hint=f"pass {missing[0]} in the variables, or write {{{{ {missing[0]} | default('…') }}}}",
                details={"missing": list(missing)},
            )
        if "too_long" in reply:
            subject = "the template" if name == "template" else name
            raise TemplateError(
                f"{subject} is too much work to fill in: it takes more than {FUEL:,} steps",
                hint="is there a loop in it that goes on and on? Let it go over fewer items",
            )
        raise TemplateError(reply["error"])

    def close(self) -> None:
        """End the child. It is started again if needed."""
        with self._lock:
            self._end()

    def _ask(self, request: bytes) -> bytes:
        child = self._child if self._child is not None and self._child.poll() is None else self._start()
        deadline = time.monotonic() + self._timeout_s
        try:
            _send(child, len(request).to_bytes(4, "big") + request, deadline)
            return _receive(child, deadline)
        except TimeoutError:
            self._end()
            raise TemplateError(f"the template was not rendered within {self._timeout_s:g} seconds") from None
        except (EOFError, OSError):
            self._end()
            limit_mb = MEMORY_BYTES // (1024 * 1024)
            raise TemplateError(
                f"rendering the template ended the renderer, most likely for want of memory ({limit_mb} MB)",
                hint="a template must not grow a string in a loop",
            ) from None

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        # Found, not imported: the host does not need it. `-S` keeps the child's start short.
        spec = importlib.util.find_spec("minijinja")
        if spec is None or spec.origin is None:
            raise InternalError("minijinja is not installed", hint="install llmspell again")
        folder = str(Path(spec.origin).parent.parent)
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-E", _PROGRAM, folder, str(MEMORY_BYTES), str(MAX_OUTPUT_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the host
            bufsize=0,
        )
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
        self._child = child
        self._finalizer = weakref.finalize(self, _kill, child)
        return child

    def _end(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._child = self._finalizer = None


def _kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()
    child.wait()


def _send(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    assert child.stdin is not None
    rest = memoryview(data)
    while rest:
        _, writable, _ = select.select([], [child.stdin], [], max(deadline - time.monotonic(), 0))
        if not writable:
            raise TimeoutError
        rest = rest[os.write(child.stdin.fileno(), rest[:65536]) :]


def _receive(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    assert child.stdout is not None
    buffer = bytearray()
    wanted = 4
    while len(buffer) < wanted:
        readable, _, _ = select.select([child.stdout], [], [], max(deadline - time.monotonic(), 0))
        if not readable:
            raise TimeoutError
        chunk = os.read(child.stdout.fileno(), 1 << 20)
        if not chunk:
            raise EOFError
        buffer += chunk
        if len(buffer) >= 4:
            # JSON may write one character of the output as six.
            wanted = min(4 + int.from_bytes(buffer[:4], "big"), 6 * MAX_OUTPUT_BYTES + 1024)
    return bytes(buffer[4:])
