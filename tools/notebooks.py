"""Keep the notebooks in `chapters/` reproducible, and easy to edit as text.

    python tools/notebooks.py run     execute, and store the outputs in the notebook
    python tools/notebooks.py text    mirror as MyST Markdown into _text/
    python tools/notebooks.py sync    write edits in _text/ back into the notebooks
    python tools/notebooks.py check   only read; a notebook that is no notebook is an error
    python tools/notebooks.py colab   write copies that first install nnlib, as Colab needs

Each takes paths of notebooks (or of their mirrors); without any, it takes all of them.
"""

import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from jupytext.combine import combine_inputs_with_outputs
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CHAPTERS = Path("chapters")
TEXT = Path("_text")
COLAB = Path("_colab")
MYST = "md:myst"
WIDGETS = "application/vnd.jupyter.widget-state+json"
CELL_SECONDS = 120
# What a notebook needs to say of its kernel; the Python version would differ between readers.
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}


class NotebookError(Exception):
    """A notebook that cannot be read or run; the message is one line naming file and cell."""


def first_line(message):
    """The first line of a message or of a cell's source."""
    return str(message).strip().split("\n")[0]


def describe(path, notebook, index):
    """Name a cell so that it can be found: file, position from 1, id, and its first line."""
    cell = notebook.cells[index]
    return f"{path}: cell {index + 1} (id {cell.get('id')}, {first_line(cell.source)[:60]!r})"


def validate(path, notebook):
    """Raise if a notebook does not follow the notebook format."""
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        where = list(error.absolute_path)
        place = describe(path, notebook, where[1]) if where[:1] == ["cells"] else path
        raise NotebookError(f"{place}: not valid: {first_line(error)}") from None


def read(path):
    """Read and validate one notebook."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError) as error:
        raise NotebookError(f"{path}: not a notebook: {first_line(error)[:100]}") from None
    validate(path, notebook)
    return notebook


def write(path, content):
    """Write beside and rename, so that an interruption never leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(content, encoding="utf-8", newline="\n")
    beside.replace(path)


def write_notebook(path, notebook):
    """Normalize, check and store a notebook."""
    normalize(notebook)
    validate(path, notebook)
    write(path, nbformat.writes(notebook) + "\n")


def normalize(notebook):
    """Drop or rename, in place, everything that would differ between two equal runs."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata.pop("jupytext", None)
    notebook.metadata.update(nbformat.from_dict(KERNEL))
    taken = set()
    for cell in notebook.cells:
        if cell.get("id") in taken | {None}:
            cell.id = hashlib.sha256(f"{len(taken)}{cell.source}".encode()).hexdigest()[:8]
        taken.add(cell.id)
        for key in ("execution", "collapsed", "scrolled", "ExecuteTime"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            shown = output.get("data", {}).get("text/plain")
            if shown is not None:
                output.data["text/plain"] = re.sub(r"\bat 0x[0-9a-fA-F]+", "at 0x0", shown)
    normalize_widgets(notebook)


def normalize_widgets(notebook):
    """Replace the random ids of widget models by their order of creation."""
    state = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state")
    if not state:
        notebook.metadata.pop("widgets", None)
        return
    names = {old: f"{number:032x}" for number, old in enumerate(state, start=1)}
    old_names = re.compile("|".join(names))
    renamed = old_names.sub(lambda match: names[match[0]], json.dumps(notebook))
    fresh = nbformat.from_dict(json.loads(renamed))
    notebook.cells, notebook.metadata = fresh.cells, fresh.metadata


def run(path):
    """Execute a notebook in its own folder and store what it printed and drew."""
    notebook = read(path)
    notebook.metadata.pop("widgets", None)
    started = []
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name=KERNEL["kernelspec"]["name"],
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        coalesce_streams=True,
        on_cell_start=lambda cell, cell_index: started.append(cell_index),
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        where = describe(path, notebook, started[-1])
        kind = getattr(error, "ename", type(error).__name__)
        detail = first_line(getattr(error, "evalue", error))
        raise NotebookError(f"{where}: {kind}: {detail}") from None
    write_notebook(path, notebook)


def text(path):
    """Mirror a notebook as MyST Markdown; outputs and cell ids stay behind."""
    target = TEXT / path.relative_to(CHAPTERS).with_suffix(".md")
    write(target, jupytext.writes(read(path), fmt=MYST))


def sync(path):
    """Bring a notebook up to its mirror; cells whose code is unchanged keep their outputs."""
    target = CHAPTERS / path.relative_to(TEXT).with_suffix(".ipynb")
    try:
        notebook = jupytext.read(path, fmt=MYST)
    except Exception as error:  # jupytext's parser raises exceptions of many kinds
        raise NotebookError(f"{path}: not MyST Markdown: {first_line(error)}") from None
    for cell in notebook.cells:
        del cell["id"]  # random; normalize() derives a stable one
    unchanged = set()
    if target.exists():
        stored = read(target)
        unchanged = {cell.source for cell in stored.cells}
        notebook = combine_inputs_with_outputs(notebook, stored, fmt=MYST)
    changed = [
        cell for cell in notebook.cells if cell.cell_type == "code" and cell.source not in unchanged
    ]
    for cell in changed:
        cell.outputs, cell.execution_count = [], None
    write_notebook(target, notebook)
    if changed:
        print(f"{target}: {len(changed)} code cells changed; store their outputs with `make run`")


def colab(path):
    """Write a copy that begins by installing nnlib from the repository that publishes it."""
    server = os.environ.get("GITHUB_SERVER_URL")
    repository = os.environ.get("GITHUB_REPOSITORY")
    if not (server and repository):
        raise NotebookError("colab needs GITHUB_SERVER_URL and GITHUB_REPOSITORY to be set")
    notebook = read(path)
    install = f"%pip install --quiet 'nnlib[book] @ git+{server}/{repository}'"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(install, id="install-nnlib"))
    write(COLAB / path, nbformat.writes(notebook) + "\n")


VERBS = {"run": run, "text": text, "sync": sync, "check": read, "colab": colab}


def selected(paths, folder, suffix):
    """Relative paths of the files asked for, or of every file of the kind in the folder."""
    found = [Path(os.path.relpath(path)) for path in paths] or sorted(
        path for path in folder.rglob("*" + suffix) if ".ipynb_checkpoints" not in path.parts
    )
    for path in found:
        if not path.is_file():
            raise NotebookError(f"{path}: no such file")
        if path.suffix != suffix or folder not in path.parents:
            raise NotebookError(f"{path}: expected a {suffix} file in {folder}/")
    return found


def main():
    """Run one verb over the files it was given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=list(VERBS))
    parser.add_argument("paths", nargs="*", type=os.path.abspath)
    args = parser.parse_args()
    os.chdir(Path(__file__).resolve().parent.parent)
    verb = VERBS[args.verb]
    folder, suffix = (TEXT, ".md") if verb is sync else (CHAPTERS, ".ipynb")
    try:
        for path in selected(args.paths, folder, suffix):
            verb(path)
            print(f"{args.verb}: {path}")
    except NotebookError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
