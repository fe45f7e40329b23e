"""Answers one script call: finds the method, checks permission and arguments, awaits it, wraps the result."""
