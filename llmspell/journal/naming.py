"""Which run a person means: an id, the beginning of one, or `last`; and that one has become another."""

from __future__ import annotations

from collections.abc import Sequence

from llmspell.errors import UsageError
from llmspell.journal.entries import RunRow


def choose_run(name: str, newest_first: Sequence[RunRow]) -> RunRow | None:
    """The run that `name` stands for, or None.

    Raises:
        UsageError: Several runs begin like that.
    """
    if name == "last":
        return newest_first[0] if newest_first else None
    found = [it for it in newest_first if it.run.run_id.startswith(name)] if name else []
    exact = [it for it in found if it.run.run_id == name]
    if len(found) > 1 and not exact:
        shown = ", ".join(it.run.run_id for it in found[:3])
        raise UsageError(f"{len(found)} runs begin with {name}", hint=f"give more of the id: {shown}")
    chosen = exact or found
    return chosen[0] if chosen else None


def already_resumed(run_id: str, successor: str) -> UsageError:
    """The error for a run that is to be resumed a second time."""
    return UsageError(
        f"the run {run_id} was resumed already, as {successor}",
        hint=f"resume that one: `llmspell runs resume {successor}`; `llmspell runs fork {run_id}` starts another one",
        details={"run_id": run_id, "successor": successor},
    )
