"""Call the C library and the kernel directly.

Uses `_ctypes` rather than `ctypes`: the latter takes 4 ms to import, and all that it would add is in these few lines.
Knows nothing of confinement."""

from __future__ import annotations

import errno
import os
from _ctypes import FUNCFLAG_CDECL, FUNCFLAG_USE_ERRNO, CFuncPtr, _SimpleCData, addressof, dlopen, dlsym, get_errno


class _Byte(_SimpleCData):  # type: ignore[type-arg]  # generic for the checker only
    _type_ = "c"


class _Int(_SimpleCData):  # type: ignore[type-arg]  # generic for the checker only
    _type_ = "i"


class _Long(_SimpleCData):  # type: ignore[type-arg]  # generic for the checker only
    _type_ = "l"


class _IntFunction(CFuncPtr):
    _flags_ = FUNCFLAG_CDECL | FUNCFLAG_USE_ERRNO
    _restype_ = _Int


class _LongFunction(CFuncPtr):
    _flags_ = FUNCFLAG_CDECL | FUNCFLAG_USE_ERRNO
    _restype_ = _Long


# The process itself: whatever C library Python is linked with is in it.
_LIBRARY = dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]  # None is what ctypes passes too


class Buffer:
    """Bytes that a call is given the address of; it may write to them. The address is good while this object lives."""

    __slots__ = ("_array", "address")

    def __init__(self, content: bytes) -> None:
        self._array = (_Byte * len(content)).from_buffer_copy(content)
        self.address = addressof(self._array)

    def content(self) -> bytes:
        return bytes(self._array)


def libc(name: str, *arguments: int | Buffer) -> int:
    """Call a function of the C library that returns an int, and -1 with errno when it fails.

    Raises:
        OSError: It failed, or (ENOSYS) this C library has no such function.
    """
    try:
        address = dlsym(_LIBRARY, name)
    except OSError:
        raise OSError(errno.ENOSYS, f"the C library has no {name}") from None
    return _checked(int(_IntFunction(address)(*map(_word, arguments))))


def syscall(number: int, *arguments: int | Buffer) -> int:
    """Make a system call by number. Raises OSError when it fails; ENOSYS means that the kernel has no such call."""
    function = _LongFunction(dlsym(_LIBRARY, "syscall"))
    return _checked(int(function(*map(_word, (number, *arguments)))))


def _word(argument: int | Buffer) -> _Long:
    return _Long(argument.address if isinstance(argument, Buffer) else argument)


def _checked(result: int) -> int:
    if result == -1:
        code = get_errno()
        raise OSError(code, os.strerror(code))
    return result


def why(error: OSError) -> str:
    """The report entry for a layer that the kernel refused."""
    name = errno.errorcode.get(error.errno or 0, "error")
    text = error.strerror or str(error)
    return f"unavailable: {name}, {text[:1].lower()}{text[1:]}"
