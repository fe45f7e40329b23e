"""Which rule decides about a permission, where it stands, and what it has won against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.security.coverage import covers
from llmspell.security.permissions import KINDS, Permission, parse_permission

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.security.profile import Profile


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that has a say, or might have had.

    Attributes:
        says: "allow" or "deny".
        fits: It speaks of what is asked for, all of it.
    """

    says: str
    text: str
    source: str
    fits: bool


@dataclass(frozen=True, slots=True)
class PermissionExplained:
    """The decision about one permission; `winner` is None where nothing grants it."""

    asked: str
    allowed: bool
    winner: Rule | None
    losers: tuple[Rule, ...]


def is_permission(text: str) -> bool:
    """Whether a text is a permission and not a file."""
    return text == "*" or re.match(rf"({'|'.join(KINDS)})[:=]", text) is not None


def explain_permission(text: str, profile: Profile, settings: Settings) -> PermissionExplained:
    """Decide about a permission, and say why.

    Args:
        profile: With what flags and an approved header have changed of it.

    Raises:
        UsageError: It is no permission.
    """
    asked = parse_permission(text, base=profile.permissions.base)
    rules = profile.permissions
    deny = [it for it in rules.deny if it.kind in (asked.kind, "*")]
    allow = [it for it in rules.allow if it.kind in (asked.kind, "*")]
    said = [Rule("deny", str(it), source_of(it, settings), covers(it, asked)) for it in deny]
    said += [Rule("allow", str(it), source_of(it, settings), covers(it, asked)) for it in allow]
    winner = next((it for it in said if it.fits), None)
    losers = tuple(sorted((it for it in said if it is not winner), key=lambda it: not it.fits))
    return PermissionExplained(str(asked), winner is not None and winner.says == "allow", winner, losers)


def source_of(rule: Permission, settings: Settings) -> str:
    """Where a rule stands, with the file and line where one of the user's profiles says it."""
    table = re.fullmatch(r"\[profiles\.(.+)\]", rule.source)
    if table is None:
        return rule.source
    for key in ("allow", "deny", "approvable"):
        given = settings.candidates.get(("profiles", table[1], key), ())
        if given and isinstance(given[0].value, list | tuple) and str(rule) in [_normal(it) for it in given[0].value]:
            return f"{rule.source} in {given[0].source}"
    return rule.source


def _normal(text: object) -> str:
    return re.sub(r"^\s*(\w+)\s*[:=]\s*", r"\1:", str(text)).strip()
