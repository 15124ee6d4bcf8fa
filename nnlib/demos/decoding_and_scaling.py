"""Interactive figures of the chapter on decoding and scaling."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery


def induction_score(weights: np.ndarray, period: int) -> float:
    """Mean attention weight from each repeated token to the token after its first occurrence.

    Args:
        weights: attention weights (time, time), one row per query position.
        period: length after which the sequence repeats, in tokens.

    Returns:
        The mean, from 0 to 1.
    """
    positions = np.arange(period, len(weights))
    return weights[positions, positions - period + 1].mean()


def induction_heads(
    maps: Mapping[int, Mapping[str, np.ndarray]], tokens: Sequence[str], period: int
) -> widgets.VBox:
    """Attention maps of each head during training: a menu for the head, a slider for the step.

    Circles mark, for each repeated token, the position after its first occurrence.

    Args:
        maps: {training step: {name of a head: attention weights (time, time)}}.
        tokens: the input sequence, for the axis labels: strings of one or two characters.
        period: length after which the sequence repeats, in tokens.

    Returns:
        The widget.
    """
    positions = np.arange(period, len(tokens))

    def draw(ax, head, step):
        weights = maps[step][head]
        ax.imshow(weights, cmap="gray_r", vmin=0, vmax=1)
        ax.plot(
            positions - period + 1, positions, "o", ms=6, mfc="none", mec=plot.PALETTE["orange"]
        )
        ax.set_xticks(range(len(tokens)), tokens)
        ax.set_yticks(range(len(tokens)), tokens)
        ax.set(xlabel="key", ylabel="query")
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
