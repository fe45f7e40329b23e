"""Whether a script may run with what its header asks for: the one place that turns asking into having.

    what the profile or a flag gives      nobody is asked
    what a rule denies                    the script runs without it
    beyond what may be approved           the script does not run
    the rest                              an approval of exactly this text, these modules and these permissions; else
                                          whoever can be asked is; else the script does not run

The text that is hashed here is the one that is sent to the worker: nothing is read again in between."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from llmspell.approval.modules import modules_of
from llmspell.approval.requests import Asked, asked_of, asks
from llmspell.approval.review import Review, review
from llmspell.approval.store import Approval, ApprovalStore, approvals_folder, pin_of
from llmspell.errors import ApprovalNeeded, StoreError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.runtime.script import Script
    from llmspell.security.permissions import Permission
    from llmspell.security.profile import Profile

Answer = Literal["once", "always", "no"]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody is asked.

    Attributes:
        before: What was last approved for the script at this path, when its text or its modules were others.
        pinned: An approval of it can be kept: it is a file.
    """

    script: Script
    profile: Profile
    review: Review
    content_hash: str
    modules: Mapping[str, str]
    before: Approval | None = None
    pinned: bool = True


@dataclass(frozen=True, slots=True)
class Admission:
    """What a script may do after all.

    Attributes:
        modules: As of `modules_of`: no others are loaded; None where no header's approval is in force.
        note: For the journal: who approved what, when, for which text; None where nobody had to.
        remarks: What a user should know, one line each.
    """

    profile: Profile
    modules: Mapping[str, str] | None = None
    note: Mapping[str, object] | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """The approvals of one user, and who can be asked for more.

    Args:
        ask: None where nobody is there.
        cwd: Where relative paths of headers start; the current folder when empty.
    """

    settings: Settings
    ask: Callable[[Request], Answer] | None = None
    cwd: str = ""
    store: ApprovalStore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "store", ApprovalStore(approvals_folder(self.settings.environ or os.environ)))

    def admit(self, script: Script, profile: Profile, *, learning: bool = False) -> Admission:
        """Decide about a script.

        Args:
            learning: What was not approved it does without: it is being found out what it needs.

        Raises:
            UsageError: Its header holds no rules.
            ApprovalNeeded: It asks for what was not approved, or cannot be.
        """
        if not asks(script.header):
            return Admission(profile)
        asked, narrowed = self._narrowed(script, profile)
        found = review(asked, narrowed)
        remarks = tuple(
            f"{script.name} asks for {it}, which {rule} ({rule.source}) denies" for it, rule in found.denied
        )
        if not learning:
            self._refuse_beyond(script, profile, found)
        if not found.needed:
            return Admission(narrowed, remarks=remarks)
        request, approval, problem = self._look(script, narrowed, found)
        how = "approved before"
        if approval is None and learning:
            return Admission(narrowed, remarks=remarks)
        if approval is None:
            answer = "no" if self.ask is None else self.ask(request)
            if answer == "no":
                raise self._refusal(request, problem)
            how = "approved once"
            if answer == "always":
                self.store.add(approval_of(request))
                how = "approved for this text"
        note = note_of(request, how, approval)
        return Admission(narrowed.approved(found.needed), request.modules, note, remarks)

    def request(self, script: Script, profile: Profile) -> tuple[Request, Approval | None]:
        """What would be asked, and the approval that makes it unnecessary.

        Raises:
            StoreError: The approvals cannot be read.
            UsageError, ApprovalNeeded: As of `admit`, but for what can be approved.
        """
        asked, narrowed = self._narrowed(script, profile)
        found = review(asked, narrowed)
        self._refuse_beyond(script, profile, found)
        request, approval, problem = self._look(script, narrowed, found)
        if problem is not None:
            raise problem
        return request, approval

    def _narrowed(self, script: Script, profile: Profile) -> tuple[Asked, Profile]:
        asked = asked_of(script.header, script.name, base=self.cwd or profile.permissions.base)
        if any(it.kind == "model" for it in asked.allow):
            from llmspell.models.model_rules import meant_rule, with_meant_models  # late: few ask for models

            # What an alias means today is what is approved.
            asked = Asked(tuple(meant_rule(it, self.settings) for it in asked.allow), asked.deny)
            profile = with_meant_models(profile, self.settings)
        return asked, profile.without(asked.deny)

    def _look(
        self, script: Script, profile: Profile, found: Review
    ) -> tuple[Request, Approval | None, StoreError | None]:
        content_hash = sha256(script.source).hexdigest()
        folder = os.path.dirname(script.path) if script.path else ""
        paths = tuple(self.settings.get("modules.paths"))
        modules = modules_of(script.source, script.language, (folder, *paths)) if script.path else {}
        pinned = bool(script.path) and os.path.isfile(script.path or "")
        approval: Approval | None = None
        before: Approval | None = None
        problem: StoreError | None = None
        if pinned:
            try:
                approval = self.store.find(content_hash, found.needed, modules)
                before = None if approval else self.store.latest(os.path.realpath(script.path or ""))
            except StoreError as error:
                problem = error
        return Request(script, profile, found, content_hash, modules, before, pinned), approval, problem

    def _refuse_beyond(self, script: Script, profile: Profile, found: Review) -> None:
        if not found.beyond:
            return
        asked = ", ".join(str(it) for it in found.beyond)
        may = ", ".join(str(it) for it in profile.approvable) or "nothing"
        raise ApprovalNeeded(
            f"{script.name} asks for {asked}: under profile {profile.name} no header may, only for {may}",
            hint=f"give it by a flag: {flags_for(found.beyond)}",
            details=_details(found.beyond, profile),
        )

    def _refusal(self, request: Request, problem: StoreError | None) -> ApprovalNeeded:
        script, needed = request.script, request.review.needed
        asked = ", ".join(str(it) for it in needed)
        changed = " It has changed since it was last approved." if request.before else ""
        why = f" {problem.message}." if problem is not None else ""
        flags = f"run it with {flags_for(needed)}"
        approve = f"llmspell approve {shlex.quote(script.path or '')}"
        if self.settings.explain("run.profile").winner.source == "--profile":
            approve += f" --profile {shlex.quote(request.profile.name)}"
        return ApprovalNeeded(
            f"{script.name} asks for more than profile {request.profile.name} gives, and nobody has approved it: "
            f"{asked}.{changed}{why}".removesuffix("."),
            hint=f"{approve}, or {flags}" if request.pinned and problem is None else flags,
            details=_details(needed, request.profile),
        )


def flags_for(rules: tuple[Permission, ...]) -> str:
    """The flags that grant the same."""
    return " ".join(f"--allow {shlex.quote(str(it))}" for it in rules)


def approval_of(request: Request) -> Approval:
    """What is kept when the answer was "always"."""
    needed = request.review.needed
    path = os.path.realpath(request.script.path) if request.script.path else ""
    return Approval(
        request.content_hash,
        frozenset(pin_of(it) for it in needed),
        tuple(str(it) for it in needed),
        request.modules,
        request.script.name,
        path,
        time.time(),
        user(),
        request.profile.name,
    )


def note_of(request: Request, how: str, approval: Approval | None = None) -> dict[str, object]:
    """What the journal keeps of it."""
    return {
        "how": how,
        "by": approval.by if approval else user(),
        "approved_at": approval.at if approval else time.time(),
        "script": request.script.path or request.script.name,
        "hash": request.content_hash,
        "permissions": [str(it) for it in request.review.needed],
        "modules": dict(request.modules),
        "profile": request.profile.name,
    }


def user() -> str:
    """Who is asked."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as in some containers
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def _details(rules: tuple[Permission, ...], profile: Profile) -> dict[str, object]:
    return {"permissions": [str(it) for it in rules], "profile": profile.name}


def content_changes(request: Request) -> str:
    """What is different from what was approved before, in words."""
    before = request.before
    if before is None or before.content_hash != request.content_hash:
        return "its text has changed"
    return "its modules have changed" if dict(before.modules) != dict(request.modules) else "it asks for more"
