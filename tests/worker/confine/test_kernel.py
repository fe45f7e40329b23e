"""Calls of the C library and the kernel, made in this process: none of them changes anything."""

from __future__ import annotations

import errno
import os
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("there is no such C library", allow_module_level=True)

from llmspell.worker.confine import kernel


def test_a_function_of_the_c_library_is_called_and_its_failure_raised():
    assert kernel.libc("getpid") == os.getpid()
    with pytest.raises(OSError, match="Bad file descriptor") as caught:
        kernel.libc("close", -1)
    assert caught.value.errno == errno.EBADF


def test_a_function_that_the_c_library_lacks_is_named():
    with pytest.raises(OSError, match="the C library has no no_such_function") as caught:
        kernel.libc("no_such_function")
    assert kernel.why(caught.value) == "unavailable: ENOSYS, the C library has no no_such_function"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's numbers")
def test_a_system_call_that_the_kernel_lacks_raises():
    with pytest.raises(OSError, match="Function not implemented"):
        kernel.syscall(100_000)


def test_a_buffer_is_read_and_written_by_the_call():
    read, write = os.pipe()
    try:
        assert kernel.libc("write", write, kernel.Buffer(b"sent"), 4) == 4
        received = kernel.Buffer(bytes(6))
        assert kernel.libc("read", read, received, 6) == 4
        assert received.content() == b"sent\0\0"
    finally:
        os.close(read)
        os.close(write)
