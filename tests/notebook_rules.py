"""What a stored chapter owes its readers: each rule yields the faults that it finds.

A fault is one line that names file and cell. That the stored outputs are true is not checked
here: for that, nbval executes the chapters.
"""

import copy
import re
from collections import Counter

from notebooks import CHAPTERS, describe, normalize
from reading import core

FEWEST_EXERCISES = 6
MOST_UNCOMPARED = 3
MOST_CORE_WORDS = 3800
MOST_MINUTES = 75
FEWEST_CHECKS = 2
HEAD_CELLS = 3  # the cells among which a chapter says what it asks of its reader
DEMANDS = ("Prerequisites", "Time", "Difficulty")
TIME = re.compile(r"\*\*Estimated time:\*\* (\d+) minutes")
CHECK = re.compile(r"\{admonition\} Check your understanding")
EXERCISE = re.compile(r"\{exercise(?:-start)?\}[^\n]*\n(?::\w+:[^\n]*\n)*?:label: *(\S+)")
SOLUTION = re.compile(r"\{solution(?:-start)?\} *(\S+)")
CITATION = re.compile(r"\]\([^)\s]*bibliography\.md#([^)\s]+)\)")
BIB_KEY = re.compile(r"^@\w+\{([^,\s]+)", re.MULTILINE)


def code_cells(notebook):
    """Index and cell of each code cell that is not empty."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip():
            yield index, cell


def prose(notebook):
    """All Markdown of a notebook."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def executed_in_order(path, notebook):
    """Every code cell ran once, from the top, in a fresh kernel."""
    for count, (index, cell) in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != count:
            yield (
                f"{describe(path, notebook, index)}: execution count is {cell.execution_count}, "
                f"not {count}; store the outputs with `make run`"
            )


def without_errors(path, notebook):
    """No cell ended in an exception, unless it says that it will."""
    for index, cell in code_cells(notebook):
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            yield f"{describe(path, notebook, index)}: its output is an error"


def normalized(path, notebook):
    """Nothing is stored that a second run would change: times, versions, random ids."""
    clean = copy.deepcopy(notebook)
    normalize(clean)
    for index, (stored, wanted) in enumerate(zip(notebook.cells, clean.cells, strict=True)):
        if stored != wanted:
            yield f"{describe(path, notebook, index)}: not as `make run` stores it"
    if notebook.metadata != clean.metadata:
        yield f"{path}: its metadata is not as `make run` stores it"


def figures_described(path, notebook):
    """Every picture has a caption, and a description for those who do not see it."""
    for index, cell in code_cells(notebook):
        if not any("image/png" in output.get("data", {}) for output in cell.outputs):
            continue
        metadata = cell.metadata.get("mystnb", {})
        if len(metadata.get("image", {}).get("alt", "").split()) < 4:
            yield f"{describe(path, notebook, index)}: no mystnb.image.alt that says what one sees"
        if not metadata.get("figure", {}).get("caption"):
            yield f"{describe(path, notebook, index)}: no mystnb.figure.caption"


def uncompared_cells_assert(path, notebook):
    """A cell whose output varies holds its bounds by itself, and there are few of them."""
    varying = [
        (index, cell)
        for index, cell in code_cells(notebook)
        if "nbval-ignore-output" in cell.metadata.get("tags", [])
    ]
    for index, cell in varying:
        if not re.search(r"^\s*assert\b", cell.source, re.MULTILINE):
            yield f"{describe(path, notebook, index)}: ignores its output and asserts nothing"
    if len(varying) > MOST_UNCOMPARED:
        yield f"{path}: {len(varying)} cells ignore their output, {MOST_UNCOMPARED} may"


def exercises_solved(path, notebook):
    """There are exercises enough, and each has one worked solution."""
    exercises = EXERCISE.findall(prose(notebook))
    solutions = Counter(SOLUTION.findall(prose(notebook)))
    if len(exercises) < FEWEST_EXERCISES:
        yield f"{path}: {len(exercises)} exercises, {FEWEST_EXERCISES} are wanted"
    for label in exercises:
        if solutions[label] != 1:
            yield f"{path}: exercise {label} has {solutions[label]} solutions"


def demands_stated(path, notebook):
    """The chapter begins by saying what it asks of its reader."""
    head = "\n".join(cell.source for cell in notebook.cells[:HEAD_CELLS])
    for demand in DEMANDS:
        if demand.lower() not in head.lower():
            yield f"{path}: its first {HEAD_CELLS} cells do not say: {demand}"


def one_sitting(path, notebook):
    """The core fits one sitting, and the time that the chapter states is the measured one."""
    part = core(notebook)
    if part.words > MOST_CORE_WORDS:
        yield f"{path}: {part.words} words before the exercises, {MOST_CORE_WORDS} may be"
    if part.minutes > MOST_MINUTES:
        yield f"{path}: takes {part.minutes} minutes, {MOST_MINUTES} may be"
    stated = TIME.search("\n".join(cell.source for cell in notebook.cells[:HEAD_CELLS]))
    if stated is None or int(stated[1]) != part.minutes:
        yield f"{path}: must say **Estimated time:** {part.minutes} minutes"


def plots_folded(path, notebook):
    """A cell that draws shows its figure; its code is folded, so what stays open teaches."""
    for index, cell in code_cells(notebook):
        tags = {"hide-input", "remove-input"} & set(cell.metadata.get("tags", []))
        if "plt.show()" in cell.source and not tags:
            yield f"{describe(path, notebook, index)}: draws, and has no tag hide-input"


def understanding_checked(path, notebook):
    """The text asks its reader something now and then, and answers."""
    checks = len(CHECK.findall(prose(notebook)))
    if checks < FEWEST_CHECKS:
        yield f"{path}: {checks} admonitions 'Check your understanding', {FEWEST_CHECKS} are wanted"


RULES = (executed_in_order, without_errors, normalized, figures_described, uncompared_cells_assert)
TEACHING_RULES = (exercises_solved, demands_stated)  # not of pages for looking things up
SITTING_RULES = (one_sitting, plots_folded, understanding_checked)


def citations(folder=CHAPTERS):
    """Keys of the works that the text of the book cites, and keys that references.bib lists."""
    sources = [*folder.rglob("*.md"), *folder.rglob("*.ipynb")]
    cited = {key for source in sources for key in CITATION.findall(source.read_text("utf-8"))}
    return cited, set(BIB_KEY.findall((folder / "references.bib").read_text("utf-8")))
