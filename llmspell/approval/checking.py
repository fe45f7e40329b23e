"""A script, read without running it: what it asks for, what it uses, and what of that it would be given."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.approval.facts import Facts, Mistake, facts_of
from llmspell.approval.modules import modules_of
from llmspell.approval.names import mistakes_of, modules_missing
from llmspell.approval.requests import Asked, asked_of
from llmspell.approval.review import Review, review
from llmspell.approval.uses import Uses, uses_of
from llmspell.errors import StoreError, UsageError
from llmspell.models.model_rules import meant_rule, with_meant_models
from llmspell.security.coverage import covering
from llmspell.security.permissions import PATH_KINDS, Permission, Permissions

if TYPE_CHECKING:
    from llmspell.approval.gate import Gate
    from llmspell.approval.store import Approval
    from llmspell.runtime.script import Script
    from llmspell.security.profile import Profile

GIVEN, APPROVED, ASKED, DENIED, MISSING = "given", "approved", "asked for", "denied", "missing"


@dataclass(frozen=True, slots=True)
class CheckedUse:
    """One thing that a text uses, and what becomes of it.

    Attributes:
        where: `report.lua:3`.
        verdict: given, approved, asked for (and not approved yet), denied or missing.
        rule, source: What decides, and where that stands.
        request: The permission as a header or a flag would have it.
    """

    where: str
    kind: str
    subject: str
    verdict: str
    rule: str
    source: str
    request: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that could be seen of one script."""

    script: Script
    profile: Profile
    mistakes: tuple[tuple[str, Mistake], ...]
    dynamic: tuple[tuple[str, str], ...]
    uses: tuple[CheckedUse, ...]
    review: Review
    approval: Approval | None
    modules: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The permissions that nothing gives and no header asks for."""
        return tuple(dict.fromkeys(it.request for it in self.uses if it.verdict == MISSING))

    def exit_code(self, *, strict: bool = False) -> int:
        """1 for mistakes, 77 where a run would be refused something, else 0.

        Args:
            strict: What is doubtful, or could not be told, counts as a mistake.
        """
        if any(it.sure or strict for _, it in self.mistakes) or (strict and self.dynamic):
            return 1
        unapproved = self.approval is None and self.review.needed
        refused = any(it.verdict in (MISSING, DENIED, ASKED) for it in self.uses)
        return 77 if unapproved or refused or self.review.beyond else 0


def check(script: Script, profile: Profile, gate: Gate) -> Checked:
    """Read a script and its modules.

    Args:
        profile: With what flags change of it.
    """
    folder = os.path.dirname(script.path) if script.path else ""
    folders = (folder, *tuple(gate.settings.get("modules.paths")))
    mistakes: list[tuple[str, Mistake]] = []
    try:
        asked = asked_of(script.header, script.name)
    except UsageError as problem:
        text = problem.message.removeprefix(f"{script.name}: ")
        mistakes.append((f"{script.name}:1", Mistake(1, text, problem.hint)))
        asked = Asked()
    if any(it.kind == "model" for it in (*asked.allow, *profile.permissions.allow, *profile.permissions.deny)):
        asked = Asked(tuple(meant_rule(it, gate.settings) for it in asked.allow), asked.deny)
        profile = with_meant_models(profile, gate.settings)
    profile = profile.without(asked.deny)
    found = review(asked, profile)
    modules = modules_of(script.source, script.language, folders) if script.path else {}
    approval = _approval(gate, script, profile, mistakes) if found.needed and not found.beyond else None
    deciding = _Deciding(profile, asked, approval is not None, gate)
    texts = [(script.name, script.source), *((os.path.relpath(it, folder or "."), _read(it)) for it in modules)]
    dynamic: list[tuple[str, str]] = []
    used: list[CheckedUse] = []
    all_facts = [(name, facts_of(text, script.language)) for name, text in texts]
    all_uses = [(name, facts, uses_of(facts)) for name, facts in all_facts]
    own_tools = {tool for _, _, uses in all_uses for tool in uses.own_tools}
    for name, facts, uses in all_uses:
        uses.own_tools |= own_tools
        mistakes += [(f"{name}:{it.line}", it) for it in _mistakes(facts, uses, profile, script.language, folders)]
        dynamic += [(f"{name}:{line}", text) for line, text in uses.dynamic]
        used += [it for use in uses.needed if (it := deciding.of(name, use.kind, use.subject, use.line)) is not None]
    mistakes += [(f"{script.name}:{line}", Mistake(line, text, sure=False)) for line, text in _late_headers(script)]
    return Checked(
        script, profile, tuple(mistakes), tuple(dynamic), tuple(used), found, approval, tuple(modules)
    )  # fmt: skip


def _approval(gate: Gate, script: Script, profile: Profile, mistakes: list[tuple[str, Mistake]]) -> Approval | None:
    try:
        return gate.request(script, profile)[1]
    except StoreError as problem:
        mistakes.append((script.name, Mistake(1, problem.message, problem.hint, sure=False)))
        return None


def _mistakes(
    facts: Facts, uses: Uses, profile: Profile, language: str, folders: Iterable[str]
) -> list[Mistake]:  # fmt: skip
    if facts.mistakes:
        return facts.mistakes
    found = mistakes_of(facts, uses, profile, language) + modules_missing(facts, tuple(folders), language, profile)
    return sorted(found, key=lambda it: it.line)


class _Deciding:
    """What a run would be told, for each use."""

    def __init__(self, profile: Profile, asked: Asked, is_approved: bool, gate: Gate) -> None:
        self._profile = profile
        self._asked = asked
        self._is_approved = is_approved
        self._gate = gate

    def of(self, name: str, kind: str, subject: str, line: int) -> CheckedUse | None:
        written = subject
        if kind == "model":
            subject = subject or str(self._gate.settings.get("models.default") or "")
            if not subject:
                return None  # who runs it says which one
            written = subject = meant_rule(Permission("model", subject), self._gate.settings).pattern
        real = os.path.realpath(subject) if kind in PATH_KINDS else subject
        rules = self._profile.permissions
        decision = rules.decide(kind, real)
        verdict, rule, source = MISSING, decision.rule, decision.source
        if decision.allowed:
            verdict = GIVEN
        elif decision.rule:
            verdict = DENIED
        elif (by := self._asking(kind, real)) is not None:
            verdict, rule, source = APPROVED if self._is_approved else ASKED, str(by), by.source
        return CheckedUse(f"{name}:{line}", kind, written, verdict, rule, source, f"{kind}:{written}")

    def _asking(self, kind: str, subject: str) -> Permission | None:
        asked = Permissions(self._asked.allow, (), self._profile.permissions.base)
        decision = asked.decide(kind, subject)
        return next((it for it in self._asked.allow if str(it) == decision.rule), None) if decision.allowed else None


def _late_headers(script: Script) -> list[tuple[int, str]]:
    """Lines that look like a header's and come too late to be one."""
    if b"llmspell:" not in script.source:
        return []
    marker = b"--" if script.language == "lua" else b"#"
    inside, found = True, []
    for number, raw in enumerate(script.source.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        line = raw.strip()
        if inside and (not line or line.startswith(marker) or (number == 1 and line.startswith(b"#!"))):
            continue
        inside = False
        if line.startswith(marker) and line[len(marker) :].strip().startswith((b"llmspell: allow", b"llmspell: deny")):
            found.append((number, "a header line after the first code counts for nothing"))
    return found


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def rules_beyond(checked: Checked) -> tuple[Permission, ...]:
    """What nothing gives, as rules, with those that one of the others covers left out."""
    from llmspell.security.permissions import parse_permission

    rules: list[Permission] = []
    for text in checked.missing:
        try:
            rule = parse_permission(text)
        except UsageError:
            continue
        if covering(rules, rule) is None:
            rules.append(rule)
    return tuple(rules)
