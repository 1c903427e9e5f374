"""Our types to words and buttons."""
