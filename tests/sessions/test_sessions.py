"""Sessions: made, found, led from status to status, checkpointed, removed with all that is theirs."""

import asyncio

import pytest

from llmspell.errors import BadArgument, NotFound
from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.checkpoints import MAX_CHECKPOINTS, checkpoints, make_checkpoint, restore_checkpoint
from llmspell.sessions.session import MAX_RUNS, Session
from llmspell.sessions.store import Sessions
from llmspell.state.migrations import Step, migrate, version_of_scope
from llmspell.state.transaction import Transaction


def test_a_session_is_found_as_it_was_made_and_a_missing_one_is_named_with_the_nearest(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        told = {"name": "trip", "description": "to Oslo", "tags": ["a", "b", "a"], "metadata": {"n": [1], "gone": None}}
        made = await sessions.create({**told, "id": "trip-1"})
        found = await sessions.get("trip-1")
        assert found == made
        assert (found.name, found.description, found.tags, found.metadata) == (
            "trip",
            "to Oslo",
            ["a", "b"],
            {"n": [1]},
        )
        assert (found.status, found.runs, found.n_artifacts) == ("active", [], 0)
        assert len((await sessions.create({})).id) == 36
        assert await sessions.find("trip-2") is None
        with pytest.raises(NotFound) as caught:
            await sessions.get("trip-2")
        assert caught.value.code == "session_not_found"
        assert caught.value.hint == "did you mean trip-1?"
        with pytest.raises(BadArgument, match="already") as taken:
            await sessions.create({"id": "trip-1"})
        assert taken.value.code == "session_exists"

    with_sessions(check)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nme": "x"}, "a session has no field nme"),
        ({"id": "a b"}, "no id of a session"),
        ({"id": "../x"}, "no id of a session"),
        ({"id": "x" * 129}, "no id of a session"),
        ({"name": "a\nb"}, "without control characters"),
        ({"name": "x" * 201}, "1 to 200 characters"),
        ({"tags": "a"}, "tags is a list"),
        ({"tags": [""]}, "a tag is a text"),
        ({"tags": [str(i) for i in range(101)]}, "at most 100 tags"),
        ({"metadata": [1]}, "metadata is a table"),
        ({"metadata": {"k": "x" * 1024 * 1024}}, "at most 1048576 bytes"),
        ({"description": "x" * 65537}, "a description is a text"),
        ({"description": 7}, "a description is a text"),
    ],
)
def test_what_is_unfit_is_refused_and_nothing_is_made(with_sessions, fields, said):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        with pytest.raises(BadArgument, match=said):
            await sessions.create(fields)
        assert await sessions.find_all() == []
        await sessions.create({"id": "x" * 128, "name": "x" * 200, "tags": [], "metadata": {}})

    with_sessions(check)


def test_steps_lead_where_they_may_and_nowhere_else(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        async def refused(id: str, *steps: str) -> None:
            for step in steps:
                with pytest.raises(BadArgument) as caught:
                    await sessions.step(id, step)
                assert caught.value.code == "wrong_status"

        id = (await sessions.create({})).id
        await refused(id, "resume")
        assert (await sessions.step(id, "suspend")).status == "suspended"
        await refused(id, "suspend")
        with pytest.raises(BadArgument, match="is suspended: one has to be active to make current it"):
            await sessions.link(id, "run")
        assert (await sessions.step(id, "resume")).status == "active"
        done = await sessions.step(id, "complete", {"n": 1})
        assert (done.status, done.summary) == ("completed", {"n": 1})
        assert done.completed_at > done.created_at
        await refused(id, "complete", "suspend", "resume")
        with pytest.raises(BadArgument, match="is completed"):
            await sessions.link(id, "run")
        other = (await sessions.create({})).id
        await sessions.step(other, "suspend")
        assert (await sessions.step(other, "complete")).status == "completed"

    with_sessions(check)


def test_they_are_listed_latest_first_by_status_tags_and_name(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        for name, tags in (("one", ["a"]), ("two", ["a", "b"]), ("three", [])):
            await sessions.create({"id": name, "name": name, "tags": tags})
        await sessions.step("two", "complete")

        async def ids(**wanted: object) -> list[str]:
            return [it.id for it in await sessions.find_all(wanted)]

        assert await ids() == ["three", "two", "one"]
        assert await ids(status="completed") == ["two"]
        assert await ids(active=True) == ["three", "one"]
        assert await ids(tags=["a"]) == ["two", "one"]
        assert await ids(tags=["a", "b"]) == ["two"]
        assert await ids(name="t*", limit=1) == ["three"]
        for wrong, said in (
            ({"stat": 1}, "did you mean status"),
            ({"status": "done"}, "done"),
            ({"limit": -1}, "limit"),
        ):
            with pytest.raises(BadArgument) as caught:
                await sessions.find_all(wrong)
            assert said in str(caught.value)

    with_sessions(check)


def test_what_it_is_said_to_be_changes_field_by_field(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        await sessions.create({"id": "s", "name": "old", "metadata": {"a": 1, "b": 2}})
        await sessions.update("s", {"name": "new", "metadata": {"b": None, "c": 3}})
        found = await sessions.get("s")
        assert (found.name, found.metadata) == ("new", {"a": 1, "c": 3})
        assert found.updated_at > found.created_at
        with pytest.raises(BadArgument, match="has no field status"):
            await sessions.update("s", {"status": "completed"})
        assert (await sessions.save("s")).saved_at > 0

    with_sessions(check)


def test_runs_are_linked_once_and_the_latest_are_kept(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        await sessions.create({"id": "s"})
        for run in ("a", "b", "a"):
            await sessions.link("s", run)
        assert (await sessions.get("s")).runs == ["b", "a"]

        def many(session: Session) -> None:
            session.runs = [str(i) for i in range(MAX_RUNS)]

        await sessions.change("s", many)
        assert (await sessions.link("s", "last")).runs[-2:] == [str(MAX_RUNS - 1), "last"]
        assert len((await sessions.get("s")).runs) == MAX_RUNS

    with_sessions(check)


def test_changes_at_once_are_all_there(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        await asyncio.gather(
            *(sessions.link("s", f"r{i}") for i in range(10)),
            *(artifacts.store("s", "t", f"a{i}", f"content {i % 3}") for i in range(10)),
            *(sessions.update("s", {"metadata": {f"k{i}": i}}) for i in range(10)),
        )
        found = await sessions.get("s")
        assert (len(found.runs), len(found.metadata), found.n_artifacts) == (10, 10, 10)
        assert [it.sequence for it in await artifacts.of("s")] == list(range(1, 11))

    with_sessions(check)


def test_a_checkpoint_puts_values_and_metadata_back(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        state = sessions.state
        await sessions.create({"id": "s", "metadata": {"step": 1}})
        await state.set("session:s", "a", 1)
        assert (await make_checkpoint(sessions, "s", "first"))[1] == 1
        await state.set("session:s", "a", 2)
        await state.set("session:s", "b", 2)
        await sessions.update("s", {"metadata": {"step": 2}})
        assert (await make_checkpoint(sessions, "s"))[1] == 2
        await state.clear("session:s")

        assert (await restore_checkpoint(sessions, "s"))[1] == 2
        assert await state.all("session:s") == {"a": 2, "b": 2}
        assert (await restore_checkpoint(sessions, "s", 1))[1] == 1
        assert await state.all("session:s") == {"a": 1}
        assert (await sessions.get("s")).metadata == {"step": 1}
        assert [(it["checkpoint"], it["label"]) for it in await checkpoints(sessions, "s")] == [(1, "first"), (2, "")]

        await sessions.create({"id": "none"})
        for id, number in (("s", 3), ("s", 0), ("s", -1), ("none", None)):
            with pytest.raises(NotFound) as caught:
                await restore_checkpoint(sessions, id, number)
            assert caught.value.code == "checkpoint_not_found"
        await sessions.step("s", "complete")
        with pytest.raises(BadArgument, match="is completed"):
            await restore_checkpoint(sessions, "s")

    with_sessions(check)


def test_the_latest_checkpoints_are_kept(with_sessions):
    async def check(sessions: Sessions, _: Artifacts) -> None:
        await sessions.create({"id": "s"})
        for _ in range(MAX_CHECKPOINTS + 2):
            await make_checkpoint(sessions, "s")
        found = await checkpoints(sessions, "s")
        assert [found[0]["checkpoint"], len(found)] == [3, MAX_CHECKPOINTS]

    with_sessions(check)


def test_deleting_leaves_nothing_of_it_and_what_others_have_in_common_with_it(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        for id in ("s", "other"):
            await sessions.create({"id": id})
            await artifacts.store(id, "t", "shared", "shared")
            await sessions.state.set(f"session:{id}", "k", 1)
            await make_checkpoint(sessions, id)
        await artifacts.store("s", "t", "own", "own")
        assert await sessions.delete("s") is True
        assert await sessions.delete("s") is False
        assert (await artifacts.get("other", "shared"))[1] == "shared"
        assert await sessions.state.get("session:other", "k") == 1
        assert await sessions.delete("other") is True
        assert set(await sessions.state.usage()) == {""}

    with_sessions(check)


def test_the_version_of_the_scope_goes_back_with_a_checkpoint_and_away_with_the_session(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        async def up(tx: Transaction) -> None:
            await tx.set("session:s", "a", "new")

        await sessions.create({"id": "s"})
        await sessions.state.set("session:s", "a", "old")
        await make_checkpoint(sessions, "s")
        for _ in range(2):
            assert (await migrate(sessions.state, "session:s", [Step(1, up)])).steps == (1,)
            await restore_checkpoint(sessions, "s")
            assert await sessions.state.get("session:s", "a") == "old"
        await migrate(sessions.state, "session:s", [Step(1, up)])
        await sessions.delete("s")
        assert await version_of_scope(sessions.state, "session:s") == 0

    with_sessions(check)
