"""State in a file: shared by processes, sound after a kill, refused when it is not ours."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.errors import StoreError
from llmspell.state.open import open_state

INCR = """
import asyncio, sys
from llmspell.state.open import open_state
async def main():
    store = open_state(sys.argv[1])
    async def add_one(value):
        await asyncio.sleep(0)
        return (value or 0) + 1
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(sys.argv[2])):
        await store.incr("global", "incr")
        await store.update("global", "update", add_one)
    await store.aclose()
asyncio.run(main())
"""

COUNT_FOR_EVER = """
import asyncio, sys
from llmspell.state.open import open_state
async def main():
    store = open_state(sys.argv[1])
    while True:
        n = await store.incr("global", sys.argv[2])
        await store.incr("global", "all")
        print(n, flush=True)
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


def read(path: Path, key: str) -> object:
    async def main() -> object:
        store = open_state(str(path))
        try:
            return await store.get("global", key)
        finally:
            await store.aclose()

    return asyncio.run(main())


def test_six_processes_that_count_in_a_new_file_at_once_lose_nothing(tmp_path):
    path = tmp_path / "state.db"
    processes = [start(INCR, str(path), "40") for _ in range(6)]
    for it in processes:
        assert it.stdout is not None
        assert it.stdout.readline() == "ready\n"
    for it in processes:
        assert it.stdin is not None
        it.stdin.write("go\n")
        it.stdin.flush()
    ended = [(it.communicate(timeout=90)[1], it.returncode) for it in processes]
    assert ended == [("", 0)] * 6
    assert read(path, "incr") == 240
    assert read(path, "update") == 240


def test_what_was_counted_before_a_kill_is_there_afterwards(tmp_path):
    path = tmp_path / "state.db"
    processes = [start(COUNT_FOR_EVER, str(path), f"n{i}") for i in range(3)]
    for it in processes:
        assert it.stdout is not None
        for _ in range(20):
            it.stdout.readline()
    said = []
    for it in processes:
        it.send_signal(signal.SIGKILL)
        with it:
            # Not `communicate`: it would pass over what `readline` has buffered.
            assert it.stdout is not None
            lines = it.stdout.read().split("\n")[:-1]
        said.append(int(lines[-1]) if lines else 20)
    counted = [read(path, f"n{i}") for i in range(3)]
    assert all(isinstance(n, int) and n >= shown for n, shown in zip(counted, said, strict=True))
    everything = read(path, "all")
    # Each may have been killed between its two counts.
    assert isinstance(everything, int)
    assert sum(counted) - 3 <= everything <= sum(counted)


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
    with pytest.raises(StoreError, match=r"newer llmspell \(schema 99, this one knows 1\)"):
        read(path, "k")


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
