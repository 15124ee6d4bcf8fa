"""Interactive figures of the chapter on attention."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery


def attention_steps(
    examples: Mapping[str, tuple[Sequence[str], Sequence[str], np.ndarray]],
) -> widgets.VBox:
    """Step through translations token by token: which source words does each output attend to?

    Args:
        examples: {name: (target tokens, source tokens, weights)}, where weights is an array
            (targets, sources) of attention weights, whose rows sum to 1. A translation shorter
            than the longest stays at its last token.

    Returns:
        The widget.
    """
    longest = max(len(tokens) for tokens, _, _ in examples.values())
    widest = max(len(words) for _, words, _ in examples.values())

    def draw(ax, number, step):
        tokens, words, weights = examples[number]
        step = min(step, len(tokens) - 1)
        row = weights[step]
        top = int(np.argmax(row))
        colors = [plot.PALETTE["blue" if i == top else "sky"] for i in range(len(words))]
        ax.barh(range(len(words)), row, color=colors, height=0.6)
        for y, weight in enumerate(row):
            ax.text(weight + 0.02, y, f"{weight:.2f}", va="center", fontsize=9)
        ax.set_yticks(range(len(words)), words)
        ax.set(xlim=(0, 1.18), ylim=(widest - 0.5, -0.5), xticks=(0, 0.5, 1), xlabel="weight")
        written = "-".join(tokens[:step]) or "…"
        ax.set_title(
            f"written: {written}\nnext: {tokens[step]}, attends to {words[top]} ({row[top]:.2f})",
            fontsize=10,
        )

    return gallery(
        draw,
        size=(4.4, 2.7),
        menus=("number",),
        number={name: name for name in examples},
        step={f"{step + 1}": step for step in range(longest)},
    )
