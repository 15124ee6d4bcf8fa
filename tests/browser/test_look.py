"""The book can be read in both of its themes, with eyes and without."""

import io

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from site_files import CHAPTERS, PAGES, SITE

THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
# What a fold hides has to be legible too; it must not be looked at while it fades in.
OPEN_EVERYTHING = """() => {
    const still = document.createElement("style");
    still.textContent = "* {animation: none !important; transition: none !important}";
    document.head.append(still);
    document.querySelectorAll("details").forEach((part) => (part.open = true));
    document.querySelectorAll(".toggle-button-hidden").forEach((part) => part.click());
}"""


def luminance(picture):
    """Relative luminance of each pixel, as the contrast rule of WCAG defines it."""
    pixels = np.asarray(picture.convert("RGB")) / 255
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(light, dark):
    """Ratio by which WCAG compares two luminances, from 1 to 21."""
    return (light + 0.05) / (dark + 0.05)


def paper_and_ink(picture):
    """Luminance of the ground and of the darkest strokes of a figure."""
    return np.quantile(luminance(picture), [0.9, 0.002])


@pytest.mark.parametrize("path", CHAPTERS)
def test_figures_are_dark_ink_on_light_paper(visit, path):
    for image in visit(path).page.locator("article img[src$='.png']").all():
        source = SITE / path / ".." / image.get_attribute("src")
        paper, ink = paper_and_ink(Image.open(source.resolve()))
        name = image.get_attribute("alt")
        assert contrast(paper, ink) > 3, f"{name}: ink and paper are too alike"
        assert paper > 0.5, f"{name}: the paper is gone"


@pytest.mark.parametrize("path", CHAPTERS)
def test_figures_are_dimmed_on_a_dark_page(visit, path):
    figures = visit(path, "dark").page.locator("article img[src$='.png']:visible")
    for image in figures.all()[:1]:  # one rule of the style sheet is for all of them
        paper, ink = paper_and_ink(Image.open(io.BytesIO(image.screenshot())))
        assert contrast(paper, ink) > 3, "ink and paper are too alike"
        assert 0.5 < paper < 0.9, "the paper glares on a dark page, or is gone"


@THEMES
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_accessibility_violation(visit, path, theme):
    page = visit(path, theme).page
    page.evaluate(OPEN_EVERYTHING)
    # Formulas are MathJax's affair, and half of all elements.
    result = Axe().run(page, context={"exclude": [["mjx-container"]]})
    assert result.violations_count == 0, result.generate_report()
