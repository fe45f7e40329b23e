"""Opening a shared file: all of a transaction or nothing, waiting for others, and saying what is wrong."""

import sqlite3
import threading

import pytest

from llmspell.errors import StoreError
from llmspell.sqlite_file import Schema, immediate, is_busy, open_for_reading, open_shared, store_error

SCHEMA = Schema("notebook", 0x6C737431, 1, "CREATE TABLE lines (text TEXT)")


def lines(path: str) -> list[str]:
    connection = open_for_reading(path, SCHEMA)
    try:
        return [text for (text,) in connection.execute("SELECT text FROM lines")]
    finally:
        connection.close()


def test_a_transaction_that_raises_leaves_nothing_and_the_next_one_goes_on(tmp_path):
    path = str(tmp_path / "a.db")
    connection = open_shared(path, SCHEMA)
    with pytest.raises(KeyError), immediate(connection):
        connection.execute("INSERT INTO lines VALUES ('no')")
        raise KeyError
    with immediate(connection):
        connection.execute("INSERT INTO lines VALUES ('yes')")
    connection.close()
    assert lines(path) == ["yes"]


def test_a_writer_waits_for_another_ones_transaction_to_end(tmp_path):
    path = str(tmp_path / "a.db")
    first, second = open_shared(path, SCHEMA), open_shared(path, SCHEMA)
    waiting = threading.Event()

    def write() -> None:
        waiting.set()
        with immediate(second):
            second.execute("INSERT INTO lines VALUES ('second')")

    thread = threading.Thread(target=write)
    with immediate(first):
        first.execute("INSERT INTO lines VALUES ('first')")
        thread.start()
        waiting.wait(5)
    thread.join(30)
    first.close()
    second.close()
    assert lines(path) == ["first", "second"]


def test_one_that_may_not_wait_is_told_that_it_is_locked(tmp_path):
    path = str(tmp_path / "a.db")
    first, second = open_shared(path, SCHEMA), open_shared(path, SCHEMA)
    second.execute("PRAGMA busy_timeout = 0")
    with immediate(first):
        with pytest.raises(sqlite3.OperationalError) as caught, immediate(second, wait_s=0):
            pass
        assert is_busy(caught.value)
    with immediate(second, wait_s=0):
        pass
    first.close()
    second.close()


def test_a_reader_cannot_write(tmp_path):
    path = str(tmp_path / "a.db")
    open_shared(path, SCHEMA).close()
    connection = open_for_reading(path, SCHEMA)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("INSERT INTO lines VALUES ('no')")
    connection.close()


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to look like one" * 40])
def test_reading_what_is_not_ours_is_refused(tmp_path, content):
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is not a notebook of llmspell|not a database"):
        open_for_reading(str(path), SCHEMA)
    assert path.read_bytes() == content


def test_a_commit_that_waits_for_the_disk_is_asked_for_by_name(tmp_path):
    for fsync, level in ((False, 1), (True, 2)):
        connection = open_shared(str(tmp_path / "a.db"), SCHEMA, fsync=fsync)
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()


@pytest.mark.parametrize(
    ("problem", "hint"),
    [
        (sqlite3.OperationalError("database or disk is full"), "make room"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "make the file and its folder writable"),
        (sqlite3.DatabaseError("database disk image is malformed"), "move the file away"),
        (OSError(13, "Permission denied"), "make the file and its folder writable"),
        (sqlite3.OperationalError("something else"), ""),
    ],
)
def test_an_error_says_which_file_and_what_to_do(problem, hint):
    error = store_error("notebook", "/x/a.db", "written", problem)
    assert error.message.startswith("the notebook /x/a.db could not be written: ")
    assert error.hint.startswith(hint)
    assert bool(error.hint) == bool(hint)
