"""Hooks and events: whoever listens to a point of a run or to a type of event is told, in order, and in time."""
