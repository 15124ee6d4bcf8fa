"""The explorations: every position of the sliders shows the picture that belongs to it."""

import re

import ipywidgets as widgets
import numpy as np

from nnlib import demos


def pictures(widget):
    """Alt texts of all pictures of a gallery, in the order of the sliders."""
    if isinstance(widget, widgets.HTML):
        return re.findall(r'alt="([^"]*)"', widget.value)
    return [alt for child in widget.children for alt in pictures(child)]


def test_a_gallery_holds_one_picture_for_each_position():
    def draw(ax, first, second):
        ax.set_title(f"{first} and {second}")

    gallery = demos.gallery(draw, first={"a": 1, "b": 2}, second={"x": 3, "y": 4, "z": 5})
    *sliders, stack = gallery.children
    assert [slider.options for slider in sliders] == [("a", "b"), ("x", "y", "z")]
    assert pictures(stack) == [f"{i} and {j}" for i in (1, 2) for j in (3, 4, 5)]


def test_without_stacks_the_kernel_exchanges_the_picture(monkeypatch):
    monkeypatch.delattr(widgets, "Stack")
    gallery = demos.gallery(lambda ax, place: ax.set_title(f"at {place}"), place={"a": 1, "b": 2})
    slider, shown = gallery.children
    assert pictures(shown) == ["at 1"]
    slider.index = 1
    assert pictures(shown) == ["at 2"]


def test_the_boundary_demo_counts_the_mistakes():
    x, y = np.array([[-2.0, 0.0], [1.0, 0.0], [3.0, 0.0]]), np.array([-1, 1, 1])
    stack = demos.perceptron_boundary(x, y, angles=2, biases=(-2.5, 0.0)).children[-1]
    assert [alt.split(": ")[1] for alt in pictures(stack)] == [
        "1 of 3 wrong",  # positive where x > 2.5: the point at 1 is missed
        "0 of 3 wrong",
        "2 of 3 wrong",  # positive where x < -2.5: both positive points are missed
        "3 of 3 wrong",
    ]


def test_the_steps_demo_follows_the_rule():
    x, y = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, -1])
    stack = demos.perceptron_steps(x, y, steps=3).children[-1]
    # Right from the second on: after the first, w = (1, 0) and b = 1, the score of (-1, 0) is 0.
    assert [alt.split(";")[0] for alt in pictures(stack)] == [
        "example 1: wrong, so it moves",
        "example 2: wrong, so it moves",
        "example 3: right, so it stays",
    ]


def test_every_view_finds_its_entry_where_torch_does():
    x = np.arange(12).reshape(3, 4)
    views = [x, x.T, x[:, 1:], x.reshape(4, 3), np.broadcast_to(x[0], (3, 4))]
    alts = pictures(demos.tensor_views().children[-1])
    cells = [int(alt.rsplit(" ", 1)[1]) for alt in alts]
    assert cells == [int(view[i, j]) for view in views for i in range(3) for j in range(3)]


def test_the_diagnosis_hides_the_error_until_it_is_asked_for():
    curves = np.array([[2.0, 1.0], [2.5, 1.5]])
    stack = demos.diagnose({"first error": curves, "second error": curves}, curves / 2)
    assert pictures(stack.children[-1]) == [
        "case A: training 1, validation 1.5",
        "A: first error",
        "case B: training 1, validation 1.5",
        "B: second error",
    ]
