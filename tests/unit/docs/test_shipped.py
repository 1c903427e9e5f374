"""What is shipped is known, by name, version and licence, and the bill of materials says so."""

import re

import pytest

from docs.sbom import describe
from docs.shipped import LOCK, ROOT, Library, UnknownLicence, list_shipped, read_library


def test_the_bill_of_materials_names_every_library_of_the_lock_once_and_what_needs_what() -> None:
    libraries = list_shipped()
    bill = describe(libraries)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    refs = [one["bom-ref"] for one in bill["components"]]
    assert len(refs) == len(set(refs)) == len(libraries)
    pinned = set(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCK.read_text(), re.MULTILINE))
    assert {(one.name, one.version) for one in libraries if one.registry == "pypi"} <= pinned
    assert [one.name for one in libraries if one.registry != "pypi"] == ["uplot"]
    edges = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert set(edges) == {bill["metadata"]["component"]["bom-ref"], *refs}
    assert {to for ends in edges.values() for to in ends} <= set(refs)
    httpx = next(ref for ref in refs if ref.startswith("pkg:pypi/httpx@"))
    assert any(to.startswith("pkg:pypi/httpcore@") for to in edges[httpx])


def test_the_same_libraries_give_the_same_bill_and_others_another_one() -> None:
    one = Library(name="one", version="1", licence="MIT", needs=())
    other = Library(name="one", version="2", licence="MIT", needs=())
    assert describe([one]) == describe([one])
    assert describe([one])["serialNumber"] != describe([other])["serialNumber"]


def test_a_library_whose_licence_is_not_known_is_refused() -> None:
    assert read_library("hypothesis").licence == "MPL-2.0"
    with pytest.raises(UnknownLicence, match="axe-playwright-python"):
        read_library("axe-playwright-python")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock", "requirements-dev.lock"])
def test_every_pinned_library_has_its_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_what_builds_the_package_is_pinned_as_it_is_tested() -> None:
    tested, pinned = (
        set(re.findall(r"^([a-z0-9-]+==[^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements-dev.lock", "requirements-build.lock")
    )
    assert pinned <= tested
    assert any(one.startswith("hatchling==") for one in pinned)
