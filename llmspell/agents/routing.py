"""Route: a router chooses which member is asked.

The router is an agent, which is asked for a name in a structured answer, or a function. A name that is written a little
differently is understood; one that is no member's leads to the fallback, and without one to an error that names the
nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llmspell.agents.composite_options import CompositeOptions, is_function, is_runnable
from llmspell.agents.execution import Execution, Members
from llmspell.agents.protocol import AgentInput
from llmspell.agents.quoting import quoted
from llmspell.agents.result import AgentResult
from llmspell.errors import AgentNotFound
from llmspell.models.messages import Media, Value, user
from llmspell.suggestions import did_you_mean

MAX_DESCRIPTION = 500  # characters of one member's that a router is shown


async def route(execution: Execution, members: Members, options: CompositeOptions) -> AgentResult:
    """Choose one and ask it."""
    labels = [label for label, _ in members]
    said, reason = await _choice(execution, members, options)
    chosen = _member_of(said, labels) or options.fallback
    if not chosen:
        shown = said[:100]
        raise AgentNotFound(
            f'the router of {execution.name} chose "{shown}", which is no member',
            hint=did_you_mean(shown, labels) or f"the members are {', '.join(labels)[:500]}; a fallback can be given",
            details={"chosen": shown, "members": labels[:100]},
        )
    result = (await execution.ask(chosen, dict(members)[chosen], execution.input)).answer()
    metadata = {"chosen": chosen, "said": said, "reason": reason, "is_fallback": not _member_of(said, labels)}
    return execution.result(result.text, answered=result, data=result.data, metadata=metadata)


async def _choice(execution: Execution, members: Members, options: CompositeOptions) -> tuple[str, str]:
    """What the router said, and why. A router that fails has said nothing, where errors do not end the whole."""
    router = options.router
    labels = [label for label, _ in members]
    if is_function(router):
        return _name_in(await router(execution.input.text, labels)), ""
    assert is_runnable(router)  # `check_options` takes nothing else
    outcome = await execution.ask("router", router, _question(execution.input, members))
    if outcome.result is None:
        return "", ""
    data = outcome.result.data
    reason = data.get("reason") if isinstance(data, dict) else None
    return _name_in(outcome.result.text if data is None else data), str(reason or "")


def _question(input: AgentInput, members: Members) -> AgentInput:
    rows = [f"- {label}: {it.description[:MAX_DESCRIPTION] or 'no description'}" for label, it in members]
    text = "\n".join(
        (
            "Choose the agent that is to answer this request. Do not answer it yourself.",
            "<agents>",
            *rows,
            "</agents>",
            quoted("request", input.text),
        )
    )
    schema = {
        "type": "object",
        "properties": {
            "agent": {"type": "string", "enum": [label for label, _ in members]},
            "reason": {"type": "string", "description": "Why, in a sentence"},
        },
        "required": ["agent"],
        "additionalProperties": False,
    }
    # What was said before may matter, and so may pictures.
    media = [part for it in input.messages[-1:] for part in it.parts if isinstance(part, Media)]
    return replace(input, messages=(*input.messages[:-1], user(text, *media)), overrides={"schema": schema})


def _name_in(said: Value) -> str:
    """The name in what a router has said: a text, or data with `agent` or `name`."""
    if isinstance(said, dict):
        said = said.get("agent", said.get("name", ""))
    return said.strip().strip("\"'`*.").strip() if isinstance(said, str) else ""


def _member_of(said: str, labels: Sequence[str]) -> str:
    """The label that is meant; empty where none is."""
    if said in labels:
        return said
    by_spelling = {_spelling(it): it for it in labels}
    if _spelling(said) in by_spelling:
        return by_spelling[_spelling(said)]
    # A sentence that has exactly one member's name in it means that one.
    words = said.casefold().replace(",", " ").replace(".", " ").split()
    named = [it for it in labels if it.casefold() in words]
    if len(named) == 1:
        return named[0]
    from difflib import get_close_matches  # late: only a name that is no member's needs it

    near = get_close_matches(_spelling(said)[:100], by_spelling, n=1, cutoff=0.8)
    return by_spelling[near[0]] if near else ""


def _spelling(name: str) -> str:
    return name.casefold().replace("_", "-").replace(" ", "-")
