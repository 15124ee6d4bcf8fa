"""Explorations of the chapter on attention."""

import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery


def attention_steps(examples):
    """Walk through translations piece by piece: where does each piece look?

    Args:
        examples: {name: (pieces, words, weights)}, the symbols that were written, those that were
            read, and an array (pieces, words) whose rows sum to 1. A translation shorter than the
            longest stays at its last piece.
    """
    longest = max(len(pieces) for pieces, _, _ in examples.values())
    widest = max(len(words) for _, words, _ in examples.values())

    def draw(ax, number, step):
        pieces, words, weights = examples[number]
        step = min(step, len(pieces) - 1)
        row = weights[step]
        top = int(np.argmax(row))
        colors = [plot.PALETTE["blue" if i == top else "sky"] for i in range(len(words))]
        ax.barh(range(len(words)), row, color=colors, height=0.6)
        for place, weight in enumerate(row):
            ax.text(weight + 0.02, place, f"{weight:.2f}", va="center", fontsize=9)
        ax.set_yticks(range(len(words)), words)
        ax.set(xlim=(0, 1.18), ylim=(widest - 0.5, -0.5), xticks=(0, 0.5, 1), xlabel="weight")
        written = "-".join(pieces[:step]) or "…"
        ax.set_title(
            f"written: {written}\nnext: {pieces[step]}, looks at {words[top]} ({row[top]:.2f})",
            fontsize=10,
        )

    return gallery(
        draw,
        size=(4.4, 2.7),
        menus=("number",),
        number={name: name for name in examples},
        step={f"{step + 1}": step for step in range(longest)},
    )
