"""smolagents' `ToolCallingAgent` with a model that answers at once. It ends by calling its final_answer tool."""

from importlib.metadata import version
from typing import Any

from smolagents import ToolCallingAgent, tool
from smolagents.models import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
    Model,
)
from timing import report


class Instant(Model):
    """Calls the tool, then says what it answered."""

    def generate(self, messages: list[Any], *_: Any, **__: Any) -> ChatMessage:
        said = str(messages[-1])
        if "Observation" in said:
            called = ChatMessageToolCallFunction(name="final_answer", arguments={"answer": "It is 3."})
        else:
            called = ChatMessageToolCallFunction(name="add", arguments={"a": 1, "b": 2})
        calls = [ChatMessageToolCall(id="1", type="function", function=called)]
        return ChatMessage(role=MessageRole.ASSISTANT, content="", tool_calls=calls)


@tool
def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


agent = ToolCallingAgent(tools=[add], model=Instant(), verbosity_level=-1)


async def once() -> str:
    return str(agent.run("What is 1 + 2?"))


report("smolagents", version("smolagents"), once, expected="It is 3.", runs=50)
