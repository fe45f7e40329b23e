"""One function for every call of a model: permitted, recorded, charged, and asked of the next one when it fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from model_conversations import run, says
from paid_models import CONFIGS, PaidModel, Place, fail

from llmspell.effects.budget import Budget
from llmspell.effects.run import Run
from llmspell.errors import BadArgument, KeyMissing, PermissionDenied, ProviderError, ScriptError
from llmspell.journal.entries import Usage
from llmspell.journal.ledger import Ledger
from llmspell.journal.ledger_reader import read_totals
from llmspell.models.calling import call_model
from llmspell.models.messages import Media, user
from llmspell.models.protocol import Completed, ModelEvent, ModelRequest, ReasoningDelta, TextDelta

HELLO = says("Say hello.")
ANSWER = {"text": "hello", "usage": {"input_tokens": 1_000, "output_tokens": 100, "cached_tokens": 400}}
COST = (600 * 1.0 + 400 * 0.5 + 100 * 10.0) / 1e6


def test_the_answer_comes_with_its_model_its_cost_and_its_attempts_and_is_charged():
    place, model = Place(), PaidModel(ANSWER)
    called = run(call_model(place.ctx, place.services, [model], HELLO))
    assert called.response.message.text == "hello" and called.model == "paid/one"
    assert called.cost_usd == pytest.approx(COST) and called.attempts == 1
    assert place.run.usage == Usage(1_000, 100, 400) and place.run.cost_usd == pytest.approx(COST)
    assert model.requests == [HELLO]  # no budget is in force, so nothing is added


def test_it_is_one_entry_of_the_journal_with_what_was_asked_and_answered():
    place = Place()
    picture = Media("image", "image/png", b"\x89PNG" * 100)
    run(call_model(place.ctx, place.services, [PaidModel(ANSWER)], says(user("What is it?", picture))))
    (entry,) = place.entries()
    assert (entry.target, entry.method, entry.error) == ("model", "paid/one", None)
    assert entry.args["messages"][0]["parts"][1]["bytes"] == 400
    assert entry.result["response"]["message"] == {"role": "assistant", "text": "hello"}
    assert entry.result["attempts"] == 1 and entry.result["cost_usd"] == pytest.approx(COST)
    assert entry.usage == Usage(1_000, 100, 400) and entry.cost_usd == pytest.approx(COST)
    assert [str(it) for it in entry.permission] == ["allow model:paid/one by model:* (--allow)"]


def test_a_model_needs_its_permission():
    model = PaidModel(ANSWER)
    allowed, refused = Place(allow=("model:paid/*",)), Place(allow=("model:other/*",))
    assert run(call_model(allowed.ctx, allowed.services, [model], HELLO)).model == "paid/one"
    with pytest.raises(PermissionDenied, match="needs the model paid/one") as caught:
        run(call_model(refused.ctx, refused.services, [model], HELLO))
    assert "--allow model:paid/one" in caught.value.hint
    assert len(model.requests) == 1
    assert [it.error["code"] for it in refused.entries()] == ["permission_denied"]


def test_what_the_provider_says_it_costs_counts():
    place = Place()
    called = run(call_model(place.ctx, place.services, [PaidModel({**ANSWER, "cost_usd": 0.125})], HELLO))
    assert called.cost_usd == 0.125 and place.run.cost_usd == 0.125


def test_a_model_without_a_price_answers_and_its_cost_is_not_known(tmp_path):
    path = str(tmp_path / "ledger.db")

    async def main() -> None:
        place = Place(ledger=Ledger(path, warn=fail))
        called = await call_model(place.ctx, place.services, [PaidModel(ANSWER, name="other/x")], HELLO)
        assert called.cost_usd == 0.0
        assert place.entries()[0].result["cost_usd"] is None
        assert place.ledger is not None
        await place.ledger.aclose()

    run(main())
    (total,) = read_totals(path, "model")
    assert (total.name, total.n_unpriced, total.usage) == ("other/x", 1, Usage(1_000, 100, 400))


def test_a_model_that_no_catalog_knows_is_called_too():
    place = Place()
    assert run(call_model(place.ctx, place.services, [PaidModel(ANSWER, name="own/x")], HELLO)).model == "own/x"


def test_the_next_candidate_is_asked_when_one_fails_for_good():
    place = Place()
    down = PaidModel({"error": 401}, name="other/x")
    called = run(call_model(place.ctx, place.services, [down, PaidModel(ANSWER)], HELLO))
    assert called.model == "paid/one" and called.fallback_from == ("other/x",)
    first, second = place.entries()
    assert first.method == "other/x" and first.error["code"] == "provider_error"
    assert second.method == "paid/one" and second.error is None
    assert (first.key, second.key) == ("0:1", "0:2")


def test_what_is_asked_instead_is_told_and_why():
    told: list[str] = []
    place = Place()
    services = replace(place.services, tell=told.append)
    down = [PaidModel({"error": {"status": 401, "message": "no such key"}}, name=it) for it in ("other/x", "other/y")]
    run(call_model(place.ctx, services, [*down, PaidModel(ANSWER)], HELLO))
    assert [it.partition("; asking ")[2] for it in told] == ["other/y instead", "paid/one instead"]
    assert all(f"other/{name}" in it and "no such key" in it for name, it in zip("xy", told, strict=True))
    told.clear()
    assert run(call_model(place.ctx, services, [PaidModel(ANSWER)], HELLO)).fallback_from == ()
    with pytest.raises(ProviderError):
        run(call_model(place.ctx, services, down[:1], HELLO))
    assert told == []


def test_when_all_fail_the_last_error_names_all_of_them():
    class Keyless(PaidModel):
        async def request(self, request: Any) -> Any:
            raise KeyMissing("no key for paid", hint="set PAID_KEY")

    place = Place()
    candidates = [Keyless(ANSWER), PaidModel({"error": {"status": 400, "message": "too odd"}}, name="other/x")]
    with pytest.raises(ProviderError) as caught:
        run(call_model(place.ctx, place.services, candidates, HELLO))
    first, second = caught.value.details["tried"]
    assert first == {"model": "paid/one", "code": "key_missing", "message": "no key for paid"}
    assert second["model"] == "other/x" and "too odd" in second["message"]
    with pytest.raises(ProviderError) as caught:
        run(call_model(place.ctx, place.services, candidates[1:], HELLO))
    assert "tried" not in caught.value.details


def test_other_errors_are_not_a_reason_to_ask_somebody_else():
    class Picky(PaidModel):
        async def request(self, request: Any) -> Any:
            raise BadArgument("no pictures")

    place, other = Place(), PaidModel(ANSWER)
    with pytest.raises(BadArgument):
        run(call_model(place.ctx, place.services, [Picky(ANSWER), other], HELLO))
    assert other.requests == []


def test_a_stream_is_handed_on_and_after_that_nobody_else_is_asked():
    place, seen, other = Place(), [], PaidModel(ANSWER)

    async def see(event: ModelEvent) -> None:
        seen.append(event)

    reasoned = {"usage": ANSWER["usage"], "reasoning": "hm", "chunks": ["hel", "lo"]}
    called = run(call_model(place.ctx, place.services, [PaidModel(reasoned)], HELLO, on_event=see))
    assert seen == [ReasoningDelta("hm"), TextDelta("hel"), TextDelta("lo")]
    assert called.response.message.text == "hello" and not any(isinstance(it, Completed) for it in seen)

    seen.clear()
    broken = {"text": "hel", "error": "interrupted"}
    with pytest.raises(ProviderError):
        run(call_model(place.ctx, place.services, [PaidModel(broken), other], HELLO, on_event=see))
    assert seen == [TextDelta("hel")] and other.requests == []

    down = PaidModel({"error": 500})
    assert run(call_model(place.ctx, place.services, [down, other], HELLO, on_event=see)).model == "paid/one"


def test_retries_are_the_providers_unless_the_caller_says_otherwise():
    place = Place()
    flaky = PaidModel({"error": 503}, ANSWER)
    with pytest.raises(ProviderError):
        run(call_model(place.ctx, place.services, [flaky], HELLO))
    flaky = PaidModel({"error": 503}, ANSWER)
    assert run(call_model(place.ctx, place.services, [flaky], HELLO, retries=1)).attempts == 2


def test_what_an_earlier_run_was_answered_is_answered_again_without_asking():
    """As a replay will do it: `perform` returns the entry's result."""
    place = Place()
    run(call_model(place.ctx, place.services, [PaidModel(ANSWER)], HELLO))
    (entry,) = place.entries()
    from llmspell.models import calling

    async def replayed(ctx: Any, effect: Any, do: Any) -> Any:
        return entry.result

    real, calling.perform = calling.perform, replayed
    try:
        again = run(call_model(place.ctx, place.services, [model := PaidModel(ANSWER)], HELLO))
    finally:
        calling.perform = real
    assert again.response.message.text == "hello" and again.response.usage == Usage(1_000, 100, 400)
    assert again.cost_usd == pytest.approx(COST) and model.requests == []


def test_what_broke_off_is_charged_by_estimate_and_what_was_refused_is_not(tmp_path):
    path = str(tmp_path / "ledger.db")

    async def main() -> Run:
        place = Place(ledger=Ledger(path, warn=fail))
        for turn in ({"error": 429}, {"error": 401}, {"error": "connection"}):
            with pytest.raises(ProviderError):
                await call_model(place.ctx, place.services, [PaidModel(turn)], HELLO)
        assert place.run.usage == Usage()
        for turn in ({"error": "timeout"}, {"error": {"malformed": "choices"}}):
            with pytest.raises(ProviderError):
                await call_model(place.ctx, place.services, [PaidModel(turn)], HELLO)
        assert place.ledger is not None
        await place.ledger.aclose()
        assert [it.usage.input_tokens > 0 for it in place.entries()] == [False, False, False, True, True]
        return place.run

    spent = run(main())
    (total,) = read_totals(path, "model")
    assert (total.n_calls, total.n_estimated) == (2, 2)
    assert total.usage == spent.usage and total.usd == pytest.approx(spent.cost_usd) and total.usd > 0


def test_a_call_that_is_cancelled_is_charged_once_it_was_sent(tmp_path):
    async def main() -> None:
        place, gate = Place(), asyncio.Event()
        model = PaidModel(ANSWER, gate=gate)
        task = asyncio.create_task(call_model(place.ctx, place.services, [model], HELLO))
        await model.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert place.run.usage.input_tokens > 0 and place.run.cost_usd > 0
        (entry,) = place.entries()
        assert entry.error["code"] == "cancelled" and entry.cost_usd == place.run.cost_usd

    run(main())


def test_a_watcher_that_fails_ends_the_call_and_what_had_arrived_is_charged():
    async def fails(event: ModelEvent) -> None:
        raise ValueError("I have seen enough")

    place = Place()
    with pytest.raises(ValueError, match="seen enough"):
        run(call_model(place.ctx, place.services, [PaidModel({"text": "hello"})], HELLO, on_event=fails))
    assert place.run.usage.output_tokens > 0
    assert place.entries()[0].error["code"] == "internal_error"


def test_an_answer_that_does_not_say_what_it_used_is_charged_by_estimate():
    place = Place()
    silent = {"text": "hello hello", "usage": {"input_tokens": 0, "output_tokens": 0}}
    called = run(call_model(place.ctx, place.services, [PaidModel(silent)], HELLO))
    assert called.response.usage.input_tokens > 0 and called.response.usage.output_tokens == 4
    assert called.cost_usd > 0 and place.run.usage == called.response.usage


@pytest.mark.parametrize(
    ("said", "output_tokens"),
    [
        ({"text": "hello hello"}, 4),
        ({"text": "你好" * 50}, 100),
        ({"text": "a", "reasoning": "b" * 300}, 101),
        ({"tool": "save", "arguments": {"text": "c" * 290}}, 100),
    ],
)
def test_all_that_a_model_has_said_counts_in_an_estimate(said, output_tokens):
    place = Place()
    silent = {**said, "usage": {"input_tokens": 0, "output_tokens": 0}}
    called = run(call_model(place.ctx, place.services, [PaidModel(silent)], HELLO))
    assert output_tokens <= called.response.usage.output_tokens <= output_tokens + 5


def test_what_had_arrived_before_a_stream_broke_off_counts_by_its_bytes():
    place = Place()
    cut = {"text": "你好" * 50, "error": "interrupted"}
    with pytest.raises(ProviderError):
        run(call_model(place.ctx, place.services, [PaidModel(cut)], HELLO, on_event=ignore))
    assert place.run.usage.output_tokens == 100


async def ignore(event: ModelEvent) -> None:
    """Whoever watches and does nothing."""


def test_the_ledger_knows_who_called_what_and_nothing_of_rehearsals(tmp_path):
    path = str(tmp_path / "ledger.db")

    async def main() -> None:
        place = Place(ledger=Ledger(path, warn=fail))
        for name in ("paid/one", "ollama/qwen3", "scripted/demo"):
            model = PaidModel(ANSWER, name=name)
            await call_model(place.ctx, place.services, [model], HELLO, agent="writer")
        assert place.ledger is not None
        await place.ledger.aclose()

    run(main())
    assert [(it.name, it.usd) for it in read_totals(path, "model")] == [("paid/one", COST), ("ollama/qwen3", 0.0)]
    assert [it.name for it in read_totals(path, "script")] == ["a.lua"]
    assert [it.name for it in read_totals(path, "agent")] == ["writer"]


def test_the_price_table_is_read_while_the_model_thinks():
    place = Place()
    called = run(call_model(place.ctx, place.services, [PaidModel(ANSWER, name="openai/gpt-5-mini")], HELLO))
    assert called.cost_usd == pytest.approx((600 * 0.25 + 400 * 0.025 + 100 * 2.0) / 1e6)


def test_there_must_be_somebody_to_ask():
    place = Place()
    with pytest.raises(ValueError, match="a model"):
        run(call_model(place.ctx, place.services, [], HELLO))
    assert CONFIGS.config("paid").name == "paid"


def test_who_watches_may_ask_another_model_though_the_first_has_taken_the_whole_budget():
    budget = Budget("run", tokens=1_000)
    place = Place(run_budgets=[budget])
    short = {"text": "hello", "usage": {"input_tokens": 10, "output_tokens": 5}}

    async def main() -> None:
        held, answers = [], []

        async def ask_another(event: ModelEvent) -> None:
            held.append(budget._held.tokens)
            called = await call_model(place.ctx, place.services, [PaidModel(short)], HELLO)
            answers.append(called.response.message.text)

        async with asyncio.timeout(20):
            called = await call_model(place.ctx, place.services, [PaidModel(short)], HELLO, on_event=ask_another)
        assert held == [1_000] and answers == [called.response.message.text]

    run(main())


def test_who_watches_takes_no_time_of_the_models_and_has_seen_all_before_the_call_returns():
    place, seen, has_ended, is_done = Place(), [], asyncio.Event(), asyncio.Event()

    class Ending(PaidModel):
        async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            async for event in super().stream(request):
                if isinstance(event, Completed):
                    has_ended.set()
                yield event

    async def see(event: ModelEvent) -> None:
        await is_done.wait()
        seen.append(event)

    async def main() -> None:
        model = Ending({"chunks": ["hel", "lo"]})
        task = asyncio.create_task(call_model(place.ctx, place.services, [model], HELLO, on_event=see))
        await has_ended.wait()
        assert not task.done() and not seen
        is_done.set()
        assert (await task).response.message.text == "hello" and len(seen) == 2

    run(main())


def test_a_watcher_that_fails_stops_a_model_that_has_nothing_more_to_say_yet():
    class Waiting(PaidModel):
        async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            yield TextDelta("hel")
            await asyncio.Event().wait()

    async def fails(event: ModelEvent) -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        raise ScriptError("I have seen enough")

    async def main() -> None:
        place = Place()
        async with asyncio.timeout(20):
            with pytest.raises(ScriptError, match="seen enough"):
                await call_model(place.ctx, place.services, [Waiting(ANSWER)], HELLO, on_event=fails)
        assert place.run.usage.output_tokens > 0 and place.entries()[0].error["code"] == "cancelled"

    run(main())
