"""The stored chapters follow the rules, and a chapter that breaks one is named."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import notebooks
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_rules import RULES, SITTING_RULES, TEACHING_RULES, citations

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "chapters").rglob("*.ipynb"))
TEACHING = [path for path in CHAPTERS if path.parent.name != "reference"]
# Chapters that do not yet keep the rules for one sitting, and have no program yet.
UNREVISED = {
    "generalization",
    "pytorch",
    "convolution",
    "cnn",
    "resnet",
    "rnn",
    "lstm_gru",
    "attention",
    "training_at_scale",
}
REVISED = [path for path in TEACHING if path.stem not in UNREVISED]
NBVAL = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]


OWED = [
    (path, rule)
    for paths, rules in (
        (CHAPTERS, RULES),
        (TEACHING, TEACHING_RULES),
        (REVISED, SITTING_RULES),
    )
    for path in paths
    for rule in rules
]


@pytest.mark.parametrize(
    ("path", "rule"), OWED, ids=[f"{path.stem}-{rule.__name__}" for path, rule in OWED]
)
def test_chapter_keeps_the_rules(path, rule):
    faults = list(rule(path.relative_to(ROOT), notebooks.read(path)))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", REVISED, ids=lambda path: path.stem)
def test_program_of_a_chapter_runs_by_itself_and_prints_the_same(path, tmp_path):
    cells = [
        cell for cell in notebooks.read(path).cells if "program" in cell.metadata.get("tags", [])
    ]
    assert cells, f"{path.stem} has no cell tagged program"
    script = tmp_path / "program.py"
    script.write_text("\n\n".join(cell.source for cell in cells), "utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    stored = [output.text for cell in cells for output in cell.outputs if "text" in output]
    assert stored, f"the program of {path.stem} prints nothing"
    assert done.stdout == "".join(stored)


def test_cited_works_and_listed_works_are_the_same():
    cited, listed = citations(ROOT / "chapters")
    assert cited == listed


@pytest.fixture
def honest(tmp_path):
    """A small notebook whose stored output is what its code prints."""
    output = new_output("stream", name="stdout", text="42\n")
    cells = [
        new_markdown_cell("The answer:", id="words"),
        new_code_cell("print(6 * 7)", id="answer", execution_count=1, outputs=[output]),
    ]
    path = tmp_path / "honest.ipynb"
    notebooks.write_notebook(path, new_notebook(cells=cells))
    return path


def nbval(path):
    """Exit status and words of nbval on one notebook."""
    done = subprocess.run([*NBVAL, path.name], cwd=path.parent, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_nbval_passes_an_honest_notebook(honest):
    status, words = nbval(honest)
    assert status == 0, words


@pytest.mark.parametrize(
    ("stored", "damaged"),
    [('"42\\n"', '"43\\n"'), ('"42\\n"', '""'), ("6 * 7", "6 * 8")],
    ids=["a changed number", "an emptied output", "a changed program"],
)
def test_nbval_names_the_cell_that_is_not_true(honest, stored, damaged):
    text = honest.read_text("utf-8")
    assert stored in text
    honest.write_text(text.replace(stored, damaged), "utf-8")
    status, words = nbval(honest)
    assert status == 1
    assert "honest.ipynb::Cell 0" in words


def test_nbval_names_the_cell_whose_output_is_missing(honest):
    notebook = notebooks.read(honest)
    notebook.cells[1].outputs = []
    notebooks.write_notebook(honest, notebook)
    status, words = nbval(honest)
    assert status == 1
    assert "honest.ipynb::Cell 0" in words


def test_corrupted_notebook_is_named(honest):
    honest.write_text(honest.read_text("utf-8")[:-20], "utf-8")
    with pytest.raises(notebooks.NotebookError, match=r"honest\.ipynb: not a notebook"):
        notebooks.read(honest)
    status, words = nbval(honest)
    assert status != 0
    assert "honest.ipynb" in words


def test_invalid_cell_is_named(honest):
    content = json.loads(honest.read_text("utf-8"))
    content["cells"][1]["execution_count"] = "once"
    honest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(notebooks.NotebookError, match=r"honest\.ipynb: cell 2 \(id answer"):
        notebooks.read(honest)


def picture(cell):
    """Make a cell draw a picture that nobody describes."""
    cell.outputs = [new_output("display_data", data={"image/png": "AAAA"})]


def failure(cell):
    """Make a cell end in an exception."""
    cell.outputs = [new_output("error", ename="ValueError", evalue="no", traceback=[])]


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("executed_in_order", lambda cell: cell.update(execution_count=None)),
        ("without_errors", failure),
        ("normalized", lambda cell: cell.metadata.update(execution={"iopub.status.busy": "now"})),
        ("figures_described", picture),
        (
            "uncompared_cells_assert",
            lambda cell: cell.metadata.update(tags=["nbval-ignore-output"]),
        ),
    ],
)
def test_rule_names_the_cell_that_breaks_it(honest, rule, damage):
    notebook = notebooks.read(honest)
    check = next(known for known in RULES if known.__name__ == rule)
    assert list(check(honest.name, notebook)) == []
    damage(notebook.cells[1])
    faults = list(check(honest.name, notebook))
    assert faults
    assert all("honest.ipynb: cell 2 (id answer" in fault for fault in faults)


def test_unsolved_exercise_is_named(honest):
    notebook = notebooks.read(honest)
    notebook.cells[0].source = ":::{exercise-start} Count\n:class: easy\n:label: ex-count\n:::"
    rule = next(known for known in TEACHING_RULES if known.__name__ == "exercises_solved")
    assert "honest.ipynb: exercise ex-count has 0 solutions" in list(rule(honest.name, notebook))


def test_normalizing_gives_equal_runs_equal_files(tmp_path):
    path = tmp_path / "widget.ipynb"
    code = "import ipywidgets\nipywidgets.IntSlider()"
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), path)
    notebooks.run(path)
    first = path.read_bytes()
    notebooks.run(path)
    assert path.read_bytes() == first


@pytest.fixture
def chapter(tmp_path, monkeypatch, honest):
    """Paths of a notebook below chapters/ and of its mirror, in a project of their own."""
    monkeypatch.chdir(tmp_path)
    notebooks.CHAPTERS.mkdir()
    path = honest.rename(notebooks.CHAPTERS / "two words.ipynb").relative_to(".")
    notebooks.text(path)
    return path, notebooks.TEXT / "two words.md"


def replace(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_mirror_without_edits_changes_no_byte_of_its_notebook(chapter):
    path, mirror = chapter
    stored, mirrored = path.read_bytes(), mirror.read_bytes()
    notebooks.sync(mirror)
    assert path.read_bytes() == stored
    assert mirror.read_bytes() == mirrored


def test_sync_writes_edits_back_again_and_again_and_keeps_outputs(chapter):
    path, mirror = chapter
    for old, new in (("The answer:", "It is"), ("It is", "The product is")):
        replace(mirror, old, new)
        notebooks.sync(mirror)
    words, code = notebooks.read(path).cells
    assert words.source == "The product is"
    assert code.outputs[0].text == "42\n"
    replace(mirror, "6 * 7", "6 * 8")
    notebooks.sync(mirror)
    assert notebooks.read(path).cells[1].outputs == []


def test_sync_refuses_to_overwrite_a_notebook_that_changed_since(chapter):
    path, mirror = chapter
    replace(path, "The answer:", "The product:")
    stored = path.read_bytes()
    with pytest.raises(notebooks.NotebookError, match="changed since"):
        notebooks.sync(mirror)
    assert path.read_bytes() == stored


def test_sync_accepts_a_notebook_that_was_only_run_again(chapter):
    path, mirror = chapter
    replace(path, '"42\\n"', '"43\\n"')
    replace(mirror, "The answer:", "It is")
    notebooks.sync(mirror)
    words, code = notebooks.read(path).cells
    assert (words.source, code.outputs[0].text) == ("It is", "43\n")


def test_text_refuses_to_overwrite_edits_that_were_not_synced(chapter):
    path, mirror = chapter
    replace(mirror, "The answer:", "It is")
    with pytest.raises(notebooks.NotebookError, match="has edits"):
        notebooks.text(path)
    assert "It is" in mirror.read_text("utf-8")


def test_text_renews_a_mirror_whose_notebook_changed(chapter):
    path, mirror = chapter
    replace(path, "The answer:", "The product:")
    notebooks.text(path)
    assert "The product:" in mirror.read_text("utf-8")
    notebooks.sync(mirror)


def test_a_chapter_may_begin_as_text(chapter):
    _, mirror = chapter
    fresh = mirror.with_name("fresh.md")
    fresh.write_text("# A new chapter\n\n```{code-cell} ipython3\nprint(1)\n```\n", "utf-8")
    notebooks.sync(fresh)
    notebook = notebooks.read(notebooks.CHAPTERS / "fresh.ipynb")
    assert [cell.source for cell in notebook.cells] == ["# A new chapter", "print(1)"]
    assert notebooks.MIRRORED not in notebook.metadata


def test_the_copy_for_colab_begins_by_installing_nnlib_from_its_publisher(chapter, monkeypatch):
    path, _ = chapter
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    with pytest.raises(notebooks.NotebookError, match="GITHUB_REPOSITORY"):
        notebooks.colab(path)
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/book")
    notebooks.colab(path)
    first = notebooks.read(notebooks.COLAB / path).cells[0].source
    assert "nnlib-built-twice[book,torch] @ git+https://example.org/somebody/book" in first
