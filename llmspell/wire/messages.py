"""The kinds of message, and what each one's body holds. `docs/protocol.md` is the authority.

Numbers, not names, because the kind is one byte of the frame header. Even numbers travel host → worker, odd ones
worker → host."""

PROTOCOL_VERSION = 1

# host → worker
START = 2  # map: what the worker needs before it sees the script; see StartBody in docs/protocol.md
EXECUTE = 4  # map: source, name, mode, modules
INVOKE = 6  # [callback, args]: run a script function; answered by RESULT or FAILED with the same id
RETURN = 8  # value: the answer to the CALL with this id
RAISE = 10  # error map: the failure of the CALL with this id
CANCEL = 12  # nil: stop the task that runs the INVOKE with this id; id 0 stops every task
RELEASE_CALLBACK = 14  # callback number: the host will not invoke it again
LIVE = 18  # nil: all messages of the recorded run have been sent; its notes used up, the script goes its own way
COMPLETE = 16  # [text, position]: completion candidates; answered by RESULT (the REPL's)

# worker → host
READY = 1  # map: what confinement is active; sent once, before the script's first line runs
CALL = 3  # [task, target, method, args, kwargs]: answered by RETURN or RAISE with the same id
RESULT = 5  # value: the answer to an INVOKE
FAILED = 7  # error map: the failure of an INVOKE
CANCEL_CALL = 9  # nil: the script no longer waits for the CALL with this id
RELEASE = 11  # handle number: the script holds it no longer
DONE = 13  # map: exit (0-255), and value or error; the worker ends after it
NOTE = 15  # map: what the worker read by itself (clocks, stdin, turns), sent before the next message that it preceded
ENDING = 17  # map, as of DONE: the script has ended, and the host still holds functions of it; answered by RETURN

HOST_KINDS = frozenset({START, EXECUTE, INVOKE, RETURN, RAISE, CANCEL, RELEASE_CALLBACK, COMPLETE, LIVE})
WORKER_KINDS = frozenset({READY, CALL, RESULT, FAILED, CANCEL_CALL, RELEASE, DONE, NOTE, ENDING})

# MessagePack extension types inside bodies
EXT_CALLBACK = 1  # a script function: its number, big endian, 4 bytes
EXT_HANDLE = 2  # a host object: 4 bytes number; host → worker, then MessagePack [class name, fields map]
EXT_BIGINT = 3  # an integer outside 64 bits: decimal digits in ASCII, with a sign where negative

MAX_DEPTH = 64  # nesting of lists and maps in one body
MAX_ITEMS = 1_000_000  # lists' items and maps' pairs in one body, all together
