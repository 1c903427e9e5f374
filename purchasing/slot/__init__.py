"""The one attempt, step by step."""
