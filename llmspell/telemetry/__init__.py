"""Spans and metrics of runs, for OpenTelemetry: made of the journal's entries, sent by a process of their own."""
