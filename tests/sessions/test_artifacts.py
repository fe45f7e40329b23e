"""Artifacts: what was stored comes back, each content is there once, and goes with the last that has it."""

import hashlib

import pytest

from llmspell.errors import BadArgument, NotFound, StateFull
from llmspell.sessions.artifact import MAX_BYTES
from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.store import Sessions
from llmspell.state.limits import Limit, Limits
from llmspell.state.scopes import ARTIFACTS


@pytest.mark.parametrize("content", ["", "text é\0", b"", b"\xff\0raw", "x" * 1000], ids=repr)
def test_a_content_comes_back_as_it_was_under_its_hash(with_sessions, content):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        meta = {"author": "ada", "tags": ["a"], "mime_type": "text/x-special"}
        made = await artifacts.store("s", "report", "name.md", content, meta)
        raw = content.encode() if isinstance(content, str) else content
        assert made.id == {"content_hash": hashlib.sha256(raw).hexdigest(), "session_id": "s", "sequence": 1}
        for which in (
            made.id,
            {"sequence": 1},
            1,
            1.0,
            made.content_hash,
            "name.md",
            {"content_hash": made.content_hash},
        ):
            found, back = await artifacts.get("s", which)
            assert found == made
            assert (type(back), back) == (type(content), content)
        assert (made.tags, made.mime_type, made.metadata) == (["a"], "text/x-special", {"author": "ada"})
        assert (made.size, made.type) == (len(raw), "report")
        assert meta["tags"] == ["a"]  # the caller's own is left alone

    with_sessions(check)


def test_one_content_is_stored_once_and_goes_with_its_last_artifact(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        await sessions.create({"id": "t"})
        for id, name in (("s", "a"), ("s", "b"), ("t", "c")):
            await artifacts.store(id, "x", name, "same" * 100)

        async def blobs() -> int:
            found = (await sessions.state.usage()).get(ARTIFACTS)
            return 0 if found is None else found.n_keys

        assert await blobs() == 1
        assert await artifacts.delete("s", "a") is True
        assert await artifacts.delete("s", "a") is False
        assert await artifacts.delete("s", {"sequence": 2}) is True
        assert await blobs() == 1
        assert (await artifacts.get("t", "c"))[1] == "same" * 100
        session = await sessions.get("s")
        assert (session.n_artifacts, session.artifact_bytes) == (0, 0)
        assert (await artifacts.store("s", "x", "a", "new")).sequence == 3  # a number is never given twice
        assert await artifacts.delete("t", "c") is True
        assert await blobs() == 1
        await artifacts.store("t", "x", "c", "same" * 100)
        assert (await artifacts.get("t", "c"))[1] == "same" * 100

    with_sessions(check)


def test_of_one_name_the_latest_is_meant_and_a_missing_one_is_said(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        await artifacts.store("s", "x", "log", "first")
        await artifacts.store("s", "x", "log", "second")
        assert (await artifacts.get("s", "log"))[1] == "second"
        assert [it.sequence for it in await artifacts.of("s")] == [1, 2]
        for which in ("other", 3, {"sequence": 1, "content_hash": "0" * 64}, True):
            with pytest.raises(NotFound) as caught:
                await artifacts.get("s", which)
            assert caught.value.code == "artifact_not_found"
        with pytest.raises(BadArgument, match="is named by"):
            await artifacts.get("s", [1])
        for attempt in (
            artifacts.get("t", "log"),
            artifacts.of("t"),
            artifacts.store("t", "x", "n", ""),
            artifacts.delete("t", 1),
        ):
            with pytest.raises(NotFound, match="there is no session t"):
                await attempt

    with_sessions(check)


def test_what_is_unfit_too_large_or_too_late_is_refused_and_nothing_is_kept_of_it(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        for arguments, said in (
            (("", "n", "c"), "the type of an artifact is a text"),
            (("t", "a\tb", "c"), "the name of an artifact is a text"),
            (("t", "n", ["c"]), "is text or bytes, this is list"),
            (("t", "n", "\ud800"), "not valid Unicode"),
            (("t", "n", b"x" * (MAX_BYTES + 1)), f"at most {MAX_BYTES} bytes"),
            (("t", "n", "c", {"tags": "a"}), "tags is a list"),
            (("t", "n", "c", {"k": "x" * 1024 * 1024}), "at most 1048576 bytes"),
        ):
            with pytest.raises(BadArgument, match=said):
                await artifacts.store("s", *arguments)
        await sessions.step("s", "suspend")
        await artifacts.store("s", "t", "n", "c")
        await sessions.step("s", "complete")
        with pytest.raises(BadArgument, match="is completed"):
            await artifacts.store("s", "t", "n", "more")
        assert len(await artifacts.of("s")) == 1

    with_sessions(check)


def test_the_largest_is_kept_and_all_together_have_a_limit(with_sessions):
    limits = Limits(named={ARTIFACTS: Limit(MAX_BYTES + 4096, "artifacts.max_size")})

    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        await artifacts.store("s", "t", "largest", b"x" * MAX_BYTES)
        assert len((await artifacts.get("s", "largest"))[1]) == MAX_BYTES
        with pytest.raises(StateFull, match=r"the store of artifacts is full: .* artifacts.max_size allows"):
            await artifacts.store("s", "t", "more", b"y" * 8192)
        await artifacts.store("s", "t", "again", b"x" * MAX_BYTES)
        assert [it.name for it in await artifacts.of("s")] == ["largest", "again"]

    with_sessions(check, limits)


def test_a_query_finds_by_everything_that_is_known(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        for id in ("s", "t"):
            await sessions.create({"id": id})
        one = await artifacts.store("s", "report", "a.md", "12345", {"tags": ["x", "y"], "by": "ada"})
        two = await artifacts.store("s", "log", "b.log", "1", {"tags": ["x"]})
        three = await artifacts.store("t", "report", "c.md", "123")

        async def found(**wanted: object) -> list[int]:
            return [[one, two, three].index(it) + 1 for it in await artifacts.query(wanted)]

        assert await found() == [3, 2, 1]
        assert await found(session="s") == await found(session_id="s") == [2, 1]
        assert await found(type="report") == [3, 1]
        assert await found(name_pattern="*.md") == await found(name="?.md") == [3, 1]
        assert await found(tags=["x"]) == [2, 1]
        assert await found(tags=["x", "y"]) == [1]
        assert await found(metadata={"by": "ada"}) == [1]
        assert await found(content_hash=two.content_hash) == [2]
        assert await found(min_size=2, max_size=4) == [3]
        assert await found(created_after=one.created_at) == [3, 2]
        assert await found(created_before="1970-01-01T00:00:00Z") == []
        assert await found(created_before="2070-01-01", limit=2) == [3, 2]
        for wrong, said in (
            ({"kind": "x"}, "a query of artifacts has no field kind"),
            ({"limit": -1}, "limit is a whole number"),
            ({"min_size": "1"}, "min_size is a whole number"),
            ({"created_after": "soon"}, "created_after is no time"),
            ({"metadata": 1}, "metadata of a query is a table"),
        ):
            with pytest.raises(BadArgument, match=said):
                await artifacts.query(wrong)
        with pytest.raises(NotFound):
            await artifacts.query({"session": "nobody"})

    with_sessions(check)


def test_queries_that_mean_nothing_are_refused_and_say_so(with_sessions):
    async def check(sessions: Sessions, artifacts: Artifacts) -> None:
        await sessions.create({"id": "s"})
        for wanted in ({"min_size": float("inf")}, {"max_size": float("nan")}, {"name": "*a" * 200}, {"name": [1]}):
            with pytest.raises(BadArgument, match="whole number|pattern of a name"):
                await artifacts.query(wanted)
        assert await artifacts.query({"min_size": 1.0, "name": "*"}) == []
        with pytest.raises(BadArgument, match="pattern of a name"):
            await sessions.find_all({"name": "*a" * 200})
        with pytest.raises(NotFound, match="no artifact 1.5"):
            await artifacts.get("s", 1.5)

    with_sessions(check)
