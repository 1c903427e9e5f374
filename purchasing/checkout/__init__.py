"""The real buyer: a browser in the owner's own session."""
