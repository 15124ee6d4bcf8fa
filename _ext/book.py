"""What the pages need beyond `_config.yml` because it is known only when the book is built.

That is: where the book is published, whether npm has installed its packages, the colors of the
figures, the anchors of each page, and what a downloaded notebook must install first.
"""

import os
import subprocess
from pathlib import Path

import nbformat
from sphinx.util import logging

from nnlib.plot import PALETTE

logger = logging.getLogger(__name__)

VENDOR = Path("thirdparty", "vendor")
WIDGETS_CDN = "https://cdn.jsdelivr.net/npm/"
FONTS = ("source-serif-4", "source-sans-3", "source-code-pro")


def publisher():
    """Address of the repository that publishes the book; None where there is no such repository."""
    server, repository = map(os.environ.get, ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"))
    return f"{server}/{repository}" if server and repository else None


def link_repository(app, config):
    """Point the repository and Colab buttons at the publisher; without one, leave them out."""
    address = publisher()
    if address is None:
        return
    config.html_theme_options.update(
        repository_url=address,
        # Colab opens the branch whose notebooks begin by installing nnlib.
        repository_branch="colab",
        use_repository_button=True,
        use_issues_button=True,
        launch_buttons={"colab_url": "https://colab.research.google.com"},
    )


def host_assets(app, config):
    """Serve MathJax, widgets, and fonts from the book itself where npm has installed them."""
    if not Path(app.srcdir, VENDOR, ".done").is_file():  # make writes it when all is in place
        logger.info(f"{VENDOR} is missing or incomplete (no npm?): pages load MathJax from a CDN")
        return
    # Set here and not in _config.yml: jupyter-book adds each script of a static folder that is
    # named there to every page.
    config.html_static_path.append("thirdparty")
    config.mathjax_path = "vendor/mathjax/tex-chtml.js"
    config.nb_ipywidgets_js = {
        "vendor/requirejs/require.js": {},
        "vendor/@jupyter-widgets/html-manager/dist/embed-amd.js": {},
    }
    for font in FONTS:
        for style in ("wght", "wght-italic"):
            app.add_css_file(f"vendor/{font}/{style}.css")


def offer_anchors(app, doctree):
    """Let Markdown links point to every anchor of a page, not only to its headings.

    With this, `[bias](../glossary.md#term-bias)` and
    `[Rosenblatt](../bibliography.md#rosenblatt1958)` work in the book and read well in a plain
    notebook. MyST still warns about an anchor that the page does not have.
    """
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for anchor in doctree.ids:
        slugs.setdefault(anchor, (None, anchor, anchor))


def fill_head(app, pagename, templatename, context, doctree):
    """Give the style sheet the figures' colors, and the widgets the address of their fonts."""
    colors = "".join(f"--book-{name}:{color};" for name, color in PALETTE.items())
    hosted = "thirdparty" in app.config.html_static_path
    widgets = context["pathto"]("_static/vendor/", resource=True) if hosted else WIDGETS_CDN
    context["metatags"] = (
        f"{context.get('metatags', '')}<style>:root{{{colors}}}</style>"
        f'<script>window.requirejs = {{baseUrl: "{widgets}"}};</script>'
    )


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out Thebe (live code): it needs a server, and its script declares a name twice."""

    def live(script):
        if "type" in script.attributes:  # data: the encoded images of a widget can spell anything
            return False
        return "thebe" in f"{script.filename} {script.attributes.get('body')}".lower()

    context["script_files"] = [script for script in context["script_files"] if not live(script)]


def install_line(address):
    """The command that installs nnlib in a notebook; ``pip install nnlib`` gets something else."""
    return f"%pip install --quiet 'nnlib-built-twice[book,torch] @ git+{address}'"


def prepare_downloads(app, exception):
    """Let each notebook that a reader downloads begin by installing nnlib, or by saying how.

    The download button serves the copies of the sources in the built book.
    """
    if exception is not None or app.builder.format != "html":
        return
    address = publisher()
    if address:
        first = nbformat.v4.new_code_cell(install_line(address), id="install-nnlib")
    else:
        first = nbformat.v4.new_markdown_cell(
            "This notebook needs `nnlib`, the book's package. Run `pip install '.[book,torch]'` in "
            "the folder of the book; the `nnlib` of the public index is another package.",
            id="install-nnlib",
        )
    for path in Path(app.outdir, "_sources").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(0, first)
        nbformat.write(notebook, path)


def write_citation(app, exception):
    """Put CITATION.cff into the book, with the address and the date of what is published."""
    address = publisher()
    if exception is not None or app.builder.format != "html" or address is None:
        return
    command = ["git", "log", "-1", "--format=%cs"]
    date = subprocess.run(command, cwd=app.srcdir, capture_output=True, text=True).stdout.strip()
    content = Path(app.srcdir, "CITATION.cff").read_text("utf-8")
    content += f"repository-code: {address}\n"
    if date:  # a copy without git has none
        content += f"date-released: {date}\n"
    Path(app.outdir, "CITATION.cff").write_text(content, "utf-8")


def setup(app):
    """Connect the above to the build."""
    app.connect("config-inited", link_repository)
    app.connect("config-inited", host_assets)
    app.connect("doctree-read", offer_anchors)
    app.connect("html-page-context", fill_head)
    app.connect("html-page-context", drop_thebe)
    app.connect("build-finished", prepare_downloads)
    app.connect("build-finished", write_citation)
    return {"version": "0.1.0", "parallel_read_safe": True, "parallel_write_safe": True}
