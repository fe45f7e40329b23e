"""Sessions, and the artifacts that are kept in them, on top of state."""
