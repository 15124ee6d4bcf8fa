"""What the book's own Sphinx extension changes on a page."""

import importlib.util
import tomllib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "https://example.org/somebody/book"


def extension(name="book"):
    spec = importlib.util.spec_from_file_location(name, ROOT / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_live_code_is_left_out_and_pictures_that_happen_to_spell_its_name_stay():
    def script(filename=None, **attributes):
        return SimpleNamespace(filename=filename, attributes=attributes)

    state = script(type="application/vnd.jupyter.widget-state+json", body="UklGRThEbe8Pfav")
    own = script("scripts/book.js")
    context = {
        "script_files": [
            script("sphinx-thebe.js"),
            script(body="const THEBE_JS_URL = ..."),
            state,
            own,
        ]
    }
    extension().drop_thebe(None, "page", None, context, None)
    assert context["script_files"] == [state, own]


@pytest.fixture
def published(monkeypatch):
    """As if the book were built by the workflow of a repository."""
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/book")


@pytest.fixture
def app(tmp_path):
    """A build of the book that has just finished, with one notebook to download."""
    path = tmp_path / "_sources" / "chapter.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Title")]), path)
    return SimpleNamespace(srcdir=ROOT, outdir=tmp_path, builder=SimpleNamespace(format="html"))


def first_cell(app):
    extension().prepare_downloads(app, None)
    return nbformat.read(app.outdir / "_sources" / "chapter.ipynb", as_version=4).cells[0].source


@pytest.mark.usefixtures("published")
def test_a_downloaded_notebook_installs_nnlib_from_its_publisher(app):
    name = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    assert first_cell(app) == f"%pip install --quiet '{name}[book,torch] @ git+{ADDRESS}'"


def test_a_downloaded_notebook_without_publisher_says_what_to_install(app, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert "pip install '.[book,torch]'" in first_cell(app)


@pytest.mark.usefixtures("published")
def test_the_citation_names_the_publisher_and_the_date(app):
    extension().write_citation(app, None)
    content = (app.outdir / "CITATION.cff").read_text("utf-8")
    assert f"\nrepository-code: {ADDRESS}\ndate-released: 20" in content


def test_examples_keep_their_code_and_text_around_them_is_escaped():
    lines = ["A *b*.", "", ">>> f(*x)[0]  # a_b | c", "'_'", "", "Twice_ `x_` again."]
    extension("reference").plain_text(None, "function", "f", None, None, lines)
    assert lines == ["A \\*b\\*.", "", ">>> f(*x)[0]  # a_b | c", "'_'", "", "Twice\\_ `x_` again."]


def test_assets_are_hosted_only_when_make_has_finished_copying_them(tmp_path):
    vendor = tmp_path / "thirdparty" / "vendor"
    vendor.mkdir(parents=True)
    config = SimpleNamespace(html_static_path=[])
    app = SimpleNamespace(srcdir=tmp_path, add_css_file=lambda name: None)
    extension().host_assets(app, config)
    assert config.html_static_path == []
    (vendor / ".done").touch()
    extension().host_assets(app, config)
    assert config.html_static_path == ["thirdparty"]
