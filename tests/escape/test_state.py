"""S32, S33: what scripts keep has limits, and encrypted values are nowhere in the clear."""

from __future__ import annotations

import base64
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
HOST_DECIDES = True
CANARY = "canary-c04e55d19b"
KEY = base64.b64encode(bytes(range(32))).decode()

# The journal keeps the script's text, so it is not written there.
KEEP = f"""
local canary = ("{CANARY[::-1]}"):reverse()
State.set("k", {{ secret = canary }})
State.update("u", function() return canary end)
State.transaction(function(tx) tx:set("t", canary) return tx:get("t") end)
State.migrate("user:1", {{ {{ version = 1, up = function(tx) tx:set("m", canary) end }} }})
local id = Session.builder():name("s"):metadata({{ secret = canary }}):build()
Session.complete(Session.create{{ description = canary }}, canary)
Artifact.store(id, "t", "n", canary, {{ secret = canary }})
State.save("session:" .. id, "k", canary)
Session.checkpoint(id)
local kept = Artifact.get(id, "n").content
print(State.get("k").secret == State.load("user:1", "m"), kept == Session.get(id).metadata.secret)
print(JSON.stringify(Config.get()):find("{KEY}", 1, true))
"""

FILL = """
local function fill(keep)
  local ok, e = pcall(function() for i = 1, 1000 do keep(i) end end)
  return ok and "all" or e.code
end
local text = string.rep("x", 10000)
print(fill(function(i) State.save("a", "k" .. i, text) end))
print(fill(function(i) State.save("s" .. i, "k", text) end))
print(fill(function(i) State.set("k" .. i .. string.rep("y", 1000), true) end))
local id = pcall(Session.create, {}) or State.clear("a") and Session.create{}
State.clear("global")
print(fill(function(i) Artifact.store(Session.list()[1].id, "t", "n", text .. i) end))
print(State.clear("a") > 0, State.save("a", "k", 1), #State.list_keys("a"))
"""


def files_with(folder: Path, text: str) -> set[str]:
    return {
        it.name for it in folder.rglob("*") if it.is_file() and it.suffix != ".lua" and text.encode() in it.read_bytes()
    }


@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])
def test_s33_an_encrypted_value_is_in_no_file_and_the_key_in_none_of_ours(
    lua: Run, tmp_path: Path, encrypted: bool
) -> None:
    env = {"LLMSPELL_STATE__ENCRYPTION_KEY": '{ env = "MY_STATE_KEY" }', "MY_STATE_KEY": KEY} if encrypted else {}
    # The journal keeps what is given to tools, so the script gives them nothing of it.
    done = lua(KEEP, "--journal", "durable", env=env)
    assert (done.returncode, done.stdout) == (0, "true\ttrue\nnil\n"), done.stderr
    found = files_with(tmp_path, CANARY)
    assert found == (set() if encrypted else {"state.db", "journal.db"})
    assert files_with(tmp_path, KEY) == set()
    assert {it.name for it in tmp_path.rglob("*.db")} == {"state.db", "journal.db"}


def test_s33_a_value_that_was_moved_in_the_file_is_refused_and_the_others_are_read(lua: Run, tmp_path: Path) -> None:
    env = {"LLMSPELL_STATE__ENCRYPTION_KEY": KEY}
    assert lua('State.set("mine", 1) State.set("yours", 100) State.set("other", 3)', env=env).returncode == 0
    (path,) = tmp_path.rglob("state.db")
    file = sqlite3.connect(path)
    file.execute("UPDATE state SET packed = (SELECT packed FROM state WHERE key = 'yours') WHERE key = 'mine'")
    file.commit()
    file.close()
    done = lua('print(State.get("other"), State.get("yours")) print(pcall(State.get, "mine"))', env=env)
    assert done.stdout.startswith("3\t100\nfalse\t"), done.stderr
    assert "was changed in the file" in done.stdout


def test_s32_a_script_cannot_keep_more_than_the_settings_allow_and_can_clean_up(lua: Run, tmp_path: Path) -> None:
    limits = {"STATE__MAX_SIZE": "300KB", "STATE__MAX_SCOPE_SIZE": "100KB", "ARTIFACTS__MAX_SIZE": "50KB"}
    done = lua(FILL, env={f"LLMSPELL_{name}": it for name, it in limits.items()})
    assert done.stdout == "state_full\nstate_full\nstate_full\nstate_full\ntrue\tnil\t1\n", done.stderr
    (path,) = tmp_path.rglob("state.db")
    file = sqlite3.connect(path)
    ((n_bytes,),) = file.execute("SELECT sum(length(scope) + length(key) + length(packed)) FROM state")
    file.close()
    assert n_bytes < 300 * 1024


def test_s32_no_name_that_a_script_can_say_reaches_what_is_our_own(lua: Run) -> None:
    names = (
        "llmspell:sessions:records",
        "llmspell:state:versions",
        "custom:llmspell:sessions:blobs",
        "\\0llmspell:x",
        "",
    )
    said = " ".join(f'"{it}",' for it in names)
    done = lua(
        f"""
        Session.create{{ id = "mine" }} State.migrate("a", {{ {{ version = 3, up = function() end }} }})
        for _, scope in ipairs{{ {said} }} do
          local ok, keys = pcall(State.list_keys, scope)
          pcall(State.save, scope, "mine", "forged") pcall(State.save, scope, "custom:a", 99) pcall(State.clear, scope)
          print(ok and #keys or "refused")
        end
        print(Session.get("mine").status, State.version("a"))
        """
    )
    assert done.stdout == "0\n0\n0\n0\nrefused\nactive\t3\n", done.stderr
