"""A command from its word to its answer."""
