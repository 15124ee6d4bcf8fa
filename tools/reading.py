"""Measure how long a chapter takes to read: `python tools/reading.py [chapter ...]`.

The core of a chapter is what a first reading needs: everything before the exercises except the
sections whose heading ends in "(optional)". The estimate counts 100 words of text a minute (a
textbook with formulas, not a novel), 10 lines of open code a minute, and half a minute for each
figure, and rounds to 5 minutes.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import notebooks

WORDS_PER_MINUTE = 100
CODE_LINES_PER_MINUTE = 10
MINUTES_PER_FIGURE = 0.5
HIDDEN = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
HEADING = re.compile(r"^##? +(.*?) *$", re.MULTILINE)
WORD = re.compile(r"[A-Za-z]+")


@dataclass
class Core:
    """What stands in the core of a chapter."""

    words: int = 0
    code_lines: int = 0
    figures: int = 0
    open_plots: int = 0

    @property
    def minutes(self):
        """Estimated time to read it, in minutes."""
        exact = (
            self.words / WORDS_PER_MINUTE
            + self.code_lines / CODE_LINES_PER_MINUTE
            + self.figures * MINUTES_PER_FIGURE
        )
        return 5 * round(exact / 5)


def core(notebook):
    """Measure the core of a chapter."""
    found, counted = Core(), True
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            start = 0
            for heading in [*HEADING.finditer(cell.source), None]:
                text = cell.source[start : heading.start() if heading else None]
                found.words += len(WORD.findall(text)) if counted else 0
                if heading is None:
                    break
                start = heading.start()
                if "exercises" in heading[1].lower():
                    return found
                counted = not heading[1].endswith("(optional)")
        elif counted and cell.source.strip():
            hidden = bool(HIDDEN & set(cell.metadata.get("tags", [])))
            plots = any("image/png" in output.get("data", {}) for output in cell.outputs)
            found.figures += plots
            found.open_plots += plots and not hidden
            found.code_lines += 0 if hidden else len(cell.source.splitlines())
    return found


def main(names):
    """Print a line for each chapter, or for those named."""
    print(f"{'chapter':28}{'words':>7}{'code':>6}{'figures':>9}{'open plots':>12}{'minutes':>9}")
    for path in sorted(notebooks.CHAPTERS.rglob("*.ipynb")):
        if names and path.stem not in names:
            continue
        part = core(notebooks.read(path))
        print(
            f"{path.stem:28}{part.words:7}{part.code_lines:6}{part.figures:9}"
            f"{part.open_plots:12}{part.minutes:9}"
        )


if __name__ == "__main__":
    main([Path(name).stem for name in sys.argv[1:]])
