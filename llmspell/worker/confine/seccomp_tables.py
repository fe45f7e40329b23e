"""The numbers of system calls, and which of them each filter allows, refuses and kills for. Data only.

Numbers are those of asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64); a test compares them where the headers
are installed. The filters run on x86-64 here; the ones for aarch64 are checked by interpreting them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    # An argument's index, the bits of it that count, and what they may be.
    Condition = tuple[int, int, tuple[int, ...]]
    Check = tuple[str, tuple[Condition, ...]]

ALL_BITS = 0xFFFFFFFF

# fmt: off
# Death: nothing that a script's author could honestly want ends here, so an attempt is the end of the run. The list of
# docs/security.md. In both stages, but for the next table.
KILLED = (
    "execve", "execveat", "ptrace", "socket", "connect", "bind", "listen", "fork", "vfork", "clone", "clone3",
    "process_vm_readv", "process_vm_writev", "io_uring_setup", "bpf", "userfaultfd", "perf_event_open", "mount",
    "unshare", "setns", "keyctl", "memfd_create",
)

# Of those, the ones that only fail in the first stage, because imports make them: `zoneinfo` imports `sysconfig`, which
# looks up the home folder, for which the C library asks a name service by a socket before it reads /etc/passwd.
TRIED_BY_IMPORTS = ("socket",)

# Refused in the first stage, where everything else is allowed because modules are still being imported: other
# processes, the network, the machine's settings, identities, and what could undo the confinement.
REFUSED = (
    "accept", "accept4", "socketpair", "sendto", "sendmsg", "sendmmsg", "recvmsg", "recvmmsg", "setsockopt",
    "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "process_madvise", "process_mrelease", "kcmp",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "quotactl", "quotactl_fd", "swapon", "swapoff",
    "name_to_handle_at", "open_by_handle_at", "io_uring_enter", "io_uring_register", "io_setup", "io_submit",
    "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "sethostname", "setdomainname", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "acct",
    "syslog", "vhangup", "iopl", "ioperm", "modify_ldt", "personality", "prctl", "setrlimit", "prlimit64",
    "fanotify_init", "memfd_secret", "migrate_pages", "move_pages", "setpriority", "ioprio_set",
    "sched_setaffinity", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid",
    "setfsgid", "setgroups", "capset", "sched_setscheduler", "sched_setattr", "sched_setparam", "msgget", "msgsnd",
    "msgrcv", "msgctl", "shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop", "mq_open",
    "mq_unlink", "remap_file_pages",
)

# Refused in the first stage as well where the second will follow: changes to files and their attributes.
CHANGES = (
    "openat2", "creat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
    "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "truncate", "ftruncate", "fallocate", "chmod",
    "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat",
    "futimesat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
    "copy_file_range",
)

# Allowed in the second stage, whatever the arguments.
NEEDED = (
    "poll", "ppoll", "clock_gettime", "brk", "munmap", "mremap", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "sigaltstack", "clock_nanosleep", "clock_getres", "nanosleep", "gettimeofday", "getrandom", "close", "fstat",
    "lseek", "sched_yield", "getpid", "gettid", "getrusage", "rseq", "restart_syscall", "exit", "exit_group",
)

# fmt: on

# The first number, on either architecture, that is newer than these tables.
FIRST_UNREAD = 463

_WRITING = 0x1 | 0x2 | 0o100 | 0o1000 | 0o20000000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, the bit of O_TMPFILE

READING_OPENS: tuple[Check, ...] = (
    ("open", ((1, _WRITING, (0,)),)),
    ("openat", ((2, _WRITING, (0,)),)),
)

# Questions about a descriptor and its flags. An allow list: among the others is TIOCSTI, which types into a terminal.
_HARMLESS_IOCTLS = (
    0x5401,  # TCGETS, which isatty() uses
    0x5413,  # TIOCGWINSZ
    0x541B,  # FIONREAD
    0x5421,  # FIONBIO
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)

# Also an allow list: F_SETOWN has the kernel signal whatever process one names.
_HARMLESS_FCNTLS = (
    0, 1, 2, 3, 4,  # duplicate, and the flags of a descriptor and a file
    5, 6, 7,  # locks
    1030,  # F_DUPFD_CLOEXEC
)  # fmt: skip

_PROT_WRITE, _PROT_EXEC = 2, 4
_FUTEX_PRIVATE, _FUTEX_REALTIME = 128, 256
_FUTEX_OPERATIONS = (0, 1, 3, 4, 5, 9, 10)  # wait, wake, requeue, bitset; not the priority-inheriting ones


def coarse_checks(pid: int) -> tuple[Check, ...]:
    """Calls that the first stage allows only so."""
    return (
        ("kill", ((0, ALL_BITS, (pid,)),)),
        ("tkill", ((0, ALL_BITS, (pid,)),)),
        ("tgkill", ((0, ALL_BITS, (pid,)),)),
        ("ioctl", ((1, ALL_BITS, _HARMLESS_IOCTLS),)),
        ("fcntl", ((1, ALL_BITS, _HARMLESS_FCNTLS),)),
    )


def tight_checks(pid: int, write_fds: list[int], read_fds: list[int], *, jit: bool) -> tuple[Check, ...]:
    """Calls that the second stage allows only so; the ones that a script makes most come first."""
    readable = ((0, ALL_BITS, tuple(read_fds)),)
    writable = ((0, ALL_BITS, tuple(write_fds)),)
    # Without a compiler no page is ever executable; with one, never both writable and executable.
    protection = ((2, _PROT_WRITE | _PROT_EXEC, (0, _PROT_WRITE, _PROT_EXEC) if jit else (0, _PROT_WRITE)),)
    return (
        ("read", readable),
        ("write", writable),
        ("mmap", protection),
        ("mprotect", protection),
        ("readv", readable),
        ("writev", writable),
        # The advice below 32 concerns this process alone; above are those that take the machine's memory out of use.
        ("madvise", ((2, ALL_BITS ^ 31, (0,)),)),
        ("futex", ((1, ALL_BITS ^ (_FUTEX_PRIVATE | _FUTEX_REALTIME), _FUTEX_OPERATIONS),)),
        ("tgkill", ((0, ALL_BITS, (pid,)), (1, ALL_BITS, (pid,)))),  # raise() and abort()
    )


# fmt: off
# call: (x86-64, aarch64); None where the architecture has no such call.
NUMBERS: dict[str, tuple[int, int | None]] = {
    "read": (0, 63), "write": (1, 64), "open": (2, None), "close": (3, 57), "fstat": (5, 80), "poll": (7, None),
    "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "ioctl": (16, 29),
    "readv": (19, 65), "writev": (20, 66), "sched_yield": (24, 124), "mremap": (25, 216), "madvise": (28, 233),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "nanosleep": (35, 101), "getpid": (39, 172),
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206), "sendmsg": (46, 211),
    "recvmsg": (47, 212), "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199), "setsockopt": (54, 208),
    "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "exit": (60, 93),
    "kill": (62, 129), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "fcntl": (72, 25), "truncate": (76, 45),
    "ftruncate": (77, 46), "rename": (82, None), "mkdir": (83, None), "rmdir": (84, None), "creat": (85, None),
    "link": (86, None), "unlink": (87, None), "symlink": (88, None), "chmod": (90, None), "fchmod": (91, 52),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "gettimeofday": (96, 169),
    "getrusage": (98, 165), "ptrace": (101, 117), "syslog": (103, 116), "setuid": (105, 146), "setgid": (106, 144),
    "setreuid": (113, 145), "setregid": (114, 143), "setgroups": (116, 159), "setresuid": (117, 147),
    "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152), "capset": (126, 91),
    "rt_sigqueueinfo": (129, 138), "sigaltstack": (131, 132), "utime": (132, None), "mknod": (133, None),
    "personality": (135, 92), "setpriority": (141, 140), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "vhangup": (153, 58), "modify_ldt": (154, None), "pivot_root": (155, 41),
    "prctl": (157, 167), "adjtimex": (159, 171), "setrlimit": (160, 164), "chroot": (161, 51), "acct": (163, 89),
    "settimeofday": (164, 170), "mount": (165, 40), "umount2": (166, 39), "swapon": (167, 224),
    "swapoff": (168, 225), "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, None), "ioperm": (173, None), "init_module": (175, 105), "delete_module": (176, 106),
    "quotactl": (179, 60), "gettid": (186, 178), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "tkill": (200, 130),
    "futex": (202, 98), "sched_setaffinity": (203, 122), "io_setup": (206, 0), "io_submit": (209, 2),
    "remap_file_pages": (216, 234), "restart_syscall": (219, 128), "semtimedop": (220, 192),
    "clock_settime": (227, 112), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115), "exit_group": (231, 94), "tgkill": (234, 131), "utimes": (235, None),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "kexec_load": (246, 104), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "ioprio_set": (251, 30), "migrate_pages": (256, 238),
    "openat": (257, 56), "mkdirat": (258, 34), "mknodat": (259, 33), "fchownat": (260, 54),
    "futimesat": (261, None), "unlinkat": (263, 35), "renameat": (264, 38), "linkat": (265, 37),
    "symlinkat": (266, 36), "fchmodat": (268, 53), "ppoll": (271, 73), "unshare": (272, 97),
    "move_pages": (279, 239), "utimensat": (280, 88), "fallocate": (285, 47), "accept4": (288, 242),
    "rt_tgsigqueueinfo": (297, 240), "perf_event_open": (298, 241), "recvmmsg": (299, 243),
    "fanotify_init": (300, 262), "prlimit64": (302, 261), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "clock_adjtime": (305, 266), "sendmmsg": (307, 269), "setns": (308, 268),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "finit_module": (313, 273),
    "sched_setattr": (314, 274), "renameat2": (316, 276), "seccomp": (317, 277), "getrandom": (318, 278),
    "memfd_create": (319, 279), "kexec_file_load": (320, 294), "bpf": (321, 280), "execveat": (322, 281),
    "userfaultfd": (323, 282), "copy_file_range": (326, 285), "rseq": (334, 293), "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "pidfd_open": (434, 434), "clone3": (435, 435),
    "openat2": (437, 437), "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443), "memfd_secret": (447, 447), "process_mrelease": (448, 448), "fchmodat2": (452, 452),
}
# fmt: on
