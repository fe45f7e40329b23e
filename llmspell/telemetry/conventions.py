"""What an entry is called in telemetry: the names of the GenAI semantic conventions, and ours for what these lack.

The names are those of opentelemetry-semantic-conventions 0.66b2 (a test compares them), written out here because the
host imports nothing of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_ID = "gen_ai.response.id"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
AGENT_NAME = "gen_ai.agent.name"
WORKFLOW_NAME = "gen_ai.workflow.name"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
TOOL_CALL_ID = "gen_ai.tool.call.id"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"
TOOL_DEFINITIONS = "gen_ai.tool.definitions"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
CONVERSATION = "gen_ai.conversation.id"
TOKEN_TYPE = "gen_ai.token.type"
ERROR_TYPE = "error.type"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

TOKEN_USAGE = "gen_ai.client.token.usage"
OPERATION_DURATION = "gen_ai.client.operation.duration"

CHAT = "chat"
INVOKE_AGENT = "invoke_agent"
INVOKE_WORKFLOW = "invoke_workflow"
EXECUTE_TOOL = "execute_tool"

KEY = "llmspell.key"
KIND = "llmspell.kind"
COST = "llmspell.cost_usd"
REUSED = "llmspell.reused"
RUN_ID = "llmspell.run.id"

# Settings of a request by what the conventions call them.
REQUEST_SETTINGS = {
    "temperature": "gen_ai.request.temperature",
    "max_tokens": "gen_ai.request.max_tokens",
    "top_p": "gen_ai.request.top_p",
    "seed": "gen_ai.request.seed",
}
_PROVIDERS = {
    "google": "gcp.gemini",
    "gemini": "gcp.gemini",
    "xai": "x_ai",
    "mistral": "mistral_ai",
    "bedrock": "aws.bedrock",
    "azure": "azure.ai.openai",
}

Value = Any  # plain data of a script's


def provider_name(provider: str) -> str:
    """What the conventions call a provider of ours; one that they do not know keeps its name."""
    return _PROVIDERS.get(provider, provider)


def input_messages(messages: list[Mapping[str, Value]]) -> list[dict[str, Value]]:
    """Recorded messages in the conventions' form, without what only instructs."""
    return [_message(it) for it in messages if it.get("role") != "system"]


def system_instructions(messages: list[Mapping[str, Value]]) -> list[dict[str, Value]]:
    """The parts of the messages that instruct."""
    return [part for it in messages if it.get("role") == "system" for part in _parts(it)]


def output_message(message: Mapping[str, Value], finish_reason: str) -> dict[str, Value]:
    """A recorded answer in the conventions' form."""
    return {**_message(message), "finish_reason": finish_reason}


def _message(message: Mapping[str, Value]) -> dict[str, Value]:
    return {"role": message.get("role"), "parts": _parts(message)}


def _parts(message: Mapping[str, Value]) -> list[dict[str, Value]]:
    if message.get("role") == "tool":
        return [{"type": "tool_call_response", "id": message.get("tool_call_id", ""), "response": message.get("text")}]
    parts: list[dict[str, Value]] = []
    if message.get("reasoning"):
        parts.append({"type": "reasoning", "content": message["reasoning"]})
    if "text" in message:
        parts.append({"type": "text", "content": message["text"]})
    parts += [_part(it) for it in message.get("parts", ())]
    for it in message.get("tool_calls", ()):
        parts.append({"type": "tool_call", "id": it["id"], "name": it["name"], "arguments": it["arguments"]})
    return parts


def _part(part: Mapping[str, Value]) -> dict[str, Value]:
    if "kind" not in part:
        return {"type": "text", "content": part.get("text")}
    about = {"modality": part["kind"], "mime_type": part.get("mime", "")}
    if part.get("url"):
        return {"type": "uri", **about, "uri": part["url"]}
    # The bytes of pictures are in neither the journal nor telemetry.
    return {"type": "blob", **about, "sha256": part.get("sha256", ""), "bytes": part.get("bytes", 0)}
