"""Whether what a script does is what it did when it was recorded."""

from __future__ import annotations

from llmspell.errors import ReplayMismatch
from llmspell.journal.packed import args_of_call, shown_args, shown_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from llmspell.journal.entries import Entry


def check_call(
    key: str,
    entry: Entry | None,
    target: str,
    method: str,
    body: bytes,
    calls: Callable[[], Sequence[Entry]],
    classes: Mapping[int, str],
) -> None:
    """Compare a call with the recorded one.

    Args:
        body: Of the CALL.
        calls: All recorded ones, among which the nearest is looked for.
        classes: Of the objects that the script was given, by number.

    Raises:
        ReplayMismatch: It is another call, has other arguments, or there is none at this place.
    """
    handle, args = args_of_call(body)
    name = classes.get(handle, target) if handle else target
    if entry is not None and (entry.method, entry.handle) == (method, handle) and (handle or entry.target == target):
        if entry.args_packed == args or _is_unknown(entry):
            return
        name = entry.target
    from llmspell.replay.mismatch import is_same_call, mismatch_of

    shown = shown_args(args, is_call=True)
    if entry is not None and entry.handle == handle and is_same_call(entry, name, method, shown):
        return
    from llmspell.security.redact import Redactor

    # What was recorded is without secrets: so is this, when it is compared, and when it is shown.
    shown = Redactor().value(shown)
    if entry is not None and entry.handle == handle and is_same_call(entry, name, method, shown):
        return
    raise mismatch_of(key, name, method, shown, calls())


def check_result(entry: Entry, value: Any, body: bytes, *, failed: bool) -> None:
    """Compare what a function of the script's has come to with what it once came to.

    Args:
        value: What it returned, or the error map that it failed with.
        body: The same, packed.

    Raises:
        ReplayMismatch: It is something else.
    """
    if entry.ended_at is None or (entry.error is not None and entry.error.get("code") == "cancelled"):
        return  # nobody knows what it would have come to
    if not failed and entry.error is None and entry.result_packed == body:
        return
    from llmspell.journal.canonical import to_json
    from llmspell.replay.mismatch import difference

    # Of an error only the code: its message and traceback name lines of the script.
    before = entry.result if entry.error is None else {"error": entry.error.get("code")}
    now = ({"error": value.get("code")} if isinstance(value, dict) else value) if failed else shown_value(body)
    if to_json(before) == to_json(now):
        return
    lines = [f"{entry.method} of the script ({entry.key}) did not return what it once did", *difference(before, now)]
    raise ReplayMismatch(
        "\n  ".join(lines),
        hint="the script has changed since: record it again",
        details={"key": entry.key, "nearest": entry.key},
    )


def cannot_come(step: str) -> ReplayMismatch:
    """The error for a script that waits while what came next, if anything did, cannot come."""
    what = f", and {step}, which once came next, cannot come" if step else " for something that never comes"
    return ReplayMismatch(
        f"the script waits{what}",
        hint="the script has changed since: record it again",
        details={"key": step, "nearest": step},
    )


def never_answered(entry: Entry) -> ReplayMismatch:
    """The error for a script that waits for an answer which it did not get then either."""
    return ReplayMismatch(
        f"the script waits for {entry.target}.{entry.method} ({entry.key}), which was never answered then",
        hint="it was cancelled then, or cut off by the end of the run: record it again",
        details={"key": entry.key, "nearest": entry.key},
    )


def functions_in(value: Any) -> Iterator[int]:
    """The numbers of the script's functions in a value, each as often as it is there."""
    from llmspell.wire.values import CallbackRef

    pending = [value]
    while pending:
        it = pending.pop()
        if type(it) is dict:
            pending += it.values()
        elif type(it) is list:
            pending += it
        elif type(it) is CallbackRef:
            yield it.number


def classes_in(value: Any) -> dict[int, str]:
    """The classes of the host's objects in a value for people, by their numbers."""
    found: dict[int, str] = {}
    pending = [value]
    while pending:
        it = pending.pop()
        if isinstance(it, list):
            pending += it
        elif isinstance(it, dict):
            handle = it.get("$handle")
            if isinstance(handle, list) and len(handle) == 3:
                found[handle[0]] = handle[1]
            pending += it.values()
    return found


def _is_unknown(entry: Entry) -> bool:
    """Whether nobody knows with what the call was made: it is private, or was taken back before it was begun."""
    return (not entry.closed and entry.args_packed == b"\x92\x90\x80") or bool(entry.args == ["[private]"])
