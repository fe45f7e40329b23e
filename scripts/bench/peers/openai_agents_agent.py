"""openai-agents' `Runner.run` with a model that answers at once, its tracing off."""

from importlib.metadata import version
from typing import Any

from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)
from timing import report

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled

set_tracing_disabled(True)


class Instant(Model):
    """Calls the tool, then says what it answered."""

    async def get_response(self, system_instructions: Any, input: Any, *_: Any, **__: Any) -> ModelResponse:
        last = input[-1] if isinstance(input, list) else {}
        if last.get("type") == "function_call_output":
            text = ResponseOutputText(text=f"It is {last['output']}.", type="output_text", annotations=[])
            item: Any = ResponseOutputMessage(
                id="2", content=[text], role="assistant", status="completed", type="message"
            )
        else:
            item = ResponseFunctionToolCall(
                id="1", call_id="1", name="add", arguments='{"a": 1, "b": 2}', type="function_call"
            )
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("not used here")


@function_tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


agent = Agent(name="adder", instructions="Use the tool.", model=Instant(), tools=[add])


async def once() -> str:
    return str((await Runner.run(agent, "What is 1 + 2?")).final_output)


report("openai-agents", version("openai-agents"), once, expected="It is 3.")
