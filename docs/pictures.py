"""Makes the pictures of the practice shop's products anew: each drawing, an SVG, becomes the PNG beside it."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from sandbox.shop.pictures import DRAWN

SIDE = 480


def main() -> None:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=False)
        page = browser.new_page(viewport={"width": SIDE, "height": SIDE})
        for drawing in sorted(DRAWN.glob("*.svg")):
            _render(page, drawing)
        browser.close()


def _render(page: Page, drawing: Path) -> None:
    page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:{SIDE}px}}</style>{drawing.read_text()}")
    page.screenshot(path=drawing.with_suffix(".png"))


if __name__ == "__main__":
    main()
