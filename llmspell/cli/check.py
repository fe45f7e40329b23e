"""`llmspell check FILE…`: read scripts without running them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import AllowFlag, ConfigFlag, DenyFlag, JsonFlag, ProfileFlag, parsed_of
from llmspell.cli.kept import count, table
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.approval.checking import Checked
    from llmspell.approval.gate import Gate
    from llmspell.config.settings import Settings
    from llmspell.security.profile import Profile

_COMMENT = {"lua": "--", "python": "#"}


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="scripts in Lua or Python")],
    language: Annotated[
        str | None, typer.Option("--language", "-l", metavar="LANG", help="lua or py, as for run")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="what is doubtful or cannot be told is a mistake, too")
    ] = False,
    as_json: JsonFlag = False,
    profile: ProfileFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    config: ConfigFlag = None,
) -> int:
    """Read scripts without running them: what they ask for and use, and what of that the profile allows.

    Shown are mistakes (syntax, globals, methods, tools and modules that there are not, wrong headers), the tools,
    models, files, hosts and variables that are written out, and what only a run can tell. Exit code 0: a run finds all
    that it needs; 1: there are mistakes; 77: something would be refused; 66: no such script.
    """
    from llmspell.approval.gate import Gate
    from llmspell.cli.settings import load

    settings, base = load(parsed_of(profile=profile, allow=allow, deny=deny, config=config))
    gate = Gate(settings)
    codes, values = [], []
    for path in files:
        code, value = _one(path, language, settings, base, gate, strict, shows=not as_json)
        codes.append(code)
        values.append(value)
    if as_json:
        output.result(output.pretty_json(values))
    return 1 if 1 in codes else max(codes)


def _one(
    path: str, language: str | None, settings: Settings, profile: Profile, gate: Gate, strict: bool, *, shows: bool
) -> tuple[int, dict[str, object]]:
    from llmspell.approval.checking import check as checked_of
    from llmspell.cli.approve import found

    try:
        script = found(path, settings, language=language, stdin=True)
    except UsageError as problem:  # its header or its language, which is what is looked for here
        where = re.match(r"[^:]+:(\d+): ", problem.message)
        line, text = int(where[1]) if where else 1, problem.message[where.end() if where else 0 :]
        if shows:
            output.result(f"{path}: 1 mistake\n  line {line}  {_said(text, problem.hint)}")
        mistake = {"where": f"{path}:{line}", "message": text, "hint": problem.hint, "sure": True}
        return 1, {"script": path, "exit_code": 1, "mistakes": [mistake]}
    checked = checked_of(script, profile, gate)
    code = checked.exit_code(strict=strict)
    if shows:
        output.result(_text(path, checked, code))
    return code, _value(path, checked, code)


def _text(path: str, checked: Checked, code: int) -> str:
    from llmspell.approval.checking import rules_beyond

    lines = [f"{path}: {_verdict(checked, code)}"]
    rows = [(where, "mistake" if it.sure else "doubtful", _said(it.text, it.hint)) for where, it in checked.mistakes]
    rows += [(it.where, it.verdict, f"{it.kind}:{it.subject}" + _by(it.rule, it.source)) for it in checked.uses]
    rows += [(where, "not told", text) for where, text in checked.dynamic]
    if rows:
        lines += [f"  {it}" for it in table([tuple(map(output.one_line, row)) for row in rows]).split("\n")]
    found = checked.review
    if found.given:
        lines.append(f"  asks for what is given anyway: {', '.join(str(it) for it, _ in found.given)}")
    lines += [f"  asks for {it}, which {by} denies ({by.source})" for it, by in found.denied]
    lines += [f"  asks for {it}, which no header may under profile {checked.profile.name}" for it in found.beyond]
    if found.needed:
        asked = ", ".join(str(it) for it in found.needed)
        how = "approved" if checked.approval else f"not approved yet: llmspell approve {shlex.quote(path)}"
        lines.append(f"  asks for {asked}: {how}")
    if missing := rules_beyond(checked):
        listed = ", ".join(f'"{it}"' for it in (*_asked(checked), *map(str, missing)))
        lines.append(f"  to ask for it:  {_COMMENT[checked.script.language]} llmspell: allow = [{listed}]")
        lines.append("  to give it:     " + " ".join(f"--allow {shlex.quote(str(it))}" for it in missing))
    return "\n".join(map(output.clean, lines))


def _verdict(checked: Checked, code: int) -> str:
    name = checked.profile.name
    n_mistakes = sum(it.sure for _, it in checked.mistakes)
    if code == 0:
        return f"fine under profile {name}" + (
            f", {count(len(checked.dynamic), 'place')} not told" if checked.dynamic else ""
        )
    if n_mistakes:
        return count(n_mistakes, "mistake")
    return (
        f"not fine by --strict under profile {name}"
        if code == 1
        else f"would be refused something under profile {name}"
    )


def _said(text: str, hint: str) -> str:
    return f"{text} ({hint})" if hint else text


def _by(rule: str, source: str) -> str:
    return f"  by {rule} ({source})" if rule else ""


def _value(path: str, checked: Checked, code: int) -> dict[str, object]:
    found = checked.review
    return {
        "script": path,
        "language": checked.script.language,
        "profile": checked.profile.name,
        "exit_code": code,
        "mistakes": [
            {"where": where, "message": it.text, "hint": it.hint, "sure": it.sure} for where, it in checked.mistakes
        ],
        "uses": [
            {"where": it.where, "permission": it.request, "verdict": it.verdict, "rule": it.rule, "source": it.source}
            for it in checked.uses
        ],
        "not_told": [{"where": where, "what": text} for where, text in checked.dynamic],
        "header": {
            "given": [str(it) for it, _ in found.given],
            "denied": [str(it) for it, _ in found.denied],
            "beyond": [str(it) for it in found.beyond],
            "needed": [str(it) for it in found.needed],
            "approved": checked.approval is not None,
        },
        "modules": list(checked.modules),
        "missing": list(checked.missing),
    }


def _asked(checked: Checked) -> list[str]:
    """The header's own rules, which the suggested one keeps."""
    given = checked.script.header.get("allow", [])
    return [given] if isinstance(given, str) else list(given) if isinstance(given, list) else []
