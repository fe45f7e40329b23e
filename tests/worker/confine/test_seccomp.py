"""The filters as the kernel runs them: each denied call is made by a real child."""

from __future__ import annotations

import signal

import pytest

from llmspell.worker.confine import seccomp, seccomp_tables

ARCHITECTURE = seccomp.this_architecture()
pytestmark = pytest.mark.skipif(ARCHITECTURE is None, reason="no system call table for this processor")


def number(call: str) -> int:
    assert ARCHITECTURE is not None
    found = ARCHITECTURE.number(call)
    if found is None:
        pytest.skip(f"{ARCHITECTURE.name} has no {call}")
    return found


@pytest.mark.parametrize("call", seccomp_tables.KILLED)
@pytest.mark.parametrize("stage", ["coarse", "lock"])
def test_a_call_of_the_kill_list_ends_the_process(run, stage, call):
    if stage == "coarse" and call in seccomp_tables.TRIED_BY_IMPORTS:
        expected = (0, ["before", "EPERM", "after"])
    else:
        expected = (-signal.SIGSYS, ["before"])
    ended = run(f"{stage}(); say('before'); say(call({number(call)}, -1, -1, -1, -1, -1, -1)); say('after')")
    assert (ended.code, ended.words()) == expected, ended.err


def test_the_same_calls_only_fail_in_a_process_without_filter(run):
    # Not the two whose success would need care in the child.
    numbers = [number(call) for call in seccomp_tables.KILLED if call not in ("fork", "vfork")]
    ended = run(f"for n in {numbers}: say(call(n, -1, -1, -1, -1, -1, -1))")
    assert (ended.code, len(ended.words())) == (0, len(numbers)), ended.err


def test_fork_works_in_a_process_without_filter(run):
    ended = run("child = os.fork()\nif child: os.waitpid(child, 0)\nsay('one')")
    assert ended.words() == ["one", "one"]


ACTS = """
acts = {
    "open": lambda: open("/etc/passwd").close(),
    "list": lambda: os.listdir("/"),
    "stat": lambda: os.stat("/etc/passwd"),
    "working folder": os.getcwd,
    "duplicate": lambda: os.dup(1),
    "pipe": os.pipe,
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "change folder": lambda: os.chdir("/"),
    "mask": lambda: os.chmod(sys.argv[2], 0o600),
    "write": lambda: open(sys.argv[2], "a").close(),
    "rename": lambda: os.rename(sys.argv[2], sys.argv[2]),
    "terminal size": lambda: os.get_terminal_size(0),
}
"""


def test_everything_else_is_refused_with_eperm_and_works_without_the_filter(run, tmp_path):
    target = tmp_path / "own.txt"
    target.touch()
    ended = run(
        ACTS + "before = {name: outcome(act) for name, act in acts.items()}\n"
        "lock()\nfor name in acts: say(before[name], outcome(acts[name]))",
        str(target),
    )
    before, after = ended.words()[::2], ended.words()[1::2]
    assert before == ["ok"] * 11 + ["ENOTTY"], ended.err
    assert after == ["EPERM"] * 12


def test_what_a_script_needs_works_behind_both_stages(run):
    source = """
import select, time, faulthandler
poll = select.poll(); poll.register(0, select.POLLIN)
report = lock()
assert report["seccomp"] == report["landlock"] == "active", report
assert poll.poll(1000), "stdin is readable"
say(os.read(0, 100).decode().strip())
time.sleep(0.001); time.monotonic(); time.process_time()
assert len(os.urandom(16)) == 16
large = bytearray(50_000_000); large.extend(bytes(30_000_000)); del large
signal.signal(signal.SIGTERM, lambda *it: say("signalled"))
signal.raise_signal(signal.SIGTERM)
print("printed")
sys.exit(7)
"""
    ended = run(source, stdin="hello\n")
    assert (ended.code, ended.words()) == (7, ["hello", "signalled", "printed"]), ended.err


def test_writing_and_reading_work_on_the_given_descriptors_only(run):
    source = """
r, w = os.pipe(); other_r, other_w = os.pipe()
os.write(w, b"1"); os.write(other_w, b"1")
lock(write=(1, w), read=(r,), keep=(0, 1, 2, r, w, other_r, other_w))
say(outcome(lambda: os.write(w, b"x")), outcome(lambda: os.write(other_w, b"x")), outcome(lambda: os.write(2, b"x")))
say(outcome(lambda: os.read(r, 1)), outcome(lambda: os.read(other_r, 1)), outcome(lambda: os.read(0, 1)))
say(outcome(lambda: os.writev(w, [b"x"])), outcome(lambda: os.writev(other_w, [b"x"])))
say(outcome(lambda: os.readv(r, [bytearray(1)])), outcome(lambda: os.readv(other_r, [bytearray(1)])))
"""
    assert run(source).words() == ["ok", "EPERM", "EPERM", "ok", "EPERM", "EPERM", "ok", "EPERM", "ok", "EPERM"]


MAPPINGS = """
def mapped(mmap, mprotect, protection):
    library.syscall.restype = ctypes.c_long
    address = library.syscall(*map(ctypes.c_long, (mmap, 0, 4096, 3, 0x22, -1, 0)))
    return call(mmap, 0, 4096, protection, 0x22, -1, 0) + "," + call(mprotect, address, 4096, protection)
"""
READ, WRITE, EXECUTE = 1, 2, 4


@pytest.mark.parametrize(
    ("confined", "protection", "expected"),
    [
        ("", READ | EXECUTE, "ok,ok"),
        ("", READ | WRITE | EXECUTE, "ok,ok"),
        ("lock()", READ | WRITE, "ok,ok"),
        ("lock()", READ | EXECUTE, "EPERM,EPERM"),
        ("lock()", READ | WRITE | EXECUTE, "EPERM,EPERM"),
        ("lock(jit=True)", READ | EXECUTE, "ok,ok"),
        ("lock(jit=True)", READ | WRITE | EXECUTE, "EPERM,EPERM"),
    ],
)
def test_memory_is_executable_only_for_a_compiler_and_never_writable_as_well(run, confined, protection, expected):
    source = f"{MAPPINGS}\n{confined}\nsay(mapped({number('mmap')}, {number('mprotect')}, {protection}))"
    assert run(source).words() == [expected]


@pytest.mark.parametrize(("stage", "others"), [("coarse", "EPERM"), ("lock", "EPERM"), ("int", "ok")])
def test_a_signal_reaches_only_the_process_itself(run, stage, others):
    n = number("tgkill")
    source = (
        f"parent, own = os.getppid(), os.getpid()\n{stage}()\nsay(call({n}, own, own, 0), call({n}, parent, parent, 0))"
    )
    assert run(source).words() == ["ok", others]


@pytest.mark.parametrize(("stage", "expected"), [("coarse", "EPERM"), ("lock", "EPERM"), ("int", "ok")])
def test_the_kernel_is_not_made_to_signal_another_process(run, stage, expected):
    source = f"""
import fcntl
r, w = os.pipe()
{stage}(**({{"keep": (0, 1, 2, r)}} if {stage} is not int else {{}}))
say(outcome(lambda: fcntl.fcntl(r, 8, os.getpid())))
"""  # 8 is F_SETOWN
    assert run(source).words() == [expected]


def test_only_plain_futexes_and_advice_about_own_memory_pass(run):
    futex, madvise = number("futex"), number("madvise")
    wake, lock_with_inheritance, dont_need, poison = 1, 6, 4, 100
    source = f"""
word = ctypes.c_int(0); at = ctypes.addressof(word)
def acts():
    yield call({futex}, at, {wake} | 128, 1)
    yield call({madvise}, 0, 0, {dont_need})
    yield call({futex}, at, {lock_with_inheritance} | 128)
    yield call({madvise}, 1, 4096, {poison})
before = [*acts()]; lock(); say(*before, *acts())
"""
    words = run(source).words()
    assert words[:3] == ["ok", "ok", "ok"]
    assert words[3] == "EINVAL"  # the address is not a page's: an EPERM below is the filter's, root or not
    assert words[4:] == ["ok", "ok", "EPERM", "EPERM"]


@pytest.mark.skipif(ARCHITECTURE is not seccomp.X86_64, reason="only x86-64 has a third ABI")
@pytest.mark.parametrize("stage", ["coarse", "lock"])
def test_a_call_by_the_x32_abi_ends_the_process(run, stage):
    assert run(f"{stage}()\ncall(0x40000000 | 39)").code == -signal.SIGSYS
    assert run("say(call(0x40000000 | 39))").code == 0


def test_the_first_stage_still_imports_and_changes_no_file(run, tmp_path):
    source = """
lib = os.path.dirname(os.__file__)
acts = {
    "create": lambda: open(sys.argv[2] + "/new", "w").close(),
    "append": lambda: open(sys.argv[2] + "/old", "a").close(),
    "mode": lambda: os.chmod(sys.argv[2] + "/old", 0o600),
    "times": lambda: os.utime(sys.argv[2] + "/old"),
    "unlink": lambda: os.unlink(sys.argv[2] + "/old"),
}
report = coarse(layers=ALL - {"landlock"})
import decimal, json.tool
say(*[outcome(act) for act in acts.values()], outcome(lambda: os.stat(sys.argv[2] + "/old")))
say(report["seccomp_coarse"], "seccomp" in report)
"""
    (tmp_path / "old").touch()
    assert run(source, str(tmp_path)).words() == ["EPERM"] * 5 + ["ok", "active", "False"]


def test_profile_low_has_the_coarse_filter_only_and_may_write_files(run, tmp_path):
    source = """
report = lock(layers={"limits", "no_new_privs", "seccomp_coarse"})
say(report["seccomp_coarse"], "seccomp" in report, "landlock" in report)
say(outcome(lambda: open(sys.argv[2], "w").close()), outcome(lambda: os.kill(os.getppid(), 0)))
say("now"); os.fork()
"""
    ended = run(source, str(tmp_path / "new"))
    assert ended.words() == ["active", "False", "False", "ok", "EPERM", "now"]
    assert ended.code == -signal.SIGSYS


def test_no_layer_is_added_that_was_not_asked_for(run):
    source = """
report = lock(layers=())
say(*sorted(report))
child = os.fork()
if child: os.waitpid(child, 0); say(outcome(lambda: open("/etc/passwd").close()))
"""
    assert run(source).words() == ["closed_descriptors", "no_core_files", "not_dumpable", "parent_death_signal", "ok"]


def test_a_kernel_without_filters_is_reported_for_both_stages(run):
    source = f"""
from llmspell.worker.confine import process, seccomp
process.forbid_new_privileges()
seccomp.install([(0x20, 0, 0, 0), (0x15, 0, 1, {number("seccomp")}), (6, 0, 0, 0x50000 | 22), (6, 0, 0, seccomp.ALLOW)])
report = coarse(); say(report["seccomp_coarse"].split(",")[0]); say(report["seccomp"].split(",")[0])
report = confine.enter_tight(ALL, write_fds={{1}}, read_fds={{0}}); say(report["seccomp"].split(",")[0])
"""
    ended = run(source)
    assert ended.out.splitlines() == ["unavailable: EINVAL"] * 3, ended.err


@pytest.mark.parametrize("machine", ["riscv64", "i686"])
def test_a_processor_without_a_table_is_reported_and_not_guessed(run, machine):
    source = f"""
class About: machine = "{machine}"; sysname = "Linux"; release = "6"
os.uname = About
from llmspell.worker.confine import probe
report = lock()
for text in (report["seccomp"], report["seccomp_coarse"], probe.probe()["seccomp"]): say(text)
say(report["landlock"], outcome(lambda: os.stat("/")))
"""
    lines = run(source).out.splitlines()
    assert all(
        line.startswith("unavailable: ") and line.endswith(f"no system call table for {machine}") for line in lines[:3]
    )
    assert lines[3].endswith(" ok")


def test_output_may_go_to_a_regular_file(run, tmp_path):
    out = tmp_path / "out.txt"
    with out.open("wb") as file:
        ended = run("lock(); say('x' * 100000); say('end')", stdout=file)
    assert ended.code == 0, ended.err
    assert out.read_text().endswith("end\n")
    assert out.stat().st_size > 100_000
