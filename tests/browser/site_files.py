"""The pages of the built book, as the browser tests enumerate them."""

from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"


def built_pages(folder):
    """Paths of the pages below a folder of the site; index.html only redirects to the first."""
    return sorted(
        page.relative_to(SITE).as_posix()
        for page in (SITE / folder).rglob("*.html")
        if "_static" not in page.parts and page != SITE / "index.html"
    )


# Where nothing is built, one name remains, so that a test fails and says what to do.
PAGES = built_pages(".") or ["index.html"]
CHAPTERS = built_pages("chapters") or ["index.html"]
SELF_HOSTED = (SITE / "_static" / "vendor" / "mathjax").is_dir()
