"""`ARGS`: declared here, filled by each engine from the command line."""

from __future__ import annotations

from typing import Protocol

from llmspell.interface.declare import script_global


@script_global("ARGS")
class ArgsGlobal(Protocol):
    """The script's command line: what follows its file name.

    By position: `ARGS[1]` (Lua, also `ARGS["1"]`) or `ARGS[0]` (Python, also `ARGS["1"]`) is the first argument that is
    no option. By name: `--name value` and `--name=value` are `ARGS.name`, a bare `--flag` is the
    string `"true"`. A hyphen in a name is an underscore: `--dry-run` is `ARGS.dry_run`, and `ARGS["dry-run"]` too.
    After `--` everything is by position. What was not given is nil in Lua. In Python `ARGS.name`, `ARGS.get("name")`
    and `ARGS.get(0)` are None then, `ARGS["name"]` is a KeyError and `ARGS[0]` an IndexError.

    The same as it was typed, options among the rest: `arg[1]`, `arg[2]` … (Lua) or `sys.argv[1:]` (Python).
    """
