"""`llmspell eval [OPTIONS] CODE [ARGS…]`: one expression or chunk, once or for each line of stdin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.cli.execution import execute, set_style
from llmspell.cli.options import help_of, parse
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings

HELP = """\
Evaluate one expression or chunk, and print its value.

Usage: llmspell eval [OPTIONS] CODE [ARGS...]

CODE is Lua unless -l, --engine or the setting run.language says otherwise; - reads it from stdin. Text prints as it is,
nil and None print nothing, tables print as JSON. With -n or -p CODE runs once for each line of stdin, which it finds in
`line`.

Options:
{options}

Examples:
  llmspell eval '6 * 7'
  llmspell eval -l py 'sorted({{"b": 1, "a": 2}})'
  cat urls.txt | llmspell eval -n -l py 'print(Tool.execute("url-analyzer", input=line).result["host"])'
"""


def run(argv: Sequence[str]) -> int:
    """The command. Returns the exit code."""
    parsed = parse("eval", argv)
    set_style(parsed)
    if parsed.flag("help"):
        output.result(HELP.format(options=help_of("eval")))
        return 0
    if parsed.subject is None:
        raise UsageError("eval needs CODE", hint="llmspell eval [OPTIONS] CODE; - reads it from stdin")
    mode = "each_print" if parsed.flag("print") else "each" if parsed.flag("each") else "eval"
    if parsed.subject == "-" and mode != "eval":
        raise UsageError("-n and -p read lines from stdin, so CODE cannot come from there", hint="give CODE as text")
    from llmspell.runtime.script import Script, detect, from_source

    code = _code(parsed.subject)

    def find(settings: Settings) -> Script:
        language, engine = parsed.text("language"), parsed.text("engine")
        if language is None and engine is None:
            language = str(settings.get("run.language"))
        lua_engine = str(settings.get("engine.lua"))
        if code == "-":
            return detect("-", language=language, engine=engine, lua_engine=lua_engine)
        source = code.encode("utf-8", "surrogateescape")
        return from_source(source, "eval", language=language, engine=engine, lua_engine=lua_engine)

    return execute(parsed, find, mode)


def _code(subject: str) -> str:
    # A word that names a file is most likely one: `llmspell eval report.lua`.
    if subject.endswith((".lua", ".py")) and os.path.isfile(subject):
        raise UsageError(f"{subject} is a file, eval takes code", hint=f"llmspell run {subject}")
    return subject
