"""What a run was, kept so that it can be had again: recordings, tapes, and the order in which answers came."""
