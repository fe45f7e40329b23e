"""`llmspell approve FILE`: let a script have what its header asks for, for exactly this text; show and take back."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, ProfileFlag, parsed_of
from llmspell.cli.kept import table
from llmspell.errors import ApprovalNeeded, UsageError

if TYPE_CHECKING:
    from llmspell.approval.gate import Request
    from llmspell.approval.store import Approval, ApprovalStore
    from llmspell.config.settings import Settings
    from llmspell.runtime.script import Script
    from llmspell.security.profile import Profile


def approve(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="the script")] = None,
    show: Annotated[
        bool, typer.Option("--show", help="only show what it asks for, and whether it is approved")
    ] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="take back what was approved for it")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="list what is approved")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    as_json: JsonFlag = False,
    profile: ProfileFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Approve what a script's header asks for beyond its profile.

    The approval is for this text of the script, these texts of its modules and exactly these permissions, with relative
    paths as from the current folder. Whatever changes has to be approved anew.
    """
    if sum((show, revoke, list_all)) > 1:
        raise UsageError("--show, --revoke and --list are three different things", hint="give one of them")
    if list_all != (file is None):
        raise UsageError("approve needs a FILE, or --list alone", hint="llmspell approve FILE, llmspell approve --list")
    from llmspell.approval.gate import Gate
    from llmspell.cli.settings import load

    settings, base = load(parsed_of(profile=profile, config=config))
    gate = Gate(settings)
    if list_all:
        return _list(gate.store.all(), as_json)
    path = file or ""
    if revoke:
        return _revoke(gate.store, path, settings, base)
    script = found(path, settings)
    request, approval = gate.request(script, base)
    if as_json:
        return output.result(output.pretty_json(as_value(request, approval)))
    if not request.review.needed:
        return output.note(f"{path} asks for nothing that profile {base.name} does not give")
    if approval is not None:
        return output.note(f"{path} is approved, by {approval.by} on {when(approval)}: {listed(approval.texts)}")
    from llmspell.cli.approving import described

    if show:
        return output.result(f"{described(request)}\n\nnot approved")
    _confirm(request, yes)
    _keep(gate.store, request, settings, base)
    return output.note(f"approved: {listed(tuple(str(it) for it in request.review.needed))}")


def found(path: str, settings: Settings, *, language: str | None = None, stdin: bool = False) -> Script:
    """The script at a path, as `run` reads it.

    Args:
        stdin: It may be read there.
    """
    from llmspell.runtime.script import detect

    if path == "-" and not stdin:
        raise UsageError("a script on stdin cannot be looked at and then run", hint="put it into a file")
    return detect(path, language=language, lua_engine=settings.text("engine.lua"))


def _confirm(request: Request, yes: bool) -> None:
    from llmspell.cli.approving import described, is_somebody_there, question, say

    if yes:
        output.note(described(request))
        return
    if not request.pinned:
        raise UsageError(f"{request.script.name} is no file that could be approved")
    if not is_somebody_there():
        name = request.script.path
        raise ApprovalNeeded(f"to approve {name} needs --yes where nobody can be asked", hint="--show shows what it is")
    say(described(request))
    if question("Approve it for this text? [y/N]") not in ("y", "yes"):
        raise ApprovalNeeded("nothing was approved")


def _keep(store: ApprovalStore, request: Request, settings: Settings, profile: Profile) -> None:
    from llmspell.approval.gate import approval_of, note_of

    store.add(approval_of(request))
    _audit(settings, profile, f"approve {request.script.name}", note_of(request, "approved for this text"))


def _revoke(store: ApprovalStore, path: str, settings: Settings, profile: Profile) -> None:
    from hashlib import sha256

    from llmspell.approval.gate import user
    from llmspell.errors import ScriptNotFound

    try:
        content_hash = sha256(found(path, settings).source).hexdigest()
    except ScriptNotFound:  # what is gone can still be taken back
        content_hash = ""
    gone = store.remove(content_hash=content_hash, path=os.path.realpath(path))
    if not gone:
        raise UsageError(f"nothing was approved for {path}", hint="llmspell approve --list shows what is")
    texts = tuple(dict.fromkeys(text for it in gone for text in it.texts))
    note = {"how": "taken back", "by": user(), "approved_at": time.time(), "script": path, "permissions": list(texts)}
    _audit(settings, profile, f"approve {os.path.basename(path)}", {**note, "hash": gone[-1].content_hash})
    output.note(f"taken back: {listed(texts)}")


def _audit(settings: Settings, profile: Profile, name: str, note: dict[str, object]) -> None:
    """Leave a note in the journal, in a run of its own."""
    from llmspell.runtime.parts import RunParts

    parts = RunParts(settings, profile, name)

    async def write(ctx: object) -> None:
        parts.run.journal.note(parts.run.run_id, "approval", "", note)

    asyncio.run(parts.do(write))


def _list(approvals: list[Approval], as_json: bool) -> None:
    if as_json:
        return output.result(output.pretty_json([approval_value(it) for it in approvals]))
    if not approvals:
        return output.note("nothing is approved")
    rows: list[tuple[str, ...]] = [("script", "text", "approved", "by", "for")]
    rows += [
        (output.one_line(it.path or it.name), it.content_hash[:12], when(it), output.one_line(it.by), listed(it.texts))
        for it in approvals
    ]
    return output.result(table(rows))


def as_value(request: Request, approval: Approval | None) -> dict[str, object]:
    """What is asked for and what is approved, for programs."""
    from llmspell.approval.review import exactly, risk, why

    return {
        "script": request.script.path,
        "hash": request.content_hash,
        "profile": request.profile.name,
        "asks": [
            {"permission": str(it), "exactly": exactly(it), "because": why(it, request.profile), "risk": risk(it)}
            for it in request.review.needed
        ],
        "given": [{"permission": str(it), "rule": str(by), "source": by.source} for it, by in request.review.given],
        "denied": [{"permission": str(it), "rule": str(by), "source": by.source} for it, by in request.review.denied],
        "modules": dict(request.modules),
        "approval": approval_value(approval) if approval is not None else None,
    }


def approval_value(approval: Approval) -> dict[str, object]:
    """An approval, for programs."""
    return {
        "script": approval.path,
        "hash": approval.content_hash,
        "permissions": list(approval.texts),
        "modules": dict(approval.modules),
        "at": approval.at,
        "by": approval.by,
        "profile": approval.profile,
    }


def when(approval: Approval) -> str:
    """Its time, for people."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(approval.at))


def listed(texts: tuple[str, ...]) -> str:
    """Permissions on one line."""
    return output.one_line(", ".join(texts))
