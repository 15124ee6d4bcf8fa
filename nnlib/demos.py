"""Explorations with sliders. They also work on the published page, where no kernel runs.

Every picture that the sliders can reach is drawn beforehand; the sliders then only choose, in the
browser. A demo is one function that wraps one plot.
"""

import base64
import html
import io
import itertools

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from nnlib import plot
from nnlib.scratch.models import Perceptron


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
    figure, ax = plt.subplots(figsize=size, layout="tight")
    pictures = {}
    for labels in itertools.product(*choices.values()):
        ax.clear()
        ax.grid(visible=False)
        draw(
            ax, **{name: choices[name][label] for name, label in zip(choices, labels, strict=True)}
        )
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


def perceptron_boundary(x, y, *, angles=12, biases=(-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)):
    """Turn the weights of a neuron and move its bias: watch the boundary and count the mistakes.

    Args:
        x: points (n, 2).
        y: labels (n,), -1 or +1.
        angles: directions of the weight vector, which has length 1.
        biases: values of the bias.
    """
    reach = np.abs(x).max() + 0.5

    def draw(ax, direction, bias):
        weight = np.array([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
        wrong = y * (x @ weight + bias) <= 0
        plot.points(x, y, ax=ax)
        ax.scatter(*x[wrong].T, s=110, facecolor="none", edgecolor=plot.PALETTE["ink"], lw=1.2)
        plot.boundary(weight, bias, ax=ax)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set_title(f"direction {direction:g}°, bias {bias:g}: {wrong.sum()} of {len(x)} wrong")

    degrees = [360 * i / angles for i in range(angles)]
    return gallery(
        draw,
        size=(3.9, 3.9),
        direction={f"{degree:g}°": degree for degree in degrees},
        bias={f"{bias:+.1f}": bias for bias in biases},
    )


def perceptron_steps(x, y, *, steps=20):
    """Go through the perceptron rule one example at a time.

    Args:
        x: points (n, 2), taken in order, again and again.
        y: labels (n,), -1 or +1.
        steps: how many examples to show.
    """
    model = Perceptron(2)
    history = []
    for i in itertools.islice(itertools.cycle(range(len(x))), steps):
        before = model.state_dict()
        history.append((i, before, model.update(x[i], y[i]), model.state_dict()))
    reach = np.abs(x).max() + 0.5

    def draw(ax, example):
        i, before, mistake, after = history[example]
        plot.points(x, y, ax=ax)
        ax.scatter(*x[i], s=160, facecolor="none", edgecolor=plot.PALETTE["ink"], lw=2, zorder=4)
        if mistake:
            plot.boundary(before["weight"][0], before["bias"][0], arrow=False, ls="--", ax=ax)
        plot.boundary(after["weight"][0], after["bias"][0], ax=ax)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        total = sum(was_mistake for _, _, was_mistake, _ in history[: example + 1])
        verdict = "wrong, so it moves" if mistake else "right, so it stays"
        ax.set_title(f"example {example + 1}: {verdict}; mistakes: {total}")

    return gallery(
        draw, size=(3.9, 3.9), example={f"{step + 1}": step for step in range(len(history))}
    )
