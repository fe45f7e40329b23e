"""pydantic-ai's `Agent.run` with a model that answers at once."""

from importlib.metadata import version

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from timing import report


def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    last = messages[-1].parts[-1]
    if isinstance(last, ToolReturnPart):
        return ModelResponse(parts=[TextPart(f"It is {last.content}.")])
    return ModelResponse(parts=[ToolCallPart("add", {"a": 1, "b": 2})])


agent = Agent(FunctionModel(answer), instructions="Use the tool.")


@agent.tool_plain
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def once() -> str:
    return (await agent.run("What is 1 + 2?")).output


report("pydantic-ai Agent", version("pydantic-ai-slim"), once, expected="It is 3.")
