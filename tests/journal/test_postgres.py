"""What is particular to a journal in PostgreSQL: a server that goes, many processes, making room, the address."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from postgres_here import PostgresHere
from postgres_writer import answer, begun, do, end, opened

from llmspell.config.load import load_settings
from llmspell.effects.context import task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import ConfigError, StoreError
from llmspell.journal import postgres_schema
from llmspell.journal.address import shown
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import place_of, prune_journal, reader_of
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

PASSWORD = "canary-of-the-url"


def test_a_server_that_is_started_anew_costs_nothing_and_one_that_is_gone_ends_the_journal(postgres: PostgresHere):
    async def main() -> None:
        said: list[StoreError] = []
        normal, durable = opened(postgres.url, said), opened(postgres.url, said, "durable")
        first, second = begun(normal, "n"), begun(durable, "d")
        for it in (first, second):
            await do(it)
        await normal.flush()
        postgres.stop()
        postgres.start()
        for it in (first, second):
            await do(it)
        await normal.flush()
        assert said == []
        assert [len(list(reader_of(postgres.url).entries(it))) for it in ("n", "d")] == [2, 2]
        postgres.stop()
        try:
            with pytest.raises(StoreError, match="could not be") as caught:
                await do(second)
            await do(first)  # goes on without its journal
            await normal.flush()
            await do(first)
            await end(first)
            with pytest.raises(StoreError, match="could not be"):
                reader_of(postgres.url).runs()
        finally:
            for it in (normal, durable):
                await it.aclose()
            postgres.start()
        (warning,) = said
        assert "this run goes on without it" in warning.message
        for error in (caught.value, warning):
            assert PASSWORD not in repr((error.message, error.hint, error.details))
        assert "whether the server is running" in caught.value.hint
        assert [len(list(reader_of(postgres.url).entries(it))) for it in ("n", "d")] == [2, 2]

    asyncio.run(main())


WRITERS = """
import asyncio, os, sys
sys.path.insert(0, sys.argv[1])
import postgres_writer as it
import llmspell.journal.postgres
async def main(number):
    said = []
    journal = it.opened(sys.argv[2], said, "durable" if number % 2 else "normal")
    ctx = it.begun(journal, f"run-{number}", "print('the same text of all')")
    for n in range(20):
        await it.do(ctx, ["x" * 20_000] if n == 7 else [n])
    await it.end(ctx)
    await journal.aclose()
    assert said == [], said
children = []
for number in range(20):
    pid = os.fork()
    if pid == 0:
        asyncio.run(main(number))
        sys.exit()
    children.append(pid)
print([os.waitpid(pid, 0)[1] for pid in children])
"""


def test_twenty_processes_write_at_once_and_share_what_is_equal(postgres: PostgresHere):
    # Each makes the tables, if nobody has. They are forked of one, since to load all this takes longer than to write.
    command = [sys.executable, "-c", WRITERS, str(Path(__file__).parent), postgres.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert (done.stdout.strip(), done.stderr) == (str([0] * 20), "")
    reader = reader_of(postgres.url)
    rows = reader.runs()
    assert {it.run.run_id for it in rows} == {f"run-{n}" for n in range(20)}
    assert {it.state for it in rows} == {"ok"}
    for it in rows:
        entries = list(reader.entries(it.run.run_id))
        assert [entry.key for entry in entries] == [f"0:{n}" for n in range(1, 21)]
        assert entries[7].args == ["x" * 20_000]
    assert reader.source("run-3") == "print('the same text of all')"
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM llmspell.blobs").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM llmspell.blob_uses").fetchone() == (40,)


def test_the_oldest_runs_make_room_and_a_blob_goes_with_its_last_run(postgres: PostgresHere):
    async def main() -> None:
        said: list[StoreError] = []
        journal = opened(postgres.url, said)
        for n in range(6):
            ctx = begun(journal, f"r{n}", "the text of all")
            await do(ctx, [os.urandom(30_000)])
            await end(ctx)
        going_on = begun(journal, "going-on", "the text of all")
        await do(going_on)
        await journal.flush()
        other = opened(postgres.url, said, max_bytes=100_000)
        ctx = begun(other, "new")
        await do(ctx)
        await end(ctx)
        await other.aclose()
        await journal.aclose()
        assert said == []

    asyncio.run(main())
    names = [it.run.run_id for it in reader_of(postgres.url).runs()]
    assert names[:2] == ["new", "going-on"]
    assert 2 <= len(names) < 7
    planned = prune_journal(postgres.url, keep=0, dry_run=True)
    assert "going-on" in planned.kept
    gone = prune_journal(postgres.url, keep=0)
    assert gone.run_ids == planned.run_ids
    assert gone.bytes_after < gone.bytes_before
    assert [it.run.run_id for it in reader_of(postgres.url).runs()] == ["going-on"]
    assert reader_of(postgres.url).source("going-on") == "the text of all"
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM llmspell.blobs").fetchone() == (1,)


def test_an_effect_whose_end_nobody_knows_is_unknown_in_both_modes(postgres: PostgresHere):
    program = """
import asyncio, os, signal, sys
sys.path.insert(0, sys.argv[1])
import postgres_writer as it
async def main():
    journal = it.opened(sys.argv[2], [], sys.argv[3])
    ctx = it.begun(journal, sys.argv[3])
    await it.do(ctx)
    await journal.flush()
    async def die(_):
        os.kill(os.getpid(), signal.SIGKILL)
    await it.perform(ctx, it.Effect("Tool", "execute", []), die)
asyncio.run(main())
"""
    for mode in ("normal", "durable"):
        command = [sys.executable, "-c", program, str(Path(__file__).parent), postgres.url, mode]
        assert subprocess.run(command, timeout=60).returncode == -9
        assert reader_of(postgres.url).unknown(mode) == ("0:2",)


def test_tables_of_a_newer_version_are_left_alone(postgres: PostgresHere, monkeypatch: pytest.MonkeyPatch):
    async def main() -> list[StoreError]:
        said: list[StoreError] = []
        journal = opened(postgres.url, said)
        ctx = begun(journal, "r")
        await do(ctx)
        await end(ctx)
        await journal.aclose()
        return said

    assert asyncio.run(main()) == []
    with psycopg.connect(postgres.url) as connection:
        connection.execute("UPDATE llmspell.version SET version = 99")
    (warning,) = asyncio.run(main())
    assert f"schema 99, this one knows {postgres_schema.VERSION}" in warning.message
    with pytest.raises(StoreError, match="schema 99"):
        reader_of(postgres.url).runs()


def test_names_that_postgres_cannot_keep_do_not_end_the_journal(postgres: PostgresHere):
    async def main() -> None:
        journal = opened(postgres.url, said)
        run = Run(resolve_profile("none"), journal, run_id="r")
        journal.begin(run.record(script="a\0\udcff", language="lua", content_hash="", args=("\0",), source="x\0y"))
        journal.note("r", "log", "0:\0", "a\0b")
        await perform(task_context(run), Effect("step", "a\0b", ["\0\udcff"]), answer)
        await journal.end("r", RunOutcome("ok", 0, 9.0))
        await journal.aclose()

    said: list[StoreError] = []
    asyncio.run(main())
    assert said == []
    reader = reader_of(postgres.url)
    (entry,) = reader.entries("r")
    assert (entry.method, reader.source("r")) == ("a\0b", "x\0y")
    assert [it.value for it in reader.notes("r")] == ["a\0b"]


def chosen(tmp_path: Path, text: str, environ: dict[str, str]) -> tuple[str, Redactor]:
    (tmp_path / "own.toml").write_text(text, "utf-8")
    settings = load_settings(environ={"HOME": str(tmp_path), **environ}, files=[str(tmp_path / "own.toml")])
    redactor = Redactor(settings.secrets())
    for it in (str(settings.visible()), str(settings.explain("journal.url"))):
        assert "s3cret-word" not in it
    return place_of(settings, redactor.add), redactor


def test_the_address_is_a_setting_and_a_secret(tmp_path):
    url = "postgresql://me:s3cret-word@db.example/x?sslmode=require"
    for text in (f'[journal]\nurl = "{url}"', '[journal]\nurl = { env = "DB" }'):
        place, redactor = chosen(tmp_path, text, {"DB": url})
        assert place == url
        assert redactor.text(f"cannot use {url} of s3cret-word") == "cannot use [redacted] of [redacted]"
    assert shown(url) == "postgresql://me@db.example/x"
    assert chosen(tmp_path, '[journal]\npath = "/x.db"', {})[0] == "/x.db"
    with pytest.raises(ConfigError, match="is the address of a PostgreSQL database"):
        chosen(tmp_path, '[journal]\nurl = "mysql://me:s3cret-word@x"', {})
    (tmp_path / "llmspell.toml").write_text('[journal]\nurl = "postgresql://evil/x"', "utf-8")
    with pytest.raises(ConfigError, match="may not say on which server"):
        load_settings(cwd=str(tmp_path), environ={"HOME": str(tmp_path / "home")})


def test_a_server_that_does_not_let_us_in_or_is_not_there_is_a_clear_error(postgres: PostgresHere):
    for url, said in (
        (postgres.url.replace("/postgres?", "/nowhere?"), "does not exist"),
        ("postgresql://me:canary-of-the-url@127.0.0.1:9/x", "refused"),
        ("postgresql://me:canary-of-the-url@[::1/x", "could not be opened"),
    ):
        with pytest.raises(StoreError) as caught:
            reader_of(url).runs()
        assert said in caught.value.message
        assert PASSWORD not in repr((caught.value.message, caught.value.hint, caught.value.details))


def test_the_error_names_the_extra_where_the_client_is_missing():
    program = (
        "import sys\nsys.modules['psycopg'] = None\nfrom llmspell.errors import ConfigError\n"
        "from llmspell.journal.open import open_journal\nfrom llmspell.security.redact import Redactor\n"
        "try:\n    open_journal('postgresql://h/x', Redactor(), warn=print)\n"
        "except ConfigError as error:\n    print(error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("install it: pip install 'llmspell[postgres]'"), done.stderr
