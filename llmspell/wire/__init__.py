"""The framed protocol between host and worker; `docs/protocol.md` specifies it.

Imports nothing of ours and nothing heavy: both the quick path and the worker load it first."""
