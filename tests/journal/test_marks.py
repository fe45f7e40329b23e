"""What was under way when a process was killed is known afterwards, in each mode."""

from __future__ import annotations

import pytest
from played_runs import forked, play

from llmspell.journal.marks import Marks, forget_marks, marks_folder, read_marks
from llmspell.journal.sqlite_reader import SqliteReader

# The parent forks; the child performs effects and is killed in the last of them, which is under way for ever.
KILLED = """
async def hang(ctx):
    if ctx.key == "0:4":
        os.kill(os.getpid(), signal.SIGKILL)
    return 1

if os.fork() == 0:
    play(sys.argv[1], 9, mode=sys.argv[2], do=hang)
os.wait()
"""


@pytest.mark.parametrize("mode", ["normal", "durable"])
def test_what_was_under_way_at_a_kill_is_unknown_and_the_run_is_interrupted(tmp_path, mode):
    path = tmp_path / "journal.db"
    play(path, 1, run_id="whole")  # the file is there, so that a killed run in normal mode leaves something to find
    assert forked(KILLED, str(path), mode).returncode == 0
    with SqliteReader(str(path)) as reader:
        unknown = reader.unknown("r")
        ended = [it.key for it in reader.entries("r") if it.ended_at is not None]
        assert reader.unknown("whole") == ()
        row = reader.find_run("r")
    assert unknown[-1] == "0:4"
    # Each effect that was begun is either on the record or unknown, never neither.
    assert sorted({*ended, *unknown}) == ["0:1", "0:2", "0:3", "0:4"]
    if mode == "durable":
        assert row is not None
        assert (ended, row.state) == (["0:1", "0:2", "0:3"], "interrupted")


def test_a_run_that_ends_leaves_no_marks(tmp_path):
    play(tmp_path / "journal.db", 3)
    assert not list((tmp_path / "journal.db.marks").iterdir())


def test_marks_are_there_until_they_are_settled_however_many_there_are(tmp_path):
    journal = str(tmp_path / "j.db")
    marks = Marks(journal, "r", half_bytes=64)
    keys = [f"0:{i}/part {i}" for i in range(300)]
    for i, it in enumerate(keys):
        marks.add(it)
        assert read_marks(journal, "r") == tuple(keys[: i + 1])
    marks.settle(keys[:299])
    assert read_marks(journal, "r") == (keys[299],)
    marks.add("0:1/é\ud800")
    assert read_marks(journal, "r") == (keys[299], "0:1/é\\ud800")
    marks.close(keep=True)
    assert read_marks(journal, "r")
    forget_marks(journal, "r")
    assert read_marks(journal, "r") == read_marks(journal, "never") == ()


def test_their_file_is_the_users_alone(tmp_path):
    marks = Marks(str(tmp_path / "j.db"), "r")
    assert (tmp_path / "j.db.marks" / "r").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "j.db.marks").stat().st_mode & 0o777 == 0o700
    marks.close()
    assert marks_folder("j.db") == "j.db.marks"


@pytest.mark.parametrize("name", ["{file}", "../victim", "a/../../victim", "..", "", "a\n", 7])
def test_a_run_id_that_is_no_plain_name_is_never_a_path(tmp_path, name):
    victim, journal = tmp_path / "victim", str(tmp_path / "j.db")
    victim.write_bytes(b"\0kept\n\0" + bytes(20))
    (tmp_path / "j.db.marks" / "a").mkdir(parents=True)
    run_id = name.format(file=victim) if isinstance(name, str) else name
    forget_marks(journal, run_id)
    assert victim.exists()
    assert read_marks(journal, run_id) == ()
    with pytest.raises(OSError, match="no run can be called"):
        Marks(journal, run_id)


def test_marks_of_a_plain_name_are_forgotten(tmp_path):
    marks = Marks(str(tmp_path / "j.db"), "20270101-000000-aaaaaaaa")
    marks.add("0:1")
    marks.close(keep=True)
    forget_marks(str(tmp_path / "j.db"), "20270101-000000-aaaaaaaa")
    assert not list((tmp_path / "j.db.marks").iterdir())
