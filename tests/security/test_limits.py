"""Sizes, durations, and what is said when a limit is used up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ConfigError, LimitExceeded, UsageError
from llmspell.security.limits import (
    SETTINGS,
    Limits,
    format_limit,
    limit_error,
    parse_duration,
    parse_limit,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("4096", 4096), (4096, 4096), ("64KiB", 65536), ("64kb", 65536), ("512MB", 512 * 1024**2),
     ("1.5g", 3 * 512 * 1024**2), ("1 TB", 1024**4), ("7b", 7)],
)  # fmt: skip
def test_sizes_are_read_with_any_usual_unit(text, value):
    assert parse_size(text) == value


@pytest.mark.parametrize("text", ["", "MB", "-1", "0", "5 parsecs", "1e9", "0x10", True, "9" * 30])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="512MB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90.0), (90, 90.0), (0.5, 0.5), ("5m", 300.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1m 30s", 90.0),
     ("2d", 172800.0), ("1.5h", 5400.0)],
)  # fmt: skip
def test_durations_are_read_with_any_usual_unit(text, value):
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["", "m", "-5", "0", "1h30", "30m1h", "5m5m", "soon", "nan", float("nan"), True, None])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="1h30m"):
        parse_duration(text)


@given(st.integers(1, 10**6), st.integers(0, 59), st.integers(0, 59))
def test_a_written_duration_is_the_sum_of_its_parts(hours, minutes, seconds):
    text = f"{hours}h" + (f"{minutes}m" if minutes else "") + (f"{seconds}s" if seconds else "")
    assert parse_duration(text) == hours * 3600 + minutes * 60 + seconds


def test_an_unknown_limit_names_the_nearest():
    with pytest.raises(ConfigError, match="no such limit: memory_byte .*memory_bytes"):
        parse_limit("memory_byte", 1)


@pytest.mark.parametrize("value", [None, "none", "off", "Unlimited"])
def test_a_limit_can_be_taken_away(value):
    assert parse_limit("cpu_s", value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("calls", "1.5"), ("calls", 0), ("calls", 1.5), ("calls", True), ("wall_s", [1]), ("tasks", "-3")],
)
def test_a_wrong_value_names_the_limit_and_the_value(name, value):
    with pytest.raises(UsageError, match=f"the limit {name} cannot be"):
        parse_limit(name, value, error=UsageError)


def test_counts_may_be_grouped():
    assert parse_limit("calls", "10_000") == 10_000
    assert parse_limit("calls", 7) == 7


def test_changing_limits_leaves_the_others():
    changed = Limits(wall_s=300, calls=5).changed({"wall_s": "10s", "memory_bytes": "1GB"})
    assert changed == Limits(wall_s=10.0, calls=5, memory_bytes=1024**3)
    assert changed.as_dict()["tasks"] is None


@pytest.mark.parametrize("name", SETTINGS)
def test_each_used_up_limit_names_itself_the_profile_and_how_to_raise_it(name):
    setting = SETTINGS[name]
    problem = limit_error(setting.error.code, Limits().changed({name: 61}), "medium")
    assert isinstance(problem, setting.error)
    assert "61" in problem.message
    assert f"limit {name} of profile medium" in problem.hint
    assert f"--limit {name}=" in problem.hint and "[profiles.medium.limits]" in problem.hint
    assert problem.exit_code not in range(64)
    other = limit_error(setting.error.code, Limits().changed({name: 61}), "medium", flag="--patience")
    assert "raise it with --patience, or set" in other.hint and "--limit" not in other.hint


def test_the_message_for_cpu_reads_well():
    problem = limit_error("cpu_limit", Limits(cpu_s=60), "medium")
    assert problem.message == "the run used more than 60 s of CPU"


def test_a_code_that_is_no_limit_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="tool_failed"):
        limit_error("tool_failed", Limits(), "medium")


def test_every_limit_of_the_error_tree_has_a_setting():
    assert {it.error for it in SETTINGS.values()} == set(LimitExceeded.__subclasses__())
    assert set(SETTINGS) == set(Limits().as_dict())


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [("memory_bytes", 512 * 1024**2, "512 MB"), ("memory_bytes", 2 * 1024**3, "2 GB"), ("output_bytes", 1536, "1.5 KB"),
     ("output_bytes", 10, "10 bytes"), ("wall_s", 0.5, "0.5 s"), ("calls", 10, "10"), ("calls", None, "none")],
)  # fmt: skip
def test_limits_are_shown_for_people(name, value, shown):
    assert format_limit(name, value) == shown
