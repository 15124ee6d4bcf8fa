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


def test_folding_doubles_the_edges_and_costs_four_units():
    stack = demos.fold_and_cut(folds=3, distances=(0.5,), turns=(0, 60), resolution=20).children[-1]
    assert pictures(stack) == [
        f"folds {folds}, units {4 * folds}; cut at 0.5, turned {turn}°: up to {edges}"
        for folds, edges in ((0, "1 edge"), (1, "2 edges"), (2, "4 edges"))
        for turn in (0, 60)
    ]


def test_a_cut_in_folded_paper_is_symmetric_once_unfolded():
    from nnlib.demos.mlp import _folded

    x = np.random.default_rng(0).normal(size=(50, 2))
    for mirrored in (x * [1, -1], x * [-1, 1], x[:, ::-1]):
        np.testing.assert_allclose(_folded(mirrored, 3), _folded(x, 3), atol=1e-12)
    angle = np.arctan2(*_folded(x, 3).T[::-1])
    assert (angle >= 0).all()
    assert (angle <= np.pi / 4 + 1e-12).all()


def test_more_relu_units_follow_a_function_more_closely():
    stack = demos.relu_units({"square": lambda x: x**2}, units=(1, 2, 4)).children[-1]
    # The chords of x² on parts of length h stay within h² / 4.
    assert pictures(stack) == [
        "square, hidden units: 1, largest error 0.250",
        "square, hidden units: 2, largest error 0.062",
        "square, hidden units: 4, largest error 0.016",
    ]
