"""The hooks of the settings, each with its settings, around things that are done in the test itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.hook_settings import NAMES, hooks_that_are_on
from llmspell.config.load import load_settings
from llmspell.effects.context import RunContext, library_context
from llmspell.errors import ConfigError, HookCancelled, LLMSpellError, ToolFailed
from llmspell.events.built_in import BuiltIn, rate_limit
from llmspell.events.built_in.place import Place
from llmspell.events.intercept import intercept
from llmspell.events.points import AGENT, MODEL, TOOL
from llmspell.security.redact import Redactor


class Built:
    """A run with the hooks of these settings, and what people were told."""

    def __init__(self, folder: Path, text: str) -> None:
        file = folder / "settings.toml"
        file.write_text(text, "utf-8")
        settings = load_settings(files=[str(file)], environ={"HOME": str(folder)})
        self.ctx = library_context()
        self.told: list[str] = []
        self.ctx.run.say = lambda level, message: self.told.append(f"{level}: {message}")
        self.hooks = self.ctx.run.hooks
        self.redactor = Redactor(["hunter2hunter2"])
        self.built_in = BuiltIn(hooks_that_are_on(settings), settings, self.ctx.run, self.redactor)

    async def tool(
        self, name: str, input: Any, do: Callable[[Any], Awaitable[Any]], ctx: RunContext | None = None
    ) -> Any:
        return await intercept(ctx or self.ctx.child("place"), TOOL, "tool", name, input, do)

    async def model(self, name: str, input: Any, cost_usd: float, ctx: RunContext | None = None) -> Any:
        async def ask(given: Any) -> Any:
            self.ctx.run.cost_usd += cost_usd
            return {"text": f"of {given}", "cost_usd": cost_usd, "usage": {"input_tokens": 3, "output_tokens": 4}}

        return await intercept(ctx or self.ctx.child("place"), MODEL, "model", name, input, ask)


async def echo(given: Any) -> Any:
    return given


def failing(times: int, code: str = "timed_out") -> Callable[[Any], Awaitable[Any]]:
    left = [times]

    async def do(given: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise ToolFailed("not now", code=code)
        return "at last"

    return do


def test_nothing_is_on_by_itself_and_all_can_be(tmp_path: Path) -> None:
    assert Built(tmp_path, "[hooks]\ntimeout = 3\n").hooks.at == {}
    text = "".join(f"[hooks.{name}]\n" for name in NAMES)
    built = Built(tmp_path, text)
    assert {it.name for it in built.hooks.list()} == {f"hooks.{name}" for name in NAMES} - {"hooks.caching"}
    assert built.told == ["warn: [hooks.caching] is on and names no tools and no models: nothing is cached"]
    off = Built(tmp_path, "[hooks.logging]\nenabled = false\nlevel = 'warn'\n[hooks.metrics]\nenabled = true\n")
    assert {it.name for it in off.hooks.list()} == {"hooks.metrics"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[hooks.logging]\npoints = ['BeforeToolExecutoin']",
            "[hooks.logging]: Unknown hook point: BeforeToolExecutoin",
        ),
        ("[hooks.redaction]\npatterns = ['(']", "[hooks.redaction]: '(' is no regular expression"),
        ("[hooks.redaction]\npoints = ['SystemStartup']", "nothing can be redacted at SystemStartup"),
        ("[hooks.rate_limit]\nlimit = 0", "[hooks.rate_limit]: limit is a number, 1 or more, not 0"),
        ("[hooks.rate_limit]\npoints = ['X']", "Unknown hook point: X"),
        ("[hooks.tracing]\nmax_spans = 0", "max_spans is a number of spans, 1 or more"),
        ("[hooks.tracing]\npath = 'no/such/folder'", "cannot be written: no such file"),
        ("[hooks.retry]\nattempts = 0", "attempts is how often it is tried in all, 1 or more"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_of_the_settings(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        Built(tmp_path, text)
    assert message in raised.value.message


def test_logging_says_what_happens_and_with_content_what_went_in_and_came_out(tmp_path: Path) -> None:
    async def test(built: Built) -> list[str]:
        await built.tool("calc", {"x": 1, "password": "abc"}, echo)
        await built.tool("other", "hunter2hunter2", echo)
        with pytest.raises(ToolFailed):
            await built.tool("calc", {}, failing(1))
        return built.told

    told = asyncio.run(test(Built(tmp_path, "[hooks.logging]\nlevel = 'debug'\nnames = ['calc']\n")))
    assert told == [
        "debug: BeforeToolExecution: tool calc",
        "debug: AfterToolExecution: tool calc",
        "debug: BeforeToolExecution: tool calc",
        "debug: ToolError: tool calc: not now",
    ]
    text = "[hooks.logging]\npoints = ['*ToolExecution']\ncontent = true\n[hooks.redaction]\npatterns = ['x+']\n"
    told = asyncio.run(test(Built(tmp_path, text)))
    assert told[0] == 'info: BeforeToolExecution: tool calc: {"[redacted]":1,"password":"[redacted]"}'
    assert told[2] == 'info: BeforeToolExecution: tool other: "[redacted]"'
    assert len(told) == 5


def test_metrics_count_calls_failures_time_and_what_models_use(tmp_path: Path) -> None:
    async def test(built: Built) -> Any:
        await built.tool("calc", 1, echo)
        with pytest.raises(ToolFailed):
            await built.tool("calc", 1, failing(1))
        for _ in range(2):
            await built.model("p/m", "q", 0.25)
        for i in range(1100):
            await built.tool(f"t{i}", 1, echo)
        built.built_in.close()
        return built.hooks.kept["metrics"]()

    path = tmp_path / "metrics.json"
    metrics = asyncio.run(test(Built(tmp_path, f"[hooks.metrics]\nkinds = ['tool', 'model']\npath = '{path}'\n")))
    calc, model = metrics["tool"]["calc"], metrics["model"]["p/m"]
    assert (calc["calls"], calc["failures"], calc["cached"]) == (2, 1, 0)
    assert 0 <= calc["p50_ms"] <= calc["p95_ms"] <= calc["max_ms"] <= calc["total_ms"]
    assert (model["calls"], model["input_tokens"], model["output_tokens"], model["cost_usd"]) == (2, 6, 8, 0.5)
    assert len(metrics["tool"]) == 1001
    assert metrics["tool"]["(others)"]["calls"] == 101
    assert json.loads(path.read_text("utf-8"))["metrics"] == metrics
    assert path.stat().st_mode & 0o077 == 0


def test_traces_say_what_lies_within_what(tmp_path: Path) -> None:
    async def test(built: Built) -> Any:
        run = built.ctx.run

        async def answer(given: Any) -> Any:
            await built.model("p/m", given, 0.1, RunContext(run, "0:1/step1", entry="0:1"))
            await built.tool("calc", given, callback, RunContext(run, "0:1/step1/call1/1", entry="0:1"))
            return "answer"

        async def callback(given: Any) -> Any:
            # A function of the script's begins a key of its own, and knows its caller.
            called = RunContext(run, "cb7.0:1", entry="cb7.0:1", callers=("0:1/step1/call1/1",))
            return await built.tool("inner", given, echo, called)

        await intercept(RunContext(run, "0:1", entry="0:1"), AGENT, "agent", "a", "ask", answer)
        with pytest.raises(ToolFailed):
            await built.tool("calc", 1, failing(1), RunContext(run, "0:2", entry="0:2"))
        built.built_in.close()
        return built.hooks.kept["traces"]()

    path = tmp_path / "spans.jsonl"
    spans = asyncio.run(test(Built(tmp_path, f"[hooks.tracing]\ncontent = true\npath = '{path}'\n")))
    by_id = {it["span_id"]: it for it in spans}
    tree = [(it["kind"], it["name"], by_id[it["parent_id"]]["name"] if it["parent_id"] else None) for it in spans]
    assert tree == [
        ("agent", "a", None),
        ("model", "p/m", "a"),
        ("tool", "calc", "a"),
        ("tool", "inner", "calc"),
        ("tool", "calc", None),
    ]
    assert [it["status"] for it in spans] == ["ok", "ok", "ok", "ok", "error"]
    assert spans[4]["error"] == "timed_out"
    assert (spans[1]["cost_usd"], spans[1]["usage"]["output_tokens"]) == (0.1, 4)
    assert (spans[0]["input"], spans[0]["output"]) == ('"ask"', '"answer"')
    assert [json.loads(it) for it in path.read_text("utf-8").splitlines()] == spans


def test_what_a_handler_does_is_traced_within_what_published_its_event(tmp_path: Path) -> None:
    async def test(built: Built) -> Any:
        run = built.ctx.run

        async def publishing(given: Any) -> Any:
            ctx = RunContext(run, "0:1/1", entry="0:1/1")
            run.events.on("a", lambda event, inner: built.tool("handled", 1, echo, inner.child("tool")))
            return await run.events.publish("a", ctx=ctx)

        await built.tool("publisher", 1, publishing, RunContext(run, "0:1", entry="0:1"))
        await run.events.settle()
        return run.hooks.kept["traces"]()

    spans = asyncio.run(test(Built(tmp_path, "[hooks.tracing]\n")))
    assert [(it["name"], it["parent_id"]) for it in spans] == [("publisher", None), ("handled", spans[0]["span_id"])]


def test_spans_are_bounded_and_those_whose_end_nobody_told_end_with_what_is_around(tmp_path: Path) -> None:
    async def test(built: Built) -> Any:
        run = built.ctx.run

        async def fails(given: Any) -> Any:
            raise LLMSpellError("a model has no point for that")

        async def answer(given: Any) -> Any:
            try:
                await intercept(RunContext(run, "0:1/step1", entry="0:1"), MODEL, "model", "m", given, fails)
            except LLMSpellError:
                return "never mind"

        await intercept(RunContext(run, "0:1", entry="0:1"), AGENT, "agent", "a", "ask", answer)
        await built.tool("calc", 1, echo)
        built.built_in.close()
        return run.hooks.kept["traces"]()

    path = tmp_path / "spans.jsonl"
    spans = asyncio.run(test(Built(tmp_path, f"[hooks.tracing]\nmax_spans = 2\npath = '{path}'\n")))
    assert [it["status"] for it in spans] == ["ok", "unfinished"]
    assert json.loads(path.read_text("utf-8").splitlines()[-1])["dropped"] == 1


def limited(options: dict[str, Any]) -> tuple[Any, list[float]]:
    """A run with this rate limit, and what it has slept, on a clock that moves by sleeping only."""
    slept: list[float] = []
    now = [100.0]

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    ctx = library_context()
    defaults = {
        "points": ("BeforeToolExecution",),
        "names": ("*",),
        "limit": 2,
        "window": 10.0,
        "per": "all",
        "when_exceeded": "wait",
        "max_wait": 60.0,
    }
    rate_limit.register(
        Place("rate_limit", ctx.run, Redactor()), {**defaults, **options}, clock=lambda: now[0], sleep=sleep
    )

    async def tool(name: str) -> Any:
        return await intercept(ctx.child("place"), TOOL, "tool", name, 1, echo)

    return tool, slept


def test_a_rate_limit_lets_so_many_pass_in_a_window_and_the_others_wait() -> None:
    async def test() -> list[float]:
        tool, slept = limited({})
        for _ in range(6):
            await tool("a")
        return slept

    assert asyncio.run(test()) == [10.0, 10.0]


def test_a_rate_limit_refuses_where_it_shall_or_the_wait_would_be_too_long() -> None:
    async def test(options: dict[str, Any]) -> None:
        tool, slept = limited(options)
        await tool("a"), await tool("a")
        with pytest.raises(HookCancelled, match=r"more than 2 in 10 s \(\[hooks.rate_limit\]\); the next one"):
            await tool("a")
        assert slept == []

    asyncio.run(test({"when_exceeded": "refuse"}))
    asyncio.run(test({"max_wait": 9.0}))


def test_a_rate_limit_is_of_all_names_together_or_of_each_and_of_those_that_are_named() -> None:
    async def test(options: dict[str, Any], n_waits: int) -> None:
        tool, slept = limited(options)
        for name in ("a_x", "a-x", "b", "b"):
            await tool(name)
        assert len(slept) == n_waits

    asyncio.run(test({}, 1))
    asyncio.run(test({"per": "name"}, 0))
    asyncio.run(test({"names": ("a-*",), "limit": 1}, 1))


def test_many_at_once_take_turns_one_after_the_other() -> None:
    window = rate_limit.Window(2, 10.0)
    assert [window.take(0.0) for _ in range(7)] == [0.0, 0.0, 10.0, 10.0, 20.0, 20.0, 30.0]
    assert window.wait_s(1000.0) == 0.0


def test_caching_answers_the_same_question_once_and_only_of_those_that_are_named(tmp_path: Path) -> None:
    async def test(built: Built) -> list[Any]:
        asked: list[Any] = []

        async def note(given: Any) -> Any:
            asked.append(given)
            return {"n": len(asked)}

        assert await built.tool("my_calc", {"a": 1, "b": 2}, note) == {"n": 1}
        assert await built.tool("my_calc", {"b": 2, "a": 1}, note) == {"n": 1}
        assert await built.tool("my_calc", {"a": 1}, note) == {"n": 2}
        assert await built.tool("other", {"a": 1}, note) == {"n": 3}
        assert await built.tool("other", {"a": 1}, note) == {"n": 4}
        for _ in range(2):
            await built.model("p/small", "q", 1.0)
            await built.model("p/large", "q", 10.0)
        return [built.ctx.run.cost_usd, built.hooks.kept["metrics"]()["tool"]["my_calc"]["cached"]]

    text = "[hooks.caching]\ntools = ['my-*']\nmodels = ['p/small']\n[hooks.metrics]\n"
    assert asyncio.run(test(Built(tmp_path, text))) == [21.0, 1]


def test_an_answer_is_good_for_so_long(tmp_path: Path) -> None:
    async def test() -> None:
        built = Built(tmp_path, "[hooks.caching]\ntools = ['*']\nttl = 10\n")
        now = [0.0]
        built.hooks.remembered._clock = lambda: now[0]
        asked: list[Any] = []

        async def note(given: Any) -> Any:
            asked.append(given)
            return 1

        for at in (0.0, 9.0, 10.5, 11.0):
            now[0] = at
            await built.tool("t", 1, note)
        assert len(asked) == 2

    asyncio.run(test())


def test_retry_tries_again_after_a_while_for_codes_that_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def test(built: Built) -> None:
        monkeypatch.setattr("llmspell.events.intercept.asyncio.sleep", sleep)
        assert await built.tool("t", 1, failing(3)) == "at last"
        assert slept == [1.0, 2.0, 3.0]
        for name, code, times in (("t", "timed_out", 4), ("t", "bad_params", 1), ("u", "timed_out", 1)):
            with pytest.raises(ToolFailed):
                await built.tool(name, 1, failing(times, code))
        assert slept == [1.0, 2.0, 3.0] * 2
        assert built.told[0] == "info: tool t failed (timed_out); attempt 2 in 1.0 s"

    text = "[hooks.retry]\nattempts = 4\nbackoff = 1\nmax_backoff = 3\non = ['timed*']\nnames = ['t']\n"
    asyncio.run(test(Built(tmp_path, text)))


def test_cost_is_said_warned_of_and_ends_where_it_is_too_much(tmp_path: Path) -> None:
    async def test(built: Built) -> None:
        for cost_usd in (0.001, 0.3, 0.3, 0.5):
            await built.model("p/m", "q", cost_usd)
        with pytest.raises(HookCancelled, match=r"the run has cost \$1.1010, and \[hooks.cost\] limit_usd is 1.0000"):
            await built.model("p/m", "q", 0.1)
        assert built.told == [
            "debug: model p/m cost $0.001000 (3 + 4 tokens); the run so far $0.001000",
            "debug: model p/m cost $0.3000 (3 + 4 tokens); the run so far $0.3010",
            "debug: model p/m cost $0.3000 (3 + 4 tokens); the run so far $0.6010",
            "warn: the run has cost $0.6010 so far ([hooks.cost] warn_usd = 0.5000)",
            "debug: model p/m cost $0.5000 (3 + 4 tokens); the run so far $1.1010",
            "warn: one call of model p/m cost $0.5000",
        ]

    text = "[hooks.cost]\nlevel = 'debug'\nwarn_usd = 0.5\nwarn_call_usd = 0.4\nlimit_usd = 1\n"
    asyncio.run(test(Built(tmp_path, text)))


def test_redaction_replaces_in_what_goes_out_and_comes_back_and_others_see_only_that(tmp_path: Path) -> None:
    seen: list[Any] = []
    sent: list[Any] = []

    async def watch(moment: Any, ctx: RunContext) -> Any:
        seen.append(moment.output)
        # A hook of a script's that would smuggle something in is redacted after it.
        return {"type": "modified", "data": [*moment.input, "bob@home"]} if moment.point.startswith("Before") else None

    async def test(built: Built) -> None:
        async def do(given: Any) -> Any:
            sent.append(given)
            return {"from": "eve@home", "key": b"eve@home \xff", "n": 1}

        built.hooks.register("BeforeToolExecution", watch, "lowest")
        built.hooks.register("AfterToolExecution", watch, "highest")
        input = ["alice@home", {"alice@home": "hunter2hunter2"}, "sk-" + "a1" * 12]
        result = await built.tool("t", input, do)
        assert sent == [["<gone>", {"<gone>": "<gone>"}, "sk-<gone>", "<gone>"]]
        assert result == {"from": "<gone>", "key": b"<gone> \xff", "n": 1}
        assert seen == [None, result]
        id = built.ctx.run.events.subscribe("*").id
        await built.ctx.run.events.publish("a", {"who": "alice@home"}, ctx=built.ctx)
        event = await built.ctx.run.events.receive(id)
        assert event is not None and event.data == {"who": "<gone>"}

    asyncio.run(test(Built(tmp_path, "[hooks.redaction]\npatterns = ['[a-z]+@home']\nreplacement = '<gone>'\n")))


def test_redaction_leaves_fields_that_are_only_called_like_secrets_and_secrets_where_it_shall(tmp_path: Path) -> None:
    async def test(text: str, expected: Any) -> None:
        built = Built(tmp_path, text)
        assert await built.tool("t", {"password": "abc", "k": "hunter2hunter2"}, echo) == expected

    asyncio.run(test("[hooks.redaction]\n", {"password": "abc", "k": "[redacted]"}))
    asyncio.run(test("[hooks.redaction]\nsecrets = false\n", {"password": "abc", "k": "hunter2hunter2"}))
    asyncio.run(test("[hooks.redaction]\npoints = ['BeforeModelCall']\n", {"password": "abc", "k": "hunter2hunter2"}))


def test_where_redaction_cannot_do_its_work_nothing_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        built = Built(tmp_path, "[hooks.redaction]\n")

        def broken(text: str) -> str:
            raise RuntimeError("broken")

        monkeypatch.setattr(built.redactor, "text", broken)
        with pytest.raises(HookCancelled):
            await built.tool("t", "x", echo)

    asyncio.run(test())
