"""A PostgreSQL server for tests: a real one, of the package pgserver, on a socket of its own, ended by its number.

It refuses to run as root, so there it runs as `nobody`, from a copy where that user may not reach the package."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

STARTS_S = 60.0
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=on", "max_connections=60", "shared_buffers=16MB")


class PostgresHere:
    """A server that runs until it is ended.

    Raises:
        RuntimeError: It cannot be had here. A test that needs it fails then; it is not skipped.
    """

    def __init__(self) -> None:
        # Not in pytest's own folder, which only its user may enter; and a socket's path has to be short.
        self.folder = Path(tempfile.mkdtemp(prefix="llmspell-pg-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            who = pwd.getpwnam("nobody")
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            self._as = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
        self._bin = self._programs() / "bin"
        self._data = self.folder / "data"
        arguments = ("-A", "trust", "-U", "llmspell", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        self._run([str(self._bin / "initdb"), "-D", str(self._data), *arguments])
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Of its database; with a password that it does not ask for."""
        return f"postgresql://llmspell:canary-of-the-url@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [it for setting in _FAST for it in ("-c", setting)]
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self.folder), "-h", "", *options]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as)
        deadline = time.monotonic() + STARTS_S
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL does not start: {error}; {said}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """End it, and everybody's connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # "fast": it ends connections, and writes what there is
            self._process.wait(60)
            self._process = None

    def close(self) -> None:
        """End it, and forget what it has."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Be as new."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS llmspell CASCADE")

    def _programs(self) -> Path:
        found = importlib.util.find_spec("pgserver")
        if found is None or not found.submodule_search_locations:
            raise RuntimeError("the tests of PostgreSQL need the package pgserver: scripts/setup --dev installs it")
        there = Path(found.submodule_search_locations[0]) / "pginstall"
        if self._as and subprocess.run([there / "bin" / "postgres", "-V"], capture_output=True, **self._as).returncode:
            there = Path(shutil.copytree(there, self.folder / "programs"))
        return there

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, timeout=STARTS_S * 2, **self._as
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")
