"""DBOS: a workflow of steps that do nothing, each recorded in SQLite before the next: as it comes, and with the pragmas
that make it fastest (WAL, synchronous=NORMAL)."""

from importlib.metadata import version
from typing import Any

import sqlalchemy
from dbos import DBOS, SetWorkflowID
from sqlalchemy import event
from step_timing import measure, place


def quick_engine(url: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        for it in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {it}")

    return engine


def main(path: str, n: int) -> None:
    @DBOS.step()
    def step(i: int) -> int:
        return i + 1

    @DBOS.workflow()
    def flow(n: int) -> int:
        i = 0
        while i < n:
            i = step(i)
        return i

    def run(name: str) -> None:
        with SetWorkflowID(name):
            assert flow(n) == n

    for kind in ("as it comes", "WAL and NORMAL"):
        url = f"sqlite:///{path}-{kind.partition(' ')[0]}"
        config: dict[str, Any] = {"name": "bench", "system_database_url": url, "log_level": "ERROR"}
        config |= {"application_version": "1", "run_admin_server": False}
        if kind != "as it comes":
            config["system_database_engine"] = quick_engine(url)
        DBOS(config=config)
        DBOS.launch()
        measure(f"DBOS {version('dbos')}, SQLite, {kind}", n, run)
        DBOS.destroy()


if __name__ == "__main__":
    main(*place())
