"""Outlets beside the chat, such as ntfy or e-mail: each is told from a place of its own, and none is ever read."""
