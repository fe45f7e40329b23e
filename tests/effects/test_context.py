"""Where an effect happens: its key, its permissions, its files, its clock, its costs."""

from pathlib import Path

import pytest

from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.effects.run import MAX_AUDITED, Audit, Run, new_run_id
from llmspell.errors import PermissionDenied
from llmspell.journal.entries import Usage
from llmspell.security.permissions import Decision
from llmspell.security.profile import resolve_profile


def test_a_task_numbers_its_calls_over_the_whole_run_and_its_context_may_be_made_anew():
    run = Run(resolve_profile("none"))
    assert [task_context(run, "0").next_key(), task_context(run, "0.1").next_key()] == ["0:1", "0.1:1"]
    assert task_context(run, "0").next_key() == "0:2"


def test_parts_are_named_and_a_name_used_again_is_told_apart():
    entry = RunContext(Run(resolve_profile("none")), "0:1", entry="0:1")
    parts = [entry.child("step"), entry.child("step"), entry.child("a/b:c")]
    assert [it.key for it in parts] == ["0:1/step", "0:1/step~2", "0:1/a_b_c"]
    assert [it.next_key() for it in (parts[0], parts[0], entry)] == ["0:1/step/1", "0:1/step/2", "0:1/1"]
    assert all(it.entry == "0:1" for it in parts)


@pytest.mark.parametrize("part", ["", "3"])
def test_a_part_may_not_be_taken_for_the_number_of_an_effect(part):
    with pytest.raises(ValueError, match="a key part is a name"):
        RunContext(Run(resolve_profile("none")), "0:1", entry="0:1").child(part)


def test_what_a_part_asks_for_stands_with_the_entry_around_it():
    entry = RunContext(Run(resolve_profile("none")), "0:1", entry="0:1")
    entry.child("step", actor="the tool x").permit("tool", "x")
    assert [it.subject for it in entry.decisions] == ["x"]


def test_open_reads_what_is_granted_relative_to_the_run_and_nothing_else(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"inside")
    (tmp_path / "b.txt").write_bytes(b"outside")
    profile = resolve_profile("high", allow=["read:."], base=str(tmp_path / "in"))
    ctx = library_context(profile=profile, cwd=str(tmp_path / "in"))
    with ctx.open("a.txt") as file:
        assert file.read() == b"inside"
    with pytest.raises(PermissionDenied):
        ctx.open(str(Path("..") / "b.txt"))
    with pytest.raises(PermissionDenied):
        ctx.open("a.txt", "wb")


def test_what_open_decides_is_audited(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"")
    profile = resolve_profile("high", allow=["read:."], base=str(tmp_path))
    ctx = library_context(profile=profile, cwd=str(tmp_path))
    ctx.open("a.txt").close()
    with pytest.raises(PermissionDenied):
        ctx.open("a.txt", "wb")
    assert [(it.allowed, it.kind) for it in ctx.run.audit.counts] == [(True, "read"), (False, "write")]


def test_time_is_the_runs():
    run = Run(resolve_profile("none"), clock=lambda: 12.5)
    ctx = task_context(run)
    ctx.checkpoint("half")
    assert ctx.now() == 12.5
    assert [(it.label, it.key, it.at) for it in run.checkpoints] == [("half", "0", 12.5)]


def test_charges_add_up_on_the_effect_and_on_the_run():
    run = Run(resolve_profile("none"))
    first, second = RunContext(run, "0:1", entry="0:1"), RunContext(run, "0:2", entry="0:2")
    first.charge(Usage(1, 2, 3), 0.5)
    first.child("part").child("inner").charge(Usage(1, 0, 0), 0.25)
    second.charge(Usage(0, 1, 0), 0.25)
    assert (first.usage, first.cost_usd) == (Usage(2, 2, 3), 0.75)
    assert (run.usage, run.cost_usd) == (Usage(2, 3, 3), 1.0)


def test_the_audit_lists_each_decision_once_and_stops_listing_before_it_eats_the_memory():
    audit = Audit()
    for i in range(MAX_AUDITED + 5):
        audit.add(Decision(True, "read", f"/{i}", "*"))
    assert audit.add(Decision(True, "read", "/0", "*")) is False
    assert audit.counts[Decision(True, "read", "/0", "*")] == 2
    assert len(audit.counts) == MAX_AUDITED
    assert audit.unlisted == 5


def test_ids_of_runs_sort_by_time_and_differ():
    assert new_run_id(0.0).startswith("19700101-000000-")
    assert new_run_id(1.0) != new_run_id(1.0)


def test_what_a_function_of_the_scripts_does_counts_as_done_where_it_is_called() -> None:
    run = Run(resolve_profile("none"))
    around = RunContext(run, "0:3/1", entry="0:3/1", actors=("agent boss",), callers=("0:1",))
    run.called_from["cb7.0"] = around
    for path in ("cb7.0", "cb7.0.1", "cb7.0.1.2"):
        inside = task_context(run, path)
        assert (inside.actors, inside.callers, inside.key) == (("agent boss",), ("0:1", "0:3/1"), path)
    for path in ("0", "cb7.1", "cb70.0", "0.1"):
        assert task_context(run, path).callers == ()
