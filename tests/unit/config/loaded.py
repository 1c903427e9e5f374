"""Settings from variables alone, or what is wrong with them."""

import pytest

from config.settings import Settings, SettingsError, load_settings

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz-_01234"


def load(environ: dict[str, str] | None = None, /, **variables: str) -> Settings:
    """Load from variables alone; a keyword is a name without its prefix."""
    return load_settings(
        {**(environ or {}), **{f"STOCKBELL_{name}": value for name, value in variables.items()}}, env_file=None
    )


def problems_of(**variables: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(**variables)
    return caught.value.problems
