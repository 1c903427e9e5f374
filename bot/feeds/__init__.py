"""Readers of the journal, each with its own place."""
