"""The commands that typer parses, and what becomes of its complaints.

Imported only when one of them is asked for: typer costs as much as seven bare starts of Python."""

from __future__ import annotations

import os
from collections.abc import Sequence

import typer
from typer._click.exceptions import ClickException, NoSuchOption
from typer._click.exceptions import UsageError as ClickUsageError
from typer.core import TyperGroup, TyperOption

from llmspell.cli import (
    agent,
    approve,
    audit,
    check,
    completions,
    config,
    cost,
    doctor,
    explain,
    model,
    runs,
    session,
    state,
    static,
    tape,
    template,
    test,
    tool,
    workflow,
)
from llmspell.cli.options import FLAG, OPTIONAL, closest, options_of
from llmspell.errors import Cancelled, UsageError


def root() -> TyperGroup:
    """All commands as one tree. `run` and `eval` are in it for completion only; `cli.main` never sends them here."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        suggest_commands=False,
        context_settings={"help_option_names": ["--help", "-h"]},  # of all commands: they take it over
    )
    app.command("run", help=static.COMMANDS["run"])(_file_argument)
    app.command("eval", help=static.COMMANDS["eval"])(_code_argument)
    app.command("check", help=static.COMMANDS["check"])(check.check)
    app.command("explain", help=static.COMMANDS["explain"])(explain.explain)
    app.command("approve", help=static.COMMANDS["approve"])(approve.approve)
    app.add_typer(tool.app, name="tool", help=static.COMMANDS["tool"])
    app.add_typer(agent.app, name="agent", help=static.COMMANDS["agent"])
    app.add_typer(workflow.app, name="workflow", help=static.COMMANDS["workflow"])
    app.add_typer(template.app, name="template", help=static.COMMANDS["template"])
    app.add_typer(model.app, name="model", help=static.COMMANDS["model"])
    app.add_typer(state.app, name="state", help=static.COMMANDS["state"])
    app.add_typer(session.app, name="session", help=static.COMMANDS["session"])
    app.add_typer(runs.app, name="runs", help=static.COMMANDS["runs"])
    app.add_typer(tape.app, name="tape", help=static.COMMANDS["tape"])
    app.command("test", help=static.COMMANDS["test"])(test.test)
    app.command("audit", help=static.COMMANDS["audit"])(audit.audit)
    app.command("cost", help=static.COMMANDS["cost"])(cost.cost)
    app.add_typer(config.app, name="config", help=static.COMMANDS["config"])
    app.command("doctor", help=static.COMMANDS["doctor"])(doctor.doctor)
    app.command("completions", help=static.COMMANDS["completions"])(completions.completions)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for name in ("run", "eval"):
        group.commands[name].params += [
            TyperOption(
                param_decls=[f"--{it.name}", *([f"-{it.short}"] if it.short else [])],
                is_flag=it.kind in (FLAG, OPTIONAL),
                help=it.help,
            )
            for it in options_of(name)
            if it.name != "help"
        ]
    return group


def run_typer(argv: Sequence[str]) -> int:
    """Run one of them. Returns the exit code.

    Raises:
        UsageError: What typer found wrong with the command line, in our words.
    """
    if "_LLMSPELL_COMPLETE" in os.environ:
        from typer._completion_classes import completion_init  # typer does it only for completion options of its own

        completion_init()
    try:
        result = root().main(args=list(argv), prog_name="llmspell", standalone_mode=False)
    except NoSuchOption as error:
        near = closest(error.option_name, _options_of(error))
        raise UsageError(f"unknown option {error.option_name}", hint=near or _help_hint(error)) from error
    except ClickUsageError as error:
        raise UsageError(_lower(error.format_message()), hint=_hint(error)) from error
    except ClickException as error:
        raise UsageError(_lower(error.format_message())) from error
    if result == Cancelled.exit_code:  # which is how typer ends where it is interrupted
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def _options_of(error: ClickUsageError) -> list[str]:
    params = error.ctx.command.params if error.ctx is not None else []
    return [name for it in params for name in it.opts if name.startswith("--")]


def _lower(message: str) -> str:
    message = message.removesuffix(".")
    return message[:1].lower() + message[1:]


def _hint(error: ClickUsageError) -> str:
    """The nearest command for an unknown one; otherwise where the help is."""
    ctx = error.ctx
    if ctx is not None and isinstance(ctx.command, TyperGroup) and "No such command" in error.message:
        asked = error.message.split("'")[1] if "'" in error.message else ""
        near = closest(asked, ctx.command.commands)
        return near or f"the commands are {', '.join(ctx.command.commands)}"
    return _help_hint(error)


def _help_hint(error: ClickUsageError) -> str:
    return f"`{error.ctx.command_path} --help` shows how it is used" if error.ctx is not None else ""


def _file_argument(file: str = typer.Argument(...)) -> None:
    """Stands for `run` in completion."""


def _code_argument(code: str = typer.Argument(...)) -> None:
    """Stands for `eval` in completion."""
