"""The explorations: every position of the sliders shows the picture that belongs to it."""

import base64
import io
import re

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from nnlib import demos, scratch
from nnlib.data import xor
from nnlib.data.tokenizer import BytePairEncoding
from nnlib.demos.what_is_a_neural_network import _train
from nnlib.scratch import Tensor, fit, manual_seed, nn
from nnlib.scratch.models import MLP
from nnlib.scratch.nn import CrossEntropyLoss
from nnlib.scratch.optim import SGD


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
    gallery = demos.gallery(
        lambda ax, position: ax.set_title(f"at {position}"), position={"a": 1, "b": 2}
    )
    slider, shown = gallery.children
    assert pictures(shown) == ["at 1"]
    slider.index = 1
    assert pictures(shown) == ["at 2"]


def test_the_boundary_demo_counts_the_mistakes():
    x, y = np.array([[-2.0, 0.0], [1.0, 0.0], [3.0, 0.0]]), np.array([-1, 1, 1])
    stack = demos.perceptron_boundary(x, y, angles=2, biases=(-2.5, 0.0)).children[-1]
    assert [alt.split(": ")[1] for alt in pictures(stack)] == [
        "1 of 3 misclassified",  # positive where x > 2.5: the point at 1 is misclassified
        "0 of 3 misclassified",
        "2 of 3 misclassified",  # positive where x < -2.5: so are both positive points
        "3 of 3 misclassified",
    ]


def test_the_steps_demo_follows_the_rule():
    x, y = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1, -1])
    stack = demos.perceptron_steps(x, y, steps=3).children[-1]
    # Right from the second on: after the first, w = (1, 0) and b = 1, the score of (-1, 0) is 0.
    assert [alt.split(";")[0] for alt in pictures(stack)] == [
        "example 1: mistake, so update",
        "example 2: mistake, so update",
        "example 3: correct, no change",
    ]


def test_a_schedule_runs_each_layer_forward_and_backward_once():
    for every in range(1, 8):
        events, lives = demos.checkpoint_schedule(7, every)
        assert [layer for kind, layer in events if kind == "forward"] == [*range(1, 8)]
        assert [layer for kind, layer in events if kind == "backward"] == [*range(7, 0, -1)]
        for layer, start, end in lives:
            assert events[start][0] in ("forward", "recomputed")
            assert events[start][1] == layer
            assert events[end] == ("backward", layer)


def test_an_output_is_recomputed_only_while_its_predecessor_is_in_memory():
    events, lives = demos.checkpoint_schedule(10, 4)
    for time, (kind, layer) in enumerate(events):
        if kind == "recomputed" and layer > 1:
            assert any(start < time <= end for at, start, end in lives if at == layer - 1)


def test_the_checkpoint_demo_counts_memory_and_work():
    alts = pictures(demos.checkpoint_timeline(layers=4).children[-1])
    assert alts == [
        "keep every 1: at most 4 outputs in memory, 0 recomputed",
        "keep every 2: at most 3 outputs in memory, 2 recomputed",
        "keep every 3: at most 3 outputs in memory, 2 recomputed",
        "keep every 4: at most 4 outputs in memory, 3 recomputed",
    ]


def test_the_tangent_demo_shows_the_slope_of_the_chosen_program():
    def stairs(angle):
        return float(angle // 2)

    programs = {
        "line": (lambda angle: 2 * angle, lambda angle: 2.0),
        "stairs": (stairs, lambda _: 0),
    }
    stack = demos.tangent_of_a_program(programs, angles=(20, 30)).children[-1]
    assert pictures(stack) == [
        "line, 20°: +2.00 m per degree",
        "line, 30°: +2.00 m per degree",
        "stairs, 20°: +0.00 m per degree",
        "stairs, 30°: +0.00 m per degree",
    ]


def test_the_probability_curve_demo_shows_that_equal_accuracies_can_have_different_losses():
    x, y = np.array([-1.0, 1.0, 2.0, 3.0]), np.array([0, 1, 0, 1])  # the third is on the wrong side
    stack = demos.probability_curve(x, y, boundaries=(0.0, 2.5), weights=(1, 10)).children[-1]
    assert pictures(stack) == [
        "accuracy 0.750, cross-entropy 0.701",
        "accuracy 0.750, cross-entropy 5.000",
        "accuracy 0.750, cross-entropy 0.670",
        "accuracy 0.750, cross-entropy 3.753",
    ]


def test_the_backpropagation_demo_adds_up_what_comes_back_over_two_paths():
    graph = {
        "s": ("x", lambda x: x**2, lambda x: (2 * x,)),
        "y": ("xs", lambda x, s: x + s, lambda x, s: (1, 1)),
    }
    positions = {"x": (0, 0), "s": (1, 1), "y": (2, 0)}
    stack = demos.backpropagation_steps(graph, positions, x={"3": {"x": 3}}).children[-1]
    assert pictures(stack) == [
        "step 0: the inputs",
        "step 1: forward, s = 9",
        "step 2: forward, y = 12",
        "step 3: backward from y: 1",
        "step 4: backward through y: x 1 so far, s 1",
        "step 5: backward through s: x 7",
    ]


def test_a_gallery_has_menus_for_the_choices_that_ask_for_them():
    def draw(ax, kind, count):
        ax.set_title(f"{kind} {count}")

    counts = {"1": 1, "2": 2}
    gallery = demos.gallery(draw, menus=("kind",), kind={"a": "a", "b": "b"}, count=counts)
    menu, slider, stack = gallery.children
    assert isinstance(menu, widgets.Dropdown)
    assert isinstance(slider, widgets.SelectionSlider)
    assert pictures(stack) == ["a 1", "a 2", "b 1", "b 2"]
    with pytest.raises(ValueError, match=r"among \['count'\], got \['kind'\]"):
        demos.gallery(draw, menus=("kind",), count=counts)


def test_positions_that_look_alike_share_one_widget():
    def draw(ax, first, second):
        ax.set_title(f"{first}, {'early' if second < 9 else 'late'}")

    choices = {"first": {"a": 1, "b": 2}, "second": {"x": 3, "y": 4}}
    *_, stack = demos.gallery(draw, **choices).children
    shown = [page for inner in stack.children for page in inner.children]
    assert shown[2] is shown[3]
    assert shown[0] is not shown[2]


def test_a_gallery_keeps_to_the_colors_it_is_given():
    def draw(ax, position):
        ax.set_title("red and nothing")
        ax.imshow([[0.2, position]], cmap="hsv")

    only = ["#ff0000", "#ffffff", "#000000"]
    *_, stack = demos.gallery(draw, colors=only, dpi=50, position={"a": 0.8}).children
    data = base64.b64decode(re.search('base64,([^"]+)', stack.children[0].value)[1])
    found = Image.open(io.BytesIO(data)).convert("RGB").getcolors()
    assert {color for _, color in found} <= {(255, 0, 0), (255, 255, 255), (0, 0, 0)}


def test_the_playground_trains_what_was_chosen():
    x = np.array([[-1.0, 0.0], [1.0, 0.0], [-1.0, 0.1], [1.0, 0.1]], dtype=np.float32)
    data = {"easy": (x, np.array([0, 1, 0, 1])), "XOR": xor()}
    chosen = {"activations": ("tanh",), "rates": (1e-9, 1.0), "epochs": (1, 300)}
    widget = demos.network_playground(data, networks=((), (8,)), **chosen)
    right = [alt.split(": ")[1] for alt in pictures(widget.children[-1])]
    # Each four belong to one network on one data set; the last is fast and had time.
    assert [one == "4 of 4 correct" for one in right[3::4]] == [True, True, False, True]
    assert all(slow == start for start, slow in zip(right[0::4], right[1::4], strict=True))


def test_the_playground_without_hidden_layers_ignores_the_activation():
    data = {"points": xor()}
    widget = demos.network_playground(data, networks=((),), rates=(0.1,), epochs=(5, 6))
    (network,) = widget.children[-1].children[0].children
    tanh, relu = map(pictures, network.children)
    assert tanh == relu


def test_networks_of_several_rates_train_as_they_would_alone():
    x, y = xor(20, noise=0.1)
    x = x.astype(np.float64)
    together = _train(x, y, (3,), "tanh", np.array([0.1, 0.5]), (7,), 0)[7]
    alone = _train(x, y, (3,), "tanh", np.array([0.5]), (7,), 0)[7]
    manual_seed(0)
    model = MLP(2, (3,), 2, "tanh").double()
    fit(model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.5), x, y, epochs=7)
    for i, layer in enumerate(model.layers):
        np.testing.assert_allclose(together[i][0].numpy()[1], alone[i][0].numpy()[0], rtol=1e-9)
        np.testing.assert_allclose(alone[i][0].numpy()[0].T, layer.weight.numpy(), rtol=1e-9)
        np.testing.assert_allclose(alone[i][1].numpy()[0, 0], layer.bias.numpy(), rtol=1e-9)


def test_folding_doubles_the_edges_and_costs_four_units():
    stack = demos.fold_and_cut(folds=3, distances=(0.5,), turns=(0, 60), resolution=20).children[-1]
    assert pictures(stack) == [
        f"folds {folds}, units {4 * folds}; cut at 0.5, turned {turn}°: up to {edges}"
        for folds, edges in ((0, "1 edge"), (1, "2 edges"), (2, "4 edges"))
        for turn in (0, 60)
    ]


def test_a_cut_in_folded_paper_is_symmetric_once_unfolded():
    from nnlib.demos.representation import _folded

    x = np.random.default_rng(0).normal(size=(50, 2))
    for mirrored in (x * [1, -1], x * [-1, 1], x[:, ::-1]):
        np.testing.assert_allclose(_folded(mirrored, 3), _folded(x, 3), atol=1e-12)
    angle = np.arctan2(*_folded(x, 3).T[::-1])
    assert (angle >= 0).all()
    assert (angle <= np.pi / 4 + 1e-12).all()


def test_hidden_units_learn_to_enclose_a_ring():
    stack = demos.hidden_units(units=(1, 8), steps=(0, 300), resolution=10).children[-1]
    titles = pictures(stack)
    assert [title.rsplit(":", 1)[0] for title in titles] == [
        f"hidden units: {units}, step {step}" for units in (1, 8) for step in (0, 300)
    ]
    correct = [int(re.search(r"(\d+)% correct", title)[1]) for title in titles]
    assert correct[1] < 80 < 95 < correct[3]  # a single crease cannot enclose a ring


def test_more_relu_units_follow_a_function_more_closely():
    stack = demos.relu_units({"square": lambda x: x**2}, units=(1, 2, 4)).children[-1]
    # The chords of x² on parts of length h stay within h² / 4.
    assert pictures(stack) == [
        "square, hidden units: 1, largest error 0.250",
        "square, hidden units: 2, largest error 0.062",
        "square, hidden units: 4, largest error 0.016",
    ]


@pytest.mark.parametrize("name", ["SGD", "momentum", "Adagrad", "RMSprop", "Adam"])
def test_the_path_of_an_optimizer_leads_downhill(name):
    _, ax = plt.subplots()
    losses = demos.optimizer_path(ax, "valley", name, steps=100)
    assert len(losses) == 101
    assert losses[-1] < 0.005 * losses[0]
    plt.close()


def test_gradient_descent_does_not_notice_that_a_valley_is_turned_but_adagrad_does():
    _, ax = plt.subplots()
    ends = {
        (name, surface): demos.optimizer_path(ax, surface, name, steps=20)[-1]
        for name in ("SGD", "Adagrad")
        for surface in ("valley", "turned valley")
    }
    assert ends["SGD", "valley"] == pytest.approx(ends["SGD", "turned valley"], rel=1e-2)
    assert ends["Adagrad", "valley"] < 1e-6 < ends["Adagrad", "turned valley"]
    plt.close()


def test_a_path_beyond_the_limit_of_the_learning_rate_leaves_the_picture():
    _, ax = plt.subplots()
    assert demos.optimizer_path(ax, "valley", "SGD", factor=4.0)[-1] == np.inf  # 0.064 > 2 / 100
    plt.close()


@pytest.mark.parametrize("names", [("hill", "SGD"), ("valley", "SDG")])
def test_an_unknown_surface_or_optimizer_names_the_known(names):
    _, ax = plt.subplots()
    with pytest.raises(KeyError, match=r"known: .*(valley|SGD)"):
        demos.optimizer_path(ax, *names)
    plt.close()


def test_the_demo_of_optimizers_says_how_low_each_comes_and_which_leaves():
    titles = pictures(demos.optimizer_paths().children[-1])
    assert len(titles) == len(set(titles)) == 4 * 5 * 3
    lost = "SGD, valley, learning rate 0.064, 100 steps: left the picture"
    assert titles[2].split() == lost.split()
    expected = "SGD, valley, learning rate 0.064, 100 steps: left the picture"
    assert titles[2].split() == expected.split()


def test_a_diagonal_preconditioner_helps_along_the_axes_and_not_across_them():
    _, ax = plt.subplots()

    def steps(method, angle):
        return demos.preconditioned_path(ax, method, angle=angle, steps=300)

    assert steps("Newton", 45) == steps("Newton", 0) == steps("diagonal", 0) == 1
    assert steps("diagonal", 45) == steps("gradient descent", 45) == steps("gradient descent", 0)
    plt.close()


def test_an_unknown_preconditioner_names_the_known():
    _, ax = plt.subplots()
    with pytest.raises(KeyError, match="Newton"):
        demos.preconditioned_path(ax, "newton")
    plt.close()


def test_the_demo_of_preconditioners_counts_the_steps():
    titles = pictures(demos.preconditioners().children[-1])
    assert len(titles) == len(set(titles)) == 3 * 4 * 4
    assert titles[0].split()[-4:] == "steps to 1 %".split()


def test_the_polynomial_demo_reports_both_errors():
    stack = demos.polynomial_fit(degrees=(1, 11), sizes=(12,), ridges=(0.0, 10.0)).children[-1]
    errors = [[float(n) for n in re.findall(r"\d+\.\d+", alt)] for alt in pictures(stack)]
    assert len(errors) == 4
    assert errors[2][0] == 0.0  # degree 11, no penalty: 12 coefficients run through 12 points
    assert errors[3][0] > 0.0
    assert min(fresh for _, fresh in errors) > 0.3  # below the noise nobody comes


def test_a_penalized_polynomial_solves_the_normal_equations():
    x = np.linspace(-1, 1, 9)
    y = x**3 - x + 0.1 * np.cos(20 * x)
    features = np.polynomial.legendre.legvander(x, 4)
    expected = np.linalg.solve(features.T @ features + 0.5 * np.eye(5), features.T @ y)
    found = demos.generalization.ridge_polynomial(x, y, degree=4, ridge=0.5)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


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


def test_the_filter_demo_gives_the_size_of_the_output():
    image = np.arange(80.0).reshape(10, 8) / 80
    filters = {"slope": np.array([[-1, 0, 1]] * 3), "mean": np.ones((3, 3)) / 9}
    stack = demos.filter_playground(image, filters, strides=(1, 2), dilations=(1, 3)).children[-1]
    alts = pictures(stack)
    assert len(alts) == len(set(alts)) == 8
    assert "slope, s=1, d=1: 8 × 6 output" in alts
    assert "mean, s=2, d=3: 2 × 1 output" in alts


def test_the_output_of_the_filter_demo_are_sums_of_products():
    rng = np.random.default_rng(0)
    image, weight = rng.normal(size=(9, 8)), rng.normal(size=(3, 3))
    found = demos.convolution.filter_output(image, weight, stride=2, dilation=2)
    expected = [
        [np.sum(weight * image[i : i + 5 : 2, j : j + 5 : 2]) for j in (0, 2)] for i in (0, 2, 4)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_reader_demo_says_what_comes_and_what_it_costs():
    scores = np.log([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [1.0, 1.0, 1.0]])
    choices = {"temperatures": (0.5, 1.0), "top": 3}
    alts = pictures(demos.next_letter("a\nb", ["a", "b", "\n"], scores, **choices).children[-1])
    assert alts == [
        "a → ↵: 2.6 bits at τ = 0.5",  # 1/16 of 1/4 + 1/16 + 1/16
        "a → ↵: 2.0 bits at τ = 1",
        "a↵ → b: 6.0 bits at τ = 0.5",  # 0.01 of 0.66
        "a↵ → b: 3.3 bits at τ = 1",
    ]
    later = demos.next_letter("a\nb", ["a", "b", "\n"], scores, first=2, **choices)
    assert len(pictures(later.children[-1])) == 2


def test_the_attention_demo_follows_each_translation_to_its_end():
    weights = np.array([[0.25, 0.75], [0.9, 0.1]])
    examples = {"two": (["deux", "end"], ["two", "end"], weights), "x": (["x"], ["a"], [[1.0]])}
    alts = pictures(demos.attention_steps(examples).children[-1])
    assert alts == [
        "written: …\nnext: deux, attends to end (0.75)",
        "written: deux\nnext: end, attends to two (0.90)",
        "written: …\nnext: x, attends to a (1.00)",  # shorter: stays at its last token
        "written: …\nnext: x, attends to a (1.00)",
    ]


def test_the_attention_demo_names_the_strongest_look_of_each_head():
    weights = np.array([[[0.9, 0.1], [0.3, 0.7]], [[0.2, 0.8], [0.5, 0.5]]])
    sentences = {"a b": {"itself": (weights, ["a", "b"], ["a", "b"])}}
    alts = pictures(demos.attention_maps(sentences).children[-1])
    assert alts == ["head 1: a → a 0.90", "head 2: a → b 0.80"]


def test_a_cell_with_its_gates_set_right_holds_the_account():
    values, marks, resets = [1.0, 5.0, 2.0, 3.0], [1, 0, 1, 1], [0, 0, 0, 1]
    held = demos.lstm_gru.memory(values, marks, [1, 1, 1, 0])
    np.testing.assert_allclose(held, [1, 1, 3, 3])
    np.testing.assert_allclose(demos.lstm_gru.memory(values, [0.5] * 4, [0.5] * 4)[1], 2.75)
    alts = pictures(demos.gates_by_hand(values, marks, resets).children[-1])
    assert len(alts) == 21
    assert [alt for alt in alts if alt.endswith("off by 0.00 on average")] == [
        "f = 1, but 0 at resets; writes at marks only\noff by 0.00 on average"
    ]


@pytest.mark.parametrize("kind", demos.resnet.KINDS)
def test_the_stack_of_the_residual_demo_goes_back_as_the_engine_does(kind):
    skip, normalize = demos.resnet.KINDS[kind]
    rng = np.random.default_rng(0)
    z = first = scratch.Tensor(rng.standard_normal((6, 5)), requires_grad=True)
    for _ in range(4):
        weight = scratch.Tensor(rng.normal(0, np.sqrt(2 / 6), (6, 6)))
        normal = scratch.functional.layer_norm(z, (5,), eps=0.0) if normalize else z
        z = z * float(skip) + weight @ scratch.functional.relu(normal)
    z.backward(rng.standard_normal((6, 5)))
    signal, gradient = demos.resnet.propagate(4, skip=skip, normalize=normalize, width=6, batch=5)
    np.testing.assert_allclose(signal[-1], np.sqrt(np.mean(z.numpy() ** 2)), rtol=1e-9)
    np.testing.assert_allclose(
        gradient[0], np.sqrt(np.mean(np.asarray(first.grad) ** 2)), rtol=1e-9
    )


def test_the_residual_demo_says_how_signal_and_gradient_change():
    alts = pictures(demos.signal_and_gradient(depths=(8,), gains=(1.0,)).children[-1])
    assert len(alts) == 4
    assert all("8 layers" in alt and "gradient" in alt for alt in alts)


def test_the_worst_change_of_an_image_lowers_the_share_of_its_label_the_most():
    manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3)).double()
    images, labels = np.full((1, 1, 2, 2), 0.5), np.array([1])
    stack = demos.worst_and_random_changes(net, images, labels, steps=(0, 4), levels=16)
    alts = pictures(stack.children[-1])
    assert len(alts) == 4
    assert alts[0].startswith("a 1, at random, 0/16")
    assert alts[3].startswith("a 1, the worst, 4/16")

    def share(image):
        scores = net(Tensor(image[None])).numpy()[0]
        return np.exp(scores[1]) / np.exp(scores).sum()

    worst = demos.cnn._gradient_signs(net, images[0], 1)
    coins = np.random.default_rng(1).choice([-1.0, 1.0], size=(50, 1, 2, 2))
    lowest = min(share(images[0] + 0.01 * coin) for coin in coins)
    assert share(images[0] + 0.01 * worst) <= lowest < share(images[0])


def test_the_tokenizer_demo_counts_merges_and_tokens():
    tokenizer = BytePairEncoding.train("a cat, a hat, a bat", vocab_size=258)
    widget = demos.tokenization(tokenizer, {"short": "a cat", "new": "bee"}, (0, 2))
    assert pictures(widget.children[-1]) == [
        "0 merges: 5 tokens",
        "2 merges: 4 tokens",
        "0 merges: 3 tokens",
        "2 merges: 3 tokens",
    ]


def test_the_attention_demo_says_how_much_a_head_looks_at_what_followed():
    copying = np.zeros((4, 4))
    copying[[0, 1, 2, 3], [0, 0, 1, 2]] = (
        1.0  # position 2 repeats position 0, which position 1 followed
    )
    even = np.tril(np.ones((4, 4))) / np.arange(1, 5)[:, None]
    maps = {0: {"a": even, "b": even}, 9: {"a": even, "b": copying}}
    alts = pictures(demos.induction_heads(maps, list("xyxy"), period=2).children[-1])
    assert alts == [
        "a, step 0: 0.29 on what followed",  # the mean of 1/3 and 1/4
        "a, step 9: 0.29 on what followed",
        "b, step 0: 0.29 on what followed",
        "b, step 9: 1.00 on what followed",
    ]


def test_the_memory_demo_counts_as_its_source_does():
    alts = pictures(demos.memory_per_device(billions=(7.5,), processes=(1, 64)).children[-1])
    assert alts == [
        "7.5 billion, 1 device: 0 of 4 fit into 80 GB",
        "7.5 billion, 64 devices: 3 of 4 fit into 80 GB",
    ]
    stages = demos.training_at_scale.STAGES.values()
    kept = [sum(demos.training_at_scale.bytes_per_parameter(64, s).values()) for s in stages]
    # The figures of Rajbhandari et al. (2020) for 7.5 billion parameters, in gigabytes.
    np.testing.assert_allclose(np.multiply(kept, 7.5), [120, 31.4, 16.6, 1.9], atol=0.05)
