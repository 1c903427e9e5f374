"""The law of buying, pure."""
