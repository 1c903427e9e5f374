"""What is said of the chat itself: who is in it, what was mentioned there, and the journal behind it."""
