"""Interactive figures of the chapter on GPT."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from nnlib import plot
from nnlib.data.tokenizer import BytePairEncoding
from nnlib.demos.gallery import gallery


def draw_tokens(ax: Axes, tokenizer: BytePairEncoding, text: str) -> Axes:
    """Draw a text with a box around each of its tokens, and their number as the title.

    Args:
        ax: axes to draw on.
        tokenizer: cuts the text.
        text: one short line.

    Returns:
        The axes.
    """
    tokens = tokenizer.encode(text)
    colors = [plot.tint(plot.PALETTE[name], 0.3) for name in ("blue", "orange")]
    left = 0
    for i, token in enumerate(tokens):
        piece = tokenizer.vocab[token].decode(errors="replace")
        box = plt.Rectangle(
            (left, 0), len(piece), 1, fc=colors[i % 2], ec=plot.PALETTE["ink"], lw=0.6
        )
        ax.add_patch(box)
        for j, character in enumerate(piece):
            shown = "␣" if character == " " else character
            ax.text(left + j + 0.5, 0.5, shown, ha="center", va="center", family="monospace")
        left += len(piece)
    ax.set(xlim=(-0.1, left + 0.1), ylim=(-0.1, 1.1))
    ax.set_title(f"{len(tokenizer.merges)} merges: {len(tokens)} tokens", fontsize=10)
    ax.axis("off")
    return ax


def tokenization(
    tokenizer: BytePairEncoding, texts: Mapping[str, str], num_merges: Sequence[int]
) -> widgets.VBox:
    """The tokens of a text: a menu for the text, a slider for the number of merges.

    Args:
        tokenizer: gives the merges.
        texts: {name: a short line of text}.
        num_merges: how many of the tokenizer's first merges to use.

    Returns:
        The widget.
    """

    def draw(ax, text, merges):
        draw_tokens(ax, BytePairEncoding(tokenizer.merges[:merges]), text)

    return gallery(
        draw,
        size=(5.0, 0.9),
        menus=("text",),
        text=texts,
        merges={str(count): count for count in num_merges},
    )
