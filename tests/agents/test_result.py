"""A result as scripts see it, and back."""

from __future__ import annotations

from llmspell.agents.result import AgentResult, Step
from llmspell.journal.entries import Usage
from llmspell.models.messages import Media, Text, ToolCall, assistant, tool_answer, user

CALL = ToolCall("c1", "calculator", {"input": "1"})


def test_it_comes_back_from_plain_data_as_it_was() -> None:
    result = AgentResult(
        "It is 1.",
        {"n": 1},
        (user("q"), assistant("hm", (CALL,), "I think"), tool_answer(CALL, "no", is_error=True), assistant("It is 1.")),
        (
            {
                "id": "c1",
                "name": "calculator",
                "arguments": {"input": "1"},
                "result": 1,
                "error": None,
                "duration_ms": 0.1,
            },
        ),
        (Step("tool", "hm", "calculator", {"input": "1"}, "1"), Step("model", observation="It is 1.")),
        Usage(1, 2, 3),
        0.5,
        "a/b",
        "ada",
        "stop",
        1.5,
        ({"url": "u"},),
        {"x": 1},
    )
    assert AgentResult.from_value(result.to_value()) == result
    assert AgentResult.from_value(AgentResult("").to_value()) == AgentResult("")


def test_scripts_see_the_text_under_both_names_and_the_sum_of_tokens() -> None:
    value = AgentResult("hi", usage=Usage(3, 4, 1)).to_value()
    assert value["text"] == value["response"] == "hi" and value["success"] is True
    assert value["usage"] == {"input_tokens": 3, "output_tokens": 4, "cached_tokens": 1, "total_tokens": 7}


def test_of_a_picture_there_is_its_size_and_not_its_bytes() -> None:
    picture = Media("image", "image/png", b"x" * 1000, name="chart.png")
    linked = Media("image", "image/png", url="https://example.com/a.png")
    value = AgentResult("", messages=(user("look", picture, linked), user(Text("and")))).to_value()
    assert value["messages"][0]["parts"] == [
        {"text": "look"},
        {"kind": "image", "mime": "image/png", "name": "chart.png", "bytes": 1000},
        {"kind": "image", "mime": "image/png", "url": "https://example.com/a.png"},
    ]
