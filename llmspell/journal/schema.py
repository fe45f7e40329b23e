"""The tables of a journal file, and the statements that fill them."""

from __future__ import annotations

from llmspell.sqlite_file import Schema

_TABLES = """
    CREATE TABLE pages (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        compressed INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX pages_of_run ON pages (run_id);
    CREATE TABLE notes (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        at REAL NOT NULL,
        value BLOB NOT NULL
    );
    CREATE INDEX notes_of_run ON notes (run_id);
    CREATE TABLE blobs (
        digest BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE blob_uses (
        digest BLOB NOT NULL,
        run_id TEXT NOT NULL,
        PRIMARY KEY (run_id, digest)
    ) WITHOUT ROWID;
    CREATE INDEX uses_of_blob ON blob_uses (digest)
"""

SCHEMA = Schema(
    name="journal",
    application_id=0x6C737031,  # "lsp1"
    version=3,
    create=f"""
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
        exit_code INTEGER,
        engine TEXT NOT NULL DEFAULT '',
        source BLOB,
        options TEXT NOT NULL DEFAULT '{{}}',
        resumed_from TEXT NOT NULL DEFAULT '',
        forked_from TEXT NOT NULL DEFAULT '',
        owner TEXT NOT NULL DEFAULT '[]'
    );
    {_TABLES}
    """,
    # Version 1 kept canonical JSON, with large values cut: nothing that could be replayed. The runs stay, with what
    # they came to; what they did goes.
    upgrades={
        1: f"""
    DROP TABLE entries;
    DROP TABLE notes;
    ALTER TABLE runs ADD COLUMN engine TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN source BLOB;
    ALTER TABLE runs ADD COLUMN options TEXT NOT NULL DEFAULT '{{}}';
    ALTER TABLE runs ADD COLUMN resumed_from TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN forked_from TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '[]';
    {_TABLES}
    """,
        # Version 2 was never released: it had a row for each entry, where it had any.
        2: """
    DROP TABLE IF EXISTS entries;
    CREATE TABLE IF NOT EXISTS pages (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL,
        compressed INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS pages_of_run ON pages (run_id)
    """,
    },
)

# A page holds some entries of one run, `rows.pack_row` of each: so much of them is equal that they become small
# together, and one row is written where there were hundreds.
INSERT_PAGE = "INSERT INTO pages (run_id, compressed, body) VALUES (?, ?, ?)"

RUN_COLUMNS = (
    "run_id, script, language, content_hash, profile, args, started_at, seed, engine, options, resumed_from,"
    " forked_from, owner"
)
INSERT_RUN = (
    f"INSERT INTO runs ({RUN_COLUMNS}, source) VALUES ({', '.join('?' * 14)})"
    " ON CONFLICT (run_id) DO UPDATE SET ended_at = NULL, outcome = NULL, exit_code = NULL, owner = excluded.owner"
)
# Of a run that is being resumed: held by one transaction at a time from here on (in SQLite there is but one).
HOLD_RUN = "UPDATE runs SET owner = owner WHERE run_id = ?"
SUCCESSOR = "SELECT run_id FROM runs WHERE resumed_from = ? AND run_id <> ? ORDER BY number LIMIT 1"
END_RUN = "UPDATE runs SET ended_at = ?, outcome = ?, exit_code = ? WHERE run_id = ?"
INSERT_NOTE = "INSERT INTO notes (run_id, kind, key, at, value) VALUES (?, ?, ?, ?, ?)"
INSERT_BLOB = "INSERT INTO blobs (digest, size, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
INSERT_USE = "INSERT INTO blob_uses (digest, run_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
