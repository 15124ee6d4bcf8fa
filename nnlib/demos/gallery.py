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
from PIL import Image

from nnlib import plot


def _picture(figure, alt):
    """A figure as HTML: lossless WebP in 12 colors, so small that a page can hold a hundred."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    flat = Image.open(drawn).convert("RGB").quantize(12, dither=Image.Dither.NONE)
    flat.convert("RGB").save(small, format="webp", lossless=True, quality=50, method=6)
    data = base64.b64encode(small.getvalue()).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="{html.escape(alt)}">'


def _stacked(sliders, pictures):
    """Stacks of pictures within stacks, one level a slider: the browser alone turns the pages."""
    # One layout and one style for all pictures: what a widget refers to is stored with the page.
    layout, style = widgets.Layout(max_width="100%"), widgets.HTML().style

    def stack(position):
        if len(position) == len(sliders):
            return widgets.HTML(pictures[position], layout=layout, style=style)
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


def gallery(draw, *, size=(4.6, 3.6), **choices):
    """One slider for each keyword, and the picture that belongs to their positions.

    Args:
        draw: called as ``draw(ax, **position)`` on empty axes for every combination; it must set a
            title, which is also the picture's description for readers who cannot see it.
        size: width and height of a picture in inches.
        choices: name -> {label on the slider: value given to ``draw``}.

    Returns:
        The widget.
    """
    pictures = {}
    with plt.rc_context(plot.STYLE):
        figure, ax = plt.subplots(figsize=size, layout="tight")
        for labels in itertools.product(*choices.values()):
            ax.clear()
            ax.grid(visible=False)
            position = {
                name: choices[name][label] for name, label in zip(choices, labels, strict=True)
            }
            draw(ax, **position)
            pictures[labels] = _picture(figure, ax.get_title(loc="left"))
        plt.close(figure)
    sliders = [
        widgets.SelectionSlider(
            options=[*labels],
            description=name.replace("_", " "),
            style={"description_width": "6em"},
            layout=widgets.Layout(width="26em", max_width="100%"),
        )
        for name, labels in choices.items()
    ]
    arrange = _stacked if hasattr(widgets, "Stack") else _exchanged
    return widgets.VBox([*sliders, arrange(sliders, pictures)])
