"""Every page of the built book works: it loads, and what is on it can be read and used."""

import re
from urllib.parse import unquote, urldefrag, urlsplit
from urllib.request import urlopen

import pytest
from site_files import CHAPTERS, PAGES, SELF_HOSTED, SITE

SELF_CONTAINED = pytest.mark.skipif(
    not SELF_HOSTED, reason="built without npm: formulas and widgets come from a CDN"
)
LARGEST_PAGE = 1_500_000  # bytes of HTML and images
TEXT_BESIDE_FORMULAS = """() => {
    const article = document.querySelector("article").cloneNode(true);
    article.querySelectorAll("pre, code, script, mjx-container").forEach((part) => part.remove());
    return article.textContent;
}"""
LOADED_IMAGES = """images => images.map(({src, alt, naturalWidth}) => ({src, alt, naturalWidth}))"""


@pytest.mark.parametrize("path", PAGES)
def test_page_loads_without_an_error(visit, path):
    errors = visit(path).errors
    if not SELF_HOSTED:  # a page is not to blame for a CDN that is out of reach
        errors = [line for line in errors if "ERR_" not in line]
    assert errors == []


@SELF_CONTAINED
@pytest.mark.parametrize("path", PAGES)
def test_page_asks_no_other_host(visit, path):
    assert visit(path).external == []


@SELF_CONTAINED
@pytest.mark.parametrize("path", CHAPTERS)
def test_formulas_are_typeset(visit, path):
    page = visit(path).page
    formulas = page.locator("article .math").count()
    assert page.locator("article mjx-container").count() >= formulas
    assert page.locator("article mjx-merror").count() == 0
    assert page.locator("article mjx-container[tabindex='0']").count() == 0, (
        "formulas are tab stops"
    )
    raw = re.search(r"\\[(\[]|\\begin\{|\$\$|\$[^\d\s].*\$", page.evaluate(TEXT_BESIDE_FORMULAS))
    assert raw is None, f"raw TeX: {raw[0]}"


@pytest.mark.parametrize("path", CHAPTERS)
def test_tables_are_set_as_tables(visit, path):
    raw = re.search(r"\|[ :]*(-{2,}|—)[ :]*\|", visit(path).page.evaluate(TEXT_BESIDE_FORMULAS))
    assert raw is None, "a table stands on the page as its source"


@pytest.mark.parametrize("path", CHAPTERS)
def test_images_are_loaded_and_described(visit, path):
    page = visit(path).page
    for image in page.locator("article img").evaluate_all(LOADED_IMAGES):
        assert image["naturalWidth"] > 0, f"{image['src']} did not load"
        assert len(image["alt"].split()) > 1, f"{image['src']} has no description: {image['alt']!r}"
        assert not re.search(r"\.(png|svg|jpe?g|webp)$|^\S*[\\/]\S*$|_images[\\/]", image["alt"]), (
            "a file name describes nothing"
        )


@pytest.mark.parametrize("path", CHAPTERS)
def test_code_can_be_copied(visit, path):
    page = visit(path).page
    blocks = page.locator("article div.highlight:visible")
    if blocks.count() == 0:
        return
    assert page.locator("article div.highlight:visible button.copybtn").count() == blocks.count()
    shown = blocks.first.locator("pre").inner_text().strip()
    lines = shown.splitlines()
    if shown.startswith(">>> "):  # an example: prompts and output stay behind
        shown = "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")))
    blocks.first.hover()
    blocks.first.locator("button.copybtn").click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == shown


@pytest.mark.parametrize("path", CHAPTERS)
def test_examples_stand_as_they_are_in_the_code(visit, path):
    for example in visit(path).page.locator("article div.doctest pre").all():
        assert not re.search(r"\\[*_|\\]", example.inner_text()), "an example has escapes"


@pytest.mark.parametrize("path", PAGES)
def test_links_inside_the_book_lead_somewhere(visit, server, path):
    page = visit(path).page
    links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    for link in sorted({link for link in links if link.startswith(server)}):
        address, anchor = urldefrag(link)
        target = SITE / unquote(urlsplit(address).path).lstrip("/")
        target = target / "index.html" if target.is_dir() else target
        assert target.is_file(), f"{link} leads nowhere"
        if anchor and target.suffix == ".html":
            assert f'id="{unquote(anchor)}"' in target.read_text("utf-8"), (
                f"{link} has no such anchor"
            )


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_the_narrowest_phone(visit, path):
    page = visit(path, width=320).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_front_door_leads_to_the_introduction(server):
    with urlopen(f"{server}/index.html") as answer:
        assert b'url=chapters/introduction.html"' in answer.read()


@pytest.mark.parametrize("path", CHAPTERS)
def test_page_is_light(visit, server, path):
    page = visit(path).page
    sources = page.locator("article img").evaluate_all("images => images.map(image => image.src)")
    images = [SITE / urlsplit(src).path.lstrip("/") for src in sources if src.startswith(server)]
    size = sum(file.stat().st_size for file in {SITE / path, *images})
    assert size < LARGEST_PAGE, f"{size / 1e6:.2f} MB"


@SELF_CONTAINED
@pytest.mark.parametrize("path", CHAPTERS)
def test_widgets_work_without_a_kernel(visit, path):
    page = visit(path).page
    outputs = page.locator("article .widget-subarea")
    views = page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
    assert outputs.locator("> .jupyter-widgets").count() == views
    assert outputs.get_by_text("Error displaying widget").count() == 0
    for output in outputs.all():
        handle = output.locator(".noUi-handle").first
        if handle.count():
            before = output.screenshot()
            handle.press("ArrowRight")
            page.wait_for_timeout(200)
            assert output.screenshot() != before, "a slider that moves nothing"


def test_search_finds_the_perceptron(visit):
    page = visit("search.html?q=perceptron").page
    results = page.locator("#search-results a")
    results.first.wait_for()
    assert any("perceptron" in link.get_attribute("href") for link in results.all())
