"""What the pages need beyond `_config.yml`, because it is only known when the book is built.

That is: where the book is published, whether npm brought its packages, the colors of the figures,
and which anchors a page has.
"""

import os
from pathlib import Path

from sphinx.util import logging

from nnlib.plot import PALETTE

logger = logging.getLogger(__name__)

WIDGETS_CDN = "https://cdn.jsdelivr.net/npm/"
FONTS = ("source-serif-4", "source-sans-3", "source-code-pro")


def link_repository(app, config):
    """Point the repository and Colab buttons at whoever publishes; elsewhere leave them out."""
    repository = os.environ.get("GITHUB_REPOSITORY")
    if not repository:
        return
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    config.html_theme_options.update(
        repository_url=f"{server}/{repository}",
        # Colab opens the branch whose notebooks begin by installing nnlib.
        repository_branch="colab",
        use_repository_button=True,
        use_issues_button=True,
        launch_buttons={"colab_url": "https://colab.research.google.com"},
    )


def host_assets(app, config):
    """Serve formulas, widgets and fonts from the book itself where npm has brought them."""
    if not Path(app.srcdir, "thirdparty", "vendor").is_dir():
        logger.info("thirdparty/vendor is missing (no npm): pages load MathJax from a CDN")
        return
    # Set here and not in _config.yml: there, each script of a static folder joins every page.
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
    """Let Markdown links reach every anchor of a page, as they reach its headings.

    So `[bias](../glossary.md#term-bias)` and `[Rosenblatt](../bibliography.md#rosenblatt1958)`
    work in the book and read well in a plain notebook. MyST still warns of an anchor that the
    page lacks.
    """
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for anchor in doctree.ids:
        slugs.setdefault(anchor, (None, anchor, anchor))


def fill_head(app, pagename, templatename, context, doctree):
    """Give the style sheet the colors of the figures, and the widgets the place of their fonts."""
    colors = "".join(f"--book-{name}:{color};" for name, color in PALETTE.items())
    hosted = "thirdparty" in app.config.html_static_path
    widgets = context["pathto"]("_static/vendor/", resource=True) if hosted else WIDGETS_CDN
    context["metatags"] = (
        f"{context.get('metatags', '')}<style>:root{{{colors}}}</style>"
        f'<script>window.requirejs = {{baseUrl: "{widgets}"}};</script>'
    )


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out live code: it needs a server, and its script fails by declaring itself twice."""

    def live(script):
        if "type" in script.attributes:  # data: the pictures of a widget can spell any word
            return False
        return "thebe" in f"{script.filename} {script.attributes.get('body')}".lower()

    context["script_files"] = [script for script in context["script_files"] if not live(script)]


def setup(app):
    """Connect the above to the build."""
    app.connect("config-inited", link_repository)
    app.connect("config-inited", host_assets)
    app.connect("doctree-read", offer_anchors)
    app.connect("html-page-context", fill_head)
    app.connect("html-page-context", drop_thebe)
    return {"version": "0.1.0", "parallel_read_safe": True, "parallel_write_safe": True}
