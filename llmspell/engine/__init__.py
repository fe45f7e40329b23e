"""The languages. Each engine turns one language's functions into fibers that the worker's loop resumes.

Imports nothing else of ours but `wire`. Knows nothing of sockets, processes or confinement; `lupa` appears only in
`lua*.py`, `RestrictedPython` and `greenlet` only in `python*.py`."""
