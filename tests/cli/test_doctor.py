import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Llmspell = Callable[..., subprocess.CompletedProcess[str]]


def test_doctor_says_what_there_is_and_whether_scripts_can_run(llmspell: Llmspell) -> None:
    done = llmspell("doctor")
    assert done.returncode == 0, done.stdout
    for it in ("python", "lupa", "journal", "lua54", "luajit", "landlock", "scripts can run under profile medium"):
        assert it in done.stdout


def test_every_engine_was_really_started(llmspell: Llmspell) -> None:
    found = json.loads(llmspell("doctor", "--json").stdout)
    assert {found["profile medium"][it] for it in ("lua54", "luajit", "python")} == {"works"}
    assert found["can_run"] is True


def test_sandbox_tries_each_layer(llmspell: Llmspell) -> None:
    attempts = json.loads(llmspell("doctor", "--sandbox", "--json").stdout)["attempts"]
    assert len(attempts) > 5
    assert all(it == "enforced" or it.startswith("unavailable") for it in attempts.values()), attempts


def test_a_profile_that_cannot_run_is_78(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[profiles.tiny]\nextends = "medium"\nlimits = { wall_s = "1ms" }\n')
    done = llmspell("doctor", "--profile", "tiny")
    assert done.returncode == 78
    assert "scripts cannot run under profile tiny" in done.stdout
    assert llmspell("doctor", "--profile", "high").returncode == 0


def test_a_broken_settings_file_is_told_and_the_rest_is_still_looked_at(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[run]\nprofil = "low"\ntimeout = "soon"\n')
    done = llmspell("doctor", "--json")
    assert done.returncode == 78
    found = json.loads(done.stdout)
    mistakes = [it for key, it in found["settings"].items() if key.startswith("mistake")]
    assert [("run.profil " in it, "run.timeout" in it) for it in mistakes] == [(True, False), (False, True)]
    assert found["profile medium"]["lua54"] == "works"
    assert found["can_run"] is False
    (tmp_path / "llmspell.toml").write_text("= 3")
    broken = llmspell("doctor")
    assert broken.returncode == 78
    assert "not TOML" in broken.stdout
    assert "config init" not in broken.stdout
    (tmp_path / "llmspell.toml").write_text("")
    assert llmspell("doctor").returncode == 0


def test_a_place_that_cannot_be_written_is_named(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "llmspell.toml").write_text('[state]\npath = "file/state.db"\n[journal]\npath = "new/journal.db"\n')
    settings = json.loads(llmspell("doctor", "--json", "--config", "llmspell.toml").stdout)["settings"]
    assert "NOT writable" in settings["state"]
    assert settings["journal"] == str(tmp_path / "new" / "journal.db")
