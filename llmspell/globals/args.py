"""`ARGS`: declared here, filled by each engine from the command line."""

from __future__ import annotations

from typing import Protocol

from llmspell.interface.declare import script_global


@script_global("ARGS")
class ArgsGlobal(Protocol):
    """The script's command line: what follows its file name.

    By position: `ARGS[1]` (Lua, also `ARGS["1"]`, and `arg[1]`) or `ARGS[0]` (Python, also `ARGS["1"]`) is the first
    argument that is no option. By name: `--name value` and `--name=value` are `ARGS.name`, a bare `--flag` is the
    string `"true"`. A hyphen in a name is an underscore: `--dry-run` is `ARGS.dry_run`, and `ARGS["dry-run"]` too.
    After `--` everything is by position. A name that was not given is nil (Lua) or None (Python).
    """
