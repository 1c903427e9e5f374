"""Imports that take long."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looks for garbage: what is imported stays, and looking through it takes a tenth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
