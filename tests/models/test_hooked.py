"""Requests to models under the eyes of hooks."""

from typing import Any

import pytest
from model_conversations import run, says
from paid_models import PaidModel, Place

from llmspell.errors import BadArgument, HookCancelled, PermissionDenied
from llmspell.models.calling import Called, call_model
from llmspell.models.messages import Media, assistant, system, user
from llmspell.models.protocol import ModelRequest, ModelSettings, TextDelta, ToolDefinition

HELLO = says("Say hello.")
ANSWER = {"text": "hello", "usage": {"input_tokens": 1_000, "output_tokens": 100}}


class Watched(Place):
    """A place with hooks, and the contexts that they got."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.seen: list[dict[str, Any]] = []

        async def look(moment: Any, ctx: Any) -> None:
            self.seen.append(moment.to_value())

        self.run.hooks.register("*ModelCall", look, "highest")

    def at(self, point: str, returned: Any) -> "Watched":
        async def hook(moment: Any, ctx: Any) -> Any:
            return returned(moment) if callable(returned) else returned

        self.run.hooks.register(point, hook)
        return self

    def ask(self, model: Any, request: ModelRequest = HELLO, **more: Any) -> Called:
        return run(call_model(self.ctx, self.services, [model], request, **more))


def test_hooks_see_what_is_asked_and_answered_as_plain_data():
    place = Watched()
    place.ask(PaidModel(ANSWER), says(system("Be kind."), user("Hi"), settings=ModelSettings(temperature=0.5)))
    before, after = place.seen
    assert (before["point"], before["model"]) == ("BeforeModelCall", "paid/one")
    assert before["input"]["messages"] == [{"role": "system", "text": "Be kind."}, {"role": "user", "text": "Hi"}]
    assert before["input"]["settings"] == {"temperature": 0.5}
    assert after["output"]["text"] == "hello" and after["output"]["usage"]["input_tokens"] == 1_000
    assert after["output"]["cost_usd"] == pytest.approx(0.002)


def test_a_hook_changes_the_messages_and_pictures_stay_what_they_are():
    picture = Media("image", "image/png", b"\x89PNG" * 10)
    asked = says(system("Be kind."), user("My number is 42.", picture))

    def redact(moment: Any) -> Any:
        messages = moment.input["messages"]
        messages[1]["parts"][0] = {"text": "My number is [hidden]."}
        return {"type": "modified", "data": {**moment.input, "messages": [*messages, {"role": "user", "content": "!"}]}}

    model = PaidModel(ANSWER)
    Watched().at("BeforeModelCall", redact).ask(model, asked)
    assert model.requests[0].messages == (system("Be kind."), user("My number is [hidden].", picture), user("!"))


def test_a_hook_changes_settings_tools_and_the_shape_of_the_answer():
    tools = (ToolDefinition("a", "", {"type": "object"}), ToolDefinition("b", "", {"type": "object"}))
    asked = says("Hi", tools=tools, tool_choice="required", settings=ModelSettings(temperature=1, seed=3))

    def change(moment: Any) -> Any:
        given = moment.input
        new = {"messages": given["messages"], "tools": given["tools"][:1], "schema": {"type": "object"}}
        return {"type": "modified", "data": {**new, "settings": {"temperature": 0, "max_tokens": 5, "stop": ["x"]}}}

    model = PaidModel(ANSWER)
    Watched().at("BeforeModelCall", change).ask(model, asked)
    (sent,) = model.requests
    assert sent.settings == ModelSettings(temperature=0, max_tokens=5, stop=("x",))
    assert (sent.tools, sent.tool_choice, sent.schema) == (tools[:1], "auto", {"type": "object"})


def test_a_hook_answers_for_a_model_which_is_not_asked_and_costs_nothing():
    model, place, heard = PaidModel(ANSWER), Watched(allow=("model:other/*",)), []

    async def hear(event: Any) -> None:
        heard.append(event)

    place.at("BeforeModelCall", {"type": "replace", "data": "from memory"})
    called = place.ask(model, on_event=hear)
    assert (called.response.message.text, called.cost_usd, called.attempts) == ("from memory", 0.0, 0)
    assert heard == [TextDelta("from memory")]
    assert model.requests == [] and place.run.cost_usd == 0


def test_a_hook_changes_the_answer_but_not_what_it_has_cost():
    place = Watched().at("AfterModelCall", lambda it: {"type": "modified", "data": {**it.output, "text": "HELLO"}})
    called = place.ask(PaidModel(ANSWER))
    assert called.response.message == assistant("HELLO")
    assert called.cost_usd == pytest.approx(0.002) and place.run.cost_usd == pytest.approx(0.002)


def test_a_hook_has_a_model_call_a_tool():
    call = {"tool_calls": [{"name": "calculator", "arguments": {"input": "1"}}]}
    place = Watched().at("BeforeModelCall", {"type": "replace", "data": call})
    response = place.ask(PaidModel(ANSWER)).response
    assert response.finish_reason == "tool_calls"
    assert [(it.name, dict(it.arguments)) for it in response.message.tool_calls] == [("calculator", {"input": "1"})]


def test_a_hook_cancels_and_no_other_model_is_asked():
    first, second = PaidModel(ANSWER), PaidModel(ANSWER, name="paid/two")
    place = Watched().at("BeforeModelCall", {"type": "cancel", "reason": "office hours"})
    with pytest.raises(HookCancelled, match="model paid/one was cancelled .* office hours"):
        run(call_model(place.ctx, place.services, [first, second], HELLO))
    assert first.requests == second.requests == []


def test_a_hook_has_a_model_asked_again():
    model = PaidModel(ANSWER, ANSWER)
    place = Watched().at("AfterModelCall", {"type": "retry", "max_attempts": 2})
    place.ask(model)
    assert len(model.requests) == 2 and place.run.cost_usd == pytest.approx(0.004)


def test_a_remembered_answer_costs_nothing_the_second_time():
    model, place = PaidModel(ANSWER), Watched().at("BeforeModelCall", {"type": "cache"})
    first, second = place.ask(model), place.ask(model)
    assert len(model.requests) == 1 and first.response.message == second.response.message
    assert second.cost_usd == 0 and second.response.usage.input_tokens == 0
    assert place.run.cost_usd == pytest.approx(0.002)


def test_another_model_is_asked_with_a_permission_of_its_own():
    class Catalog:
        def find(self, name: str) -> Any:
            return PaidModel({"text": f"I am {name}"}, name=name)

        def config(self, name: str) -> Any:
            return place.services.catalog.config(name)

    def redirected(place: Watched) -> str:
        place.at("BeforeModelCall", {"type": "redirect", "target": "paid/two"})
        services = type(place.services)(Catalog(), place.services.attempts, place.services.prices)
        return run(call_model(place.ctx, services, [PaidModel(ANSWER)], HELLO)).response.message.text

    place = Watched()
    assert redirected(place) == "I am paid/two"
    place = Watched(allow=("model:paid/one",))
    with pytest.raises(PermissionDenied, match="paid/two"):
        redirected(place)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"messages": []}, "left no message"),
        ({"messages": [{"role": "boss", "text": "x"}]}, "message 1 .* is none"),
        ({"messages": "x"}, "is a list"),
        ("x", "no table with messages"),
        ({"messages": [{"role": "user", "text": "x"}], "settings": {"temprature": 1}}, 'no setting "temprature"'),
        ({"messages": [{"role": "user", "text": "x"}], "settings": {"seed": "x"}}, "seed"),
        ({"messages": [{"role": "user", "text": "x"}], "settings": {"extra": {"a": 1}}}, "extra"),
    ],
)
def test_a_request_that_a_hook_has_broken_is_an_error_that_says_so(data: Any, message: str):
    with pytest.raises(BadArgument, match=message):
        Watched().at("BeforeModelCall", {"type": "modified", "data": data}).ask(PaidModel(ANSWER))


@pytest.mark.parametrize("data", [5, {"tool_calls": [5]}, {"tool_calls": {"a": 1}}])
def test_an_answer_that_is_none_is_an_error_that_says_so(data: Any):
    with pytest.raises(BadArgument, match="that a hook gives"):
        Watched().at("BeforeModelCall", {"type": "replace", "data": data}).ask(PaidModel(ANSWER))
