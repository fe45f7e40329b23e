"""`llmspell explain FILE` and `llmspell explain PERMISSION`: which rule decides what, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import AllowFlag, ConfigFlag, DenyFlag, JsonFlag, ProfileFlag, parsed_of
from llmspell.cli.kept import table
from llmspell.errors import ApprovalNeeded

if TYPE_CHECKING:
    from llmspell.approval.explaining import PermissionExplained
    from llmspell.approval.gate import Gate
    from llmspell.config.settings import Settings
    from llmspell.security.permissions import Permission
    from llmspell.security.profile import Profile


def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|PERMISSION", help="a script, or net:api.example.com")],
    script: Annotated[
        str | None, typer.Option("--script", metavar="FILE", help="for a permission: with this script's header")
    ] = None,
    as_json: JsonFlag = False,
    profile: ProfileFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Say in words what a script's header asks for and which rule decides about it, or which rule decides about one
    permission: the winner and every loser, each with where it stands."""
    from llmspell.approval.explaining import explain_permission, is_permission
    from llmspell.approval.gate import Gate
    from llmspell.cli.settings import load

    settings, base = load(parsed_of(profile=profile, allow=allow, deny=deny, config=config))
    gate = Gate(settings)
    if is_permission(what):
        with_header = _with_header(script, base, settings, gate) if script else base
        found = explain_permission(what, with_header, settings)
        return output.result(output.pretty_json(_value(found)) if as_json else _text(found, with_header))
    return _explain_file(what, base, settings, gate, as_json)


def _with_header(path: str, profile: Profile, settings: Settings, gate: Gate) -> Profile:
    from llmspell.cli.approve import found

    try:
        return gate.admit(found(path, settings), profile).profile
    except ApprovalNeeded as problem:
        output.warn(f"{problem.message}; so its header counts for nothing here")
        return profile


def _text(found: PermissionExplained, profile: Profile) -> str:
    winner = found.winner
    if winner is None:
        lines = [f"{found.asked} is refused: nothing gives it under profile {profile.name}"]
    else:
        done = "allowed" if found.allowed else "refused"
        lines = [f"{found.asked} is {done} by {winner.text}    from {winner.source}"]
    for it in found.losers:
        why = "deny beats allow, and the first rule counts" if it.fits else "speaks of something else"
        lines.append(f"    not by {it.says} {it.text}    from {it.source}    {why}")
    return output.clean("\n".join(lines))


def _value(found: PermissionExplained) -> dict[str, object]:
    winner = found.winner
    rules = [winner, *found.losers] if winner else list(found.losers)
    return {
        "permission": found.asked,
        "allowed": found.allowed,
        "rules": [
            {"says": it.says, "rule": it.text, "source": it.source, "fits": it.fits, "decides": it is winner}
            for it in rules
        ],
    }


def _explain_file(path: str, base: Profile, settings: Settings, gate: Gate, as_json: bool) -> None:
    from llmspell.approval.explaining import source_of
    from llmspell.approval.requests import asked_of, asks
    from llmspell.approval.review import exactly, review, risk
    from llmspell.cli.approve import found as script_at
    from llmspell.cli.approve import when

    script = script_at(path, settings)
    asked = asked_of(script.header, script.name)
    profile = base.without(asked.deny)
    found = review(asked, profile)
    approval = gate.request(script, base)[1] if found.needed and not found.beyond else None
    rows: list[tuple[Permission, str]] = []
    rows += [(it, f"given by {by}, {source_of(by, settings)}") for it, by in found.given]
    state = (
        f"approved by {approval.by} on {when(approval)}" if approval else "not approved: `llmspell approve` asks you"
    )
    rows += [(it, state) for it in found.needed]
    rows += [(it, f"no header may ask for it under profile {base.name}; only a flag gives it") for it in found.beyond]
    rows += [(it, f"denied by {by}, {source_of(by, settings)}") for it, by in found.denied]
    gives = {
        says: [{"rule": str(it), "source": source_of(it, settings)} for it in rules]
        for says, rules in (("allow", profile.permissions.allow), ("deny", profile.permissions.deny))
    }
    if as_json:
        asks_for = [
            {"permission": str(it), "exactly": exactly(it), "risk": risk(it), "state": state} for it, state in rows
        ]
        return output.result(output.pretty_json({"script": path, "profile": base.name, "asks": asks_for, **gives}))
    lines = [f"{path}: asks for nothing" if not asks(script.header) else f"{path} asks:"]
    if rows:
        cells = [tuple(map(output.one_line, (f"to {risk(it)}", str(it), state))) for it, state in rows]
        lines += [f"  {it}" for it in table(cells).split("\n")]
    if asked.deny:
        lines.append(f"  never to be given {', '.join(str(it) for it in asked.deny)}")
    source = settings.explain("run.profile").winner.source
    lines.append(f"profile {base.name} (from {source}) gives:")
    for says, listed in gives.items():
        lines += [f"  {says} {it['rule']}    from {it['source']}" for it in listed]
    if not gives["allow"]:
        lines.append("  nothing")
    may = ", ".join(str(it) for it in base.approvable) or "nothing"
    lines.append(f"  a header may ask for {'anything but a bare *' if may == '*' else may}")
    return output.result(output.clean("\n".join(lines)))
