"""Encrypt values of state, each by itself, with AES-256-GCM.

A sealed value is a MessagePack extension, so that it is never taken for a plain one. In it: one byte for the format,
the key's mark, a nonce, the ciphertext. Its scope and key are authenticated with it: a value that somebody moved to
another place in the file does not open there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, StoreError
from llmspell.state.packing import EXT_SEALED
from llmspell.state.protocol import Place

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SETTING = "state.encryption_key"
KEY_BYTES = 32
_FORMAT = 1
_MARK_BYTES = 8
_NONCE_BYTES = 12
_HEADERS = {0xC7: 3, 0xC8: 4, 0xC9: 6}  # ext 8, 16 and 32: how long each one's header is
_SET_IT = 'set it: encryption_key = { env = "NAME" } under [state], or { file = … }, { keyring = … }'
_WRITE_A_KEY = "`llmspell state new-key` prints one"


def is_sealed(stored: bytes) -> bool:
    """Whether a stored value is encrypted."""
    header = _HEADERS.get(stored[0], 0) if stored else 0
    return header > 0 and len(stored) > header and stored[header - 1] == EXT_SEALED


def new_key() -> str:
    """A fresh key, as text."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def read_keys(text: str) -> list[bytes]:
    """The keys of the setting's text: 32 bytes each, in base64 or hex, with spaces, commas or new lines between them.

    Raises:
        ConfigError: There is none, or one that is none; what was found is not shown.
    """
    keys = [_read_key(it) for it in re.split(r"[\s,]+", text.strip()) if it]
    if not keys:
        raise ConfigError(f"{SETTING} is empty", hint=_WRITE_A_KEY)
    return keys


def _read_key(text: str) -> bytes:
    try:
        if len(text) == 2 * KEY_BYTES:
            return bytes.fromhex(text)
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"{SETTING}: what is there is no key: it has to be {KEY_BYTES} random bytes in base64 or hex",
            hint=_WRITE_A_KEY,
        )
    return key


class Cipher:
    """Seals with the first of some keys, and opens with any of them: to change keys, put the new one first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # late: 12 ms, for who encrypts
        except ImportError:
            raise ConfigError(
                f"{SETTING} is set, and the package that encrypts is not installed",
                hint="install it: pip install 'llmspell[encryption]'",
            ) from None
        self._by_mark: dict[bytes, AESGCM] = {_mark(key): AESGCM(_part(key, b"values")) for key in keys}
        self._mark = _mark(keys[0])

    def seal(self, place: Place, packed: bytes) -> bytes:
        """The bytes to keep at a place."""
        nonce = os.urandom(_NONCE_BYTES)
        head = bytes([_FORMAT]) + self._mark
        body = head + nonce + self._by_mark[self._mark].encrypt(nonce, packed, _bound_to(place, head))
        return struct.pack(">BIB", 0xC9, len(body), EXT_SEALED) + body

    def unseal(self, place: Place, stored: bytes) -> bytes:
        """What was sealed; bytes that are not sealed as they are.

        Raises:
            ConfigError: It is sealed with a key that is not among ours.
            StoreError: It was changed since, or belongs to another place.
        """
        if not is_sealed(stored):
            return stored
        body = stored[_HEADERS[stored[0]] :]
        head, sealed = body[: 1 + _MARK_BYTES], body[1 + _MARK_BYTES :]
        where = f"{place[0]} {place[1]}"
        if not head or head[0] != _FORMAT:
            raise StoreError(
                f"{where} is encrypted in a way that is not known",
                hint="a newer llmspell wrote it",
                details={"scope": place[0], "key": place[1]},
            )
        aead = self._by_mark.get(head[1:])
        if aead is None:
            raise wrong_key(place)
        from cryptography.exceptions import InvalidTag  # loaded with the cipher

        try:
            return aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(place, head))
        except (InvalidTag, ValueError):
            raise StoreError(
                f"{where} cannot be decrypted: it was changed in the file, or is damaged",
                hint="set it again, or take the file from a backup",
                details={"scope": place[0], "key": place[1]},
            ) from None

    def is_current(self, stored: bytes) -> bool:
        """Whether it is sealed with the first key."""
        return is_sealed(stored) and stored[_HEADERS[stored[0]] + 1 :][:_MARK_BYTES] == self._mark


def wrong_key(place: Place) -> ConfigError:
    """The error for a value that none of the keys opens."""
    return ConfigError(
        f"{place[0]} {place[1]} is encrypted with another key than {SETTING} holds",
        hint=f"put the key that it was written with into {SETTING}, after the new one",
        details={"setting": SETTING, "scope": place[0], "key": place[1]},
    )


def no_key(place: Place) -> ConfigError:
    """The error for a sealed value where no key is set."""
    return ConfigError(
        f"{place[0]} {place[1]} is encrypted, and {SETTING} is not set",
        hint=_SET_IT,
        details={"setting": SETTING, "scope": place[0], "key": place[1]},
    )


def no_key_to_write() -> ConfigError:
    """The error for a plain value where there are sealed ones and no key is set. It names none of them: who writes may
    not be one who may list them."""
    return ConfigError(
        f"state holds encrypted values, and {SETTING} is not set: nothing is written beside them in the clear",
        hint=_SET_IT,
        details={"setting": SETTING},
    )


def _part(key: bytes, purpose: bytes) -> bytes:
    # The key has all the entropy there can be, so one step of HKDF's expansion is enough to get keys for two purposes.
    return hmac.digest(key, b"llmspell state " + purpose + b"\x01", hashlib.sha256)


def _mark(key: bytes) -> bytes:
    return _part(key, b"mark")[:_MARK_BYTES]


def _bound_to(place: Place, head: bytes) -> bytes:
    scope, key = place[0].encode(), place[1].encode()
    return head + struct.pack(">I", len(scope)) + scope + key
