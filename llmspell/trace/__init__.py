"""What a run did, for people: a tree of its entries, drawn on a terminal, while it goes on, or as a page."""
