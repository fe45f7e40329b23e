"""Common sets of guardrails by name. Tables as a user would write them, so that the guide can show one and it is true.

What a table of one's own says stands beside them: its limits replace the preset's one by one, a rule of the same name
replaces the preset's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    # Keys do not leave, and what goes on without end is noticed.
    "default": {
        "action": "permissive",
        "iterations": 50,
        "tool_calls": 200,
        "output_chars": 200_000,
        "rules": {"keys": {"find": ["secret"], "on": ["to_model", "to_tool"], "action": "redact"}},
    },
    # To look at what there is: everything is noted, nothing is stopped.
    "research": {
        "action": "permissive",
        "tokens": 2_000_000,
        "cost_usd": 10.0,
        "tool_calls": 500,
        "rules": {"personal": {"find": ["email", "card", "iban", "secret"], "action": "permissive"}},
    },
    "production": {
        "tokens": 500_000,
        "cost_usd": 5.0,
        "iterations": 20,
        "time": "5m",
        "tool_calls": 50,
        "identical_calls": 2,
        "output_chars": 100_000,
        "rules": {
            "keys": {"find": ["secret"], "action": "strict"},
            "personal": {"find": ["card", "iban"], "action": "redact"},
        },
    },
    # Needs the extra `pii`: people write telephone numbers in more ways than a rule of ours would know.
    "strict-pii": {
        "rules": {"pii": {"find": ["email", "phone", "card", "iban", "us_ssn", "secret"], "action": "strict"}},
    },
}
