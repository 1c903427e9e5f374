from pathlib import Path

import pytest

from purchasing.checkout.marker_record import ON_THE_WAY, MarkerRecord
from purchasing.checkout.pages import MarkerName
from tests.builders import AT


def test_a_rehearsal_names_the_markers_that_it_did_not_find(tmp_path: Path) -> None:
    record = MarkerRecord(tmp_path / "markers.json")
    assert (record.are_whole, record.read()) == (False, None)
    record.write({name for name in ON_THE_WAY if name is not MarkerName.TOTAL} | {"of a later version"}, at=AT)
    seen = record.read()
    assert seen is not None
    assert (seen.at, seen.missing, len(seen.held)) == (AT, ("total",), len(ON_THE_WAY) - 1)
    assert seen.words().endswith("not found: total")
    assert not record.are_whole
    record.write(ON_THE_WAY, at=AT)
    assert record.are_whole


@pytest.mark.parametrize("content", ["", "[]", '{"at": 1}'])
def test_a_record_that_can_t_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "markers.json").write_text(content)
    assert MarkerRecord(tmp_path / "markers.json").read() is None
