"""Thousands of tasks: cancelled in every state they can be in, without leaving anything behind."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine

INTERFACE = {"Async": {"methods": {"spawn": "worker"}, "aliases": {}, "index": "", "objects": {}}}


def run(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe", interface=INTERFACE)


def test_tasks_are_cancelled_whether_they_sleep_wait_or_are_about_to_go_on() -> None:
    outcome = run(
        """
channel = Async.channel()
def sleeps(): Async.sleep(1000)
def waits(): channel.receive()
ready = [Async.spawn(sleeps) for _ in range(3000)]
for task in ready: assert task.cancel()
sleeping = [Async.spawn(sleeps) for _ in range(3000)]
waiting = [Async.spawn(waits) for _ in range(300)]
Async.sleep(1)
for task in sleeping + waiting: assert task.cancel()
Async.sleep(1)
print({task.status() for task in ready + sleeping + waiting})
"""
    )
    assert outcome.out == "{'cancelled'}\n", outcome
    assert outcome.host.now() == 2.0  # no cancelled sleep was waited for


def test_a_cancelled_timer_does_not_stay() -> None:
    outcome = run("for i in range(5000): Async.timeout(3600, lambda: i)\nAsync.sleep(1)")
    assert outcome.kind == "done", outcome
    assert len(outcome.host._timers) < 2100


def test_a_sleep_after_a_cancelled_one_lasts_as_long_as_it_should() -> None:
    outcome = run(
        """
def stubborn():
    try: Async.sleep(5)
    except LLMSpellError: Async.sleep(20)
task = Async.spawn(stubborn)
Async.sleep(1)
task.cancel()
task.wait()
"""
    )
    assert (outcome.kind, outcome.host.now()) == ("done", 21.0), outcome
