"""What stands between values and the bytes that are stored: nothing, or encryption.

A key is looked for when the first value passes, since that may run a command or ask a keyring, and not before: listing
keys needs none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from llmspell.state.cipher import Cipher, is_sealed, no_key, read_keys
from llmspell.state.protocol import Place


class Sealer(Protocol):
    """Called by the store and its transactions. `make_ready` first, once; the other two do not wait."""

    is_ready: bool
    encrypts: bool
    may_mix: bool  # whether it may write plain values where there are sealed ones

    async def make_ready(self) -> None:
        """Find what is needed to seal and unseal."""

    def seal(self, place: Place, packed: bytes) -> bytes:
        """The bytes to store for a packed value."""

    def unseal(self, place: Place, stored: bytes) -> bytes:
        """The packed value of stored bytes."""

    def is_current(self, stored: bytes) -> bool:
        """Whether `seal` would store a value in this form."""


class PlainSealer:
    """Stores values as they are, and says so where one is not. Beside sealed ones the backend refuses its own."""

    is_ready = True
    encrypts = False
    may_mix = False

    async def make_ready(self) -> None:
        return

    def seal(self, place: Place, packed: bytes) -> bytes:
        return packed

    def unseal(self, place: Place, stored: bytes) -> bytes:
        if is_sealed(stored):
            raise no_key(place)
        return stored

    def is_current(self, stored: bytes) -> bool:
        return not is_sealed(stored)


class KeySealer:
    """Encrypts values. Those that were stored before there was a key are read as they are.

    Args:
        find: Answers the text of the setting; may take long, and may raise ConfigError.
        plain: Stores values as they are from now on, and still reads the encrypted ones.
    """

    may_mix = True  # nothing it writes is plain, or that is what it was asked for

    def __init__(self, find: Callable[[], str], *, plain: bool = False) -> None:
        self.is_ready = False
        self.encrypts = not plain
        self._find = find
        self._plain = plain
        self._cipher: Cipher | None = None

    async def make_ready(self) -> None:
        self._cipher = await asyncio.to_thread(lambda: Cipher(read_keys(self._find())))
        self.is_ready = True

    def seal(self, place: Place, packed: bytes) -> bytes:
        return packed if self._plain else self._ready.seal(place, packed)

    def unseal(self, place: Place, stored: bytes) -> bytes:
        return self._ready.unseal(place, stored)

    def is_current(self, stored: bytes) -> bool:
        return not is_sealed(stored) if self._plain else self._ready.is_current(stored)

    @property
    def _ready(self) -> Cipher:
        if self._cipher is None:
            raise RuntimeError("make_ready comes first")
        return self._cipher


PLAIN = PlainSealer()
