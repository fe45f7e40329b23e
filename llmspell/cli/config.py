"""`llmspell config show|check|explain|init|path`: the settings, and where each one comes from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import JsonFlag, SetFlag, new_app, parsed_of
from llmspell.errors import ConfigError, LLMSpellError, UsageError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings

app = new_app()

ConfigFlag = Annotated[str | None, typer.Option("--config", "-c", metavar="FILE", help="instead of the project's file")]


@app.command("show")
def show(
    section: Annotated[str | None, typer.Argument(help="only this section, such as journal")] = None,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Print every setting with its source. Secrets are not in it."""
    from llmspell.cli.settings import load_only
    from llmspell.config.settings import show as as_toml

    settings = load_only(parsed_of(config=config, set=set))
    if section is not None:
        settings.get(section)  # says which sections there are, if it is none
    if as_json:
        from llmspell.cli.values import to_json

        visible = settings.visible()
        output.result(to_json(visible if section is None else visible.get(section.partition(".")[0]), pretty=True))
        return
    known = settings.keys()
    keys = [it for it in known if section is None or it == section or it.startswith(section + ".")]
    rows = [settings.explain(it) for it in keys]
    lines = [f"{it.key} = {as_toml(it.winner.value)}" for it in rows]
    width = min(max((len(it) for it in lines), default=0), 60)
    text = [f"{line:<{width}}  # {it.winner.source}" for line, it in zip(lines, rows, strict=True)]
    output.result("\n".join(output.clean(it) for it in text))


@app.command("check")
def check(
    file: Annotated[str | None, typer.Argument(help="a settings file; without it, those that count here")] = None,
) -> int:
    """Look for mistakes in the settings, and name them all: unknown keys, wrong types, profiles that do not resolve."""
    from llmspell.config.load import load_settings

    mistakes: list[LLMSpellError] = []
    if file is None:
        settings = load_settings(mistakes=mistakes)
    else:
        settings = load_settings(files=(file,), environ={}, mistakes=mistakes)
    mistakes += settings.mistakes()
    mistakes += _of_hooks(settings)
    mistakes += _of_guardrails(settings)
    for problem in mistakes:
        output.error(problem)
    if mistakes:
        return ConfigError.exit_code
    checked = [file] if file is not None else list(settings.files)
    for it in checked:
        output.note(f"{it}: no mistakes found")
    if not checked:
        output.note("there is no settings file here; the defaults and variables are right")
    return 0


def _of_hooks(settings: Settings) -> Sequence[LLMSpellError]:
    """What only hooks themselves know: which points there are, and what is a regular expression."""
    from llmspell.config.hook_settings import hooks_that_are_on

    names = hooks_that_are_on(settings)
    if not names:
        return ()
    from llmspell.effects.context import library_context
    from llmspell.events.built_in import mistakes
    from llmspell.security.redact import Redactor

    return mistakes(names, settings, library_context().run, Redactor())


def _of_guardrails(settings: Settings) -> Sequence[LLMSpellError]:
    """What only guardrails themselves know: what can be found, and what is a regular expression."""
    from llmspell.runtime.guarding import rails_of
    from llmspell.security.redact import Redactor

    try:
        rails_of(settings, Redactor())
    except LLMSpellError as problem:
        return (problem,)
    return ()


@app.command("explain")
def explain(
    key: Annotated[str, typer.Argument(help="such as run.profile, or a table such as prices")],
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Say what a setting is, where it comes from, and what it won against."""
    from llmspell.cli.settings import load_only
    from llmspell.config.schema import SECTIONS

    settings = load_only(parsed_of(config=config, set=set))
    try:
        output.result(output.clean(str(settings.explain(key))))
    except ConfigError as error:
        doc, rows = settings.explain_table(key)
        if not rows and key not in SECTIONS:
            raise UsageError(error.message, hint=error.hint) from error
        nothing = "" if rows else f"nothing is set under [{key}]"
        output.result(output.clean("\n".join(it for it in (doc, nothing, *map(str, rows)) if it)))


@app.command("init")
def init(
    file: Annotated[str, typer.Argument(help="what to write")] = "llmspell.toml",
    force: Annotated[bool, typer.Option("--force", help="replace the file if it is there")] = False,
) -> None:
    """Write a settings file to start from: every setting with its default, commented out."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if force else os.O_EXCL)
    try:
        descriptor = os.open(file, flags, 0o644)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already", hint="--force replaces it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot write {file}: {reason.lower()}") from error
    try:
        output.write(descriptor, template().encode())
    finally:
        os.close(descriptor)
    output.note(f"wrote {file}")


@app.command("path")
def path() -> None:
    """Print the settings files that count here, strongest first; on stderr where others would be looked for."""
    from llmspell.config.discover import own_file, settings_files

    found = list(reversed(settings_files()))
    output.result("\n".join(found))
    if not found:
        output.note("no settings file is here yet; llmspell.toml here or above would be read")
    own = own_file()
    if own not in found:
        output.note(f"{own}: your own settings file, not there yet")


def template() -> str:
    """The text of `init`."""
    from llmspell.config.schema import TABLE
    from llmspell.config.settings import show as as_toml

    lines = ["# Settings of llmspell for this folder and those below it. `llmspell config explain KEY` says more."]
    section = ""
    for it in TABLE:
        name = it.name
        if it.table != section:
            # An empty table would switch its hook on.
            lines += ["", f"# [{it.table}]" if "." in it.table else f"[{it.table}]"]
            section = it.table
        lines.append(f"# {it.doc}" + (f" One of {', '.join(it.choices)}." if it.choices else ""))
        if it.shown_default:
            lines.append(f"# {name} = …    (default: {it.shown_default})")
        else:
            default = '"none"' if it.default is None else as_toml(it.default)
            lines.append(f"# {name} = {default}")
    lines += [
        "",
        "# A profile of your own: what it may do, and how much of it.",
        "# [profiles.reports]",
        '# extends = "medium"',
        '# allow = ["write:./out"]',
        '# limits = { wall_s = "10m", memory_bytes = "1GB" }',
        "",
        "# A provider of models of your own; `llmspell model list` shows those that are there.",
        "# [providers.my-server]",
        '# base_url = "http://localhost:8000/v1"',
        "# local = true",
        "",
        "# Names of your own for models; they stand under [models], beside its other keys.",
        "# [models.fast]",
        '# model = "openai/gpt-5-mini"',
        "# temperature = 0",
        "",
        "# What a model costs, in USD per million tokens, where the table that comes along does not know it. A budget",
        "# in USD ([budget] above, --budget) needs it. In a file that is found, not named, it does not count for one",
        "# of yours: put it into your own settings file (`llmspell config path`), or name this one with --config.",
        '# [prices."my-server/small"]',
        "# input = 0.25",
        "# output = 2.00",
    ]
    return "\n".join(lines) + "\n"
