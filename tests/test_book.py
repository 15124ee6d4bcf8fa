"""What the book's own Sphinx extension changes on a page."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

EXTENSION = Path(__file__).resolve().parents[1] / "_ext" / "book.py"


def extension():
    spec = importlib.util.spec_from_file_location("book", EXTENSION)
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
