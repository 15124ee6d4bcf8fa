"""Figures and sliders show what they claim to show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nnlib import plot
from nnlib.data import blobs
from nnlib.scratch import Tensor

POINTS, CLASSES = blobs(30, centers=[(-2, 0), (2, 0)], noise=0.5, seed=0)


@pytest.fixture(autouse=True)
def axes():
    """Empty axes, in the book's style, that are gone afterwards."""
    with plt.rc_context():
        plot.use_style()
        _, ax = plt.subplots()
        yield ax
        plt.close("all")


def luminance(color):
    """Relative luminance as WCAG defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return np.dot(linear, [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", ["ink", "gray"])
def test_text_stands_out_from_the_paper(name):
    light, dark = (luminance(plot.PALETTE[color]) for color in ("paper", name))
    assert (light + 0.05) / (dark + 0.05) > 4.5


def test_decision_regions_are_those_of_the_classifier(axes):
    plot.decision_regions(lambda x: (x[:, 0] > 0).astype(int), POINTS, CLASSES, ax=axes)
    (image,) = axes.get_images()
    left, right = image.get_array()[:, 0], image.get_array()[:, -1]
    assert set(left) == {0}
    assert set(right) == {1}
    assert len(axes.collections) == 2  # the points of two classes


def test_decision_regions_refuse_points_that_are_not_in_the_plane(axes):
    with pytest.raises(ValueError, match=r"points \(n, 2\), got \(30, 3\)"):
        plot.decision_regions(len, np.zeros((30, 3)), CLASSES, ax=axes)


def test_boundary_is_where_the_score_is_zero(axes):
    weight, bias = np.array([3.0, -4.0]), 5.0
    plot.boundary(weight, bias, ax=axes)
    (line,) = axes.get_lines()
    for point in (line.get_xy1(), line.get_xy2()):
        assert weight @ point + bias == pytest.approx(0)


def test_zero_weights_have_no_boundary(axes):
    plot.boundary(np.zeros(2), 1.0, ax=axes)
    assert not axes.get_lines()


def test_curves_show_mean_and_spread_over_seeds(axes):
    plot.curves([np.array([[1.0, 2.0], [3.0, 6.0]])], labels=["two seeds"], ax=axes)
    np.testing.assert_array_equal(axes.get_lines()[0].get_ydata(), [2.0, 4.0])
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (1.0, 6.0)


def test_images_share_one_scale_and_signed_ones_are_symmetric():
    figure = plot.images(np.array([[[0.0, -2.0]], [[1.0, 0.5]]]), cmap=plot.SIGNED, columns=2)
    assert {ax.get_images()[0].get_clim() for ax in figure.axes} == {(-2.0, 2.0)}


def test_a_neuron_shows_every_input_and_weight(axes):
    plot.neuron(["a", "b"], [0.25, -1.5], bias=2.0, ax=axes)
    shown = {text.get_text() for text in axes.texts}
    assert {"a", "b", "0.25", "-1.5", "2"} <= shown


@pytest.fixture
def product():
    """A small computation, its leaves and their names."""
    x, w = (Tensor(np.array(value), requires_grad=True) for value in (2.0, 3.0))
    return (x * w + x).exp(), {x: "x", w: "w"}


def test_a_computation_graph_shows_every_step_without_graphviz(product, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    (ax,) = plot.computation_graph(*product).axes
    shown = [text.get_text() for text in ax.texts if text.get_text()]
    assert shown == ["x\n2", "w\n3", "mul\n6", "add\n8", "exp\n2.98e+03"]
    assert len([text for text in ax.texts if not text.get_text()]) == 5  # arrows


def test_a_computation_graph_shows_every_step_with_graphviz(product, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: "dot")
    source = plot.computation_graph(*product).source
    assert 'label="mul' in source
    assert [line.strip() for line in source.splitlines() if "->" in line] == [
        "0 -> 2",
        "1 -> 2",
        "2 -> 3",
        "0 -> 3",
        "3 -> 4",
    ]


def test_a_constant_has_no_graph_to_draw():
    with pytest.raises(ValueError, match="nothing to draw"):
        plot.computation_graph(Tensor(1.0))


def test_passes_show_values_above_and_derivatives_below(axes):
    positions = {"x": (0, 0), "y": (2, 0), "z": (4, 0)}
    plot.passes(positions, [("x", "y"), ("y", "z")], {"x": "3", "y": "9"}, {"y": "∂ 1"}, ax=axes)
    height = {text.get_text(): text.get_position()[1] for text in axes.texts if text.get_text()}
    assert height.keys() == {"x", "y", "z", "3", "9", "∂ 1"}
    assert height["9"] > 0 > height["∂ 1"]


def test_network_has_a_line_per_weight_and_a_label_on_the_marked(axes):
    layers = [["a", "b"], ["c", "⋮", "d"], ["e"]]
    plot.network(layers, titles=["in", "hidden", "out"], marked={(1, 2, 0): "w"}, ax=axes)
    assert len(axes.get_lines()) == 2 * 2 + 2  # none to or from the dots
    assert len(axes.patches) == 5
    assert {"w", "in", "⋮"} <= {text.get_text() for text in axes.texts}


def test_width_and_color_of_a_line_show_its_weight(axes):
    plot.network([["a", "b"], ["c"]], weights=[np.array([[1.0, -0.1]])], ax=axes)
    strong, weak = axes.get_lines()
    assert strong.get_linewidth() > 2 * weak.get_linewidth()
    assert strong.get_color() == plot.PALETTE["blue"]
    assert weak.get_color() == plot.PALETTE["orange"]


def test_network_refuses_weights_of_another_shape(axes):
    with pytest.raises(ValueError, match=r"layer 1 needs weights \(1, 2\), got \(2, 1\)"):
        plot.network([["a", "b"], ["c"]], weights=[np.ones((2, 1))], ax=axes)


def test_arrow_joins_the_borders_of_its_boxes(axes):
    diagram = plot.Diagram(4, 2, ax=axes)
    diagram.box("left", 1, 1, width=1)
    diagram.box("right", 3, 1, width=1)
    diagram.arrow("left", "right")
    arrow = axes.texts[-1]
    assert arrow.xyann == pytest.approx((1.5, 1))
    assert arrow.xy == pytest.approx((2.5, 1))


def test_frame_surrounds_its_boxes(axes):
    diagram = plot.Diagram(4, 2, ax=axes)
    diagram.box("left", 1, 1, width=1, height=0.5)
    diagram.box("right", 3, 1, width=1, height=0.5)
    diagram.frame("left", "right", text="× N", margin=0.2)
    assert axes.patches[-1].get_bbox().extents == pytest.approx((0.3, 0.55, 3.7, 1.45))


def test_diagram_names_the_boxes_it_has(axes):
    diagram = plot.Diagram(4, 2, ax=axes)
    diagram.box("left", 1, 1)
    with pytest.raises(ValueError, match=r"no box named 'right'; there are \['left'\]"):
        diagram.arrow("left", "right")
    with pytest.raises(ValueError, match="two stops"):
        diagram.arrow("left")


def test_diagram_stays_legible_on_a_phone():
    with pytest.raises(ValueError, match="at most 5 inches wide, got 7"):
        plot.Diagram(7, 2)
