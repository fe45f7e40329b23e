"""The tables of a journal in PostgreSQL: those of `journal.schema`, in a schema of their own, `llmspell`, since others
may use the database for other things."""

from __future__ import annotations

SCHEMA = "llmspell"
VERSION = 1
LOCK = 0x6C737031  # of the one process that makes or changes the tables

LOCK_OF_BLOBS = LOCK + 1  # shared by those who use some, for one alone who removes them

CREATE = """
CREATE TABLE version (version integer NOT NULL);
CREATE TABLE runs (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL UNIQUE,
    script text NOT NULL,
    language text NOT NULL,
    content_hash text NOT NULL,
    profile text NOT NULL,
    args text NOT NULL,
    started_at double precision NOT NULL,
    seed text NOT NULL,
    ended_at double precision,
    outcome text,
    exit_code integer,
    engine text NOT NULL DEFAULT '',
    source bytea,
    options text NOT NULL DEFAULT '{}',
    resumed_from text NOT NULL DEFAULT '',
    forked_from text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '[]'
);
CREATE TABLE pages (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    compressed boolean NOT NULL,
    body bytea STORAGE EXTERNAL NOT NULL
);
CREATE INDEX pages_of_run ON pages (run_id);
CREATE TABLE notes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    at double precision NOT NULL,
    value bytea NOT NULL
);
CREATE INDEX notes_of_run ON notes (run_id);
CREATE TABLE blobs (
    digest bytea PRIMARY KEY,
    size bigint NOT NULL,
    body bytea STORAGE EXTERNAL NOT NULL
);
CREATE TABLE blob_uses (
    digest bytea NOT NULL,
    run_id text NOT NULL,
    PRIMARY KEY (run_id, digest)
);
CREATE INDEX uses_of_blob ON blob_uses (digest);
"""

# UPGRADES[n] makes version n + 1 of version n.
UPGRADES: dict[int, str] = {}
