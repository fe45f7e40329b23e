"""The tables of the ledger, and the statements that fill them."""

from __future__ import annotations

from llmspell.sqlite_file import Schema

# `days` has the sums of `calls`, so that a limit is checked without adding up a day. A call that is under way, and for
# which something is held back, has its row in `calls` already (state `held`, nothing spent) and one in `holds`.
SCHEMA = Schema(
    name="ledger",
    application_id=0x6C736C31,  # "lsl1"
    version=1,
    create="""
    CREATE TABLE calls (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        day TEXT NOT NULL,
        at REAL NOT NULL,
        run_id TEXT NOT NULL,
        script TEXT NOT NULL,
        agent TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        nano_usd INTEGER,
        state TEXT NOT NULL
    );
    CREATE INDEX calls_by_time ON calls (at);
    CREATE TABLE holds (
        number INTEGER PRIMARY KEY,
        day TEXT NOT NULL,
        at REAL NOT NULL,
        nano_usd INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        input_nano_usd INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        born TEXT NOT NULL
    );
    CREATE TABLE days (
        day TEXT PRIMARY KEY,
        nano_usd INTEGER NOT NULL,
        tokens INTEGER NOT NULL
    )
    """,
)

INSERT_CALL = (
    "INSERT INTO calls (day, at, run_id, script, agent, provider, model, input_tokens, output_tokens, cached_tokens,"
    " nano_usd, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT_CALL = "SELECT day, coalesce(nano_usd, 0), input_tokens + output_tokens FROM calls WHERE number = ?"
UPDATE_CALL = (
    "UPDATE calls SET input_tokens = ?, output_tokens = ?, cached_tokens = ?, nano_usd = ?, state = ? WHERE number = ?"
)
DELETE_CALL = "DELETE FROM calls WHERE number = ?"
INSERT_HOLD = "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SELECT_HOLDS = "SELECT number, at, input_nano_usd, input_tokens, host, pid, born FROM holds"
SUM_OF_HOLDS = "SELECT count(*), coalesce(sum(nano_usd), 0), coalesce(sum(tokens), 0) FROM holds WHERE day = ?"
DELETE_HOLD = "DELETE FROM holds WHERE number = ?"
SELECT_DAY = "SELECT nano_usd, tokens FROM days WHERE day = ?"
ADD_TO_DAY = (
    "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT (day) DO UPDATE SET"
    " nano_usd = nano_usd + excluded.nano_usd, tokens = tokens + excluded.tokens"
)
