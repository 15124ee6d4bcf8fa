"""The book can be read in both of its themes, with eyes and without."""

import io

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from site_files import CHAPTERS, PAGES

THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
# What a fold hides has to be legible too; it must not be looked at while it fades in.
OPEN_EVERYTHING = """() => {
    const still = document.createElement("style");
    still.textContent = "* {animation: none !important; transition: none !important}";
    document.head.append(still);
    document.querySelectorAll("details").forEach((part) => (part.open = true));
    document.querySelectorAll(".toggle-button-hidden").forEach((part) => part.click());
}"""


def luminance(screenshot):
    """Relative luminance of each pixel, as the contrast rule of WCAG defines it."""
    pixels = np.asarray(Image.open(io.BytesIO(screenshot)).convert("RGB")) / 255
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(light, dark):
    """Ratio by which WCAG compares two luminances, from 1 to 21."""
    return (light + 0.05) / (dark + 0.05)


@THEMES
@pytest.mark.parametrize("path", CHAPTERS)
def test_figures_are_dark_ink_on_light_paper(visit, path, theme):
    page = visit(path, theme).page
    for image in page.locator("article img:visible").all():
        pixels = luminance(image.screenshot())
        paper, ink = np.quantile(pixels, [0.9, 0.002])
        name = image.get_attribute("alt")
        assert contrast(paper, ink) > 3, f"{name}: ink and paper are too alike"
        assert paper > 0.5, f"{name}: the paper is gone"
        if theme == "dark":
            assert paper < 0.9, f"{name}: the paper glares on a dark page"


@THEMES
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_accessibility_violation(visit, path, theme):
    page = visit(path, theme).page
    page.evaluate(OPEN_EVERYTHING)
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
