"""Programs that are no part of Python: a test of one bears the marker `torture`, and fails where it is missing."""

import shutil

import pytest


def program(name: str, *, package: str) -> str:
    """Where it is; `package` is the one of Debian that brings it."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed: apt-get install {package}")
    return path
