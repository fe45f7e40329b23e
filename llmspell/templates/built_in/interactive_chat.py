"""A conversation, one message at a time: what was said is handed over, or kept in State under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument
from llmspell.models.messages import Message, Value, assistant, user
from llmspell.templates.estimate import calls_of, with_tools
from llmspell.templates.keeping import store_of
from llmspell.templates.protocol import Forecast, Outcome

if TYPE_CHECKING:
    from llmspell.templates.work import Work

SCOPE = "chat"
MAX_KEPT = 2_000  # messages of a session
MAX_KEPT_CHARS = 4_000_000


async def execute(work: Work) -> Outcome:
    """Answer the message, and keep it where there is a session."""
    message, session = work.params["message"], work.params["session"]
    if not message.strip():
        raise work.wrong("message", "the message is empty", "say something in `message`")
    before = await _before(work)
    shown = [_message(work, i, it) for i, it in enumerate(before)][-work.params["max_messages"] :]
    while shown and shown[0].role != "user":  # no model begins with its own answer
        shown.pop(0)
    answer = await work.ask("assistant", message, history=shown, on_event=work.on_event)
    said: list[Value] = [
        *before,
        {"role": "user", "content": message},
        {"role": "assistant", "content": answer.text},
    ]
    if session and answer.text.strip():  # no provider takes a message without text
        await store_of(work, "a session").set(SCOPE, session, _newest(said))
    result = {"answer": answer.text, "messages": said, "session": session, "turn": (len(said) + 1) // 2}
    return Outcome(answer.text, result)


async def forecast(work: Work) -> Forecast:
    """One call, or as many as its tools take."""
    before = await _before(work)
    texts = [str(it.get("content", "")) for it in before][-work.params["max_messages"] :]
    calls = await calls_of(work, "assistant", work.params["message"], *texts)
    if work.params["tools"]:
        return Forecast([with_tools(calls, work.role("assistant").max_steps)], "low")
    return Forecast([calls])


async def _before(work: Work) -> list[Value]:
    """What was said before."""
    session, given = work.params["session"], work.params["messages"]
    if session and given:
        raise work.wrong("messages", "a session has its own messages", "give `session` or `messages`")
    if not session:
        return list(given)
    try:
        kept: Value = await store_of(work, "a session").get(SCOPE, session, [])
    except BadArgument as problem:
        raise work.wrong("session", problem.message, problem.hint) from problem
    return list(kept)


def _message(work: Work, i: int, row: Value) -> Message:
    at = f"messages[{i}]"
    match row:
        case {"role": "user", "content": str(text)}:
            return user(text)
        case {"role": "assistant", "content": str(text)}:
            return assistant(text)
    raise work.wrong(at, f'{at} is {{ role = "user" or "assistant", content = … }}')


def _newest(said: Sequence[Value]) -> list[Value]:
    """The last messages, as many as are kept."""
    kept: list[Value] = []
    n_chars = 0
    for it in reversed(said[-MAX_KEPT:]):
        n_chars += len(it["content"])
        if n_chars > MAX_KEPT_CHARS and kept:
            break
        kept.append(it)
    return kept[::-1]
