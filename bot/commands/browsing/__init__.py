"""The way from the chat to the live page."""
