"""The only source of randomness."""

from random import Random, SystemRandom


def system_chance() -> Random:
    """A generator seeded by the operating system: for codes that must not be guessed as well as for jitter."""
    return SystemRandom()
