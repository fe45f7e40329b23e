"""Files by real path: what a grant covers is reached, and nothing else by any spelling, link or race."""

import errno
import os
import threading

import pytest

from llmspell.errors import BadArgument, LLMSpellError, NotFound, PermissionDenied, SandboxUnavailable, ToolFailed
from llmspell.security import paths, pinning
from llmspell.security.folders import MAX_DEPTH
from llmspell.security.permissions import parse_permissions


@pytest.fixture
def tree(tmp_path):
    """in/: granted by most tests, out/: not."""
    root = tmp_path / "root"
    for name in ("in/sub", "in-the-next/x", "out"):
        (root / name).mkdir(parents=True)
    (root / "in/a.txt").write_bytes(b"granted")
    (root / "in/sub/b.txt").write_bytes(b"deeper")
    (root / "out/secret.txt").write_bytes(b"secret")
    (root / "in-the-next/x/n.txt").write_bytes(b"neighbour")
    return root


def grants(root, *allow, deny=()):
    return parse_permissions(allow or ["read:in", "write:in"], deny, base=str(root), profile="medium")


def read(root, path, permissions=None):
    with paths.open_path(path, "rb", permissions or grants(root), str(root)) as file:
        return file.read()


def write(root, path, data=b"new", mode="w", permissions=None):
    with paths.open_path(path, mode, permissions or grants(root), str(root)) as file:
        return file.write(data)


def code_of(problem):
    return problem.value.code


# Reading


def test_a_granted_file_is_read_by_any_of_its_spellings(tree):
    for path in ("in/a.txt", "./in/../in/a.txt", str(tree / "in/a.txt"), b"in/a.txt", "in//a.txt", "out/../in/a.txt"):
        assert read(tree, path) == b"granted"


@pytest.mark.parametrize(
    "path",
    [
        "out/secret.txt",
        "in/../out/secret.txt",
        "in/sub/../../out/secret.txt",
        "in-the-next/x/n.txt",
        "/etc/passwd",
        "..",
        "out",
        "in/../../root/out/secret.txt",
        "//etc/passwd",
        "/./etc/passwd",
    ],
)
def test_a_file_outside_the_grant_is_denied_by_any_of_its_spellings(tree, path):
    with pytest.raises(PermissionDenied, match="needs to read"):
        read(tree, path)


def test_a_link_is_decided_by_what_it_leads_to(tree):
    (tree / "in/good").symlink_to("a.txt")
    (tree / "in/bad").symlink_to("../out/secret.txt")
    (tree / "in/far").symlink_to(tree / "out")
    (tree / "out/back").symlink_to("../in/a.txt")
    assert read(tree, "in/good") == b"granted"
    assert read(tree, "out/back") == b"granted"
    for path in ("in/bad", "in/far/secret.txt", "in/far/../out/secret.txt"):
        with pytest.raises(PermissionDenied, match="out/secret.txt"):
            read(tree, path)


def test_the_denial_names_the_real_path_and_the_actor(tree):
    (tree / "in/bad").symlink_to("../out/secret.txt")
    with pytest.raises(PermissionDenied) as problem:
        paths.open_path("in/bad", "r", grants(tree), str(tree), actor="tool file-operations")
    real = os.path.realpath(tree / "out/secret.txt")
    assert problem.value.message.startswith(
        f"tool file-operations needs to read {real}, the profile medium grants read:in"
    )
    assert f"--allow read:{real}" in problem.value.hint


@pytest.mark.skipif(not os.path.exists("/proc/self/root"), reason="needs /proc")
def test_magic_links_of_the_kernel_are_decided_by_what_they_lead_to(tree):
    inside = f"/proc/self/root{os.path.realpath(tree)}/in/a.txt"
    assert read(tree, inside) == b"granted"
    with pytest.raises(PermissionDenied):
        read(tree, "/proc/self/root/etc/passwd")
    with pytest.raises(PermissionDenied):
        read(tree, "/proc/self/cwd/../../../../../../etc/passwd")
    secret = os.open(tree / "out/secret.txt", os.O_RDONLY)
    try:
        with pytest.raises(PermissionDenied):
            read(tree, f"/proc/self/fd/{secret}")
    finally:
        os.close(secret)


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")
def test_a_grant_of_the_whole_file_system_is_none_of_the_hosts_environment(tree):
    everything = grants(tree, "read:/")
    assert read(tree, "out/secret.txt", everything) == b"secret"
    for path in ("/proc/self/environ", "/proc/self/mem", f"/proc/{os.getpid()}/environ", "/dev/../proc/self/environ"):
        with pytest.raises(PermissionDenied):
            read(tree, path, everything)
    assert read(tree, "/proc/version", grants(tree, "read:/proc/version"))


def test_deny_beats_allow_through_links_too(tree):
    permissions = grants(tree, "read:in", deny=["read:in/sub"])
    (tree / "in/link").symlink_to("sub/b.txt")
    assert read(tree, "in/a.txt", permissions) == b"granted"
    for path in ("in/sub/b.txt", "in/link", "in/sub/../sub/b.txt"):
        with pytest.raises(PermissionDenied, match="the rule read:in/sub denies it"):
            read(tree, path, permissions)


def test_a_missing_file_is_not_found_with_the_nearest_name_and_outside_it_is_denied(tree):
    with pytest.raises(NotFound, match=r"a.text .did you mean a.txt") as problem:
        read(tree, "in/a.text")
    assert code_of(problem) == "file_not_found"
    # Outside, neither a missing file nor an existing one tells which it is.
    denials = []
    for path in ("out/secret.txt", "out/nothing.txt"):
        with pytest.raises(PermissionDenied) as denial:
            read(tree, path)
        denials.append(denial.value.message.replace(os.path.basename(path), "*"))
    assert denials[0] == denials[1]


def test_the_nearest_name_is_only_given_where_the_folder_may_be_read(tree):
    with pytest.raises(NotFound) as problem:
        read(tree, "in/a.text", grants(tree, "read:in/a.text"))
    assert problem.value.hint == ""
    with pytest.raises(NotFound) as problem:
        read(tree, "in/a.text", grants(tree, "read:in", deny=["read:in/a.txt"]))
    assert problem.value.hint == ""


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("in/sub", "is_a_folder"),
        ("in/a.txt/", "not_a_folder"),
        ("in/a.txt/x", "not_a_folder"),
        ("in/" + "n" * 300, "name_too_long"),
        ("in/" + "n/" * 5000, "name_too_long"),
    ],
)
def test_what_cannot_be_read_has_a_code_of_its_own(tree, path, code):
    with pytest.raises(ToolFailed) as problem:
        read(tree, path)
    assert code_of(problem) == code
    assert len(str(problem.value)) < 700


@pytest.mark.parametrize(("path", "message"), [("", "empty"), ("in/a\0.txt", "NUL"), ("in/\ud800", "cannot be a name")])
def test_what_is_no_path_is_a_bad_argument(tree, path, message):
    with pytest.raises(BadArgument, match=message):
        read(tree, path)


def test_a_way_to_open_that_does_not_exist_is_a_bad_argument(tree):
    with pytest.raises(BadArgument, match="'rw'"):
        read(tree, "in/a.txt") and paths.open_path("in/a.txt", "rw", grants(tree), str(tree))


def test_links_in_a_circle_and_links_to_nothing_are_errors(tree):
    (tree / "in/one").symlink_to("two")
    (tree / "in/two").symlink_to("one")
    (tree / "in/dangling").symlink_to("missing")
    with pytest.raises(ToolFailed) as problem:
        read(tree, "in/one")
    assert code_of(problem) == "link_loop"
    with pytest.raises(NotFound):
        read(tree, "in/dangling")


def test_names_that_are_not_utf8_are_usable(tree):
    name = b"in/\xff\xfe"
    write(tree, name)
    assert read(tree, name) == b"new"
    assert "\udcff\udcfe" in [it.name for it in paths.list_dir("in", grants(tree), str(tree))]


# What is no regular file


def test_a_fifo_is_refused_without_waiting_and_allowed_when_asked(tree):
    os.mkfifo(tree / "in/fifo")
    for mode in ("r", "w", "a", "r+"):
        with pytest.raises(ToolFailed, match="a FIFO") as problem:
            paths.open_path("in/fifo", mode, grants(tree), str(tree))
        assert code_of(problem) == "not_a_file"
    with paths.open_path("in/fifo", "r", grants(tree), str(tree), allow_special=True) as file:
        assert file.read() in (b"", None)


def test_a_device_is_refused_even_where_it_is_granted_and_allowed_when_asked(tree):
    permissions = grants(tree, "read:/dev/null")
    with pytest.raises(ToolFailed, match="a device"):
        read(tree, "/dev/null", permissions)
    with paths.open_path("/dev/null", "r", permissions, allow_special=True) as file:
        assert file.read() == b""


def test_a_link_to_a_fifo_is_a_fifo(tree):
    os.mkfifo(tree / "in/fifo")
    (tree / "in/link").symlink_to("fifo")
    with pytest.raises(ToolFailed, match="a FIFO"):
        write(tree, "in/link")


# Writing


def test_files_are_made_written_and_appended_where_granted(tree):
    assert write(tree, "in/new.txt", b"one") == 3
    write(tree, "in/new.txt", b"two", "a")
    assert read(tree, "in/new.txt") == b"onetwo"
    write(tree, "in/new.txt", b"x", "wb")
    assert read(tree, "in/new.txt") == b"x"
    write(tree, "in/other.txt", b"y", "x")
    write(tree, "in/appended.txt", b"z", "a")
    assert read(tree, "in/appended.txt") == b"z"


def test_reading_and_writing_need_both_grants(tree):
    for mode in ("r+", "w+", "a+", "x+"):
        name = f"in/{mode[0]}.txt"
        if mode != "x+":
            (tree / name).write_bytes(b"old")
        for only in ("read:in", "write:in"):
            with pytest.raises(PermissionDenied):
                paths.open_path(name, mode, grants(tree, only), str(tree))
        with paths.open_path(name, mode, grants(tree), str(tree)) as file:
            file.write(b"12")
            file.seek(0)
            assert file.read() == {"r+": b"12d", "w+": b"12", "a+": b"old12", "x+": b"12"}[mode]


def test_reading_is_no_right_to_write(tree):
    for path in ("in/a.txt", "in/new.txt"):
        with pytest.raises(PermissionDenied, match="needs to write"):
            write(tree, path, permissions=grants(tree, "read:in"))
    assert (tree / "in/a.txt").read_bytes() == b"granted"
    with pytest.raises(PermissionDenied, match="needs to read"):
        read(tree, "in/a.txt", grants(tree, "write:in"))


@pytest.mark.parametrize(
    "path", ["out/new.txt", "in/../out/new.txt", "in/far/new.txt", "in/to-new", "in-the-next/new", "out/secret.txt"]
)
@pytest.mark.parametrize("mode", ["w", "a", "x", "r+", "w+"])
def test_nothing_is_made_or_changed_outside(tree, path, mode):
    (tree / "in/far").symlink_to("../out")
    (tree / "in/to-new").symlink_to("../out/new.txt")
    with pytest.raises(LLMSpellError):
        write(tree, path, mode=mode)
    assert sorted(os.listdir(tree / "out")) == ["secret.txt"]
    assert (tree / "out/secret.txt").read_bytes() == b"secret"
    assert not (tree / "in-the-next/new").exists()


def test_a_link_inside_is_written_through(tree):
    (tree / "in/link").symlink_to("a.txt")
    write(tree, "in/link", b"through")
    assert (tree / "in/a.txt").read_bytes() == b"through"
    assert (tree / "in/link").is_symlink()


@pytest.mark.parametrize(
    ("path", "mode", "code"),
    [
        ("in/a.txt", "x", "file_exists"),
        ("in/sub", "w", "is_a_folder"),
        ("in/new/", "w", "is_a_folder"),
        ("in/nowhere/new", "w", "file_not_found"),
        ("in/missing", "r+", "file_not_found"),
        ("in/a.txt/new", "w", "not_a_folder"),
    ],
)
def test_what_cannot_be_written_has_a_code_of_its_own(tree, path, mode, code):
    with pytest.raises((ToolFailed, NotFound)) as problem:
        write(tree, path, mode=mode)
    assert code_of(problem) == code


def test_a_grant_of_one_file_lets_it_be_made_and_no_other(tree):
    permissions = grants(tree, "write:out/report.txt")
    write(tree, "out/report.txt", permissions=permissions)
    with pytest.raises(PermissionDenied):
        write(tree, "out/report.txt2", permissions=permissions)


# Races


def swap_while(swap, attempt, n_attempts=400):
    """Run `attempt` again and again while a thread swaps; both loops are bounded."""
    stop = threading.Event()

    def swapping():
        for _ in range(200_000):
            if stop.is_set():
                return
            swap()

    thread = threading.Thread(target=swapping)
    thread.start()
    try:
        return [attempt() for _ in range(n_attempts)]
    finally:
        stop.set()
        thread.join()


def outcome(action):
    try:
        return action()
    except LLMSpellError as problem:
        return problem.code


def test_a_link_that_is_swapped_all_the_time_never_leads_outside(tree):
    (tree / "in/good").symlink_to("a.txt")
    (tree / "in/bad").symlink_to("../out/secret.txt")
    (tree / "in/x").symlink_to("a.txt")

    def swap():
        for target in ("../out/secret.txt", "a.txt"):
            os.symlink(target, tree / "in/tmp")
            os.replace(tree / "in/tmp", tree / "in/x")

    seen = set(swap_while(swap, lambda: outcome(lambda: read(tree, "in/x"))))
    assert b"secret" not in seen
    assert seen <= {b"granted", "permission_denied"} and b"granted" in seen


def test_a_folder_that_is_swapped_for_a_link_never_leads_outside(tree):
    (tree / "out/f").write_bytes(b"secret")
    (tree / "in/d").mkdir()
    (tree / "in/d/f").write_bytes(b"granted")
    os.symlink("../out", tree / "in/link")

    def swap():
        os.rename(tree / "in/d", tree / "in/d2")
        os.rename(tree / "in/link", tree / "in/d")
        os.rename(tree / "in/d", tree / "in/link")
        os.rename(tree / "in/d2", tree / "in/d")

    reads = set(swap_while(swap, lambda: outcome(lambda: read(tree, "in/d/f"))))
    assert reads <= {b"granted", "permission_denied", "file_not_found"} and b"granted" in reads
    swap_while(swap, lambda: outcome(lambda: write(tree, "in/d/f", b"granted")))
    swap_while(swap, lambda: outcome(lambda: write(tree, "in/d/made")))
    swap_while(swap, lambda: outcome(lambda: paths.remove("in/d/f", grants(tree), str(tree))), 50)
    assert sorted(os.listdir(tree / "out")) == ["f", "secret.txt"]
    assert (tree / "out/f").read_bytes() == b"secret"


def test_a_file_that_is_removed_while_it_is_pinned_is_not_found(tree):
    with pytest.raises(FileNotFoundError), pinning.pinned(str(tree / "in/a.txt")) as (pin, _):
        os.unlink(tree / "in/a.txt")
        pinning.kernel_path(pin)


def test_a_file_named_like_a_removed_one_is_found(tree):
    write(tree, "in/x (deleted)")
    assert read(tree, "in/x (deleted)") == b"new"


def test_no_descriptor_is_left_open(tree):
    (tree / "in/far").symlink_to("../out")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("in/a.txt", "in/missing", "out/secret.txt", "in/far/x", "in/sub", "in/a.txt/x"):
        for action in (
            lambda path=path: read(tree, path),
            lambda path=path: write(tree, path, mode="x"),
            lambda path=path: paths.stat(path, grants(tree), str(tree)),
            lambda path=path: paths.list_dir(path, grants(tree), str(tree)),
            lambda path=path: paths.make_dir(path + "/y", grants(tree), str(tree)),
            lambda path=path: paths.remove(path + "/y", grants(tree), str(tree)),
            lambda path=path: paths.rename(path, "in/z", grants(tree), str(tree)),
        ):
            outcome(action)
    assert len(os.listdir("/proc/self/fd")) == before


def test_elsewhere_the_file_is_compared_with_what_was_pinned(tree, monkeypatch):
    with pinning.pinned(str(tree / "in/a.txt")) as (pin, real):
        monkeypatch.setattr(pinning, "_PLATFORM", "darwin")
        os.close(pinning.reopen(pin, real, os.O_RDONLY))
        os.replace(tree / "in/sub/b.txt", tree / "in/a.txt")
        with pytest.raises(FileNotFoundError):
            pinning.reopen(pin, real, os.O_RDONLY)
        descriptor = pinning.reopen(os.open(real, os.O_RDONLY), real, os.O_WRONLY | os.O_TRUNC)
        assert os.fstat(descriptor).st_size == 0
        os.close(descriptor)


def test_a_system_that_does_not_tell_real_paths_is_refused(tree, monkeypatch):
    monkeypatch.setattr(pinning, "_PLATFORM", "win32")
    with pytest.raises(SandboxUnavailable):
        read(tree, "in/a.txt")


# Looking


def test_stat_follows_links_and_tells_the_real_path(tree):
    (tree / "in/link").symlink_to("a.txt")
    info = paths.stat("in/link", grants(tree), str(tree))
    assert (info.kind, info.size, info.links) == ("file", 7, 1)
    assert info.path == os.path.realpath(tree / "in/a.txt")
    assert paths.stat("in", grants(tree), str(tree)).kind == "folder"
    with pytest.raises(PermissionDenied):
        paths.stat("out", grants(tree), str(tree))


def test_a_hard_link_shows_in_the_count_of_names(tree):
    os.link(tree / "in/a.txt", tree / "in/hard")
    assert paths.stat("in/hard", grants(tree), str(tree)).links == 2


def test_exists_tells_only_where_reading_is_granted(tree):
    assert paths.exists("in/a.txt", grants(tree), str(tree))
    for path in ("in/nothing", "in/a.txt/x", "in/" + "n" * 300):
        assert not paths.exists(path, grants(tree), str(tree))
    for path in ("out/secret.txt", "out/nothing"):
        with pytest.raises(PermissionDenied):
            paths.exists(path, grants(tree), str(tree))


def test_a_question_about_a_path_is_answered_by_its_real_place(tree):
    (tree / "in/bad").symlink_to("../out")
    assert paths.decide_path("read", "in/a.txt", grants(tree), str(tree)).allowed
    assert paths.decide_path("write", "in/not/yet", grants(tree), str(tree)).allowed
    for path in ("in/bad/secret.txt", "in/bad/nothing", "in/../out"):
        assert not paths.decide_path("read", path, grants(tree), str(tree)).allowed


def test_a_folder_is_listed_sorted_with_kinds_and_links_are_not_followed(tree):
    (tree / "in/link").symlink_to("../out/secret.txt")
    os.mkfifo(tree / "in/fifo")
    rows = [(it.name, it.kind) for it in paths.list_dir("in", grants(tree), str(tree))]
    assert rows == [("a.txt", "file"), ("fifo", "other"), ("link", "link"), ("sub", "folder")]
    for path in ("out", ".", "in/.."):
        with pytest.raises(PermissionDenied):
            paths.list_dir(path, grants(tree), str(tree))
    with pytest.raises(ToolFailed) as problem:
        paths.list_dir("in/a.txt", grants(tree), str(tree))
    assert code_of(problem) == "not_a_folder"


def test_what_a_rule_denies_is_not_listed(tree):
    permissions = grants(tree, "read:in", deny=["read:in/sub"])
    assert [it.name for it in paths.list_dir("in", permissions, str(tree))] == ["a.txt"]


def test_a_listing_is_bounded(tree, monkeypatch):
    monkeypatch.setattr("llmspell.security.folders.MAX_ENTRIES", 2)
    assert len(paths.list_dir("in", grants(tree), str(tree))) == 2
    (tree / "in/third").touch()
    with pytest.raises(ToolFailed) as problem:
        paths.list_dir("in", grants(tree), str(tree))
    assert code_of(problem) == "too_many_entries"


# Making folders


def test_folders_are_made_with_those_above_them(tree):
    real = paths.make_dir("in/x/y/z/", grants(tree), str(tree))
    assert os.path.isdir(real) and real == os.path.realpath(tree / "in/x/y/z")
    assert paths.make_dir("in/x/y/z", grants(tree), str(tree)) == real


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [
        ("in/x/y", {"parents": False}, "file_not_found"),
        ("in/sub", {"exist_ok": False}, "file_exists"),
        ("in/a.txt", {}, "file_exists"),
        ("in/a.txt/x", {}, "not_a_folder"),
        ("in/x/../y", {}, "file_not_found"),
    ],
)
def test_a_folder_that_cannot_be_made_says_why(tree, path, options, code):
    with pytest.raises((ToolFailed, NotFound)) as problem:
        paths.make_dir(path, grants(tree), str(tree), **options)
    assert code_of(problem) == code


def test_no_folder_is_made_outside(tree):
    (tree / "in/far").symlink_to("../out")
    for path in ("out/x", "in/far/x/y", "in/../out/x", "new/in/x"):
        with pytest.raises(PermissionDenied):
            paths.make_dir(path, grants(tree), str(tree))
    assert os.listdir(tree / "out") == ["secret.txt"] and not (tree / "new").exists()


def test_nothing_is_made_where_a_part_of_it_is_denied(tree):
    permissions = grants(tree, "write:in", deny=["write:in/x/y"])
    with pytest.raises(PermissionDenied):
        paths.make_dir("in/x/y/z", permissions, str(tree))
    assert not (tree / "in/x").exists()
    paths.make_dir("in/x/other", permissions, str(tree))


# Removing


def test_files_links_and_empty_folders_are_removed(tree):
    (tree / "in/link").symlink_to("../out/secret.txt")
    (tree / "in/empty").mkdir()
    for path in ("in/link", "in/a.txt", "in/empty/"):
        assert paths.remove(path, grants(tree), str(tree)) == 1
    assert (tree / "out/secret.txt").exists()
    assert os.listdir(tree / "in") == ["sub"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("in/sub", "folder_not_empty"),
        ("in/missing", "file_not_found"),
        ("in/a.txt/", "not_a_folder"),
        ("in/..", "bad_argument"),
        ("in/.", "bad_argument"),
        ("/", "bad_argument"),
    ],
)
def test_what_cannot_be_removed_says_why(tree, path, code):
    with pytest.raises(LLMSpellError) as problem:
        paths.remove(path, grants(tree), str(tree))
    assert code_of(problem) == code


def test_nothing_is_removed_outside(tree):
    (tree / "in/far").symlink_to("../out")
    for path in ("out/secret.txt", "in/far/secret.txt", "out", "in/../out", "in-the-next"):
        with pytest.raises(PermissionDenied):
            paths.remove(path, grants(tree), str(tree), recursive=True)
    assert (tree / "out/secret.txt").exists()


def test_a_tree_is_removed_without_following_links(tree):
    (tree / "in/sub/far").symlink_to(tree / "out")
    (tree / "in/sub/deep/deeper").mkdir(parents=True)
    assert paths.remove("in/sub", grants(tree), str(tree), recursive=True) == 5
    assert (tree / "out/secret.txt").exists() and not (tree / "in/sub").exists()


def test_a_tree_with_something_denied_in_it_stays_whole(tree):
    permissions = grants(tree, "write:in", deny=["write:in/sub/b.txt"])
    with pytest.raises(PermissionDenied, match="write:in/sub/b.txt"):
        paths.remove("in/sub", permissions, str(tree), recursive=True)
    assert (tree / "in/sub/b.txt").exists()
    (tree / "in/free/x").mkdir(parents=True)
    assert paths.remove("in/free", permissions, str(tree), recursive=True) == 2


def test_a_tree_that_is_too_large_stays_whole(tree, monkeypatch):
    monkeypatch.setattr("llmspell.security.folders.MAX_ENTRIES", 1)
    (tree / "in/sub/c.txt").touch()
    with pytest.raises(ToolFailed) as problem:
        paths.remove("in/sub", grants(tree), str(tree), recursive=True)
    assert code_of(problem) == "too_many_entries" and len(os.listdir(tree / "in/sub")) == 2


def test_a_tree_that_is_too_deep_is_refused(tree):
    (tree / "in/deep").joinpath(*["d"] * (MAX_DEPTH + 2)).mkdir(parents=True)
    (tree / "in/deep/beside.txt").touch()
    with pytest.raises(ToolFailed, match="folders deep"):
        paths.remove("in/deep", grants(tree), str(tree), recursive=True)
    assert (tree / "in/deep/beside.txt").exists()


def test_a_path_of_megabytes_is_refused_at_once(tree):
    for path in ("in/" + "a/" * 10_000_000, "a" * 10_000_000):
        with pytest.raises(ToolFailed) as problem:
            read(tree, path)
        assert code_of(problem) == "name_too_long" and len(str(problem.value)) < 500


# Moving and copying


def test_a_file_and_a_folder_are_renamed(tree):
    assert paths.rename("in/a.txt", "in/c.txt", grants(tree), str(tree)) == os.path.realpath(tree / "in/c.txt")
    paths.rename("in/sub", "in/sub2", grants(tree), str(tree))
    assert (tree / "in/c.txt").read_bytes() == b"granted" and (tree / "in/sub2/b.txt").exists()


def test_moving_needs_both_grants_at_the_source_and_write_at_the_target(tree):
    for allow in (
        ["read:in", "write:out"],
        ["write:in", "write:out"],
        ["read:in", "write:in"],
        ["read:in", "write:in", "read:out"],
    ):
        with pytest.raises(PermissionDenied):
            paths.rename("in/a.txt", "out/a.txt", grants(tree, *allow), str(tree))
    assert (tree / "in/a.txt").exists()
    paths.rename("in/a.txt", "out/a.txt", grants(tree, "read:in", "write:in", "write:out"), str(tree))
    assert (tree / "out/a.txt").exists()


def test_a_link_is_moved_itself(tree):
    (tree / "in/link").symlink_to("../out/secret.txt")
    paths.rename("in/link", "in/link2", grants(tree), str(tree))
    assert (tree / "in/link2").is_symlink()
    with pytest.raises(PermissionDenied):
        read(tree, "in/link2")


@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_folder_with_something_denied_in_it_is_not_moved_out_of_its_rule(tree, kind):
    permissions = grants(tree, "read:in", "write:in", deny=[f"{kind}:in/sub/b.txt"])
    with pytest.raises(PermissionDenied, match="denies something in it"):
        paths.rename("in/sub", "in/free", permissions, str(tree))
    (tree / "in/other").mkdir()
    paths.rename("in/other", "in/free", permissions, str(tree))


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("in/a.txt", "in/sub/b.txt", "file_exists"),
        ("in/a.txt", "in/sub", "file_exists"),
        ("in/missing", "in/x", "file_not_found"),
        ("in/a.txt", "in/no/x", "file_not_found"),
        ("in/sub", "in/sub/inner", "bad_argument"),
    ],
)
def test_what_cannot_be_moved_says_why(tree, source, target, code):
    with pytest.raises(LLMSpellError) as problem:
        paths.rename(source, target, grants(tree), str(tree))
    assert code_of(problem) == code


def test_a_file_is_overwritten_only_when_asked(tree):
    paths.rename("in/a.txt", "in/sub/b.txt", grants(tree), str(tree), overwrite=True)
    assert (tree / "in/sub/b.txt").read_bytes() == b"granted"


def test_a_file_is_moved_to_another_file_system_by_copying(tree, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EXDEV, "other file system")

    monkeypatch.setattr(os, "replace", refuse)
    paths.rename("in/a.txt", "in/moved", grants(tree), str(tree))
    assert (tree / "in/moved").read_bytes() == b"granted" and not (tree / "in/a.txt").exists()
    with pytest.raises(ToolFailed) as problem:
        paths.rename("in/sub", "in/sub2", grants(tree), str(tree))
    assert code_of(problem) == "other_file_system"


def test_a_file_is_copied_with_its_permission_bits(tree):
    (tree / "in/a.txt").chmod(0o700)
    assert paths.copy("in/a.txt", "in/copy", grants(tree), str(tree)) == 7
    assert (tree / "in/copy").read_bytes() == b"granted" and (tree / "in/copy").stat().st_mode & 0o100


def test_copying_needs_read_there_and_write_here(tree):
    for source, target in (("out/secret.txt", "in/x"), ("in/a.txt", "out/x")):
        with pytest.raises(PermissionDenied):
            paths.copy(source, target, grants(tree), str(tree))
    assert paths.copy("in/a.txt", "out/x", grants(tree, "read:in", "write:out"), str(tree)) == 7


def test_a_copy_overwrites_only_when_asked_and_never_itself(tree):
    with pytest.raises(ToolFailed) as problem:
        paths.copy("in/a.txt", "in/sub/b.txt", grants(tree), str(tree))
    assert code_of(problem) == "file_exists"
    write(tree, "in/sub/b.txt", b"a longer text than the other")
    paths.copy("in/a.txt", "in/sub/b.txt", grants(tree), str(tree), overwrite=True)
    assert (tree / "in/sub/b.txt").read_bytes() == b"granted"
    (tree / "in/same").symlink_to("a.txt")
    with pytest.raises(ToolFailed) as problem:
        paths.copy("in/a.txt", "in/same", grants(tree), str(tree), overwrite=True)
    assert code_of(problem) == "same_file" and (tree / "in/a.txt").read_bytes() == b"granted"


def test_a_full_device_is_an_error_with_a_code(tree):
    permissions = grants(tree, "*")
    with paths.open_path("/dev/full", "w", permissions, allow_special=True) as file:
        file.write(b"x")
        with pytest.raises(OSError, match="space"):
            file.flush()
        file.raw.close()


class Audited:
    """Permissions that remember what was decided, as a run's do."""

    def __init__(self, permissions):
        self.permissions = permissions
        self.asked = []

    def decide(self, kind, subject):
        self.asked.append((kind, os.path.basename(subject)))
        return self.permissions.decide(kind, subject)

    def denied_beneath(self, kind, folder):
        return self.permissions.denied_beneath(kind, folder)

    def describe_denial(self, decision, actor="the script"):
        return self.permissions.describe_denial(decision, actor)

    def quiet(self):
        return self.permissions


def test_only_what_was_attempted_is_audited(tree):
    audited = Audited(grants(tree, "read:in", deny=["read:in/sub"]))
    assert [it.name for it in paths.list_dir("in", audited, str(tree))] == ["a.txt"]
    with pytest.raises(NotFound, match="a.txt"):
        read(tree, "in/a.tx", audited)
    assert audited.asked == [("read", "in"), ("read", "a.tx")]


def test_existence_that_the_system_will_not_tell_is_an_error(tree, monkeypatch):
    def refuse(path, *args, **kwargs):
        raise PermissionError(errno.EACCES, "refused")

    monkeypatch.setattr("llmspell.security.files.pinned", refuse)
    with pytest.raises(ToolFailed) as problem:
        paths.exists("in/a.txt", grants(tree), str(tree))
    assert code_of(problem) == "access_refused"
