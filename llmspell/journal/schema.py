"""The tables of a journal file, and the statements that fill them."""

from __future__ import annotations

from llmspell.sqlite_file import Schema

SCHEMA = Schema(
    name="journal",
    application_id=0x6C737031,  # "lsp1"
    version=1,
    create="""
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        script TEXT NOT NULL,
        language TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        profile TEXT NOT NULL,
        args TEXT NOT NULL,
        started_at REAL NOT NULL,
        seed TEXT NOT NULL,
        ended_at REAL,
        outcome TEXT,
        exit_code INTEGER
    );
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        key TEXT NOT NULL,
        parent TEXT NOT NULL,
        target TEXT NOT NULL,
        method TEXT NOT NULL,
        args_hash TEXT NOT NULL,
        args TEXT NOT NULL,
        result TEXT,
        error TEXT,
        started_at REAL NOT NULL,
        ended_at REAL,
        idempotent INTEGER NOT NULL,
        permission TEXT NOT NULL,
        usage TEXT NOT NULL,
        cost_usd REAL NOT NULL,
        UNIQUE (run_id, key)
    );
    CREATE TABLE notes (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        at REAL NOT NULL,
        value TEXT NOT NULL
    );
    CREATE INDEX notes_of_run ON notes (run_id)
    """,
)

ENTRY_COLUMNS = (
    "run_id, key, parent, target, method, args_hash, args, result, error, started_at, ended_at, idempotent,"
    " permission, usage, cost_usd"
)
# Replaced: an intent by its result, and an unfinished effect by its repetition when a run is resumed. The new row gets
# a new number, so that rows stand in the order in which the effects ended.
INSERT_ENTRY = f"INSERT OR REPLACE INTO entries ({ENTRY_COLUMNS}) VALUES ({', '.join('?' * 15)})"

RUN_COLUMNS = "run_id, script, language, content_hash, profile, args, started_at, seed"
INSERT_RUN = (
    f"INSERT INTO runs ({RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (run_id) DO UPDATE SET ended_at = NULL, outcome = NULL, exit_code = NULL"
)
END_RUN = "UPDATE runs SET ended_at = ?, outcome = ?, exit_code = ? WHERE run_id = ?"
INSERT_NOTE = "INSERT INTO notes (run_id, kind, key, at, value) VALUES (?, ?, ?, ?, ?)"
