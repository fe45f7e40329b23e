"""The built-in profiles as plain literals, so that the quick path can read one without importing anything.

`profile.Profile` is the typed form. A test keeps the two in step, and `docs/security.md` shows this table."""

MIB = 1024 * 1024

# Levels of language restriction.
#   lua:     full (all libraries but debug) | grants (io and os through grants) | safe | safe_noload (no load())
#   python:  plain (CPython) | wide | safe | minimal (the lists are engine/python_modules.py's)
#   modules: all | listed | granted | none: which modules of the user's own a script may require or import
#   flows:   enforce: a run that holds private and untrusted data sends nothing out that no `flow:` rule names | record
#   layers:  confinement that is asked for; required: the run is refused where one of these cannot be had
#            (names as `worker.confine` reports them)
#   globals: the ones that scripts see; None is all of them. State, sessions and records of runs are the user's own
#            data: a script from a stranger gets them only where the user says so
#   approvable: what a script's header may ask for. A bare `*` nobody may approve: it takes a flag
# A limit of None is no limit. Sizes are bytes, times seconds.
BUILTIN: dict[str, dict[str, object]] = {
    "none": {
        "lua": "full",
        "python": "plain",
        "modules": "all",
        "flows": "record",
        "globals": None,
        "layers": ("limits",),
        "required": (),
        "allow": ("*",),
        "deny": (),
        "approvable": ("*",),
        "limits": {
            "wall_s": None,
            "cpu_s": None,
            "memory_bytes": None,
            "output_bytes": None,
            "calls": None,
            "tasks": 100_000,
            "message_bytes": 256 * MIB,
        },
    },
    "low": {
        "lua": "grants",
        "python": "wide",
        "modules": "listed",
        "flows": "record",
        "globals": None,
        "layers": ("limits", "no_new_privs", "seccomp_coarse"),
        "required": ("limits", "no_new_privs", "seccomp_coarse"),
        "allow": ("read:.", "tool:*", "model:*"),
        "deny": (),
        "approvable": ("*",),
        "limits": {
            "wall_s": 3600.0,
            "cpu_s": None,
            "memory_bytes": 2048 * MIB,
            "output_bytes": None,
            "calls": None,
            "tasks": 100_000,
            "message_bytes": 256 * MIB,
        },
    },
    "medium": {
        "lua": "safe",
        "python": "safe",
        "modules": "granted",
        "flows": "enforce",
        "globals": None,
        "layers": ("limits", "no_new_privs", "landlock", "seccomp"),
        "required": ("limits", "no_new_privs", "seccomp"),
        "allow": ("read:.", "tool:*", "model:*"),
        "deny": (),
        "approvable": ("*",),
        "limits": {
            "wall_s": 300.0,
            "cpu_s": 60,
            "memory_bytes": 512 * MIB,
            "output_bytes": 16 * 1024 * MIB,
            "calls": 1_000_000,
            "tasks": 10_000,
            "message_bytes": 64 * MIB,
        },
    },
    "high": {
        "lua": "safe_noload",
        "python": "minimal",
        "modules": "none",
        "flows": "enforce",
        "globals": (
            *("Tool", "Agent", "Workflow", "Template", "Provider", "LocalLLM", "Hook", "Event", "Logger", "Config"),
            *("Prompt", "Run", "Async", "Promise", "Streaming", "JSON", "ARGS"),
        ),
        "layers": ("limits", "no_new_privs", "landlock", "seccomp"),
        "required": ("limits", "no_new_privs", "landlock", "seccomp"),
        "allow": (),
        "deny": (),
        "approvable": ("read:.", "write:.", "net:*", "tool:*", "model:*"),
        "limits": {
            "wall_s": 30.0,
            "cpu_s": 10,
            "memory_bytes": 128 * MIB,
            "output_bytes": 256 * MIB,
            "calls": 10_000,
            "tasks": 1_000,
            "message_bytes": 8 * MIB,
        },
    },
}

DEFAULT = "medium"

# Presets: a built-in profile with a few settings changed, for a purpose rather than a level of trust.
PRESETS: dict[str, dict[str, object]] = {
    "development": {
        "extends": "low",
        "allow": ("read:.", "write:.", "tool:*", "model:*", "net:localhost", "env:LLMSPELL_*"),
    },
    "testing": {"extends": "medium", "limits": {"wall_s": 60.0, "cpu_s": 30}},
    "production": {
        "extends": "high",
        "globals": None,
        "allow": ("tool:*", "model:*"),
        "limits": {"wall_s": 300.0, "cpu_s": 60},
    },
    "data_analysis": {
        "extends": "medium",
        "allow": ("read:.", "write:./out", "tool:*", "model:*"),
        "limits": {"wall_s": 3600.0, "cpu_s": 1800, "memory_bytes": 2048 * MIB, "message_bytes": 256 * MIB},
    },
}
