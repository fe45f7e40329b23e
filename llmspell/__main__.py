"""The entry point: static texts and plain `run FILE` at once; anything else through `cli.main`.

What is imported here is paid for by every script: a test looks at `sys.modules`."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.cli.options import Parsed


def main() -> int:
    """Run the command line of this process. Returns its exit code."""
    argv = sys.argv[1:]
    try:
        return _dispatch(argv)
    except BaseException as failure:
        if isinstance(failure, SystemExit):
            raise
        from llmspell.cli.failure import report

        return report(failure)


def _dispatch(argv: list[str]) -> int:
    first = argv[0] if argv else ""
    if "_LLMSPELL_COMPLETE" not in os.environ:
        if first in ("--version", "-V", "--help", "-h", "help") and len(argv) == 1:
            return _show_static(first)
        if (code := _quick(argv)) is not None:
            os._exit(code)  # nothing is left to be finalised, which would take as long as a tenth of the run
    from llmspell.cli.main import run_command

    return run_command(argv)


def _show_static(flag: str) -> int:
    from llmspell.cli import output, static

    output.result(static.VERSION if flag in ("--version", "-V") else static.HELP)
    return 0


def _quick(argv: list[str]) -> int | None:
    """Run a script that needs no settings; None when that is not what was asked."""
    from llmspell.cli.static import COMMANDS

    if argv and argv[0] == "run":
        argv = argv[1:]
    elif not argv or argv[0] in COMMANDS or (argv[0] != "-" and not os.path.exists(argv[0])):
        return None  # a command, an option, or a slip of the finger
    from llmspell.cli.options import misplaced, parse

    parsed = parse("run", argv)
    if not parsed.quick or parsed.subject is None or misplaced(parsed) or _has_settings():
        return None
    return _run_quick(parsed, parsed.subject)


def _run_quick(parsed: Parsed, path: str) -> int | None:
    from llmspell.cli.options import seconds_of
    from llmspell.security.profiles import BUILTIN, DEFAULT

    profile = parsed.text("profile") or DEFAULT
    if profile not in BUILTIN:
        return None
    timeout_s: float | None = None
    if (text := parsed.text("timeout")) is not None:
        timeout_s = seconds_of(text)
        limits = BUILTIN[profile]["limits"]
        ceiling = limits["wall_s"] if isinstance(limits, dict) else None
        if timeout_s is None or (ceiling is not None and timeout_s > ceiling):
            return None  # worth an explanation or an audit line
    from llmspell.errors import LLMSpellError
    from llmspell.runtime.script import detect

    script = detect(path, language=parsed.text("language"), engine=parsed.text("engine"))
    if script.header and ("allow" in script.header or "deny" in script.header):
        from llmspell.cli.run import run_found  # it asks for permissions: what was read is what is run

        return run_found(parsed, script)
    from llmspell.runtime.quick import run_quick

    try:
        return run_quick(script, parsed.args, profile, timeout_s)
    except LLMSpellError as failure:
        from llmspell.cli.failure import report

        return report(failure, script)


def _has_settings() -> bool:
    """Whether a file or a variable sets anything: then the settings are loaded."""
    from llmspell.config.discover import has_overrides, settings_files

    return has_overrides() or bool(settings_files())


if __name__ == "__main__":
    sys.exit(main())
