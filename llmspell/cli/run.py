"""`llmspell run [OPTIONS] FILE [ARGS…]`, also without the word `run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.cli.execution import execute, set_style
from llmspell.cli.options import Parsed, help_of, parse
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.runtime.script import Script

HELP = """\
Run a Lua or Python script in a confined process.

Usage: llmspell run [OPTIONS] FILE [ARGS...]

FILE is a script, or - for one on stdin. Everything after FILE belongs to the script, but --record, --replay and
--modify where no -- stands before them.

Options:
{options}

The script's own exit code is the command's. An uncaught error is 1, a usage mistake 2, no such script 66,
a permission that is missing 77, a wrong setting or a missing sandbox 78, a budget that is used up 79, the time limit
124, memory 137, Ctrl-C 130.
"""


def run_found(parsed: Parsed, script: Script) -> int:
    """Run a script that was read already. Returns the exit code."""
    set_style(parsed)
    return execute(parsed, lambda settings: script, "script")


def run(argv: Sequence[str]) -> int:
    """The command. Returns the exit code."""
    parsed = parse("run", argv)
    set_style(parsed)
    if parsed.flag("help"):
        output.result(HELP.format(options=help_of("run")))
        return 0
    path = parsed.subject
    if path is None:
        raise UsageError("run needs a FILE", hint="llmspell run [OPTIONS] FILE [ARGS...]; - reads it from stdin")
    rerun = None
    if parsed.many("replay") or parsed.many("modify"):
        from llmspell.cli.replaying import play_strict, read_options  # late: most runs are no replays

        asked = read_options(parsed)
        if asked.mode == "strict":
            return play_strict(parsed, path, asked.tape)
        from llmspell.cli.replay_modes import rerun_of

        rerun = rerun_of(parsed, asked)
    from llmspell.runtime.script import detect

    def find(settings: Settings) -> Script:
        language, engine = parsed.text("language"), parsed.text("engine")
        return detect(path, language=language, engine=engine, lua_engine=str(settings.get("engine.lua")))

    return execute(parsed, find, "script", rerun)
