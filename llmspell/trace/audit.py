"""What was asked of the profile in one run or in many: what, who asked, which rule decided, where, how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmspell.journal.entries import Entry, PermissionLine, RunRow, Value
from llmspell.trace.plain import plain
from llmspell.trace.summary import iso
from llmspell.trace.wording import gathered

if TYPE_CHECKING:
    from llmspell.journal.protocol import JournalReader

_ACTORS = frozenset({"tool", "agent", "template"})  # targets of effects that act on their own behalf
_PLACES = 5  # of one row
_ALIKE = 3  # rows of the same decision, rule and asker are shown one by one


@dataclass(slots=True)
class AuditRow:
    """One decision, each time that it was made.

    Attributes:
        rule: What decided; empty where nothing granted it.
        source: Where that rule stands.
        asker: "the script", "the tool web-search", …
        places: Run and key of the first few.
    """

    allowed: bool
    kind: str
    subject: str
    rule: str
    source: str
    asker: str
    first_at: float
    n: int = 0
    runs: dict[str, str] = field(default_factory=dict)
    places: list[tuple[str, str]] = field(default_factory=list)

    def to_value(self) -> dict[str, Value]:
        """What `--json` shows."""
        return {
            "allowed": self.allowed,
            "kind": self.kind,
            "subject": self.subject,
            "rule": self.rule or None,
            "source": self.source or None,
            "asker": self.asker,
            "times": self.n,
            "first_at": iso(self.first_at),
            "runs": list(self.runs),
            "scripts": sorted(set(self.runs.values())),
            "places": [{"run_id": run_id, "key": key} for run_id, key in self.places],
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit has found.

    Attributes:
        approvals: By run and time: what was decided on a script's header, as it was noted.
        overrides: What the options of a run changed of its profile, by run.
    """

    rows: list[AuditRow]
    approvals: list[dict[str, Value]]
    overrides: dict[str, list[str]]


def audit(reader: JournalReader, runs: Iterable[RunRow], *, denied_only: bool = False) -> Audit:
    """Every decision of these runs. Refusals come first, then by what was asked for."""
    rows: dict[tuple[bool, str, str, str, str, str], AuditRow] = {}
    approvals: list[dict[str, Value]] = []
    overrides: dict[str, list[str]] = {}
    for row in runs:
        run = row.run
        entries = {it.key: it for it in reader.entries(run.run_id)}
        for entry in entries.values():
            for line in entry.permission:
                if denied_only and line.allowed:
                    continue
                asker = _asker(entries, entry, line, is_script=bool(run.language))
                kept = rows.setdefault(
                    (line.allowed, line.kind, line.subject, line.rule, line.source, asker),
                    AuditRow(line.allowed, line.kind, line.subject, line.rule, line.source, asker, entry.started_at),
                )
                kept.n += 1
                kept.first_at = min(kept.first_at, entry.started_at)
                kept.runs.setdefault(run.run_id, run.script)
                if len(kept.places) < _PLACES:
                    kept.places.append((run.run_id, entry.key))
        for note in reader.notes(run.run_id, kind="approval"):
            about = plain(dict(note.value)) if isinstance(note.value, Mapping) else {"what": plain(note.value)}
            approvals.append({"run_id": run.run_id, "at": iso(note.at), **about})
        changed = run.options.get("overrides")
        if isinstance(changed, list | tuple) and changed:
            overrides[run.run_id] = [str(it) for it in changed]
    ordered = sorted(rows.values(), key=lambda it: (it.allowed, it.kind, it.subject, it.asker))
    return Audit(ordered, approvals, overrides)


def together(rows: Iterable[AuditRow]) -> list[tuple[AuditRow, str]]:
    """For people: the rows of the same decision, kind, rule and asker as one where they are many, each with what was
    asked for in words."""
    groups: dict[tuple[bool, str, str, str, str], list[AuditRow]] = {}
    for it in rows:
        groups.setdefault((it.allowed, it.kind, it.rule, it.source, it.asker), []).append(it)
    shown: list[tuple[AuditRow, str]] = []
    for alike in groups.values():
        if len(alike) <= _ALIKE:
            shown += [(it, f"{it.kind}:{it.subject}") for it in alike]
            continue
        first = alike[0]
        runs = {run_id: script for it in alike for run_id, script in it.runs.items()}
        n, first_at = sum(it.n for it in alike), min(it.first_at for it in alike)
        row = replace(first, subject="", first_at=first_at, n=n, runs=runs)
        shown.append((row, f"{first.kind}: {gathered(first.kind, [it.subject for it in alike])}"))
    return shown


def _asker(entries: Mapping[str, Entry], entry: Entry, line: PermissionLine, *, is_script: bool) -> str:
    """On whose behalf it was asked for: the permission to use a tool is its caller's, what it opens is its own."""
    place: Entry | None = entries.get(entry.parent) if line.kind == entry.target else entry
    seen: set[str] = set()
    while place is not None and place.key not in seen:
        if place.kind == "effect" and place.target in _ACTORS:
            return f"the {place.target} {place.method}"
        seen.add(place.key)
        place = entries.get(place.parent)
    return "the script" if is_script else "the command line"
