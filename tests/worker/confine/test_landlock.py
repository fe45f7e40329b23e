"""Landlock by itself, without a filter in front of it."""

from __future__ import annotations

import errno
import socket
from struct import unpack

import pytest

from llmspell.worker.confine import landlock


def offered() -> int:
    """The ABI that this kernel has; 0 for none."""
    try:
        return landlock.abi()
    except OSError:
        return 0


def needs(version: int) -> pytest.MarkDecorator:
    return pytest.mark.skipif(offered() < version, reason=f"needs Landlock ABI {version}")


LAYERS = "layers={'no_new_privs', 'landlock'}"


@pytest.fixture
def folders(tmp_path):
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.txt").write_text("text")
    return tmp_path


@needs(1)
def test_only_the_readable_paths_can_be_read_and_nothing_can_be_changed(run, folders):
    source = f"""
inside, outside = sys.argv[2] + "/inside", sys.argv[2] + "/outside"
def acts(folder):
    return [
        lambda: open(folder + "/file.txt").close(),
        lambda: os.listdir(folder),
        lambda: open(folder + "/file.txt", "a").close(),
        lambda: open(folder + "/new", "w").close(),
        lambda: os.mkdir(folder + "/folder"),
        lambda: os.symlink("x", folder + "/link"),
        lambda: os.rename(folder + "/file.txt", folder + "/other.txt"),
        lambda: os.unlink(folder + "/file.txt"),
    ]
report = coarse({LAYERS}, readable=[inside, sys.argv[2] + "/absent"])
say(report["landlock"], *map(outcome, acts(inside)), *map(outcome, acts(outside)))
"""
    words = run(source, str(folders)).words()
    assert words[0] == "active"
    assert words[1:9] == ["ok", "ok"] + ["EACCES"] * 6
    assert words[9:] == ["EACCES"] * 8


def test_the_same_acts_work_without_the_layer(run, folders):
    source = """
say(coarse(layers=()).get("landlock"))
folder = sys.argv[2] + "/outside"
os.listdir(folder); open(folder + "/new", "w").close(); os.mkdir(folder + "/folder")
os.rename(folder + "/file.txt", folder + "/other.txt"); os.unlink(folder + "/other.txt")
say("done")
"""
    assert run(source, str(folders)).words() == ["None", "done"]


@needs(1)
def test_a_readable_file_does_not_make_its_neighbours_readable(run, folders):
    source = f"""
here = sys.argv[2] + "/inside"
coarse({LAYERS}, readable=[here + "/file.txt"])
say(outcome(lambda: open(here + "/file.txt").close()), outcome(lambda: os.listdir(here)))
"""
    assert run(source, str(folders)).words() == ["ok", "EACCES"]


@needs(1)
def test_a_link_inside_that_leads_outside_is_refused(run, folders):
    (folders / "inside" / "link").symlink_to(folders / "outside" / "file.txt")
    (folders / "inside" / "near").symlink_to(folders / "inside" / "file.txt")
    source = f"""
coarse({LAYERS}, readable=[sys.argv[2]])
say(outcome(lambda: open(sys.argv[2] + "/near").close()), outcome(lambda: open(sys.argv[2] + "/link").close()))
"""
    assert run(source, str(folders / "inside")).words() == ["ok", "EACCES"]


@needs(1)
def test_the_second_stage_takes_the_readable_paths_away_too(run, folders):
    source = f"""
here = sys.argv[2] + "/inside/file.txt"
coarse({LAYERS}, readable=[sys.argv[2]])
say(outcome(lambda: open(here).close()))
report = confine.enter_tight(frozenset({{"landlock"}}), write_fds={{1}}, read_fds={{0}})
say(report["landlock"], outcome(lambda: open(here).close()))
"""
    assert run(source, str(folders)).words() == ["ok", "active", "EACCES"]


@needs(4)
def test_no_connection_is_made_or_accepted(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"""
import socket
def connect():
    with socket.socket() as s: s.connect(("127.0.0.1", {port}))
def bind():
    with socket.socket() as s: s.bind(("127.0.0.1", 0))
before = outcome(connect), outcome(bind)
coarse({LAYERS})
say(*before, outcome(connect), outcome(bind))
"""
        assert run(source).words() == ["ok", "ok", "EACCES", "EACCES"]


@needs(6)
def test_no_other_process_is_signalled(run):
    source = f"""
before = outcome(lambda: os.kill(os.getppid(), 0))
coarse({LAYERS})
say(before, outcome(lambda: os.kill(os.getppid(), 0)), outcome(lambda: os.kill(os.getpid(), 0)))
"""
    assert run(source).words() == ["ok", "EPERM", "ok"]


@needs(1)
def test_the_report_names_the_abi(run):
    assert run(f"say(coarse({LAYERS})['landlock_abi'])").words() == [str(offered())]


WITHOUT_LANDLOCK = """
from llmspell.worker.confine import process, seccomp
process.forbid_new_privileges()
seccomp.install([(0x20, 0, 0, 0), (0x15, 0, 1, 444), (6, 0, 0, 0x50000 | 38), (6, 0, 0, seccomp.ALLOW)])
"""


def test_a_kernel_without_landlock_is_reported_and_the_other_layers_hold(run):
    ended = run(
        WITHOUT_LANDLOCK + "report = lock()\n"
        "say(report['landlock'].split(',')[0]); say(report['seccomp'], 'landlock_abi' in report)\n"
        "say(outcome(lambda: open('/etc/passwd')))"
    )
    assert ended.out.splitlines() == ["unavailable: ENOSYS", "active False", "EPERM"], ended.err


def test_a_kernel_that_lacks_what_its_abi_promises_is_asked_for_less(monkeypatch):
    asked: list[bytes] = []

    def create(attributes: bytes) -> int:
        asked.append(attributes)
        if len(asked) < 3:
            raise OSError(errno.EINVAL, "invalid argument")
        return 99

    monkeypatch.setattr(landlock, "_create", create)
    assert landlock._create_ruleset(6) == 99
    assert [len(attributes) for attributes in asked] == [24, 24, 16]
    assert unpack("=QQQ", asked[0])[2] == 0b11
    assert unpack("=QQQ", asked[1])[2] == 0b01


def test_a_refusal_of_another_kind_is_not_retried(monkeypatch):
    def create(attributes: bytes) -> int:
        raise OSError(errno.EPERM, "operation not permitted")

    monkeypatch.setattr(landlock, "_create", create)
    with pytest.raises(PermissionError):
        landlock._create_ruleset(7)


@pytest.mark.parametrize(
    ("version", "sizes", "fs_bits"),
    [(1, [8], 13), (2, [8], 14), (3, [8], 15), (4, [16, 8], 15), (6, [24, 24, 16, 8], 16)],
)
def test_a_ruleset_asks_for_what_the_abi_has(version, sizes, fs_bits):
    attributes = landlock.handled(version)
    assert [len(it) for it in attributes] == sizes
    assert {unpack("=Q", it[:8])[0] for it in attributes} == {(1 << fs_bits) - 1}
