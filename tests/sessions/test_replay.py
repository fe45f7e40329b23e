"""What the journal has of a session is shown in order, in pieces, and as it is: nothing is executed."""

from llmspell.journal.entries import Entry, RunOutcome, RunRecord, RunRow
from llmspell.journal.snapshot import pack
from llmspell.sessions.replay import MAX_ANSWER_BYTES, is_recorded, recorded, timeline
from llmspell.sessions.session import Session


class Journal:
    """A reader of two runs."""

    def __init__(self, result: object = None) -> None:
        self.kept = {
            id: RunRow(RunRecord(id, f"{id}.lua", "lua", "", "medium", (), 10.0), RunOutcome("ok", 0, 11.0))
            for id in ("one", "two")
        }
        self.result = result

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        return list(self.kept.values())

    def find_run(self, name: str) -> RunRow | None:
        return self.kept.get(name)

    def entries(self, run_id: str) -> list[Entry]:
        return [
            Entry(run_id, f"0:{i}", "", "Tool", "execute", pack([i]), pack(self.result), None, 10.0, 10.5, False)
            for i in (1, 2, 3)
        ]

    def notes(self, run_id: str, *, kind: str = "") -> list[object]:
        return []


def test_runs_come_in_the_order_of_the_session_and_those_that_are_gone_are_named():
    session = Session("s", runs=["two", "lost", "one"])
    value = recorded(session, Journal()).to_value(session)
    assert [it["run_id"] for it in value["runs"]] == ["two", "one"]
    assert value["runs"][0] == {
        "run_id": "two",
        "script": "two.lua",
        "started_at": 10.0,
        "ended_at": 11.0,
        "outcome": "ok",
    }
    assert (value["missing"], value["can_replay"]) == (["lost"], True)
    assert is_recorded(session, Journal())
    assert not is_recorded(Session("s", runs=["lost"]), Journal())
    assert not is_recorded(session, None)
    assert recorded(session, None).missing == ("two", "lost", "one")


def test_entries_are_given_in_pieces_that_make_the_whole():
    session = Session("s", runs=["two", "one"])
    whole = timeline(session, Journal())
    assert [(it["run_id"], it["args"]) for it in whole["entries"]] == [
        *(("two", [i]) for i in (1, 2, 3)),
        *(("one", [i]) for i in (1, 2, 3)),
    ]
    assert (whole["mode"], whole["more"], whole["entries"][0]["duration_ms"]) == ("recorded", False, 500.0)
    first, second = timeline(session, Journal(), limit=4), timeline(session, Journal(), offset=4)
    assert (first["more"], second["more"], second["offset"]) == (True, False, 4)
    assert first["entries"] + second["entries"] == whole["entries"]


def test_an_answer_has_a_size_and_always_at_least_one_entry():
    session = Session("s", runs=["one"])
    large = timeline(session, Journal("x" * MAX_ANSWER_BYTES))
    assert (len(large["entries"]), large["more"]) == (1, True)
    assert len(timeline(session, Journal("x" * (MAX_ANSWER_BYTES // 3)))["entries"]) == 2
