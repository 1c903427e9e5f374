"""Time zones and their names."""

from datetime import UTC
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from config.zones import zone_name, zone_names


def zone_of_a_file(key: str) -> ZoneInfo:
    """As the system's is read where it is a file and no more."""
    with files("tzdata").joinpath("zoneinfo/America/Chicago").open("rb") as file:
        return ZoneInfo.from_file(file, key=key)


@pytest.mark.parametrize("name", ["UTC", "America/Chicago"])
def test_a_zone_goes_by_its_name(name: str) -> None:
    assert name in zone_names()
    assert zone_name(ZoneInfo(name)) == name


def test_the_zone_of_all_goes_by_its_name() -> None:
    assert zone_name(UTC) == "UTC"


@pytest.mark.guards("config", "a zone that is a file alone goes by no name that others do not know")
@pytest.mark.parametrize("key", ["local", "localtime"])
def test_a_zone_that_is_a_file_alone_has_no_name(key: str) -> None:
    assert zone_name(zone_of_a_file(key)) is None
