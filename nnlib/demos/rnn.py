"""Explorations of the chapter on recurrent networks."""

import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery

VISIBLE = {" ": "␣", "\n": "↵"}


def next_letter(text, letters, scores, *, temperatures=(0.5, 1.0, 2.0), top=8, first=0):
    """Read a text letter by letter: what does a model expect next, and what comes?

    Args:
        text: what is read.
        letters: the letters that the scores belong to, in their order.
        scores: array (len(text), len(letters)): row t belongs to what follows ``text[: t + 1]``;
            the last row is not used.
        temperatures: what the scores are divided by.
        top: how many letters to draw, the likeliest first.
        first: how many letters of the text to read before the first picture.
    """
    places = range(max(first, 1) - 1, len(text) - 1)

    def draw(ax, letters_read, temperature):
        scaled = scores[letters_read] / temperature
        p = np.exp(scaled - scaled.max())
        p /= p.sum()
        comes = letters.index(text[letters_read + 1])
        best = np.argsort(-p, kind="stable")[:top]
        colors = [plot.PALETTE["orange" if i == comes else "blue"] for i in best]
        ax.barh(range(top), p[best], color=colors, height=0.7)
        for place, i in enumerate(best):
            note = f"{p[i]:.2f}" + ("  this one comes" if i == comes else "")
            ax.text(p[i] + 0.015, place, note, va="center", fontsize=9)
        ax.set_yticks(range(top), [VISIBLE.get(letters[i], letters[i]) for i in best])
        ax.set(xlim=(0, 1.55), ylim=(top - 0.4, -0.6), xticks=(0, 0.5, 1), xlabel="probability")
        read = "".join(VISIBLE.get(c, c) for c in text[: letters_read + 1][-14:])
        follows = VISIBLE.get(letters[comes], letters[comes])
        ax.set_title(f"{read} → {follows}: {-np.log2(p[comes]):.1f} bits at τ = {temperature:g}")

    return gallery(
        draw,
        size=(4.4, 3.4),
        letters_read={f"{place + 1}": place for place in places},
        temperature={f"{value:g}": value for value in temperatures},
    )
