"""Replies to presses of buttons."""
