"""`import zoneinfo` in scripts: the zones are those of the system, and nothing else is read."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import pytest
from fake_host import Outcome, run_script

from llmspell.engine import python_zones
from llmspell.engine.python_engine import make_engine

if not zoneinfo.available_timezones():
    pytest.skip("this system has no time zones", allow_module_level=True)


def run(source: str) -> Outcome:
    return run_script(make_engine, "import zoneinfo\nfrom datetime import datetime\n" + source, python="safe")


def test_a_zone_s_times_are_cpython_s() -> None:
    source = "zone = zoneinfo.ZoneInfo('Europe/Vienna')\nprint(datetime(2026, 7, 1, 12, tzinfo=zone).utcoffset(), zone)"
    assert run(source).out == "2:00:00 Europe/Vienna\n"
    assert run("print(zoneinfo.ZoneInfo('UTC') is zoneinfo.ZoneInfo('UTC'))").out == "True\n"


@pytest.mark.parametrize("name", ["'Europe/Nowhere'", "'../../etc/passwd'", "'/etc/localtime'", "''"])
def test_what_is_no_zone_is_not_found(name: str) -> None:
    source = f"try:\n    zoneinfo.ZoneInfo({name})\nexcept zoneinfo.ZoneInfoNotFoundError as e:\n    print('none')"
    assert run(source).out == "none\n"


def test_a_name_that_is_no_text_is_refused() -> None:
    assert "must be text" in run("zoneinfo.ZoneInfo(5)").value["message"]
    assert run("print(type(zoneinfo.ZoneInfo('UTC').key).__name__)").out == "str\n"


def test_the_zones_listed_are_those_that_can_be_had() -> None:
    source = "names = zoneinfo.available_timezones()\nprint('Europe/Vienna' in names, 'posix/Europe/Vienna' in names)\n"
    assert run(source + "for name in names: zoneinfo.ZoneInfo(name)").out == "True False\n"


def test_files_that_are_no_zones_or_cannot_be_read_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = next(Path(it) / "UTC" for it in zoneinfo.TZPATH if (Path(it) / "UTC").is_file())
    (tmp_path / "Here").write_bytes(real.read_bytes())
    (tmp_path / "README").write_text("no zone")
    (tmp_path / "Dangling").symlink_to(tmp_path / "absent")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "absent"), str(tmp_path)))
    assert set(python_zones._read_zones()) == {"Here"}
