"""The append-only record of what crossed the bridge: entries, and the stores that keep them."""
