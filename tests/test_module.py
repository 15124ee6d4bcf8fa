"""Modules, losses and optimizers: state, modes, and errors for what a user can get wrong."""

import numpy as np
import pytest
import torch

from nnlib.scratch import Tensor, manual_seed, models, nn
from nnlib.scratch import functional as F
from nnlib.scratch.nn.conv import _windows
from nnlib.scratch.nn.window import output_size


class Counter(nn.Module):
    """A layer with a buffer and a child."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 3)
        self.register_buffer("seen", np.zeros(1, dtype=np.int64))


def test_state_dict_holds_parameters_and_buffers_under_dotted_names():
    assert [*Counter().state_dict()] == ["seen", "inner.weight", "inner.bias"]


def test_state_dict_is_a_copy():
    layer = nn.Linear(2, 3)
    before = layer.state_dict()
    layer.weight.data += 1
    assert not np.array_equal(before["weight"], layer.weight.numpy())


def test_a_shared_parameter_is_listed_once_but_saved_under_both_names():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert "1.weight" in model.state_dict()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda state: state.pop("inner.bias"), KeyError, "missing .'inner.bias'"),
        (lambda state: state.update(extra=np.ones(1)), KeyError, "unexpected .'extra'"),
        (
            lambda state: state.update({"inner.bias": np.ones(2)}),
            ValueError,
            r"inner.bias must have shape \(3,\), got \(2,\)",
        ),
    ],
)
def test_a_state_dict_that_does_not_fit_changes_nothing(change, error, message):
    module = Counter()
    before = module.state_dict()
    state = {name: value + 1 for name, value in before.items()}
    change(state)
    with pytest.raises(error, match=message):
        module.load_state_dict(state)
    for name, value in module.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    "value", [torch.zeros(3, dtype=torch.bfloat16), np.array(["a"] * 3), [object()] * 3]
)
def test_a_state_that_is_no_array_of_numbers_is_refused_by_name(value):
    module = Counter()
    with pytest.raises(TypeError, match=r"inner.bias .*convert it first"):
        module.load_state_dict({**module.state_dict(), "inner.bias": value})


def test_parameters_of_either_library_can_be_loaded():
    module, other = nn.Linear(2, 3), torch.nn.Linear(2, 3)
    module.load_state_dict(dict(other.named_parameters()))
    np.testing.assert_array_equal(module.bias.numpy(), other.bias.detach().numpy())
    module.load_state_dict(dict(nn.Linear(2, 3).named_parameters()))
    assert not np.array_equal(module.bias.numpy(), other.bias.detach().numpy())


def test_a_state_dict_shares_no_memory_with_the_module_it_is_loaded_into():
    first, second = Counter(), Counter()
    saved = first.state_dict()
    second.load_state_dict(saved)
    for module in (first, second):
        for name, value in module._state().items():
            assert not np.shares_memory(np.asarray(value), saved[name])


def test_a_shared_module_is_listed_once_as_in_pytorch():
    for library in (nn, torch.nn):
        shared = library.Linear(2, 2)
        model = library.Sequential(shared, library.Sequential(shared), shared)
        assert [name for name, _ in model.named_modules()] == ["", "0", "1"]
        assert [name for name, _ in model.named_children()] == ["0", "1"]
        assert len([*model.modules()]) == 3
        assert [name for name, _ in model.named_modules(remove_duplicate=False)] == [
            *("", "0", "1", "1.0", "2"),
        ]
        assert sorted(model.state_dict()) == sorted(
            f"{path}.{name}" for path in ("0", "1.0", "2") for name in ("weight", "bias")
        )


def test_a_slice_of_a_container_is_a_container_of_the_same_modules():
    for library in (nn, torch.nn):
        model = library.Sequential(library.Linear(2, 3), library.ReLU(), library.Linear(3, 1))
        assert type(model[:2]) is library.Sequential
        assert [*model[:2].state_dict()] == ["0.weight", "0.bias"]
        assert model[1:][1] is model[-1]
        assert type(library.ModuleList(model)[1:]) is library.ModuleList


def test_conversion_takes_the_gradients_along():
    layer = nn.Linear(2, 3)
    layer(Tensor(np.ones((1, 2), np.float32))).sum().backward()
    assert layer.double().bias.grad.dtype == np.float64
    assert layer.float().bias.grad.tolist() == [1.0, 1.0, 1.0]


def test_parameters_of_python_numbers_are_float32_copies():
    assert nn.Parameter([1.0]).dtype == np.float32
    assert nn.Parameter(np.ones(1)).dtype == np.float64


def test_a_buffer_cannot_be_registered_twice():
    with pytest.raises(KeyError, match="buffer 'seen' already"):
        Counter().register_buffer("seen", np.zeros(1))


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(Counter(), nn.ReLU())
    assert not any(module.training for module in model.eval().modules())
    assert all(module.training for module in model.train().modules())


def test_double_converts_parameters_but_not_integer_buffers():
    module = Counter().double()
    assert module.inner.weight.dtype == np.float64
    assert module.seen.dtype == np.int64
    assert module.float().inner.weight.dtype == np.float32


def test_repr_shows_the_tree():
    assert repr(nn.Sequential(nn.Linear(2, 3), nn.ReLU())) == (
        "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): ReLU()\n)"
    )


def test_one_seed_repeats_the_initial_weights():
    states = []
    for seed in (0, 0, 1):
        manual_seed(seed)
        states.append(nn.Linear(3, 3).weight.numpy())
    np.testing.assert_array_equal(states[0], states[1])
    assert not np.array_equal(states[0], states[2])


def test_linear_starts_uniform_within_one_over_root_of_inputs():
    manual_seed(0)
    weight = nn.Linear(400, 500).weight.numpy()
    assert np.abs(weight).max() <= 1 / 20
    assert abs(weight.std() - 1 / 20 / np.sqrt(3)) < 1e-4


def floats(*shape):
    return Tensor(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Linear(4, 2)(floats(2, 3)), ValueError, r"expects \(..., 4\), got \(2, 3\)$"),
        (lambda: nn.Linear(784, 2)(floats(2, 1, 28, 28)), ValueError, "flatten the input first"),
        (
            lambda: nn.Linear(2, 2)(Tensor(np.zeros((1, 2)))),
            TypeError,
            "float32 weights, got float64",
        ),
        (lambda: nn.Linear(0, 2), ValueError, "at least one input"),
        (lambda: nn.Linear(2, 2, color="red"), TypeError, "color"),
        (lambda: F.mse_loss(floats(2), floats(2, 1)), ValueError, "of the same shape"),
        (lambda: F.mse_loss(floats(0), floats(0)), ValueError, "empty batch"),
        (lambda: F.mse_loss(floats(2), floats(2), reduction="max"), ValueError, "'mean', 'sum'"),
        (
            lambda: F.binary_cross_entropy_with_logits(floats(2), Tensor([0.0, 2.0])),
            ValueError,
            "between 0 and 1, got 0.0 to 2.0",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(floats(1), Tensor([float("nan")])),
            ValueError,
            "between 0 and 1",
        ),
        (
            lambda: F.cross_entropy(floats(2, 3), Tensor([0, 3])),
            ValueError,
            "from 0 to 2, got 0 to 3",
        ),
        (lambda: F.cross_entropy(floats(2, 3), Tensor([0, -1])), ValueError, "got -1 to 0"),
        (lambda: F.cross_entropy(floats(2, 3), floats(2)), TypeError, "integer class indices"),
        (lambda: F.cross_entropy(floats(2, 3), Tensor([0])), ValueError, r"\(2, 3\) and \(1,\)"),
        (
            lambda: F.cross_entropy(floats(0, 3), Tensor(np.zeros(0, int))),
            ValueError,
            "empty batch",
        ),
        (
            lambda: F.cross_entropy(floats(2, 3, 4), Tensor([0, 1])),
            ValueError,
            r"got \(2, 3, 4\) and \(2,\)",
        ),
        (
            lambda: F.cross_entropy(floats(2, 3), Tensor([-100, -100])),
            ValueError,
            "at least one target that is not ignored",
        ),
        (
            lambda: F.cross_entropy(floats(1, 3), Tensor([0]), label_smoothing=1.5),
            ValueError,
            "from 0 to 1, got 1.5",
        ),
        (
            lambda: nn.CrossEntropyLoss(Tensor([1.0, 2.0]))(floats(1, 3), Tensor([0])),
            ValueError,
            r"3 class weights of dtype float32, got shape \(2,\), dtype float32",
        ),
        (
            lambda: nn.NLLLoss(np.ones(3))(floats(1, 3), Tensor([0])),
            ValueError,
            r"got shape \(3,\), dtype float64",
        ),
        (lambda: F.nll_loss(floats(2, 3), Tensor([0, 5])), ValueError, "from 0 to 2, got 0 to 5"),
        (lambda: F.kl_div(floats(2), floats(3)), ValueError, "of the same shape"),
        (lambda: F.kl_div(floats(2), Tensor([-1.0, 0.5])), ValueError, "pass log_target=True"),
        (lambda: F.huber_loss(floats(2), floats(2), delta=0.0), ValueError, "above 0, got 0.0"),
        (lambda: F.gelu(floats(2), approximate="erf"), ValueError, "'none' or 'tanh', got 'erf'"),
        (lambda: F.pad(floats(2), (1, 1, 1, 1)), ValueError, "up to 1 dimensions"),
        (lambda: F.pad(floats(2), (-1, 0)), ValueError, "0 or more"),
        (lambda: nn.GELU(inplace=True), TypeError, "inplace"),
        (lambda: nn.Sequential(np.tanh), TypeError, "expects Modules, got ufunc"),
        (lambda: floats(2, 3) @ floats(2, 3), ValueError, r"got \(2, 3\) and \(2, 3\)"),
        (lambda: nn.ModuleList([np.tanh]), TypeError, "ModuleList expects Modules, got ufunc"),
        (lambda: nn.Conv2d(3, 4, 3)(floats(1, 2, 5, 5)), ValueError, "expects 3 channels, got"),
        (lambda: nn.Conv2d(3, 4, 3)(floats(3, 5, 5)), ValueError, "add a batch dimension"),
        (lambda: nn.Conv2d(1, 1, 3)(floats(1, 1, 2, 5)), ValueError, "over 3 does not fit into 2"),
        (
            lambda: nn.Conv2d(1, 1, 3)(Tensor(np.zeros((1, 1, 3, 3)))),
            TypeError,
            "float32 weights, got float64",
        ),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "divide the channels, got 2 for 3 -> 4"),
        (lambda: nn.Conv2d(0, 4, 3), ValueError, "at least one input channel"),
        (lambda: nn.Conv2d(1, 1, 3, padding="same"), ValueError, "at least 0, .* got 'same'"),
        (
            lambda: nn.Conv2d(1, 1, 3, stride=0),
            ValueError,
            "stride must be an integer of at least 1",
        ),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="reflect"), TypeError, "padding_mode"),
        (lambda: nn.Conv1d(3, 4, 3)(floats(3, 5)), ValueError, r"\(batch, channels, length\)"),
        (
            lambda: nn.ConvTranspose2d(1, 1, 2, output_padding=1)(floats(1, 1, 3, 3)),
            ValueError,
            "output_padding must be smaller",
        ),
        (
            lambda: nn.ConvTranspose2d(1, 1, 1, padding=2)(floats(1, 1, 3, 3)),
            ValueError,
            r"would give height and width .-1, -1",
        ),
        (lambda: nn.MaxPool2d(2, padding=2)(floats(1, 1, 3, 3)), ValueError, "half of the window"),
        (lambda: nn.AvgPool2d(4)(floats(1, 1, 3, 3)), ValueError, "over 4 does not fit into 3"),
        (lambda: nn.AdaptiveAvgPool2d(2)(floats(3, 3)), ValueError, "channels, height, width"),
        (lambda: nn.Upsample(scale_factor=1.5)(floats(1, 1, 3, 3)), ValueError, "got 1.5"),
        (lambda: nn.Flatten()(floats(3)), ValueError, "dim must be from -1 to 0, got 1"),
        (
            lambda: nn.Flatten(2, 1)(floats(1, 2, 3)),
            ValueError,
            "start_dim before end_dim, got 2 and 1",
        ),
        (lambda: nn.BatchNorm1d(3)(floats(2, 4)), ValueError, r"\(batch, 3\) or"),
        (lambda: nn.BatchNorm2d(3)(floats(2, 3)), ValueError, "3, height, width"),
        (lambda: nn.BatchNorm1d(3)(floats(1, 3)), ValueError, "more than one value per channel"),
        (lambda: nn.LayerNorm(3)(floats(2, 4)), ValueError, r"expects \(..., 3\), got \(2, 4\)"),
        (lambda: nn.RMSNorm((2, 3))(floats(3)), ValueError, r"expects \(..., 2, 3\), got \(3,\)"),
        (lambda: nn.LayerNorm(3)(Tensor(np.zeros((2, 3)))), TypeError, "got float64 input"),
        (
            lambda: F.layer_norm(floats(1, 2, 3), (2, 3), bias=floats(6)),
            ValueError,
            r"weight and bias \(2, 3\), got \(6,\)",
        ),
        (
            lambda: F.rms_norm(floats(2, 3), (3,), floats(1)),
            ValueError,
            r"weight and bias \(3,\), got \(1,\)",
        ),
        (lambda: nn.GroupNorm(2, 3), ValueError, "must divide num_channels, got 2 and 3"),
        (lambda: nn.GroupNorm(2, 4)(floats(1, 6)), ValueError, r"\(batch, 4, ...\), got \(1, 6\)"),
        (lambda: nn.Dropout(1.5), ValueError, "from 0 to 1, got 1.5"),
        (lambda: F.dropout(floats(2), float("nan")), ValueError, "from 0 to 1, got nan"),
        (lambda: nn.Embedding(3, 2)(floats(2)), TypeError, "expects integers, got float32"),
        (lambda: nn.Embedding(3, 2)(Tensor([0, 3])), ValueError, "from 0 to 2, got 0 to 3"),
        (lambda: nn.Embedding(3, 2, padding_idx=3), ValueError, "from -3 to 2, got 3"),
        (lambda: models.MLP(2, [3], 1, "step"), ValueError, "'relu', 'sigmoid', 'tanh'.*'step'"),
        (lambda: models.LeNet(image_size=8), ValueError, "got 5 for 8"),
        (lambda: models.ResNet(18), ValueError, "8, 14, 20, ..., got 18"),
        (lambda: models.Perceptron(0), ValueError, "at least one input"),
        (lambda: models.MulticlassPerceptron(2, 1), ValueError, "2 or more, got 1"),
    ],
)
def test_misuse_gets_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Counter does not define forward"):
        Counter()(floats(2))


def test_module_list_registers_its_modules_in_order():
    modules = nn.ModuleList([nn.Linear(2, 3)])
    assert modules.append(nn.Linear(3, 1, bias=False)) is modules
    assert [*modules.state_dict()] == ["0.weight", "0.bias", "1.weight"]
    assert len(modules) == 2
    assert [*modules][-1] is modules[-1]


@pytest.mark.parametrize("layer", [nn.Conv2d, nn.ConvTranspose2d])
def test_convolution_starts_as_pytorch_does(layer):
    manual_seed(0)
    weight = layer(64, 32, 5, groups=2).weight.numpy()
    bound = 1 / np.sqrt(np.prod(weight.shape[1:]))
    assert np.abs(weight).max() <= bound
    assert abs(weight.std() * np.sqrt(3) / bound - 1) < 0.02


@pytest.mark.parametrize("shape", [(1, 1, 2, 2), (2, 3, 5, 4)])
@pytest.mark.parametrize(("size", "stride"), [(2, 1), (3, 2), (2, 3)])
def test_among_equal_pixels_the_first_gets_the_gradient(shape, size, stride):
    padding = size // 2
    pixels = np.random.default_rng(0).integers(0, 2, shape).astype(np.float64)
    x = Tensor(pixels, requires_grad=True)
    other = torch.tensor(pixels, requires_grad=True)
    F.max_pool2d(x, size, stride, padding).sum().backward()
    torch.nn.functional.max_pool2d(other, size, stride, padding).sum().backward()
    np.testing.assert_array_equal(x.grad, other.grad.numpy())


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_dropout_zeros_a_share_p_and_keeps_the_mean(p):
    manual_seed(0)
    x = Tensor(np.ones((200, 500), dtype=np.float32), requires_grad=True)
    layer = nn.Dropout(p)
    out = layer(x)
    kept = out.numpy() != 0
    assert abs(1 - kept.mean() - p) < 0.01
    np.testing.assert_allclose(out.numpy()[kept], 1 / (1 - p), rtol=1e-6)
    assert out.dtype == np.float32
    out.backward(2 * np.ones_like(x.numpy()))
    np.testing.assert_array_equal(x.grad, 2 * out.numpy())
    assert not np.array_equal(layer(x).numpy(), out.numpy())
    assert layer.eval()(x) is x


def test_one_seed_repeats_a_dropout_mask():
    outs = []
    for _ in range(2):
        manual_seed(3)
        outs.append(F.dropout(floats(50) + 1).numpy())
    np.testing.assert_array_equal(*outs)


@pytest.mark.parametrize("padding_idx", [1, -1])
def test_the_padding_of_an_embedding_starts_at_zero_and_learns_nothing(padding_idx):
    settings = {"num_embeddings": 4, "embedding_dim": 3, "padding_idx": padding_idx}
    layer, other = nn.Embedding(**settings), torch.nn.Embedding(**settings)
    assert not layer.weight.numpy()[padding_idx].any()
    assert layer.weight.numpy()[0].all()
    tokens = np.array([[0, 1, 1], [3, 2, 0]])
    for module, inputs in ((layer, Tensor(tokens)), (other, torch.tensor(tokens))):
        module(inputs).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad, other.weight.grad.numpy())


@pytest.mark.parametrize("momentum", [0.1, None])
def test_running_statistics_follow_pytorch_over_several_batches(momentum):
    layer = nn.BatchNorm1d(3, momentum=momentum).double()
    other = torch.nn.BatchNorm1d(3, momentum=momentum).double()
    rng = np.random.default_rng(0)
    for size in (4, 7, 2):
        batch = rng.standard_normal((size, 3)) + 5
        layer(Tensor(batch))
        other(torch.tensor(batch))
    for name, value in layer.state_dict().items():
        np.testing.assert_allclose(value, other.state_dict()[name].numpy(), rtol=1e-12)


IMAGE_LAYERS = [
    nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2),
    nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1),
    nn.MaxPool2d(3, padding=1),
    nn.AvgPool2d(2),
    nn.AdaptiveAvgPool2d(3),
    nn.Upsample(scale_factor=2),
    nn.BatchNorm2d(4),
    nn.GroupNorm(2, 4),
    nn.LayerNorm((5, 6)),
    nn.RMSNorm(6),
    nn.Dropout(),
]


@pytest.mark.parametrize("layer", IMAGE_LAYERS, ids=lambda layer: type(layer).__name__)
def test_an_image_layer_stays_in_float32_and_leaves_its_input_alone(layer):
    pixels = np.random.default_rng(0).standard_normal((2, 4, 5, 6)).astype(np.float32)
    before = pixels.copy()
    x = Tensor(pixels, requires_grad=True)
    out = layer(x)
    cotangent = np.ones(out.shape, dtype=np.float32)
    out.backward(cotangent)
    assert {out.dtype, x.grad.dtype} == {np.dtype(np.float32)}
    assert {parameter.grad.dtype for parameter in layer.parameters()} <= {np.dtype(np.float32)}
    assert {a.dtype for _, a in layer.named_buffers()} <= {np.dtype("f4"), np.dtype("i8")}
    np.testing.assert_array_equal(pixels, before)
    np.testing.assert_array_equal(cotangent, 1)


def test_windows_stay_inside_their_frame():
    checked = 0
    rng = np.random.default_rng(0)
    for _ in range(500):
        size, padding = rng.integers(1, 7, 2), rng.integers(0, 6, 2)
        kernel, stride, dilation = rng.integers(1, 8, 2), *rng.integers(1, 4, (2, 2))
        slide = tuple(tuple(values.tolist()) for values in (kernel, stride, padding, dilation))
        try:
            out_size = output_size(size.tolist(), *slide)
        except ValueError:
            continue
        frame, _, windows = _windows(2, size.tolist(), out_size, *slide, np.float32)
        low, high = np.lib.array_utils.byte_bounds(windows)
        assert np.lib.array_utils.byte_bounds(frame)[0] <= low
        assert high <= np.lib.array_utils.byte_bounds(frame)[1]
        checked += 1
    assert checked > 100


def test_stable_at_extreme_logits():
    x = Tensor(np.array([-1000.0, 1000.0]), requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, Tensor(np.array([1.0, 1.0])))
    loss.backward()
    assert loss.item() == 500.0
    np.testing.assert_array_equal(x.grad, [-0.5, 0.0])
    np.testing.assert_array_equal(F.sigmoid(x).numpy(), [0.0, 1.0])
    assert F.cross_entropy(Tensor(np.array([[0.0, 1000.0]])), Tensor([0])).item() == 1000.0
    assert F.softplus(x).numpy()[1] == 1000.0
    np.testing.assert_array_equal(F.silu(x).numpy(), [0.0, 1000.0])
    np.testing.assert_array_equal(F.gelu(x).numpy(), [0.0, 1000.0])
    np.testing.assert_array_equal(F.elu(x).numpy(), [-1.0, 1000.0])
