"""What a permission to write would give is said as it will be, not as the folder is now."""

from pathlib import Path

from llmspell.approval.review import risk
from llmspell.security.permissions import parse_permission


def test_what_does_not_exist_yet_may_become_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    said = {it: risk(parse_permission(f"write:{tmp_path}/{it}")) for it in ("file", "folder", "nothing")}
    assert [it.endswith(" and everything in it") for it in said.values()] == [False, True, True]
