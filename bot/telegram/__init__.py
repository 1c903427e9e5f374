"""Delivery to Telegram, and nothing else."""
