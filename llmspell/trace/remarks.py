"""Notes in words: what was approved, found, labelled or would have been refused, what was done first.

Nothing here trusts the shape of a note: a journal may hold what another version has written, or anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from llmspell.journal.entries import Value
from llmspell.trace.wording import gathered, short

Said = tuple[str, str]  # of which sort it is, and the rest
_CHAIN = 4  # sources of a flow
_HASH = 12  # digits
_DONE = {"strict": "and stopped it", "redact": "and took it out", "permissive": "and let it through"}
_PLACES = {"to_model": "what goes to the model", "from_model": "what comes from the model", "to_tool": "what goes into"}


def remark(kind: str, value: Value) -> Said:
    """One note in words; of a kind that has none, its value in short."""
    if isinstance(value, str):
        return kind, value
    if isinstance(value, Mapping):
        words = {"approval": approval, "guardrail": _guardrail, "flow": _flow}.get(kind)
        said = words(value) if words is not None else ""
        if said:
            return kind, said
    return kind, short(value)


def source_of(value: Value) -> Said | None:
    """Of a note of the kind `label`: the label, and where it came from."""
    if isinstance(value, Mapping) and isinstance(value.get("source"), str):
        return str(value.get("label", "label")), str(value["source"])
    return None


def labels(sources: Iterable[Said]) -> list[Said]:
    """Sources in few lines: one for each label and kind of source, with how many there are."""
    groups: dict[tuple[str, str], list[str]] = {}
    for label, source in sources:
        kind, colon, name = source.partition(":")
        groups.setdefault((label, kind if colon else ""), []).append(name if colon else source)
    return [(label, f"{kind} {gathered(kind, names)}".strip()) for (label, kind), names in groups.items()]


def approval(value: Mapping[str, Value]) -> str:
    """`approved once by ann on 2026-11-29 03:00: net:example.com · fetch.lua (text 1f0c2b3a4d5e), profile medium`"""
    how = value.get("how")
    if not isinstance(how, str):
        return ""
    text = how + (f" by {_str(value, 'by')}" if value.get("by") else "")
    at = value.get("approved_at")
    if isinstance(at, int | float) and 0 < at < 1 << 33:
        text += f" on {datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
    if asked := _texts(value.get("permissions")):
        text += f": {', '.join(asked)}"
    where = _str(value, "script")
    if digits := _str(value, "hash")[:_HASH]:
        where += f" (text {digits})"
    if value.get("profile"):
        where += f", profile {_str(value, 'profile')}"
    if isinstance(modules := value.get("modules"), Mapping) and modules:
        where += f", with {gathered('module', [str(it) for it in modules])}"
    return f"{text} · {where}" if where else text


def _guardrail(value: Mapping[str, Value]) -> str:
    done = _DONE.get(_str(value, "action"), "")
    of = f" of {_str(value, 'agent')}" if value.get("agent") else ""
    if "limit" in value:
        count = f"{_str(value, 'count')} of {_str(value, 'allowed')}" if "count" in value else _str(value, "allowed")
        return f"the limit {_str(value, 'limit')}{of} was reached ({count}) {done}".rstrip()
    found = ", ".join(_texts(value.get("found")))
    if not found:
        return ""
    place = _str(value, "place")
    where = " ".join(
        it for it in (_PLACES.get(place, place), "the tool" if place == "to_tool" else "", _str(value, "name")) if it
    )
    times = value.get("times")
    often = f" {times} times" if isinstance(times, int) and times > 1 else ""
    return f'"{_str(value, "rule")}"{of} found {found}{often} in {where} {done}'.rstrip()


def _flow(value: Mapping[str, Value]) -> str:
    if "unlisted" in value:
        return f"only the first {_str(value, 'listed')} sources are listed; there are more from here on"
    chain = value.get("chain")
    if not isinstance(chain, Sequence) or isinstance(chain, str) or not value.get("channel"):
        return ""
    found = labels(it for it in map(source_of, chain) if it is not None)
    after = "; ".join(f"{label}: {text}" for label, text in found[:_CHAIN]) + ("; …" if len(found) > _CHAIN else "")
    return f'let through to {_str(value, "channel")}, which flows = "enforce" would refuse; the run holds {after}'


def _str(value: Mapping[str, Value], name: str) -> str:
    found = value.get(name)
    return "" if found is None else f"{found:g}" if isinstance(found, float) else str(found)[:200]


def _texts(value: Value) -> list[str]:
    return [str(it) for it in value] if isinstance(value, list | tuple) else []
