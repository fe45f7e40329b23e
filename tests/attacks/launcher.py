"""Start a command and report how it ended: `launcher.py REPORT_FD COMMAND…`, run with -I -S -E.

The kernel counts in a process's peak memory what its parent had when it was started. A test process may have hundreds
of megabytes; this has next to nothing, so what it reports is the command's own."""

import os
import sys


def main() -> None:
    report, command = int(sys.argv[1]), sys.argv[2:]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, report)])
    os.write(report, b"%d\n" % pid)
    for descriptor in (0, 1, 2):  # the streams' end is the command's end, not ours
        os.close(descriptor)
    _, status, usage = os.wait4(pid, 0)
    os.write(report, b"%d %d\n" % (os.waitstatus_to_exitcode(status), usage.ru_maxrss))


main()
