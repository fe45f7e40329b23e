"""The ledger: whole under many processes, kills, full disks and clocks; what is held back is never forgotten."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.errors import StoreError
from llmspell.journal.entries import Usage
from llmspell.journal.ledger import Ledger
from llmspell.journal.ledger_file import MAX_HOLD_S, Full, Held, LedgerFile, day_of
from llmspell.journal.ledger_reader import GROUPS, read_totals
from llmspell.journal.spending import NANO, NOTHING, Amount, Booking, Ceiling, Claim, ModelCall, nano

NOON = 1_795_867_200.0  # 2026-11-28 12:00 UTC
CALL = ModelCall("openai", "gpt-5-mini", NOON, "run-1", "report.lua", "writer")
DOLLAR = Ceiling(NANO)


def claim(usd: float, *, least: float | None = None, input_usd: float = 0.0, at: float = NOON) -> Claim:
    call = ModelCall("openai", "gpt-5-mini", at, "run-1", "report.lua", "writer")
    return Claim(call, Amount(nano(usd), 100), Amount(nano(usd if least is None else least), 10),
                 Amount(nano(input_usd), 7))  # fmt: skip


def fail(error: StoreError) -> None:
    raise AssertionError(error)


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    finally:
        connection.close()


def test_what_is_booked_can_be_read_by_everything_that_is_known_of_it(tmp_path):
    path = str(tmp_path / "state" / "ledger.db")

    async def main() -> None:
        ledger = Ledger(path, warn=fail)
        ledger.book(Booking(CALL, Usage(100, 20, 50), nano(0.25)))
        ledger.book(Booking(CALL, Usage(1, 2), nano(0.5), "estimated"))
        other = ModelCall("ollama", "qwen3", NOON + 86_400, "run-2", "chat.py", "")
        ledger.book(Booking(other, Usage(5, 5), None))
        await ledger.flush()
        by = {it: [(total.name, total.n_calls, total.usd) for total in read_totals(path, it)] for it in GROUPS}
        assert by == {
            "model": [("openai/gpt-5-mini", 2, 0.75), ("ollama/qwen3", 1, 0.0)],
            "provider": [("openai", 2, 0.75), ("ollama", 1, 0.0)],
            "agent": [("writer", 2, 0.75), ("", 1, 0.0)],
            "script": [("report.lua", 2, 0.75), ("chat.py", 1, 0.0)],
            "run": [("run-1", 2, 0.75), ("run-2", 1, 0.0)],
            "day": [("2026-11-28", 2, 0.75), ("2026-11-29", 1, 0.0)],
        }
        first, second = read_totals(path, "model")
        assert first.usage == Usage(101, 22, 50) and (first.n_estimated, first.n_unpriced) == (1, 0)
        assert (second.n_estimated, second.n_unpriced) == (0, 1)
        assert [it.name for it in read_totals(path, "run", since=NOON + 1)] == ["run-2"]
        await ledger.aclose()
        assert os.stat(path).st_mode & 0o077 == 0

    asyncio.run(main())


def test_a_ledger_that_nothing_was_booked_in_makes_no_file_and_reads_as_empty(tmp_path):
    path = tmp_path / "ledger.db"

    async def main() -> None:
        ledger = Ledger(str(path), warn=fail)
        await ledger.flush()
        await ledger.aclose()

    asyncio.run(main())
    assert not path.exists() and read_totals(str(path), "model") == []


def test_what_is_held_counts_until_it_is_booked_and_then_what_it_cost_does(tmp_path):
    file = LedgerFile(str(tmp_path / "ledger.db"))
    first = file.hold(claim(0.75), DOLLAR, now=NOON)
    assert isinstance(first, Held) and first.amount == Amount(nano(0.75), 100)
    assert file.hold(claim(0.5, least=0.1), DOLLAR, now=NOON) is None  # it may fit later
    assert file.spent("2026-11-28") == NOTHING
    file.book([Booking(CALL, Usage(10, 5), nano(0.25), hold=first.number)])
    assert file.spent("2026-11-28") == Amount(nano(0.25), 15)
    second = file.hold(claim(0.8, least=0.1), DOLLAR, now=NOON)
    assert isinstance(second, Held) and second.amount.nano_usd == nano(0.75)  # alone, it gets what is left
    file.book([Booking(CALL, hold=second.number, happened=False)])
    assert file.spent("2026-11-28") == Amount(nano(0.25), 15)
    assert file.hold(claim(0.8), DOLLAR, now=NOON) == Full("usd", Amount(nano(0.25), 15))
    assert file.hold(claim(0.8), DOLLAR, now=NOON + 86_400) is not None  # a new day
    file.close()
    (call, held) = rows(tmp_path / "ledger.db", "calls")
    assert call[1:] == ("2026-11-28", NOON, "run-1", "report.lua", "writer", "openai", "gpt-5-mini", 10, 5, 0,
                        nano(0.25), "done")  # fmt: skip
    assert held[-1] == "held"


def test_a_day_is_one_of_utc():
    assert [day_of(it) for it in (NOON, NOON + 43_199.9, NOON + 43_200)] == ["2026-11-28", "2026-11-28", "2026-11-29"]


def test_a_hold_of_a_process_that_is_gone_is_settled_at_its_input_and_one_that_lives_is_not(tmp_path):
    path = tmp_path / "ledger.db"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    file = LedgerFile(str(path))
    try:
        assert file.hold(claim(0.5), DOLLAR, now=NOON) is None  # it lives
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stdin.close()  # type: ignore[union-attr]
    assert isinstance(file.hold(claim(0.5), DOLLAR, now=NOON), Held)
    assert file.spent("2026-11-28") == Amount(nano(0.125), 7)
    file.close()
    abandoned, _ = rows(path, "calls")
    assert abandoned[-1] == "abandoned" and abandoned[8:12] == (7, 0, 0, nano(0.125))


HOLDER = """
import sys
from llmspell.journal.ledger_file import LedgerFile
from tests.journal.test_ledger import DOLLAR, NOON, claim
LedgerFile(sys.argv[1]).hold(claim(0.75, input_usd=0.125), DOLLAR, now=NOON)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_hold_is_given_up_after_an_hour_and_corrected_if_its_call_ends_after_all(tmp_path):
    file = LedgerFile(str(tmp_path / "ledger.db"))
    slow = file.hold(claim(0.75, input_usd=0.125), DOLLAR, now=NOON)
    assert isinstance(slow, Held)
    later = NOON + MAX_HOLD_S
    assert file.hold(claim(0.5), DOLLAR, now=later) is None
    other = file.hold(claim(0.5), DOLLAR, now=later + 1)
    assert isinstance(other, Held) and file.spent("2026-11-28") == Amount(nano(0.125), 7)
    file.book([Booking(CALL, Usage(8, 8), nano(0.25), hold=slow.number)])
    assert file.spent("2026-11-28") == Amount(nano(0.25), 16)
    file.book([Booking(CALL, hold=other.number, happened=False)])
    assert file.spent("2026-11-28") == Amount(nano(0.25), 16)
    file.close()
    assert [it[-1] for it in rows(tmp_path / "ledger.db", "calls")] == ["done"]


SPENDER = """
import asyncio, random, sys
from llmspell.effects.day_budget import DayBudget
from llmspell.errors import BudgetExceeded
from llmspell.journal.entries import Usage
from llmspell.journal.ledger import Ledger
from llmspell.journal.spending import Amount, Booking, nano
from tests.journal.test_ledger import CALL, NOON, claim, fail

async def main(path, seed):
    rng = random.Random(seed)
    ledger = Ledger(path, warn=fail, clock=lambda: NOON)
    budget = DayBudget(ledger, usd=1.0)
    print("ready", flush=True)
    sys.stdin.readline()

    async def spend():
        spent = refused = 0
        for _ in range(12):
            try:
                held = await budget.reserve(claim(rng.uniform(0.01, 0.2), least=0.01))
            except BudgetExceeded:
                refused += 1
                continue
            assert held.amount.nano_usd + (await ledger.spent_today()).nano_usd <= nano(1.0)
            cost = int(held.amount.nano_usd * rng.choice([0, 0.1, 0.5, 1]))
            if rng.random() < 0.2:
                ledger.book(Booking(CALL, hold=held.number, happened=False))
                held.settle(Amount())
            else:
                ledger.book(Booking(CALL, Usage(1, 1), cost, hold=held.number))
                held.settle(Amount(cost, 2))
                spent += cost
        return spent, refused

    results = await asyncio.gather(*(spend() for _ in range(3)))
    await ledger.aclose()
    print(sum(it[0] for it in results), sum(it[1] for it in results))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_many_processes_at_once_never_overspend_the_day_and_the_sums_are_right(tmp_path):
    path = tmp_path / "ledger.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SPENDER, str(path), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(6)
    ]
    for it in processes:
        assert it.stdout is not None and it.stdout.readline() == "ready\n"
    spent = refused = 0
    for it in processes:  # all begin before the first one can be done
        assert it.stdin is not None
        it.stdin.write("\n")
        it.stdin.flush()
    for it in processes:
        out, err = it.communicate(timeout=120)
        assert it.returncode == 0, err
        spent, refused = spent + int(out.split()[0]), refused + int(out.split()[1])
    (day,) = rows(path, "days")
    assert day[1] == spent and 0.9 * NANO < spent <= NANO
    assert refused > 0 and rows(path, "holds") == []
    (total,) = read_totals(str(path), "day")
    assert nano(total.usd) == spent


def test_a_ledger_that_cannot_be_written_warns_once_and_holds_nothing_back(tmp_path):
    (tmp_path / "file").write_text("")
    warnings: list[StoreError] = []

    async def main() -> None:
        ledger = Ledger(str(tmp_path / "file" / "ledger.db"), warn=warnings.append)
        for _ in range(3):
            ledger.book(Booking(CALL, Usage(1, 1), 1))
            await ledger.flush()
        with pytest.raises(StoreError, match="could not be opened"):
            await ledger.hold(claim(0.1), DOLLAR)
        await ledger.aclose()

    asyncio.run(main())
    (warning,) = warnings
    assert warning.message.endswith("what models cost is not kept")


def test_when_what_was_spent_could_not_be_written_nothing_is_held_back_any_more(tmp_path):
    path = tmp_path / "ledger.db"
    warnings: list[StoreError] = []

    async def main() -> None:
        ledger = Ledger(str(path), warn=warnings.append, clock=lambda: NOON)
        held = await ledger.hold(claim(0.1), DOLLAR)
        assert isinstance(held, Held)
        connection = sqlite3.connect(path)
        connection.execute("ALTER TABLE calls RENAME TO gone")
        connection.close()
        ledger.book(Booking(CALL, Usage(1, 1), 1, hold=held.number))
        await ledger.flush()
        connection = sqlite3.connect(path)
        connection.execute("ALTER TABLE gone RENAME TO calls")
        connection.close()
        with pytest.raises(StoreError):
            await ledger.hold(claim(0.1), DOLLAR)
        await ledger.aclose()

    asyncio.run(main())
    assert len(warnings) == 1
    assert len(rows(path, "holds")) == 1  # the next process will find it


def test_bookings_that_a_hold_could_not_write_are_kept_for_the_next_try(tmp_path):
    path = tmp_path / "ledger.db"

    async def main() -> None:
        ledger = Ledger(str(path), warn=fail, clock=lambda: NOON, flush_interval_s=60)
        assert isinstance(await ledger.hold(claim(0.1), DOLLAR), Held)
        ledger.book(Booking(CALL, Usage(1, 1), 5))
        connection = sqlite3.connect(path)
        connection.execute("ALTER TABLE holds RENAME TO gone")
        with pytest.raises(StoreError):
            await ledger.hold(claim(0.1), DOLLAR)
        connection.execute("ALTER TABLE gone RENAME TO holds")
        connection.close()
        assert await ledger.spent_today() == Amount(5, 2)
        await ledger.aclose()

    asyncio.run(main())


def test_who_is_cancelled_while_asking_holds_nothing(tmp_path):
    path = tmp_path / "ledger.db"

    async def main() -> None:
        ledger = Ledger(str(path), warn=fail, clock=lambda: NOON)
        for n_ticks in range(4):
            asking = asyncio.create_task(ledger.hold(claim(0.1), DOLLAR))
            for _ in range(n_ticks):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait({asking})
            if not asking.cancelled():  # the thread was faster
                held = asking.result()
                assert isinstance(held, Held)
                ledger.book(Booking(CALL, hold=held.number, happened=False))
        blocked = sqlite3.connect(path, isolation_level=None)
        await ledger.hold(claim(0.1), DOLLAR)
        blocked.execute("BEGIN IMMEDIATE")  # the thread waits for this one
        asking = asyncio.create_task(ledger.hold(claim(0.1), DOLLAR))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        blocked.execute("COMMIT")
        blocked.close()
        await ledger.flush()
        await ledger.aclose()

    asyncio.run(main())
    assert len(rows(path, "holds")) == 1  # that of the one who was not cancelled


def test_a_ledger_in_memory_counts_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        ledger = Ledger(":memory:", warn=fail, clock=lambda: NOON)
        held = await ledger.hold(claim(0.75), DOLLAR)
        assert isinstance(held, Held) and await ledger.hold(claim(0.5), DOLLAR) is None
        ledger.book(Booking(CALL, Usage(1, 1), nano(0.5), hold=held.number))
        assert await ledger.spent_today() == Amount(nano(0.5), 2)
        await ledger.aclose()

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_no_text_and_counts_that_are_no_counts_are_kept_as_far_as_they_can_be(tmp_path):
    file = LedgerFile(str(tmp_path / "ledger.db"))
    odd = ModelCall("openai", "m", NOON, "r", "s", "a\udc80" + "x" * 5_000)
    file.book([Booking(odd, Usage(-5, 10**30, 0), nano(float("inf")))])
    file.close()
    (row,) = rows(tmp_path / "ledger.db", "calls")
    assert str(row[5]).startswith("a\\udc80x") and len(str(row[5])) < 1_100
    assert row[8:10] == (0, 2**50)


def test_sums_of_counts_that_are_no_counts_can_still_be_read_and_held_against(tmp_path):
    path = str(tmp_path / "ledger.db")
    file = LedgerFile(path)
    mad = Booking(CALL, Usage(10**30, 10**30, 10**30), nano(1e30))
    file.book([mad] * 1_000)
    assert file.hold(claim(0.5), DOLLAR, now=NOON) == Full("usd", Amount(1_000 * 2**50, 2_000 * 2**50))
    most = 10**40
    assert isinstance(file.hold(Claim(CALL, Amount(most, most), NOTHING, NOTHING), Ceiling(), now=NOON), Held)
    file.close()
    (total,) = read_totals(path, "model")
    assert (total.n_calls, total.usage.input_tokens) == (1_000, 1_000 * 2**50)
