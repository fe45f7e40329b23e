"""The file of approvals: shared, whole at any time, and worth nothing once it is odd."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from llmspell.approval.store import Approval, ApprovalStore, pin_of
from llmspell.errors import StoreError
from llmspell.security.permissions import parse_permission

RULES = [parse_permission(it, base="/w") for it in ("write:./out", "net:example.com", "read:./*.txt")]
HASH, OTHER = "a" * 64, "b" * 64


def approval(*rules, content_hash=HASH, **more):
    texts = tuple(str(it) for it in rules)
    return Approval(content_hash, frozenset(map(pin_of, rules)), texts, name="x.lua", by="me", at=1.5, **more)


@pytest.fixture
def store(tmp_path):
    return ApprovalStore(str(tmp_path / "approvals"))


def test_an_approval_is_of_one_text_and_of_exactly_its_permissions(store):
    assert store.all() == [] and store.find(HASH, RULES[:1], {}) is None
    kept = approval(*RULES[:2], path="/w/x.lua", profile="medium")
    store.add(kept)
    assert store.all() == [kept]
    assert store.find(HASH, RULES[:2], {}) == kept
    assert store.find(HASH, RULES[1:2], {}) == kept  # what needs less of it is covered
    assert store.find(HASH, RULES, {}) is None
    assert store.find(OTHER, RULES[:1], {}) is None
    assert store.find(HASH, RULES[:1], {"/w/m.lua": OTHER}) is None
    elsewhere = parse_permission("write:./out", base="/elsewhere")
    assert store.find(HASH, [elsewhere], {}) is None  # the same words, another folder
    assert store.latest("/w/x.lua") == kept and store.latest("/w/y.lua") is None


def test_two_approvals_do_not_add_up(store):
    store.add(approval(RULES[0]))
    store.add(approval(RULES[1]))
    assert store.find(HASH, RULES[:2], {}) is None and store.find(HASH, RULES[:1], {}) is not None


def test_a_larger_one_takes_the_place_of_the_smaller_ones_of_the_same_text(store):
    for it in (approval(RULES[0]), approval(RULES[0], content_hash=OTHER), approval(*RULES[:2])):
        store.add(it)
    assert [(it.content_hash, len(it.permissions)) for it in store.all()] == [(OTHER, 1), (HASH, 2)]


def test_what_was_approved_can_be_taken_back_by_text_and_by_path(store):
    assert store.remove(content_hash=HASH) == []
    store.add(approval(RULES[0]))
    store.add(approval(RULES[0], content_hash=OTHER, path="/w/x.lua"))
    assert len(store.remove(content_hash=HASH, path="/w/x.lua")) == 2 and store.all() == []


def test_the_file_is_the_users_alone(store):
    store.add(approval(RULES[0]))
    assert os.stat(store.path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(store.path)).st_mode & 0o777 == 0o700
    assert sorted(os.listdir(os.path.dirname(store.path))) == ["approvals.json", "lock"]


BROKEN = [
    "", "{", "[]", "null", "{}", '{"version": 1}', '{"version": 2, "approvals": []}',
    '{"version": 1, "approvals": {"a": 1}}',
    '{"version": 1, "approvals": [{}]}', "[" * 100_000, "\xff",
]  # fmt: skip


def test_a_file_that_is_odd_is_an_error_and_never_an_approval(store, monkeypatch):
    store.add(approval(RULES[0]))
    with open(store.path) as file:
        good = file.read()
    entry = json.loads(good)["approvals"][0]
    for key, bad in (("permissions", "write"), ("permissions", [["write", "/"]]), ("content_hash", "a"), ("at", "x")):
        BROKEN.append(json.dumps({"version": 1, "approvals": [{**entry, key: bad}]}))

    def refused(problem):
        with pytest.raises(StoreError, match=problem):
            store.find(HASH, RULES[:1], {})
        with pytest.raises(StoreError):  # nor is it written over
            store.add(approval(RULES[1]))

    for text in BROKEN:
        with open(store.path, "w", encoding="latin-1") as file:
            file.write(text)
        refused("nothing counts as approved")
    with open(store.path, "w") as file:
        file.write(good)
    assert store.find(HASH, RULES[:1], {}) is not None
    os.chmod(store.path, 0o620)
    refused("can be written by others")
    os.chmod(store.path, 0o600)
    os.chmod(os.path.dirname(store.path), 0o770)
    refused("can be written by others")
    os.chmod(os.path.dirname(store.path), 0o700)
    os.rename(store.path, store.path + ".real")
    os.symlink(store.path + ".real", store.path)
    refused("cannot be opened")
    os.replace(store.path + ".real", store.path)
    assert store.find(HASH, RULES[:1], {}) is not None
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    refused("belongs to somebody else")


def test_many_processes_approve_at_once_and_none_is_lost(store, tmp_path):
    program = (
        "import sys; from llmspell.approval.store import *; store = ApprovalStore(sys.argv[1])\n"
        "for i in range(10): store.add(Approval(f'{sys.argv[2]}{i}'.rjust(64, '0'), frozenset()))"
    )
    folder = os.path.dirname(store.path)
    running = [subprocess.Popen([sys.executable, "-c", program, folder, str(it)]) for it in range(4)]
    assert [it.wait(60) for it in running] == [0] * 4
    assert len(store.all()) == 40


def test_it_does_not_grow_for_ever(store, monkeypatch):
    monkeypatch.setattr("llmspell.approval.store.MAX_APPROVALS", 3)
    for i in range(5):
        store.add(replace(approval(RULES[0]), content_hash=str(i) * 64))
    assert [it.content_hash[0] for it in store.all()] == ["2", "3", "4"]
