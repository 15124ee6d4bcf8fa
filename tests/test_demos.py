"""The explorations: every position of the sliders shows the picture that belongs to it."""

import re

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

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


def test_the_paths_of_the_optimizers_lead_downhill():
    _, ax = plt.subplots()
    after = demos.optimizer_paths(ax, "ravine", steps=60)
    before = demos.optimizer_paths(ax, "ravine", steps=0)
    assert [*after] == ["SGD", "momentum", "Adagrad", "RMSprop", "Adam"]
    assert all(after[name] < 0.1 * before[name] for name in after)
    assert demos.optimizer_paths(ax, "ravine", factor=4.0)["SGD"] == np.inf  # 0.2 > 2 / 30
    plt.close()


def test_an_unknown_surface_names_the_known_ones():
    _, ax = plt.subplots()
    with pytest.raises(KeyError, match="ravine"):
        demos.optimizer_paths(ax, "hill")
    plt.close()


def test_the_race_demo_says_who_is_ahead_and_who_has_left():
    stack = demos.optimizer_race().children[-1]
    titles = pictures(stack)
    assert len(titles) == len(set(titles)) <= 90
    lost = [alt for alt in titles if alt.startswith("ravine, rates × 4, step 40")]
    assert lost[0].endswith("is lowest, 1 left the picture")
