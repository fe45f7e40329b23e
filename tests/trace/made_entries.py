"""Entries of runs that never were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llmspell.journal.entries import NO_USAGE, Entry, Kind, Note, PermissionLine, RunOutcome, RunRecord, RunRow, Usage
from llmspell.journal.owner import Owner
from llmspell.journal.snapshot import pack

START = 1_800_000_000.0


def run_row(outcome: str = "ok", *, exit_code: int = 0, owner: Owner | None = None, **more: Any) -> RunRow:
    """A run of a second; with no outcome, one that has not ended."""
    run = RunRecord("20270115-080000-abcdef01", "report.lua", "lua", "0" * 64, "medium", (), START, owner=owner, **more)
    return RunRow(run, RunOutcome(outcome, exit_code, START + 1) if outcome else None)


class Made:
    """Makes entries in the order in which they began, a hundredth of a second apart."""

    def __init__(self) -> None:
        self.n = 0

    def entry(
        self,
        key: str,
        parent: str = "",
        *,
        kind: Kind | None = None,
        target: str = "",
        method: str = "",
        args: Any = None,
        result: Any = None,
        error: dict[str, Any] | None = None,
        ended: bool = True,
        idempotent: bool = False,
        permission: tuple[PermissionLine, ...] = (),
        usage: Usage = NO_USAGE,
        cost_usd: float = 0.0,
        local: bool = False,
        reused: bool = False,
    ) -> Entry:
        self.n += 1
        kind = kind or ("effect" if "/" in key else "call")
        started = START + self.n / 100
        return Entry(
            run_id="20270115-080000-abcdef01",
            key=key,
            parent=parent,
            target=target or ("tool" if kind == "effect" else "Tool"),
            method=method or ("calculator" if kind == "effect" else "execute"),
            args_packed=pack([args or [], {}] if kind == "call" else args),
            result_packed=None if result is None else pack(result),
            error=error,
            started_at=started,
            ended_at=started + 0.005 if ended else None,
            idempotent=idempotent,
            permission=permission,
            usage=usage,
            cost_usd=cost_usd,
            opened=self.n,
            closed=1000 + self.n if ended else 0,
            kind=kind,
            local=local,
            reused=reused,
        )


class Reader:
    """A journal's reader of one run."""

    def __init__(self, entries: Sequence[Entry], notes: Sequence[Note] = (), row: RunRow | None = None) -> None:
        self._entries = entries
        self._notes = notes
        self._row = row or run_row()

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        return [self._row]

    def find_run(self, name: str) -> RunRow | None:
        return self._row

    def entries(self, run_id: str) -> Sequence[Entry]:
        return self._entries

    def notes(self, run_id: str, *, kind: str = "") -> Sequence[Note]:
        return [it for it in self._notes if kind in ("", it.kind)]

    def source(self, run_id: str) -> str | None:
        return None

    def unknown(self, run_id: str) -> tuple[str, ...]:
        return ()


DENIED = {"code": "permission_denied", "message": "not this"}
