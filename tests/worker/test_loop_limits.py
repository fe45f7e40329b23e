"""What scripts ask of the worker's loop that it must not break on, through the real command."""

import subprocess
import sys

import pytest


def run(tmp_path, source: str, suffix: str, *more: str, timeout: str = "10") -> subprocess.CompletedProcess[str]:
    script = tmp_path / f"script{suffix}"
    script.write_text(source)
    command = [sys.executable, "-m", "llmspell", "run", "--timeout", timeout, *more, str(script)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def test_a_sleep_without_end_is_a_sleep(tmp_path) -> None:
    source = "Async.spawn(function() Async.sleep(0.01) os.exit(7) end)\nAsync.sleep(math.huge)"
    done = run(tmp_path, source, ".lua")
    assert (done.returncode, done.stderr) == (7, "")


@pytest.mark.parametrize("seconds", ["float('nan')", "-1"])
def test_a_sleep_of_no_length_is_refused_and_stops_no_other_timer(tmp_path, seconds: str) -> None:
    source = (
        f"def wrong():\n  try: Async.sleep({seconds})\n  except LLMSpellError as error: print(error.code)\n"
        "task = Async.spawn(wrong)\nAsync.sleep(0.01)\ntask.wait()\n"
    )
    done = run(tmp_path, source, ".py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "bad_argument\n", "")


BLOCKING = """
local codes, tasks = {}, {}
for i = 1, %d do
  tasks[i] = function()
    local ok, problem = pcall(table.sort, { 3, 1, 2 }, function(a, b) Async.sleep(0.01) return a < b end)
    if not ok then codes[type(problem) == "table" and problem.code or type(problem)] = true end
  end
end
Async.all(tasks)
for code in pairs(codes) do print(code) end
"""


def test_many_tasks_that_wait_inside_a_comparator_are_told_so(tmp_path) -> None:
    done = run(tmp_path, BLOCKING % 200, ".lua", timeout="30")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nested_too_deeply\n", "")


def test_a_few_tasks_may_wait_inside_a_comparator(tmp_path) -> None:
    done = run(tmp_path, BLOCKING % 8, ".lua", timeout="30")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_the_standard_library_prints_is_in_order_and_counted(tmp_path) -> None:
    source = "import calendar\nprint('first')\ncalendar.TextCalendar().prmonth(2024, 1)\nprint('last')\n"
    done = run(tmp_path, source, ".py")
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0], lines[-1], "29 30 31" in done.stdout) == (0, "first", "last", True)
    source = "import re\nfor i in range(10**9): re.compile(f'a{i}b' * 200, 128)\n"
    done = run(tmp_path, source, ".py", "--limit", "output_bytes=64KB")
    assert (done.returncode, len(done.stdout) <= 64 * 1024) == (153, True), done.stderr
