"""Templates in words for people: a list, a description, an estimate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from llmspell.effects.budget import shown_usd


def listed(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line for each."""
    width = max((len(str(it["name"])) for it in rows), default=0)
    kind = max((len(str(it["category"])) for it in rows), default=0)
    lines = [f"{it['name']:<{width}}  {it['category']:<{kind}}  {it.get('error') or it['description']}" for it in rows]
    return "\n".join(lines)


def described(row: Mapping[str, Any], estimate: Mapping[str, Any] | None) -> str:
    """Everything that is known of one.

    Args:
        estimate: Of its first example.
    """
    lines = [f"{row['name']}: {row['description']}"]
    lines += [_parameter(it) for it in row["parameters"]]
    facts = {
        "category": row["category"],
        "tags": ", ".join(row["tags"]),
        "asks models as": ", ".join(row["roles"]),
        "cannot": row["limits"],
        "result": row["gives"],
        "from": row["origin"],
    }
    lines += [f"{name}: {value}" for name, value in facts.items() if value]
    for it in row["examples"]:
        lines.append(
            f"example: llmspell template run {row['name']} --input {_quoted(json.dumps(it, ensure_ascii=False))}"
        )
    if estimate is not None:
        lines.append(
            f"the first example would ask for {estimated(estimate)}" if row["examples"] else estimated(estimate)
        )
    return "\n".join(lines)


def estimated(found: Mapping[str, Any]) -> str:
    """An estimate in a sentence, and its notes."""
    notes = [f"note: {it}" for it in found["notes"]]
    if found["calls"] is None:
        return "\n".join(["an unknown number of calls", *notes])
    least, most = found["min"], found["max"]
    calls = _between(found["calls"], least["calls"], most["calls"], f"call{'' if found['calls'] == 1 else 's'}")
    tokens_in = _between(found["input_tokens"], least["input_tokens"], most["input_tokens"], "tokens in")
    tokens_out = _between(found["output_tokens"], least["output_tokens"], most["output_tokens"], "out")
    cost = "an unknown sum" if found["usd"] is None else _sum(found["usd"], least["usd"], most["usd"])
    names = ", ".join(dict.fromkeys(filter(None, found["models"].values())))
    asked = f" of {names}" if names else ""
    sentence = f"{calls}{asked}: {tokens_in}, {tokens_out}, {cost}; confidence {found['confidence']}"
    return "\n".join([sentence, *notes])


def _between(likely: int, least: int, most: int, what: str) -> str:
    return f"{likely} {what}" if least == most else f"about {likely} {what} ({least} to {most})"


def _sum(likely: float, least: float, most: float) -> str:
    if least == most:
        return f"${shown_usd(likely)}"
    return f"about ${shown_usd(likely)} (${shown_usd(least)} to ${shown_usd(most)})"


def _parameter(it: Mapping[str, Any]) -> str:
    value = " | ".join(map(str, it.get("enum", ()))) or str(it["type"]).upper()
    bounds = [f"{word} {it[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in it]
    if it["required"]:
        default = "required"
    elif it.get("default") in (None, "", [], {}):
        default = "optional"
    else:
        default = f"{json.dumps(it['default'], ensure_ascii=False)} if not given"
    return f"  --param {it['name']}={value}  {it['description']} ({', '.join([default, *bounds])})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
