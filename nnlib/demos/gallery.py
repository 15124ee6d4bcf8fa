"""Sliders that choose among pictures, in Jupyter and on the published page alike.

Every picture that the sliders can select is drawn in advance, so the browser alone can switch
between them.
"""

import base64
import html
import io
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from nnlib import plot


def _picture(figure: Figure, alt: str, colors: int | Sequence[Any]) -> str:
    """A figure as HTML: lossless WebP in few colors, small enough for hundreds on one page."""
    canvas: Any = figure.canvas
    canvas.draw()
    drawn, small = Image.fromarray(np.asarray(canvas.buffer_rgba())), io.BytesIO()
    if isinstance(colors, int):
        chosen: dict[str, Any] = {"colors": colors}
    else:
        palette = Image.new("P", (1, 1))
        palette.putpalette([round(255 * part) for color in colors for part in to_rgb(color)])
        chosen = {"palette": palette}
    flat = drawn.convert("RGB").quantize(**chosen, dither=Image.Dither.NONE)
    flat.convert("RGB").save(small, format="webp", lossless=True, quality=50, method=6)
    data = base64.b64encode(small.getvalue()).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="{html.escape(alt)}">'


def _stacked(sliders: Sequence[Any], pictures: Mapping[tuple[str, ...], str]) -> widgets.Widget:
    """Nested stacks of pictures, one level per slider: the browser switches between them."""
    # All pictures share one layout and one style, because the page stores each of them.
    layout, style = widgets.Layout(max_width="100%"), widgets.HTML().style
    shown: dict[str, widgets.HTML] = {}  # identical pictures share one widget

    def stack(position: tuple[str, ...]) -> widgets.Widget:
        if len(position) == len(sliders):
            picture = pictures[position]
            if picture not in shown:
                shown[picture] = widgets.HTML(picture, layout=layout, style=style)
            return shown[picture]
        slider = sliders[len(position)]
        children = [stack((*position, label)) for label in slider.options]
        result = widgets.Stack(children, selected_index=0, layout=layout)
        widgets.jslink((slider, "index"), (result, "selected_index"))
        return result

    return stack(())


def _replaced(sliders: Sequence[Any], pictures: Mapping[tuple[str, ...], str]) -> widgets.Widget:
    """One picture that the kernel replaces: ipywidgets 7, as in Colab, has no Stack."""
    shown = widgets.HTML()

    def show(_change: Any = None) -> None:
        shown.value = pictures[tuple(slider.value for slider in sliders)]

    for slider in sliders:
        slider.observe(show, "value")
    show()
    return shown


def gallery(
    draw: Callable[..., object],
    *,
    size: tuple[float, float] = (4.6, 3.6),
    menus: Collection[str] = (),
    dpi: int = 110,
    colors: int | Sequence[Any] = 12,
    **choices: Mapping[str, Any],
) -> widgets.VBox:
    """One slider or menu per keyword, and the picture for their current values.

    Args:
        draw: called as ``draw(ax, **values)`` on empty axes for every combination. It must set a
            title, which is also the picture's alternative text.
        size: width and height of a picture in inches.
        menus: names of the choices that get a drop-down menu instead of a slider.
        dpi: pixels per inch; fewer make smaller files, which matters for hundreds of pictures.
        colors: number of colors in a picture, or a list of colors, which all pictures then share.
        choices: name -> {label on the slider: value passed to ``draw``}.

    Returns:
        The widget.

    Raises:
        ValueError: if ``menus`` contains a name that is not among the choices.
    """
    if unknown := set(menus) - set(choices):
        raise ValueError(f"menus must be among {[*choices]}, got {sorted(unknown)}")
    pictures = {}
    with plt.style.context(plot.STYLE):
        figure, ax = plt.subplots(figsize=size, dpi=dpi, layout="tight")
        for labels in itertools.product(*choices.values()):
            ax.clear()
            ax.grid(visible=False)
            position = {
                name: choices[name][label] for name, label in zip(choices, labels, strict=True)
            }
            draw(ax, **position)
            pictures[labels] = _picture(figure, ax.get_title(loc="left"), colors)
        plt.close(figure)
    sliders = [
        (widgets.Dropdown if name in menus else widgets.SelectionSlider)(
            options=[*labels],
            description=name.replace("_", " "),
            style={"description_width": "6em"},
            layout=widgets.Layout(width="26em", max_width="100%"),
        )
        for name, labels in choices.items()
    ]
    arrange = _stacked if hasattr(widgets, "Stack") else _replaced
    return widgets.VBox([*sliders, arrange(sliders, pictures)])
