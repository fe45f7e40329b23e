"""The process around an engine: it confines itself, runs the script's tasks, and speaks with the host.

Imports none of asyncio, sqlite3 or the domain packages, and nothing that costs start-up time."""
