"""docs/protocol.md is the authority on the protocol, so it must say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from llmspell.security.profiles import BUILTIN, MIB
from llmspell.wire import frames, messages
from llmspell.worker.loop import FATAL_STATUS, MAX_HOST_MESSAGE_BYTES

DOCUMENT = (Path(__file__).parents[2] / "docs/protocol.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first row begins like this."""
    table = DOCUMENT[DOCUMENT.index(f"| {heading} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def constants(prefix: str = "") -> dict[str, int]:
    return {
        name: value
        for name, value in vars(messages).items()
        if name.isupper() and isinstance(value, int) and name.startswith(prefix)
    }


def test_every_message_is_documented_with_its_number() -> None:
    others = ("EXT_", "MAX_", "PROTOCOL_")
    declared = {name: value for name, value in constants().items() if not name.startswith(others)}
    assert {row[1]: int(row[0]) for row in rows("kind")} == declared


def test_the_direction_of_a_message_is_its_numbers_parity() -> None:
    for number, name, *_ in rows("kind"):
        assert (int(number) in messages.HOST_KINDS) == (int(number) % 2 == 0), name
        assert (int(number) in messages.WORKER_KINDS) == (int(number) % 2 == 1), name


def test_every_extension_type_is_documented_with_its_number() -> None:
    assert {row[1]: int(row[0]) for row in rows("extension")} == constants("EXT_")


def test_the_version_and_the_bounds_are_those_of_the_code() -> None:
    assert f"Version {messages.PROTOCOL_VERSION}." in DOCUMENT
    assert f"| nesting of lists and maps | {messages.MAX_DEPTH} |" in DOCUMENT
    assert f"together | {messages.MAX_ITEMS:,} |" in DOCUMENT
    assert MAX_HOST_MESSAGE_BYTES == 2 << 30
    limits = {name: it["limits"] for name, it in BUILTIN.items()}
    sizes = {name: it["message_bytes"] // MIB for name, it in limits.items() if isinstance(it, dict)}
    assert sizes == {"none": 256, "low": 256, "medium": 64, "high": 8}
    assert "8 MiB at high, 64 MiB at medium, 256 MiB at low and none" in DOCUMENT


def test_the_statuses_that_stand_for_limits_are_those_of_the_worker() -> None:
    documented = {int(row[0]) for row in rows("exit status without DONE") if row[0].isdecimal()}
    assert documented == set(FATAL_STATUS.values())


def test_the_header_is_as_drawn() -> None:
    assert frames.frame(3, 0x01020304, b"\x93\x01\x02\x03") == b"\0\0\0\x04\x03\x01\x02\x03\x04\x93\x01\x02\x03"
    assert re.search(r"\| length \|kind\|   id   \|", DOCUMENT)


def test_every_setting_of_a_worker_is_documented() -> None:
    source = (Path(frames.__file__).parents[1] / "runtime/launch.py").read_text(encoding="utf-8")
    settings = source[source.index("settings = {") : source.index("worker = spawn_worker")]
    declared = set(re.findall(r'^        "(\w+)":', settings, re.MULTILINE))
    documented = {name for row in rows("setting") for name in re.findall(r"`(\w+)`", row[0])}
    assert documented == declared


def test_every_field_of_the_start_message_is_documented() -> None:
    source = (Path(frames.__file__).parents[1] / "runtime/launch.py").read_text(encoding="utf-8")
    start = source[source.index("start: dict[str, object] = {") : source.index("packed = packb(start)")]
    text = DOCUMENT[DOCUMENT.index("**START** has") : DOCUMENT.index("**EXECUTE** has")]
    for name in re.findall(r'^        "(\w+)":', start, re.MULTILINE):
        assert f"`{name}`" in text, name
