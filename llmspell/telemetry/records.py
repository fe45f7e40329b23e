"""What is told of an entry when it has ended: names, times, and attributes, without secrets, ready to be sent.

Made in the host, where secrets are known, so that the process which sends it needs to know none. A plain call of the
script's costs next to nothing here: six fields, as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from llmspell.journal.entries import NO_USAGE
from llmspell.journal.snapshot import unpack
from llmspell.telemetry import conventions as names

if TYPE_CHECKING:
    from llmspell.journal.entries import Draft
    from llmspell.security.redact import Redactor

MAX_CONTENT_CHARS = 64 * 1024  # of each attribute that holds content
MAX_MESSAGE_CHARS = 1_000  # of an error
MAX_CALL_IDS = 1_000  # of turns of agents whose tool calls may still come
PERMISSION_DENIED = "llmspell.permission.denied"

# A key without a part that somebody has named: there is no secret in it, and it is the key of most calls. Its parent's
# is a part of it.
_NUMBERED = re.compile(r"[0-9.:/]*").fullmatch

Attributes: TypeAlias = dict[str, Any]
Address = Callable[[str], "tuple[str, int] | None"]
# key, parent, target, method, started_at, ended_at
Plain: TypeAlias = tuple[str, str, str, str, float, float]


class Record(NamedTuple):
    """A span, but for its ids. Times are wall-clock seconds since 1970.

    Attributes:
        is_client: It asks another system.
        error: Code and message, or None.
        events: Name, time, attributes.
    """

    key: str
    parent: str
    name: str
    is_client: bool
    started_at: float
    ended_at: float
    attributes: Attributes
    error: tuple[str, str] | None
    events: list[tuple[str, float, Attributes]]


class Describing:
    """Makes records of drafts.

    Args:
        content: Also what goes to models and tools and comes back.
        address: Where a provider is asked, by its name; None where nobody knows.
    """

    def __init__(self, redactor: Redactor, *, content: bool, address: Address) -> None:
        self._redactor = redactor
        self._content = content
        self._address = address
        self._call_ids: dict[str, list[str]] = {}  # of a turn of an agent's, by the key of that place

    def describe(self, draft: Draft) -> Plain | Record:
        """What is told of an entry that has ended."""
        attributes: Attributes = {}
        ended_at = draft.started_at if draft.ended_at is None else draft.ended_at
        special = _SPECIAL.get(draft.target)
        text = self._redactor.text
        if special is None:
            if draft.error is None and not draft.cost_usd and (not draft.decisions or _all_allowed(draft)):
                key, parent = draft.key, draft.parent
                if not _NUMBERED(key):
                    key, parent = text(key), text(parent)
                return key, parent, text(draft.target), text(draft.method), draft.started_at, ended_at
            name = f"{draft.target}.{draft.method}"
        else:
            name, attributes = special(self, draft)
        attributes[names.KEY] = text(draft.key)
        if draft.reused:
            attributes[names.REUSED] = True
        if draft.usage != NO_USAGE and draft.target != "model":
            attributes[names.INPUT_TOKENS] = draft.usage.input_tokens
            attributes[names.OUTPUT_TOKENS] = draft.usage.output_tokens
        if draft.cost_usd:
            attributes[names.COST] = draft.cost_usd
        error = None
        if draft.error is not None:
            code, message = str(draft.error.get("code", "")), str(draft.error.get("message", ""))
            error = text(code), text(message)[:MAX_MESSAGE_CHARS]
            attributes[names.ERROR_TYPE] = error[0]
        events = [
            (
                PERMISSION_DENIED,
                ended_at,
                {
                    "llmspell.permission.kind": it.kind,
                    "llmspell.permission.subject": text(it.subject),
                    "llmspell.permission.rule": text(it.rule) or "default",
                },
            )
            for it in draft.decisions
            if not it.allowed
        ]
        is_client = draft.target == "model"
        return Record(
            text(draft.key),
            text(draft.parent),
            text(name),
            is_client,
            draft.started_at,
            ended_at,
            attributes,
            error,
            events,
        )

    def _model(self, draft: Draft) -> tuple[str, Attributes]:
        full = self._redactor.text(draft.method)
        provider, _, model = full.partition("/")
        attributes: Attributes = {
            names.OPERATION: names.CHAT,
            names.PROVIDER: names.provider_name(provider),
            names.REQUEST_MODEL: model,
        }
        address = self._address(provider)
        if address is not None:
            attributes[names.SERVER_ADDRESS], attributes[names.SERVER_PORT] = address
        request, answer = _value(draft.args), _value(draft.result)
        settings = _map(request.get("settings"))
        for ours, theirs in names.REQUEST_SETTINGS.items():
            if isinstance(settings.get(ours), int | float):
                attributes[theirs] = settings[ours]
        response = _map(answer.get("response"))
        message = _map(response.get("message"))
        for ours, theirs in (("model", names.RESPONSE_MODEL), ("request_id", names.RESPONSE_ID)):
            if response.get(ours):
                attributes[theirs] = self._redactor.text(str(response[ours]))
        finish = str(response.get("finish_reason", ""))
        if finish:
            attributes[names.FINISH_REASONS] = [finish]
        if draft.usage != NO_USAGE:
            attributes[names.INPUT_TOKENS] = draft.usage.input_tokens
            attributes[names.OUTPUT_TOKENS] = draft.usage.output_tokens
            if draft.usage.cached_tokens:
                attributes[names.CACHED_TOKENS] = draft.usage.cached_tokens
        self._remember_calls(draft.key, message)
        if self._content:
            messages = request.get("messages") or []
            self._put(attributes, names.INPUT_MESSAGES, names.input_messages(messages))
            self._put(attributes, names.SYSTEM_INSTRUCTIONS, names.system_instructions(messages))
            self._put(attributes, names.TOOL_DEFINITIONS, request.get("tools"))
            if message:
                self._put(attributes, names.OUTPUT_MESSAGES, [names.output_message(message, finish)])
        return f"{names.CHAT} {model}", attributes

    def _tool(self, draft: Draft) -> tuple[str, Attributes]:
        attributes: Attributes = {
            names.OPERATION: names.EXECUTE_TOOL,
            names.TOOL_NAME: self._redactor.text(draft.method),
            names.TOOL_TYPE: "function",
        }
        call_id = self._call_id(draft.key)
        if call_id:
            attributes[names.TOOL_CALL_ID] = self._redactor.text(call_id)
        if self._content:
            self._put(attributes, names.TOOL_ARGUMENTS, unpack(draft.args))
            self._put(attributes, names.TOOL_RESULT, None if draft.result is None else unpack(draft.result))
        return f"{names.EXECUTE_TOOL} {draft.method}", attributes

    def _agent(self, draft: Draft) -> tuple[str, Attributes]:
        name = self._redactor.text(draft.method)
        return f"{names.INVOKE_AGENT} {name}", {names.OPERATION: names.INVOKE_AGENT, names.AGENT_NAME: name}

    def _workflow(self, draft: Draft) -> tuple[str, Attributes]:
        name = self._redactor.text(draft.method)
        return f"{names.INVOKE_WORKFLOW} {name}", {names.OPERATION: names.INVOKE_WORKFLOW, names.WORKFLOW_NAME: name}

    def _put(self, attributes: Attributes, name: str, value: Any) -> None:
        if value:
            text = json.dumps(self._redactor.value(value), ensure_ascii=False, default=_readable)
            attributes[name] = text[:MAX_CONTENT_CHARS]

    def _remember_calls(self, key: str, message: Mapping[str, Any]) -> None:
        ids = [str(it.get("id", "")) for it in message.get("tool_calls", ())]
        if ids:
            if len(self._call_ids) >= MAX_CALL_IDS:
                del self._call_ids[next(iter(self._call_ids))]
            self._call_ids[key.rpartition("/")[0]] = ids

    def _call_id(self, key: str) -> str:
        """What the model calls this call: `…/step2/call1/1` is the first that the model of step 2 has asked for."""
        step, _, part = key.rpartition("/")[0].rpartition("/")
        number = part.removeprefix("call")
        ids = self._call_ids.get(step)
        if ids is None or part == number or not number.isdigit() or not 0 < int(number) <= len(ids):
            return ""
        return ids[int(number) - 1]


_SPECIAL: dict[str, Callable[[Describing, Any], tuple[str, Attributes]]] = {
    "model": Describing._model,
    "tool": Describing._tool,
    "agent": Describing._agent,
    "handoff": Describing._agent,
    "workflow": Describing._workflow,
}


def _all_allowed(draft: Draft) -> bool:
    return all(it.allowed for it in draft.decisions)


def _value(packed: bytes | None) -> Mapping[str, Any]:
    return {} if packed is None else _map(unpack(packed))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _readable(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else f"<{type(value).__name__}>"
