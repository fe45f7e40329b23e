"""Process documents: a text of each of them, or fields as data; long ones are read in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmspell.agents.quoting import as_json
from llmspell.errors import BadArgument
from llmspell.models.messages import Value
from llmspell.templates.documents import documents_of
from llmspell.templates.protocol import Forecast, Outcome
from llmspell.templates.reduction import Part, map_calls, parts_of, reduce_calls, reduce_texts
from llmspell.templates.work import Question
from llmspell.tools.schema_of import check_script_schema

if TYPE_CHECKING:
    from llmspell.templates.work import Work

MAX_FIELDS = 60
_FAN_IN = 12


async def execute(work: Work) -> Outcome:
    """Read every document."""
    parts = parts_of(work, await documents_of(work))
    is_data = work.params["operation"] == "extract"
    role, schema = ("extractor", _schema(work)) if is_data else ("reader", None)
    questions = [Question(f"{role} {i}", role, (it.shown(),), schema=schema) for i, it in enumerate(parts, 1)]
    outcomes = await work.ask_all("read", questions, max_concurrency=work.params["max_concurrency"])
    by_document: dict[str, list[Value]] = {}
    for part, outcome in zip(parts, outcomes, strict=True):
        answer = outcome.answer()
        by_document.setdefault(part.document, []).append(answer.data if is_data else answer.text)
    rows: list[dict[str, Value]] = []
    for name, answers in by_document.items():
        if is_data:
            rows.append({"name": name, "data": _merged(answers), "parts": len(answers)})
        else:
            text, _ = await reduce_texts(work, "combiner", answers, fan_in=_FAN_IN, of_parts=True)
            rows.append({"name": name, "text": text, "parts": len(answers)})
    result: dict[str, Value] = {"operation": work.params["operation"], "documents": rows}
    texts = [as_json(it["data"]) if is_data else str(it["text"]) for it in rows]
    shown = (
        texts[0]
        if len(rows) == 1
        else "\n\n".join(f"## {it['name']}\n\n{one}" for it, one in zip(rows, texts, strict=True))
    )
    if work.params["combine"] and len(rows) > 1:
        labels = [str(it["name"]) for it in rows]
        combined, _ = await reduce_texts(work, "combiner", texts, fan_in=_FAN_IN, labels=labels, of_parts=False)
        result["combined"] = combined
        shown = f"{combined}\n\n{shown}"
    return Outcome(shown, result)


async def forecast(work: Work) -> Forecast:
    """Every part once, and what is put together of them."""
    parts = parts_of(work, await documents_of(work))
    is_data = work.params["operation"] == "extract"
    if is_data:
        _schema(work)
    role = "extractor" if is_data else "reader"
    calls = [await map_calls(work, role, parts)]
    for n in [] if is_data else _long(parts):
        calls.append(await reduce_calls(work, "combiner", n, _FAN_IN, of=role, of_parts=True))
    n_documents = len({it.document for it in parts})
    if work.params["combine"] and n_documents > 1:
        calls.append(await reduce_calls(work, "combiner", n_documents, _FAN_IN, of=role, of_parts=False))
    return Forecast(calls)


def _long(parts: Sequence[Part]) -> list[int]:
    """How many parts those documents have that have several."""
    return [it.of for it in parts if it.number == 1 and it.of > 1]


def _schema(work: Work) -> dict[str, Value]:
    """The JSON Schema of the fields; each may be null."""
    fields = work.params["fields"]
    if not fields:
        raise work.wrong("fields", "extract needs `fields`", 'for example { total = "the sum with tax" }')
    if len(fields) > MAX_FIELDS:
        raise work.wrong("fields", f"{len(fields)} fields are too many, {MAX_FIELDS} at most")
    properties: dict[str, Value] = {}
    for name, it in fields.items():
        if isinstance(it, str):
            properties[name] = {"type": ["string", "number", "boolean", "null"], "description": it[:1000]}
        elif isinstance(it, Mapping):
            kinds = it.get("type", ["string", "number", "boolean"])
            wanted = [kinds] if isinstance(kinds, str) else list(kinds)
            nothing = [] if "null" in wanted else ["null"]
            choices = {"enum": [*it["enum"], None]} if isinstance(it.get("enum"), list) and nothing else {}
            properties[name] = {**it, **choices, "type": [*wanted, *nothing]}
        else:
            raise work.wrong(f"fields.{name}", f"the field {name[:80]} is a description or a JSON Schema")
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    try:
        check_script_schema(schema)
    except BadArgument as problem:
        raise work.wrong("fields", problem.message, problem.hint) from problem
    return schema


def _merged(answers: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    """The fields of a document of those of its parts: the first that says something, and lists put together."""
    found: dict[str, Value] = {}
    for answer in answers:
        for name, value in answer.items():
            before = found.get(name)
            if isinstance(before, list) and isinstance(value, list):
                found[name] = [*before, *(it for it in value if it not in before)]
            elif before is None:
                found[name] = value
    return found
