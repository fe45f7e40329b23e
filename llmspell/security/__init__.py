"""Who may do what, and how much of it: permissions, limits, profiles; redaction of secrets.

Plain data and pure decisions, and the two places where a decision meets the operating system (`paths`, `network`)."""
