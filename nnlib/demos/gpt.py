"""Explorations of the chapter on GPT."""

import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery


def induction_score(weights, period):
    """Mean attention that places of a repeated text pay to what followed their symbol before.

    Args:
        weights: array (time, time), the attention of each place to all.
        period: after how many places the text repeats.
    """
    places = np.arange(period, len(weights))
    return weights[places, places - period + 1].mean()


def induction_heads(maps, tokens, period):
    """Where does each head look, and since when? A menu for the head, a slider for the step.

    Dots mark, for each place of the repetition, the place after the earlier copy of its symbol.

    Args:
        maps: {step: {name of a head: array (time, time) of attention weights}}.
        tokens: the sequence that was read, for the axes: texts of one letter or two.
        period: after how many places it repeats.
    """
    places = np.arange(period, len(tokens))

    def draw(ax, head, step):
        weights = maps[step][head]
        ax.imshow(weights, cmap="gray_r", vmin=0, vmax=1)
        ax.plot(places - period + 1, places, "o", ms=6, mfc="none", mec=plot.PALETTE["orange"])
        ax.set_xticks(range(len(tokens)), tokens)
        ax.set_yticks(range(len(tokens)), tokens)
        ax.set(xlabel="looked at", ylabel="place")
        score = induction_score(weights, period)
        ax.set_title(f"{head}, step {step}: {score:.2f} on what followed")

    first = next(iter(maps.values()))
    return gallery(
        draw,
        size=(4.4, 4.4),
        dpi=100,
        colors=[*(f"{share / 12:.2f}" for share in range(13)), plot.PALETTE["orange"]],
        menus=("head",),
        head={name: name for name in first},
        step={str(step): step for step in maps},
    )
