"""Interactive figures of the chapter on the Transformer."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np

from nnlib.demos.gallery import gallery


def attention_maps(
    sentences: Mapping[str, Mapping[str, tuple[np.ndarray, Sequence[str], Sequence[str]]]],
) -> widgets.VBox:
    """Attention maps: one picture per sentence, kind of attention and head.

    Args:
        sentences: {sentence: {kind: (weights, queries, keys)}}, with the same kinds for every
            sentence: attention weights (heads, queries, keys), and the tokens of the two axes.

    Returns:
        The widget.
    """
    kinds = [*next(iter(sentences.values()))]
    heads = len(next(iter(sentences.values()))[kinds[0]][0])

    def draw(ax, sentence, attention, head):
        weights, queries, keys = sentences[sentence][attention]
        weights = weights[head]
        ax.set_aspect("auto")
        ax.imshow(weights, cmap="gray_r", vmin=0, vmax=1, aspect="auto")
        ax.set_xticks(range(len(keys)), keys, rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(queries)), queries)
        row, column = divmod(int(weights.argmax()), len(keys))
        ax.set_title(f"head {head + 1}: {queries[row]} → {keys[column]} {weights.max():.2f}")

    return gallery(
        draw,
        size=(4.6, 3.7),
        menus=("sentence", "attention"),
        sentence={sentence: sentence for sentence in sentences},
        attention={kind: kind for kind in kinds},
        head={f"{head + 1}": head for head in range(heads)},
    )
