"""Texts that cost nothing to show: the version and the top-level help. Loaded before any command is."""

from llmspell.version import __version__

VERSION = f"llmspell {__version__}"

# Commands and what they do; cli.main and the help text read the same table.
COMMANDS = {
    "run": "run a Lua or Python script in a confined process",
    "eval": "evaluate one expression or chunk; -n and -p loop over the lines of stdin",
    "check": "read a script without running it: what it asks for and uses, and what of that its profile allows",
    "approve": "approve what a script's header asks for, for this text of it; list and take back what was approved",
    "explain": "say which rule decides what: about a script's header, or about one permission",
    "tool": "list the tools, describe one, call one",
    "agent": "ask an agent a question, list and describe agents and their templates",
    "workflow": "run a workflow's file, check it, draw it, have a model plan one",
    "template": "do whole pieces of work, list and describe templates, begin one of your own",
    "model": "list providers and models, describe one, ask one a question to test it",
    "state": "what scripts keep: list, get, set, delete, export, import, scopes, encrypt",
    "session": "list sessions, show, export and delete them, and their artifacts",
    "runs": "what runs did: list them, show one as a tree or a page",
    "tape": "show, edit, redact and merge the tapes that `run --record` writes",
    "test": "play every tape of tests/tapes, and say where a script no longer does what it did",
    "audit": "what a run asked for, what was granted and refused, and by which rule",
    "cost": "what models have cost, by model, script, agent, run or day",
    "config": "show, check, explain and create settings",
    "doctor": "what this machine can do, and what it cannot; --sandbox shows every layer",
    "completions": "print a completion script for a shell",
}

HELP = (
    """\
Run Lua and Python scripts in a confined process, with agents and tools.

Usage:
  llmspell FILE [ARGS...]              the same as `llmspell run FILE [ARGS...]`; FILE may be - for stdin
  llmspell COMMAND [OPTIONS] ...

Commands:
"""
    + "\n".join(f"  {name:<13} {text}" for name, text in COMMANDS.items())
    + """

Options:
  -h, --help     show this and exit; `llmspell COMMAND --help` shows a command's options
  -V, --version  show the version and exit

Examples:
  git log --numstat | llmspell run examples/churn.lua --since 2026-01-01 | head -20
  llmspell eval '6 * 7'
  llmspell eval -l py '[it * it for it in range(5)]'
  llmspell tool call calculator --input '2^10 + sqrt(2)'
"""
)
