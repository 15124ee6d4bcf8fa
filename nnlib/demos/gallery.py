"""Sliders that turn the pages of a picture book, in Jupyter and on the published page alike.

Every picture that the sliders can reach is drawn beforehand; the sliders then only choose, in the
browser.
"""

import base64
import html
import io
import itertools

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from nnlib import plot


def _picture(figure, alt, colors):
    """A figure as HTML: lossless WebP in few colors, so small that a page can hold a hundred."""
    figure.canvas.draw()
    drawn, small = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())), io.BytesIO()
    if isinstance(colors, int):
        chosen = {"colors": colors}
    else:
        palette = Image.new("P", (1, 1))
        palette.putpalette([round(255 * part) for color in colors for part in to_rgb(color)])
        chosen = {"palette": palette}
    flat = drawn.convert("RGB").quantize(**chosen, dither=Image.Dither.NONE)
    flat.convert("RGB").save(small, format="webp", lossless=True, quality=50, method=6)
    data = base64.b64encode(small.getvalue()).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="{html.escape(alt)}">'


def _stacked(sliders, pictures):
    """Stacks of pictures within stacks, one level a slider: the browser alone turns the pages."""
    # One layout and one style for all pictures: what a widget refers to is stored with the page.
    layout, style = widgets.Layout(max_width="100%"), widgets.HTML().style
    shown = {}  # positions that look alike share one widget

    def stack(position):
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


def _exchanged(sliders, pictures):
    """One picture that the kernel exchanges, for ipywidgets 7 as in Colab, which has no Stack."""
    shown = widgets.HTML()

    def show(_change=None):
        shown.value = pictures[tuple(slider.value for slider in sliders)]

    for slider in sliders:
        slider.observe(show, "value")
    show()
    return shown


def gallery(draw, *, size=(4.6, 3.6), menus=(), dpi=110, colors=12, **choices):
    """One slider or menu for each keyword, and the picture that belongs to their positions.

    Args:
        draw: called as ``draw(ax, **position)`` on empty axes for every combination; it must set a
            title, which is also the picture's description for readers who cannot see it.
        size: width and height of a picture in inches.
        menus: names of the choices that get a drop-down menu rather than a slider.
        dpi: pixels per inch; fewer make smaller pictures, which matters where there are hundreds.
        colors: how many a picture may have; or which, so that the same color is the same in all.
        choices: name -> {label that is shown: value given to ``draw``}.

    Returns:
        The widget.

    Raises:
        ValueError: if ``menus`` names no choice.
    """
    if unknown := set(menus) - set(choices):
        raise ValueError(f"menus must be among {[*choices]}, got {sorted(unknown)}")
    pictures = {}
    with plt.rc_context(plot.STYLE):
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
    arrange = _stacked if hasattr(widgets, "Stack") else _exchanged
    return widgets.VBox([*sliders, arrange(sliders, pictures)])
