"""State in a file: shared by processes, sound after a kill, refused when it is not ours."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import StoreError
from llmspell.state.limits import Usage
from llmspell.state.open import open_state

COUNT = """
import asyncio, sys
from llmspell.state.open import open_state
async def main():
    store = open_state(sys.argv[1])
    async def add_one(value):
        await asyncio.sleep(0)
        return (value or 0) + 1
    async def both(tx):
        await tx.incr("global", sys.argv[2])
        await tx.incr("global", "all")
    print("ready", flush=True)
    sys.stdin.readline()
    n = int(sys.argv[3])
    for _ in range(n) if n else iter(int, 1):
        await store.incr("global", "incr")
        await store.update("global", "update", add_one)
        await store.transaction(both)
        if not n:
            print("counted", flush=True)
    await store.aclose()
asyncio.run(main())
"""


def start(source: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read(path: Path, key: str) -> Any:
    async def main() -> Any:
        store = open_state(str(path))
        try:
            return await store.get("global", key)
        finally:
            await store.aclose()

    return asyncio.run(main())


def test_ten_processes_that_count_in_a_new_file_while_three_are_killed_lose_nothing(tmp_path):
    path, n = tmp_path / "state.db", 20
    counting = [start(COUNT, str(path), f"n{i}", str(n)) for i in range(7)]
    doomed = [start(COUNT, str(path), f"n{i}", "0") for i in range(7, 10)]
    for it in (*counting, *doomed):
        assert it.stdout is not None
        assert it.stdout.readline() == "ready\n"
    for it in (*counting, *doomed):
        assert it.stdin is not None
        it.stdin.write("go\n")
        it.stdin.flush()
    said = []
    for it in doomed:
        with it:
            assert it.stdout is not None
            n_lines = [it.stdout.readline() for _ in range(3)].count("counted\n")
            it.send_signal(signal.SIGKILL)
            # Not `communicate`: it would pass over what `readline` has buffered.
            said.append(n_lines + it.stdout.read().count("counted\n"))
    assert [(it.communicate(timeout=90)[1], it.returncode) for it in counting] == [("", 0)] * 7
    # Each count of one's own is written together with the one of all: whatever was killed, the sum is right.
    own = [read(path, f"n{i}") for i in range(10)]
    assert own[:7] == [n] * 7
    assert read(path, "all") == sum(own)
    # What was said is there; each may have been killed before it said the last, or between two counts.
    for shown, found in zip(said, own[7:], strict=True):
        assert shown <= found <= shown + 1
    for name in ("incr", "update"):
        assert sum(own) <= read(path, name) <= sum(own) + 3


def test_no_file_is_made_before_the_first_use_and_then_for_the_user_only(tmp_path):
    path = tmp_path / "new" / "state.db"

    async def main() -> None:
        store = open_state(str(path))
        await asyncio.sleep(0)
        assert not path.exists()
        await store.set("global", "k", 1)
        await store.aclose()

    asyncio.run(main())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a state file of llmspell"):
        read(path, "k")
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "state.db"
    assert read(path, "k") is None
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"newer llmspell \(schema 99, this one knows 3\)"):
        read(path, "k")


def test_a_file_of_version_1_is_read_written_and_counted_as_before(tmp_path):
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        PRAGMA application_id = 0x6C737332;
        PRAGMA user_version = 1;
        CREATE TABLE state (
            scope TEXT NOT NULL, key TEXT NOT NULL, packed BLOB NOT NULL, version INTEGER NOT NULL,
            changed_at REAL NOT NULL, PRIMARY KEY (scope, key)
        ) WITHOUT ROWID;
        INSERT INTO state VALUES ('global', 'k', x'07', 1, 0), ('user:é', 'k', x'a3616263', 2, 0);
        """
    )
    connection.close()

    async def main() -> None:
        store = open_state(str(path))
        assert await store.usage() == {"": Usage(2, 20), "global": Usage(1, 8), "user:é": Usage(1, 12)}
        assert await store.incr("global", "k") == 8
        assert await store.delete("user:é", "k")
        await store.set("global", "longer", "abc")
        assert await store.usage() == {"": Usage(2, 24), "global": Usage(2, 24)}
        await store.aclose()

    asyncio.run(main())
    assert read(path, "k") == 8
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path):
    path = tmp_path / "state.db"
    path.write_text("this is not a database, whatever its name says" * 100)
    with pytest.raises(StoreError, match="not a database") as caught:
        read(path, "k")
    assert caught.value.hint == "move the file away; a new one is created"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(StoreError, match="could not be opened: Permission denied"):
        read(folder / "state.db", "k")


def test_a_path_that_is_a_folder_is_a_clear_error(tmp_path):
    with pytest.raises(StoreError, match="could not be opened: Is a directory"):
        read(tmp_path, "k")


def test_a_reader_goes_on_while_another_process_holds_the_write_lock(tmp_path):
    path = tmp_path / "state.db"

    async def main() -> None:
        store = open_state(str(path))
        await store.set("global", "k", 1)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert await store.get("global", "k") == 1
        writing = asyncio.create_task(store.incr("global", "k"))
        assert await store.get("global", "k", 0) in (1, 2)  # the event loop is not blocked by the waiting write
        assert not writing.done()
        other.execute("ROLLBACK")
        other.close()
        assert await writing == 2
        await store.aclose()

    asyncio.run(main())


def test_a_damaged_value_is_said_to_be_damaged(tmp_path: Path) -> None:
    store = open_state(str(tmp_path / "state.db"))

    async def test() -> None:
        await store.set("global", "k", 1)
        for bad in (b"\xc1", b"", b"\xd9\xffA", b"\xc9\xff\xff\xff\xff\x10", "text"):
            with sqlite3.connect(tmp_path / "state.db") as other:
                other.execute("UPDATE state SET packed = ?", (bad,))
            with pytest.raises(StoreError, match="global k is damaged"):
                await store.get("global", "k")
        await store.set("global", "k", 2)
        assert await store.get("global", "k") == 2
        await store.aclose()

    asyncio.run(test())


def test_who_is_cancelled_while_another_process_writes_leaves_no_thread_that_waits(tmp_path: Path) -> None:
    store = open_state(str(tmp_path / "state.db"))

    async def test() -> None:
        await store.set("global", "k", 1)
        other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await store.set("global", "k", 2)
        await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 5)
        other.close()

    asyncio.run(test())
