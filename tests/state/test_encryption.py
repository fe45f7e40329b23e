"""Encrypted state: nothing of a value is in the file, another key is an error by name, and keys can be changed."""

import asyncio
import base64
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.errors import ConfigError, LLMSpellError, StoreError
from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.store import Sessions
from llmspell.state.cipher import Cipher, is_sealed, new_key, read_keys
from llmspell.state.open import open_state, state_of
from llmspell.state.packing import pack
from llmspell.state.portable import Line
from llmspell.state.sealing import PLAIN, KeySealer, Sealer
from llmspell.state.store import StateStore
from llmspell.state.transfer import bring_in

CANARY = "canary-8e13f0b7aa"
FIRST, SECOND = base64.b64encode(bytes(range(32))).decode(), "ab" * 32


def keyed(text: str) -> KeySealer:
    return KeySealer(lambda: text)


def in_files(folder: Path, text: str = CANARY) -> list[str]:
    return [it.name for it in sorted(folder.rglob("*")) if it.is_file() and text.encode() in it.read_bytes()]


def do(path: Path, check: object, sealer: Sealer = PLAIN) -> None:
    async def main() -> None:
        store = open_state(str(path), sealer=sealer)
        try:
            await check(store)  # type: ignore[operator]
        finally:
            await store.aclose()

    asyncio.run(main())


async def write(store: StateStore) -> None:
    await store.set("global", "k", {"secret": CANARY})
    await store.incr("global", "n", 41)
    await store.update("global", "list", append)
    await store.room("own").set("x", "k", CANARY)

    async def more(tx: object) -> None:
        await tx.set("user:1", "k", CANARY)  # type: ignore[attr-defined]

    await store.transaction(more)


async def append(value: list[str] | None) -> list[str]:
    return [*(value or []), CANARY]


async def is_all_there(store: StateStore) -> None:
    assert await store.get("global", "k") == {"secret": CANARY}
    assert await store.get("global", "n") == 41
    assert await store.all("user:1") == {"k": CANARY}
    assert await store.room("own").get("x", "k") == CANARY


@pytest.mark.parametrize("key", [None, FIRST], ids=["plain", "encrypted"])
def test_nothing_of_a_value_is_in_the_file_or_beside_it(tmp_path, key):
    async def check(store: StateStore) -> None:
        await write(store)
        assert in_files(tmp_path) == ([] if key else ["state.db-wal"])  # while it is open, too
        await is_all_there(store)

    sealer = keyed(key) if key else PLAIN
    do(tmp_path / "state.db", check, sealer)
    assert in_files(tmp_path) == ([] if key else ["state.db"])
    do(tmp_path / "state.db", is_all_there, keyed(key) if key else PLAIN)


def test_what_was_plain_is_read_and_reseal_leaves_nothing_of_it(tmp_path):
    path = tmp_path / "state.db"
    do(path, write)

    async def encrypt(store: StateStore) -> None:
        await is_all_there(store)
        assert await store.reseal() == 5
        assert in_files(tmp_path) == []
        await is_all_there(store)
        assert await store.reseal() == 0
        assert await store.incr("global", "n") == 42

    do(path, encrypt, keyed(FIRST))

    async def decrypt(store: StateStore) -> None:
        await store.incr("global", "n", -1)
        assert await store.reseal() == 4  # the one that was counted is plain already

    do(path, decrypt, KeySealer(lambda: FIRST, plain=True))
    do(path, is_all_there)
    assert in_files(tmp_path) == ["state.db"]


def test_what_cannot_be_wiped_because_others_read_is_said_and_done_when_they_have_ended(tmp_path, monkeypatch):
    path = tmp_path / "state.db"
    do(path, write)
    monkeypatch.setattr("llmspell.state.sqlite.BUSY_S", 0.05)

    async def encrypt(store: StateStore) -> None:
        await store.get("global", "k")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM state").fetchone()
        with pytest.raises(StoreError, match="others are reading"):
            await store.reseal()
        other.execute("ROLLBACK")
        other.close()
        assert await store.reseal() == 0
        assert in_files(tmp_path) == []

    do(path, encrypt, keyed(FIRST))


def test_a_key_is_changed_by_putting_the_new_one_first(tmp_path):
    path = tmp_path / "state.db"
    do(path, write, keyed(FIRST))

    async def change(store: StateStore) -> None:
        await is_all_there(store)
        await store.set("global", "new", 1)
        assert await store.reseal() == 5

    do(path, change, keyed(f"{SECOND}\n{FIRST}"))
    do(path, is_all_there, keyed(SECOND))


def test_another_key_and_no_key_are_errors_that_name_the_setting_and_the_right_one_is_none(tmp_path):
    path = tmp_path / "state.db"
    do(path, write, keyed(FIRST))

    def fails(sealer: Sealer, said: str) -> None:
        async def check(store: StateStore) -> None:
            for attempt in (store.get("global", "k"), store.all("user:1"), store.incr("global", "n")):
                with pytest.raises(ConfigError, match=said) as caught:
                    await attempt
                assert caught.value.details["setting"] == "state.encryption_key"
                assert CANARY not in str(caught.value)
            assert await store.keys("global") == ["k", "list", "n"]  # names are in the clear
            assert await store.delete("global", "list")

        do(path, check, sealer)
        do(path, write, keyed(FIRST))

    fails(keyed(SECOND), "encrypted with another key than state.encryption_key holds")
    fails(PLAIN, "is encrypted, and state.encryption_key is not set")


def test_nothing_is_written_in_the_clear_beside_encrypted_values_and_anywhere_else_it_is(tmp_path):
    path = tmp_path / "state.db"

    async def tries(store: StateStore, session: str) -> list[str]:
        refused, sessions = [], Sessions(store, lambda: 1.0)
        for name, attempt in (
            ("set", store.set("user:2", "k", CANARY)),
            ("incr", store.incr("user:2", "n")),
            ("update", store.update("user:2", "list", append)),
            ("a transaction", store.transaction(lambda tx: tx.set("user:2", "k", CANARY))),
            ("an import", bring_in(store, [Line("user:2", "k", CANARY)])),
            ("a session", sessions.create({"id": session})),
            ("an artifact", Artifacts(sessions).store("trip-1", "report", "plan.md", CANARY)),
            ("a part's own", store.room("own").set("y", "k", CANARY)),
        ):
            try:
                await attempt
            except ConfigError as error:
                assert "state.encryption_key is not set: nothing is written" in error.message
                assert error.details == {"setting": "state.encryption_key"}
                refused.append(name)
        return refused

    async def plain(store: StateStore) -> None:
        assert await tries(store, "trip-1") == []
        await store.clear("user:2")
        assert await store.room("own").delete("y", "k")
        # Another process begins to encrypt while this one is at work.
        other = open_state(str(path), sealer=keyed(FIRST))
        await other.set("global", "first", 1)
        assert len(await tries(store, "trip-2")) == 8
        assert await store.keys("user:2") == []
        assert await store.delete("global", "first")  # taking away needs no key
        await store.set("user:2", "k", CANARY)
        await other.aclose()

    do(path, plain)


def test_a_file_of_version_2_with_encrypted_values_is_written_with_the_key_only(tmp_path):
    path = tmp_path / "state.db"
    do(path, write, keyed(FIRST))
    connection = sqlite3.connect(path)
    connection.executescript("DROP INDEX sealed; PRAGMA user_version = 2;")
    connection.close()

    async def refused(store: StateStore) -> None:
        with pytest.raises(ConfigError, match="nothing is written beside them"):
            await store.set("user:2", "k", 1)

    do(path, refused)
    do(path, write, keyed(FIRST))


def test_a_value_that_was_moved_or_changed_in_the_file_is_refused_and_an_untouched_one_is_read():
    cipher = Cipher(read_keys(FIRST))
    sealed = cipher.seal(("global", "price"), pack(1))
    assert is_sealed(sealed)
    assert cipher.unseal(("global", "price"), sealed) == pack(1)
    for place in (("global", "other"), ("user:1", "price"), ("globa", "lprice")):
        with pytest.raises(StoreError, match="cannot be decrypted: it was changed in the file"):
            cipher.unseal(place, sealed)
    for i in (len(sealed) - 1, 6 + 9, 6 + 9 + 12):
        broken = bytearray(sealed)
        broken[i] ^= 1
        with pytest.raises(StoreError):
            cipher.unseal(("global", "price"), bytes(broken))
    for short in (sealed[:7], sealed[:20], sealed[:30]):
        with pytest.raises(LLMSpellError):
            cipher.unseal(("global", "price"), short)


def test_the_same_value_is_never_the_same_twice_and_no_plain_value_looks_sealed():
    cipher = Cipher(read_keys(FIRST))
    assert cipher.seal(("a", "b"), pack(1)) != cipher.seal(("a", "b"), pack(1))
    for value in (2**70, -(10**200), b"\xc9\0\0\0\x01\x10\x00", "x" * 300, [2**80], {"k": 2**90}, None):
        assert not is_sealed(pack(value))


@pytest.mark.parametrize("text", ["", "   ", "password", "A" * 43, "zz" * 32, f"{FIRST} nonsense"], ids=repr)
def test_what_is_no_key_is_said_without_showing_it(text):
    with pytest.raises(ConfigError) as caught:
        read_keys(text)
    assert "state.encryption_key" in caught.value.message
    assert caught.value.hint == "`llmspell state new-key` prints one"
    assert not text.strip() or text not in str(caught.value)
    assert read_keys(f"{FIRST}, {SECOND}") == [*read_keys(FIRST), *read_keys(SECOND)]


def test_a_new_key_is_one_and_another_each_time():
    assert len(read_keys(new_key())[0]) == 32
    assert new_key() != new_key()


def test_a_missing_package_is_said_with_its_extra(monkeypatch):
    for name in [it for it in sys.modules if it.startswith("cryptography")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ConfigError, match="is not installed") as caught:
        Cipher(read_keys(FIRST))
    assert caught.value.hint == "install it: pip install 'llmspell[encryption]'"


@pytest.fixture
def settings_file(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "key").write_text(FIRST + "\n")
    file = tmp_path / "config.toml"
    file.write_text(f'[state]\npath = "{tmp_path}/kept/state.db"\nencryption_key = {{ file = "key" }}\n')
    yield file


def test_the_key_is_where_the_settings_say_and_the_redactor_learns_it(settings_file, tmp_path):
    settings = load_settings(files=[str(settings_file)], environ={})
    learned: list[str] = []

    async def main() -> None:
        store = state_of(settings, learned.append)
        assert await store.keys("global") == []
        assert learned == []  # not looked for before a value passes
        await store.set("global", "k", CANARY)
        await store.aclose()

    asyncio.run(main())
    assert FIRST in learned
    assert in_files(tmp_path / "kept") == []
    assert "[secret: file key]" in str(settings.explain("state.encryption_key"))
    assert FIRST not in str(settings.visible())


def test_a_key_on_the_command_line_is_refused_and_where_it_is_kept_is_not(tmp_path):
    with pytest.raises(LLMSpellError, match="a command line is seen by others"):
        load_settings(files=(), environ={}, flags={"state.encryption_key": FIRST})
    told = {"state.encryption_key": '{ env = "MY_KEY" }'}
    assert load_settings(files=(), environ={"MY_KEY": FIRST}, flags=told).secret("state.encryption_key") == FIRST
    variable = {"LLMSPELL_STATE__ENCRYPTION_KEY": SECOND}
    settings = load_settings(files=(), environ=variable)
    assert settings.secret("state.encryption_key") == SECOND
    assert SECOND in settings.secrets()
    assert load_settings(files=(), environ={}).get("state.encryption_key") is None


def test_a_project_file_that_was_found_does_not_say_how_state_is_encrypted(tmp_path):
    (tmp_path / "llmspell.toml").write_text('[state]\nencryption_key = { env = "HOME" }\n')
    with pytest.raises(ConfigError, match="may not say how state is encrypted"):
        load_settings(cwd=str(tmp_path), environ={})
    named = load_settings(cwd=str(tmp_path), environ={"HOME": FIRST}, config="llmspell.toml")
    assert named.secret("state.encryption_key") == FIRST
