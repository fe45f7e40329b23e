"""A relay between real pipes: what passes, what is kept, when it stops, and what a slow or gone reader does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.runtime import streams
from llmspell.runtime.streams import Relay, cleaned


@pytest.fixture(autouse=True)
def visible_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that measuring tools see; what they run is the same."""

    class Threads:
        allocate_lock = staticmethod(threading.Lock)

        @staticmethod
        def start_new_thread(function: Callable[..., None], args: tuple[object, ...]) -> None:
            threading.Thread(target=function, args=args).start()

    monkeypatch.setattr(streams, "_thread", Threads)


def relayed(data: bytes, *, clean: bool = False, limit: int | None = None) -> Relay:
    relay = Relay(None, clean=clean, limit=limit)
    worker = os.dup(relay.write_fd)
    relay.start()
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(worker, view) :]
    except BrokenPipeError:  # the relay has stopped reading
        pass
    os.close(worker)
    relay.join()
    return relay


@given(st.binary(max_size=200_000))
@settings(deadline=None, max_examples=20)
def test_what_is_captured_is_what_was_written(data: bytes) -> None:
    relay = relayed(data)
    assert bytes(relay.captured) == data
    assert not relay.exceeded and relay.failed is None


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=20)
def test_for_a_terminal_it_is_cleaned_on_the_way(text: str) -> None:
    raw = text.encode("utf-8", "replace") + b"\x1b[2J"
    assert bytes(relayed(raw, clean=True).captured) == cleaned(raw)


def test_half_a_character_at_the_end_is_shown_as_a_replacement() -> None:
    assert bytes(relayed(b"a\xe2\x82", clean=True).captured) == "a\ufffd".encode()
    assert bytes(relayed("a\u20ac".encode(), clean=True).captured) == "a\u20ac".encode()


def test_after_the_limit_it_stops_and_at_the_limit_it_does_not() -> None:
    assert not relayed(b"x" * 100, limit=100).exceeded
    over = relayed(b"x" * 101, limit=100)
    assert over.exceeded
    assert bytes(over.captured) == b""


def test_no_more_is_kept_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "CAPTURE_BYTES", 70_000)
    relay = relayed(b"x" * 200_000)
    assert bytes(relay.captured) == b"x" * 70_000
    assert not relay.exceeded


def test_a_pipe_that_does_not_wait_still_gets_everything() -> None:
    read_fd, write_fd = os.pipe()
    os.set_blocking(write_fd, False)
    relay = Relay(write_fd, clean=False, limit=None)
    worker = os.dup(relay.write_fd)
    relay.start()
    data = bytes(range(256)) * 2000  # more than a pipe holds: the relay has to wait for us
    writer = threading.Thread(target=lambda: (_write_all(worker, data), os.close(worker)))
    writer.start()
    got = b""
    while len(got) < len(data):
        got += os.read(read_fd, 65536)
    writer.join()
    relay.join()
    assert got == data
    os.close(read_fd)
    os.close(write_fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def test_a_reader_that_is_gone_is_remembered_and_one_that_is_there_is_served() -> None:
    for reader_stays in (True, False):
        read_fd, write_fd = os.pipe()
        relay = Relay(write_fd, clean=False, limit=None)
        worker = os.dup(relay.write_fd)
        relay.start()
        if not reader_stays:
            os.close(read_fd)
        os.write(worker, b"text")
        os.close(worker)
        relay.join()
        assert (relay.failed is None) is reader_stays
        if reader_stays:
            assert os.read(read_fd, 10) == b"text"
            os.close(read_fd)
        os.close(write_fd)
