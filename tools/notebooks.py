"""Keep the notebooks in `chapters/` reproducible and easy to edit as text.

    python tools/notebooks.py run     execute, and store the outputs in the notebook
    python tools/notebooks.py text    mirror as MyST Markdown into _text/
    python tools/notebooks.py sync    write edits in _text/ back into the notebooks
    python tools/notebooks.py check   only read and validate
    python tools/notebooks.py colab   write copies that first install nnlib, as Colab needs

Each command takes paths of notebooks (sync: of mirrors) and without any takes all of them.

A mirror records a hash of the notebook's text as it was when the mirror was made. So `sync` never
overwrites a notebook that has changed since, nor `text` a mirror with edits of its own.
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
MIRRORED = "mirrored_sha256"  # in the first lines of a mirror
# What a notebook says about its kernel; the Python version would differ between readers.
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
    """A notebook that cannot be read, run, or written; the message names the file and the cell."""


def first_line(message):
    """The first line of a message or of a cell's source."""
    return str(message).strip().split("\n")[0]


def describe(path, notebook, index):
    """Identify a cell: file, position from 1, id, and first line."""
    cell = notebook.cells[index]
    return f"{path}: cell {index + 1} (id {cell.get('id')}, {first_line(cell.source)[:60]!r})"


def validate(path, notebook):
    """Raise if a notebook does not follow the notebook format."""
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        where = list(error.absolute_path)
        location = describe(path, notebook, where[1]) if where[:1] == ["cells"] else path
        raise NotebookError(f"{location}: not valid: {first_line(error)}") from None


def read(path):
    """Read and validate one notebook."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError) as error:
        raise NotebookError(f"{path}: not a notebook: {first_line(error)[:100]}") from None
    validate(path, notebook)
    return notebook


def write(path, content):
    """Write a temporary file and rename it, so an interruption never leaves half a file."""
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
    """Drop or rename, in place, everything that would differ between two identical runs."""
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
    """Replace the random ids of widget models by numbers in order of creation."""
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
    """Execute a notebook in its own folder and store its outputs."""
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


def as_text(notebook):
    """A notebook as MyST Markdown, without outputs and cell ids, and the SHA-256 of that text."""
    content = jupytext.writes(notebook, fmt=MYST)
    return content, hashlib.sha256(content.encode()).hexdigest()


def split_mirror(path):
    """The text of a mirror without its hash, the hash, and the hash of the text as it is now."""
    content = path.read_text("utf-8")
    line = re.search(rf"^{MIRRORED}: (\w+)\n", content, re.MULTILINE)
    if line is None:  # a mirror written by hand, for a chapter that does not exist yet
        return content, None, None
    content = content[: line.start()] + content[line.end() :]
    return content, line[1], hashlib.sha256(content.encode()).hexdigest()


def write_mirror(path, notebook):
    """Write the text of a notebook, with its hash, as the mirror at ``path``."""
    content, digest = as_text(notebook)
    write(path, content.replace("---\n", f"---\n{MIRRORED}: {digest}\n", 1))


def text(path):
    """Mirror a notebook as MyST Markdown, unless the mirror has edits that are not synced."""
    target = TEXT / path.relative_to(CHAPTERS).with_suffix(".md")
    notebook = read(path)
    if target.exists():
        content, mirrored, current = split_mirror(target)
        if current != mirrored and content != as_text(notebook)[0]:
            raise NotebookError(f"{target}: has edits; `make sync` or delete it first")
    write_mirror(target, notebook)


def sync(path):
    """Update a notebook from its mirror; cells whose code is unchanged keep their outputs.

    The mirror is then written anew, in jupytext's own form. A notebook whose text is not the one
    that the mirror was made from is left alone, with an error.
    """
    target = CHAPTERS / path.relative_to(TEXT).with_suffix(".ipynb")
    content, mirrored, _ = split_mirror(path)
    if target.exists() and as_text(read(target))[1] != mirrored:
        raise NotebookError(
            f"{target}: changed since {path} was made; move {path} away, `make text`, and put "
            "your edits into the new mirror"
        )
    try:
        notebook = jupytext.reads(content, fmt=MYST)
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
    write_mirror(path, notebook)
    if changed:
        print(f"{target}: {len(changed)} code cells changed; store their outputs with `make run`")


def colab(path):
    """Write a copy that begins by installing nnlib from the repository that publishes it."""
    server = os.environ.get("GITHUB_SERVER_URL")
    repository = os.environ.get("GITHUB_REPOSITORY")
    if not (server and repository):
        raise NotebookError("colab needs GITHUB_SERVER_URL and GITHUB_REPOSITORY to be set")
    notebook = read(path)
    install = f"%pip install --quiet 'nnlib-built-twice[book,torch] @ git+{server}/{repository}'"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(install, id="install-nnlib"))
    write(COLAB / path, nbformat.writes(notebook) + "\n")


COMMANDS = {"run": run, "text": text, "sync": sync, "check": read, "colab": colab}


def selected(paths, folder, suffix):
    """Relative paths of the given files, or of every file of the kind in the folder."""
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
    """Run one command over the given files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=list(COMMANDS))
    parser.add_argument("paths", nargs="*", type=os.path.abspath)
    args = parser.parse_args()
    os.chdir(Path(__file__).resolve().parent.parent)
    command = COMMANDS[args.command]
    folder, suffix = (TEXT, ".md") if command is sync else (CHAPTERS, ".ipynb")
    try:
        for path in selected(args.paths, folder, suffix):
            command(path)
            print(f"{args.command}: {path}")
    except NotebookError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
