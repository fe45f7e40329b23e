"""From what a run was permitted and refused to the smallest header with which it does the same.

Nothing is wider in kind than what was used. Files become their folder where more than a few of one folder were used,
hosts keep their port, tools, models and variables are named one by one. What cannot be said exactly is left to the
user."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.approval.requests import MAX_RULE_CHARS, MAX_RULES, is_plain
from llmspell.approval.review import is_above_home
from llmspell.errors import LLMSpellError
from llmspell.security import hosts
from llmspell.security.coverage import covering
from llmspell.security.permissions import KINDS, PATH_KINDS, Permission, means, parse_permission

if TYPE_CHECKING:
    from llmspell.effects.run import Audit
    from llmspell.security.permissions import Decision
    from llmspell.security.profile import Profile

FEW = 3  # files of one folder that are named one by one


@dataclass(frozen=True, slots=True)
class Learned:
    """What a header would have to say.

    Attributes:
        rules: The `allow` of the header.
        refused: Those of them that the run asked for and was not given.
        unsaid: What a header cannot say, or should not by itself, in words.
    """

    rules: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


def learn(audit: Audit, base: Profile, script_path: str, cwd: str) -> Learned:
    """What a run has used beyond a profile.

    Args:
        base: The profile as it is without flags and without an approved header.
        script_path: No folder that holds it is asked for as a whole for writing.
    """
    wanted: dict[str, dict[str, bool]] = {kind: {} for kind in KINDS}  # subject: whether it was refused
    for it in audit.counts:
        if _is_needed(it, base):
            wanted[it.kind][it.subject] = wanted[it.kind].get(it.subject, False) or not it.allowed
    unsaid: list[str] = []
    if audit.unlisted:
        unsaid.append(f"it asked for {audit.unlisted} things more than are kept; run it with less to see them")
    rules: dict[str, bool] = {}
    protected = os.path.dirname(os.path.realpath(script_path)) if script_path else ""
    for kind, subjects in wanted.items():
        if kind in PATH_KINDS:
            folders = folded(subjects, keep_out=(protected,) if kind == "write" and protected else ())
        else:
            folders = {it: [it] for it in (_hosts(subjects) if kind == "net" else subjects)}
        by_name = {f"{kind}:{_short(it, cwd) if kind in PATH_KINDS else it}": it for it in folders}
        for said, subject in sorted(by_name.items()):
            parts = folders[subject]
            problem = _problem(said, kind, subject, cwd)
            if problem:
                unsaid.append(f"{kind}:{subject}: {problem}")
            else:
                rules[said] = any(subjects[it] for it in parts)
    if len(rules) > MAX_RULES:
        unsaid.append(f"it needs {len(rules)} permissions, more than the {MAX_RULES} that a header may ask for")
        rules = dict(list(rules.items())[:MAX_RULES])
    parsed = [(it, parse_permission(it, base=cwd)) for it in rules]
    unsaid += [
        f"{said}: no header may ask for it under profile {base.name}, only a flag gives it"
        for said, rule in parsed
        if covering(base.approvable, rule) is None
    ]
    return Learned(tuple(rules), tuple(it for it, refused in rules.items() if refused), tuple(unsaid))


def _is_needed(decision: Decision, base: Profile) -> bool:
    if not decision.allowed and decision.rule:
        return False  # denied by a rule: it would be with any header
    if decision.allowed and not decision.rule:
        return False  # a public address behind a name that was permitted
    return not base.permissions.decide(decision.kind, decision.subject).allowed


def _hosts(subjects: Iterable[str]) -> list[str]:
    """Without addresses that a name stands for by its nature, such as those of localhost."""
    names = [hosts.split_port(it)[0] for it in subjects]
    names = [it for it in names if hosts.packed_address(it) is None]
    found = []
    for it in subjects:
        address = hosts.split_port(it)[0]
        if hosts.packed_address(address) is not None and any(means(name, address) for name in names):
            continue
        found.append(it)
    return found


def folded(paths: Iterable[str], *, keep_out: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Paths by what stands for them: themselves, or the folder of more than a few.

    Args:
        keep_out: Folders that are not asked for as a whole, nor what is above them.
    """
    found = {it: [it] for it in paths}
    while True:
        covered = {it for it in found if any(it != above and _is_beneath(it, above) for above in found)}
        for it in covered:
            above = next(other for other in found if other not in covered and _is_beneath(it, other))
            found[above] += found.pop(it)
        folders: dict[str, list[str]] = {}
        for it in found:
            folders.setdefault(os.path.dirname(it), []).append(it)
        crowded = [it for it, inside in folders.items() if len(inside) > FEW and _may_be_folder(it, keep_out)]
        if not crowded:
            return found
        deepest = max(crowded, key=lambda it: it.count("/"))
        found[deepest] = [part for it in folders[deepest] for part in found.pop(it)]


def _may_be_folder(folder: str, keep_out: tuple[str, ...]) -> bool:
    if folder.count("/") < 2 or is_above_home(folder):  # /etc, /usr, …: say it yourself
        return False
    return not any(_is_beneath(it, folder) for it in keep_out)


def _is_beneath(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _short(path: str, cwd: str) -> str:
    """As a user would write it: from the working folder, from home, or from the root."""
    here, home = os.path.realpath(cwd), os.path.realpath(os.path.expanduser("~"))
    if _is_beneath(path, here):
        return "./" + os.path.relpath(path, here) if path != here else "."
    return "~/" + os.path.relpath(path, home) if _is_beneath(path, home) and path != home else path


def _problem(said: str, kind: str, subject: str, cwd: str) -> str:
    """Why a header cannot say it, or should not; empty where it can."""
    if kind in PATH_KINDS and is_above_home(subject):
        return "that would be all of your files, so say it yourself if you mean it"
    if len(said) > MAX_RULE_CHARS or not all(map(is_plain, said)) or ('"' in said and "'" in said):
        return "a header cannot say that name"
    try:
        rule = parse_permission(said, base=cwd)
    except LLMSpellError as problem:
        return problem.message
    exact = Permission(kind, subject) if kind in PATH_KINDS else None
    if exact is not None and rule != exact:
        return "a header cannot say that name exactly"  # it has a * in it, or a blank at its end
    return ""
