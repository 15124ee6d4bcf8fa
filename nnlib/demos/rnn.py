"""Interactive figures of the chapter on recurrent networks."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery

VISIBLE = {" ": "␣", "\n": "↵"}


def next_letter(
    text: str,
    letters: Sequence[str],
    scores: np.ndarray,
    *,
    temperatures: Sequence[float] = (0.5, 1.0, 2.0),
    top: int = 8,
    first: int = 0,
) -> widgets.VBox:
    """Read a text character by character: what does the model predict, and what follows?

    Args:
        text: the text.
        letters: the vocabulary, in the order of the logits.
        scores: logits (len(text), len(letters)); row t predicts the character after
            ``text[: t + 1]``, and the last row is not used.
        temperatures: the logits are divided by them.
        top: number of characters to show, the most probable first.
        first: number of characters to read before the first picture.

    Returns:
        The widget.
    """
    positions = range(max(first, 1) - 1, len(text) - 1)

    def draw(ax, letters_read, temperature):
        scaled = scores[letters_read] / temperature
        p = np.exp(scaled - scaled.max())
        p /= p.sum()
        comes = letters.index(text[letters_read + 1])
        best = np.argsort(-p, kind="stable")[:top]
        colors = [plot.PALETTE["orange" if i == comes else "blue"] for i in best]
        ax.barh(range(top), p[best], color=colors, height=0.7)
        for row, i in enumerate(best):
            note = f"{p[i]:.2f}" + ("  this one comes" if i == comes else "")
            ax.text(p[i] + 0.015, row, note, va="center", fontsize=9)
        ax.set_yticks(range(top), [VISIBLE.get(letters[i], letters[i]) for i in best])
        ax.set(xlim=(0, 1.55), ylim=(top - 0.4, -0.6), xticks=(0, 0.5, 1), xlabel="probability")
        read = "".join(VISIBLE.get(c, c) for c in text[: letters_read + 1][-14:])
        follows = VISIBLE.get(letters[comes], letters[comes])
        ax.set_title(f"{read} → {follows}: {-np.log2(p[comes]):.1f} bits at τ = {temperature:g}")

    return gallery(
        draw,
        size=(4.4, 3.4),
        letters_read={f"{position + 1}": position for position in positions},
        temperature={f"{value:g}": value for value in temperatures},
    )
