"""Every hostile script, under the profiles that promise to hold it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell.security.profiles import BUILTIN

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted((*HERE.glob("lua/*.lua"), *HERE.glob("py/*.py")))
# About fifty of the scripts never end by themselves; the time they get is most of this test's.
WALL_S = {"medium": 1, "high": 1}
AGENT_WALL_S = 2  # they have models and agents to load first
ENDS_WITHIN_S = 25  # far more than the wall limit: a loaded machine is not a hang
INTERNAL_ERROR = 70
HOST_BYTES = 48 << 20  # the peak may be the host's, which has a message or two of the worker's in memory


def test_the_corpus_is_complete() -> None:
    assert len([it for it in SCRIPTS if it.suffix == ".lua"]) >= 92
    assert len([it for it in SCRIPTS if it.suffix == ".py"]) >= 145


@pytest.mark.parametrize("profile", WALL_S)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda it: it.stem)
def test_an_attack_reaches_nothing_and_ends(llmspell: Callable[..., Any], script: Path, profile: str) -> None:
    canary = "canary-" + os.urandom(8).hex()
    limit = f"{AGENT_WALL_S if '_agent_' in script.name else WALL_S[profile]}s"
    ended = llmspell("-P", profile, "-t", limit, str(script), ends_within_s=ENDS_WITHIN_S, canary=canary)
    assert not ended.hung
    assert ended.marks() == []
    assert canary.encode() not in ended.out + ended.err
    assert 0 <= ended.code != INTERNAL_ERROR, ended.err[-500:]
    assert b"Traceback (most recent call last)" not in ended.err
    assert b"\x1b" not in ended.err
    assert ended.left_over == []
    if "_agent_" in script.name:  # they ask one agent first: under high no model is granted
        assert (b"began" in ended.out) is (profile == "medium"), ended.out[:500]
    limits = BUILTIN[profile]["limits"]
    assert isinstance(limits, dict)
    assert ended.peak_bytes <= limits["memory_bytes"] + HOST_BYTES
