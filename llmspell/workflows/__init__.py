"""Steps in an order: one after the other, at once, by conditions, in loops, along a graph; and what they found."""
