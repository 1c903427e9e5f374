"""The files that the live page loads."""

from hashlib import sha256

import pytest

from bot.web.page.assets import STATIC, load_assets

#: uPlot 1.6.32, as its package has them.
UPLOT = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}
OWN = sorted(path.name for path in STATIC.glob("*.js") if path.name not in UPLOT)


@pytest.mark.parametrize("name", UPLOT)
def test_what_others_wrote_is_what_they_published(name: str) -> None:
    assert sha256(load_assets()[name].body).hexdigest() == UPLOT[name]


def test_its_licence_stands_beside_it() -> None:
    words = load_assets()["uPlot.LICENSE"].body.decode()
    assert "MIT License" in words
    assert "Leon Sorokin" in words


@pytest.mark.guards("bot", "what the shop wrote becomes text on the page, and nothing else")
@pytest.mark.parametrize("name", OWN)
def test_no_script_makes_html_or_runs_words(name: str) -> None:
    words = load_assets()[name].body.decode()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function"):
        assert way not in words


@pytest.mark.parametrize("name", [*OWN, "page.css"])
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    assert "//" not in load_assets()[name].body.decode().replace("\n//", "").removeprefix("//").replace(" // ", "")


def test_each_file_has_its_type_and_a_mark_of_what_it_holds() -> None:
    assets = load_assets()
    assert assets["page.js"].media_type == "text/javascript"
    assert len({one.etag for one in assets.values()}) == len(assets)
