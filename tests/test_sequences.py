"""What sequence layers and models do beyond one forward and backward pass."""

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nnlib import pytorch, scratch
from nnlib.scratch import Tensor, gradcheck, nn
from nnlib.scratch import functional as F
from nnlib.scratch.nn.graph import normalized_edges

EXACT = {"rtol": 1e-9, "atol": 1e-12}


def floats(*shape):
    return Tensor(np.zeros(shape, dtype=np.float32))


def twins(name, **settings):
    """One module on both sides, in float64 with the same weights."""
    module = getattr(scratch.nn, name)(**settings).double()
    twin = getattr(pytorch.nn, name)(**settings).double()
    twin.load_state_dict(pytorch.from_numpy(module.state_dict()))
    return module, twin


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_lengths_do_what_packed_sequences_do(name, bidirectional, batch_first):
    module, twin = twins(
        name,
        input_size=3,
        hidden_size=2,
        num_layers=2,
        bidirectional=bidirectional,
        batch_first=batch_first,
    )
    lengths = [2, 5, 1, 4]
    array = np.random.default_rng(0).standard_normal((4, 5, 3) if batch_first else (5, 4, 3))
    x = Tensor(array, requires_grad=True)
    tx = torch.tensor(array, requires_grad=True)

    output, final = module(x, lengths=lengths)
    packed = pack_padded_sequence(tx, lengths, batch_first, enforce_sorted=False)
    packed_output, twin_final = twin(packed)
    twin_output, _ = pad_packed_sequence(packed_output, batch_first)
    finals = final if name == "LSTM" else (final,)
    twin_finals = twin_final if name == "LSTM" else (twin_final,)

    pairs = [(output, twin_output), *zip(finals, twin_finals, strict=True)]
    loss = twin_loss = 0.0
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), **EXACT)
        loss, twin_loss = loss + (ours * ours).sum(), twin_loss + (theirs * theirs).sum()
    loss.backward()
    twin_loss.backward()
    np.testing.assert_allclose(x.grad, tx.grad.numpy(), **EXACT)
    for parameter, other in zip(module.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(parameter.grad, other.grad.numpy(), **EXACT)


@pytest.mark.parametrize("need_weights", [False, True])
def test_a_query_with_all_keys_masked_gets_zero_attention(need_weights):
    module = nn.MultiheadAttention(4, 2, bias=False)
    x = Tensor(np.ones((3, 1, 4), dtype=np.float32), requires_grad=True)
    mask = np.array([[False, True, True], [True, True, True], [True, True, False]])
    output, weights = module(x, x, x, need_weights=need_weights, attn_mask=mask)
    output.sum().backward()
    np.testing.assert_array_equal(output.numpy()[1], 0)
    assert np.isfinite(x.grad).all()
    if need_weights:
        np.testing.assert_array_equal(weights.numpy(), [[[1, 0, 0], [0, 0, 0], [0, 0, 1]]])


def test_attention_drops_weights_in_training_only():
    scratch.manual_seed(0)
    module = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = Tensor(np.random.default_rng(0).standard_normal((50, 2, 4)).astype(np.float32))
    dropped = module(x, x, x)[1].numpy()
    assert 0.2 < (dropped == 0).mean() < 0.3  # dropped in both heads
    np.testing.assert_allclose(dropped.sum(axis=-1).mean(), 1, atol=0.05)
    np.testing.assert_allclose(module.eval()(x, x, x)[1].numpy().sum(axis=-1), 1, rtol=1e-5)
    plain, fast = (module(x, x, x, need_weights=n)[0].numpy() for n in (True, False))
    np.testing.assert_allclose(plain, fast, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("is_causal", [False, True])
def test_attention_drops_the_same_with_and_without_weights(is_causal):
    x = Tensor(np.random.default_rng(0).standard_normal((2, 7, 4)).astype(np.float32))
    outputs = []
    for need_weights in (False, True):
        scratch.manual_seed(0)
        module = nn.MultiheadAttention(4, 2, dropout=0.5, batch_first=True)
        out, _ = module(x, x, x, need_weights=need_weights, is_causal=is_causal)
        outputs.append(out.numpy())
    np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-6)


def test_the_product_of_rotated_vectors_depends_on_their_distance_alone():
    rotary = nn.RotaryEmbedding(8)
    q, k = (Tensor(v) for v in np.random.default_rng(0).standard_normal((2, 1, 8)))
    products = [
        (rotary(q, start=a).numpy() * rotary(k, start=a + 3).numpy()).sum() for a in (0, 1, 50)
    ]
    np.testing.assert_allclose(products, products[0], rtol=1e-9)


GPT = {"vocab_size": 11, "block_size": 8, "num_layers": 2, "num_heads": 2, "embed_dim": 8}


def model_twins(name, **settings):
    """A model on both sides, with weights large enough for clear decisions."""
    model = getattr(scratch.models, name)(**settings).double()
    twin = getattr(pytorch.models, name)(**settings).double()
    rng = np.random.default_rng(0)
    model.load_state_dict({k: rng.standard_normal(v.shape) for k, v in model.state_dict().items()})
    twin.load_state_dict(pytorch.from_numpy(model.state_dict()))
    return model, twin


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_char_rnn_generates_the_same_on_both_sides(cell):
    twins = model_twins("CharRNN", vocab_size=9, embed_dim=4, hidden_size=5, cell=cell)
    ours, theirs = (
        model.generate([[1, 2, 3], [4, 5, 6]], 20, top_k=5, generator=np.random.default_rng(0))
        for model in twins
    )
    assert ours.shape == (2, 23)
    np.testing.assert_array_equal(ours, theirs.numpy())


@pytest.mark.parametrize(
    ("name", "settings", "hidden"),
    [
        ("Seq2Seq", {"hidden_size": 5}, {"lengths": [3, 1]}),
        ("Seq2Seq", {"hidden_size": 5, "attention": "dot"}, {}),
        (
            "Transformer",
            {"num_heads": 2, "num_layers": 2, "dim_feedforward": 6},
            {"src_key_padding_mask": np.array([[False, False, True], [False, True, True]])},
        ),
    ],
)
def test_greedy_decoding_is_the_same_on_both_sides_and_follows_the_logits(name, settings, hidden):
    model, twin = model_twins(name, src_vocab_size=7, tgt_vocab_size=8, embed_dim=4, **settings)
    source = np.array([[1, 2, 3], [4, 5, 6]])
    ours = model.greedy_decode(Tensor(source), 0, 6, **hidden)
    if "src_key_padding_mask" in hidden:
        hidden_twin = {"src_key_padding_mask": torch.tensor(hidden["src_key_padding_mask"])}
    else:
        hidden_twin = hidden
    np.testing.assert_array_equal(
        ours, twin.greedy_decode(torch.tensor(source), 0, 6, **hidden_twin).numpy()
    )
    before = np.concatenate([np.zeros((2, 1), int), ours[:, :-1]], axis=1)
    logits = model(Tensor(source), Tensor(before), **hidden)
    logits = logits[0] if isinstance(logits, tuple) else logits
    np.testing.assert_array_equal(logits.numpy().argmax(axis=-1), ours)


def test_what_lies_beyond_the_end_of_a_source_changes_nothing():
    settings = {"src_vocab_size": 7, "tgt_vocab_size": 8, "embed_dim": 4}
    target = Tensor(np.array([[0, 1]]))
    seq2seq, _ = model_twins("Seq2Seq", hidden_size=5, **settings)
    transformer, _ = model_twins(
        "Transformer", num_heads=2, num_layers=1, dim_feedforward=6, **settings
    )
    padding = np.array([[False, False, True]])
    for run in (
        lambda source: seq2seq(Tensor(source), target, lengths=[2])[0],
        lambda source: transformer(Tensor(source), target, padding),
    ):
        one, other = (run(np.array([[1, 2, last]])).numpy() for last in (3, 6))
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("library", "name", "settings"),
    [
        ("nn", "RNN", {"input_size": 90, "hidden_size": 80}),
        ("nn", "LSTM", {"input_size": 90, "hidden_size": 80, "bidirectional": True}),
        ("nn", "GRU", {"input_size": 90, "hidden_size": 80}),
        ("nn", "MultiheadAttention", {"embed_dim": 120, "num_heads": 4}),
        ("nn", "TransformerDecoderLayer", {"d_model": 120, "nhead": 4, "dim_feedforward": 90}),
        ("nn", "GCNConv", {"in_channels": 120, "out_channels": 90}),
        (
            "models",
            "GPT",
            {
                "vocab_size": 90,
                "block_size": 80,
                "num_layers": 2,
                "num_heads": 2,
                "embed_dim": 64,
            },
        ),
        (
            "models",
            "Transformer",
            {
                "src_vocab_size": 90,
                "tgt_vocab_size": 90,
                "num_layers": 1,
                "num_heads": 2,
                "embed_dim": 64,
                "dim_feedforward": 80,
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_are_initialized_with_the_spread_of_pytorchs(library, name, settings):
    scratch.manual_seed(0)
    torch.manual_seed(0)
    module = getattr(getattr(scratch, library), name)(**settings)
    expected = getattr(getattr(pytorch, library), name)(**settings).state_dict()
    for key, ours in module.state_dict().items():
        theirs = expected[key].numpy()
        spread = 6 / np.sqrt(ours.size)  # six standard errors, or nearly
        np.testing.assert_allclose(ours.std(), theirs.std(), rtol=spread, err_msg=key)
        np.testing.assert_allclose(ours.mean(), theirs.mean(), atol=spread * ours.std() + 1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0},
        {"temperature": 0.7},
        {"top_k": 3},
        {"top_k": 99},
        {"top_p": 0.6},
        {"top_k": 5, "top_p": 0.9, "temperature": 2.0},
    ],
    ids=str,
)
def test_gpt_generates_the_same_with_and_without_cache_and_on_both_sides(settings):
    start = np.array([[1, 2, 3], [4, 5, 6]])
    runs = [
        np.asarray(
            model.generate(
                start, 12, generator=np.random.default_rng(0), use_cache=use_cache, **settings
            )
        )
        for model in model_twins("GPT", **GPT)
        for use_cache in (True, False)
    ]
    assert runs[0].shape == (2, 15)
    np.testing.assert_array_equal(runs[0][:, :3], start)
    for run in runs[1:]:
        np.testing.assert_array_equal(run, runs[0])


@pytest.mark.parametrize("side", [0, 1], ids=["scratch", "pytorch"])
def test_gpt_with_a_cache_gives_the_logits_of_the_whole_sequence(side):
    model = model_twins("GPT", **GPT)[side]
    tokens = np.random.default_rng(1).integers(0, 11, (2, 7))
    tensor = torch.tensor if side else Tensor
    whole = np.asarray(model(tensor(tokens)).detach())
    cache = [()] * 2
    parts = [model(tensor(tokens[:, a:b]), cache).detach() for a, b in ((0, 3), (3, 4), (4, 7))]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, **EXACT)


def test_gpt_does_not_look_ahead():
    model, _ = model_twins("GPT", **GPT)
    tokens = np.arange(7)[None]
    changed = tokens.copy()
    changed[0, 4:] = 0
    before, after = (model(Tensor(t)).numpy()[0] for t in (tokens, changed))
    np.testing.assert_array_equal(before[:4], after[:4])
    assert np.abs(before[4:] - after[4:]).min() > 0


def test_sampling_draws_each_class_as_often_as_its_probability_says():
    probabilities = np.array([0.1, 0.4, 0.0, 0.3, 0.2])
    with np.errstate(divide="ignore"):
        logits = np.tile(np.log(probabilities), (10000, 1))
    draws = (np.arange(10000) + 0.5) / 10000
    for settings, expected in (
        ({}, probabilities),
        ({"temperature": 0.5}, probabilities**2 / (probabilities**2).sum()),
        ({"top_k": 2}, [0, 4 / 7, 0, 3 / 7, 0]),
        ({"top_p": 0.75}, [0, 4 / 9, 0, 3 / 9, 2 / 9]),
        ({"top_p": 0.1}, [0, 1, 0, 0, 0]),
    ):
        chosen = scratch.sampling.sample(logits, draws, **settings)
        np.testing.assert_allclose(np.bincount(chosen, minlength=5) / 10000, expected, atol=2e-4)
        twin = pytorch.sampling.sample(torch.tensor(logits), torch.tensor(draws), **settings)
        assert (twin.numpy() == chosen).mean() > 0.999  # a draw can fall on an edge


SAMPLERS = pytest.mark.parametrize(
    "sample",
    [
        scratch.sampling.sample,
        lambda logits, draws, **settings: pytorch.sampling.sample(
            torch.tensor(logits), torch.tensor(draws), **settings
        ).numpy(),
    ],
    ids=["scratch", "pytorch"],
)


@SAMPLERS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("logits", "settings", "allowed"),
    [
        ([3, 2, 1, 0], {"top_p": 0.5}, {0}),
        ([10, 0, -np.inf], {}, {0, 1}),
        ([-np.inf, 5, -np.inf, 5], {"top_k": 3}, {1, 3}),
        ([0, -1e4, 0], {"temperature": 1e-3}, {0, 2}),
        ([1, 2, 3], {"temperature": 1e-320}, {2}),
        ([2, 2, 2, 2], {"top_k": 2}, {0, 1}),
    ],
)
def test_no_forbidden_class_is_ever_drawn(sample, dtype, logits, settings, allowed):
    draws = np.array([0.0, 1e-300, 0.25, 0.5, 0.75, 1 - 2.0**-25, 1 - 2.0**-53])
    rows = np.tile(np.array(logits, dtype), (len(draws), 1))
    assert set(sample(rows, draws, **settings).tolist()) <= allowed


@SAMPLERS
def test_a_draw_on_the_edge_between_two_classes_belongs_to_the_later_one(sample):
    draws = np.array([0.0, 0.25, 0.5, 0.75])
    np.testing.assert_array_equal(sample(np.zeros((4, 4)), draws), [0, 1, 2, 3])


@SAMPLERS
def test_top_p_stops_at_the_class_with_which_the_sum_reaches_it(sample):
    draws = np.linspace(0, 1, 9)[:-1]
    chosen = sample(np.zeros((8, 4)), draws, top_p=0.5)
    assert set(chosen.tolist()) == {0, 1}


@SAMPLERS
@pytest.mark.parametrize(
    ("logits", "settings"),
    [
        *(([1.0, 2.0], {"temperature": value}) for value in (-1, np.nan, np.inf)),
        *(([1.0, 2.0], {"top_k": value}) for value in (0, -1, 1.5)),
        *(([1.0, 2.0], {"top_p": value}) for value in (0, -0.1, 1.1, np.nan)),
        *(([value, 0.0], {}) for value in (np.nan, np.inf)),
        ([-np.inf, -np.inf], {"temperature": 0}),
    ],
)
def test_what_defines_no_distribution_is_refused(sample, logits, settings):
    with pytest.raises(ValueError, match="must be"):
        sample(np.array([logits]), np.array([0.5]), **settings)


@pytest.mark.parametrize("models", [scratch.models, pytorch.models], ids=["scratch", "pytorch"])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("GPT", GPT | {"num_heads": 3}),
        (
            "Transformer",
            {
                "src_vocab_size": 3,
                "tgt_vocab_size": 3,
                "embed_dim": 4,
                "num_heads": 3,
                "num_layers": 1,
                "dim_feedforward": 2,
            },
        ),
    ],
)
def test_heads_must_divide_the_features_on_both_sides(models, name, settings):
    with pytest.raises(ValueError, match="must be a multiple of num_heads"):
        getattr(models, name)(**settings)


@pytest.mark.parametrize(
    ("library", "tensor"), [(scratch.nn, Tensor), (pytorch.nn, torch.tensor)], ids=["ours", "torch"]
)
@pytest.mark.parametrize(
    ("name", "start", "shape"),
    [
        ("SinusoidalPositionalEncoding", 3, (1, 3, 4)),
        ("SinusoidalPositionalEncoding", -1, (1, 3, 4)),
        ("SinusoidalPositionalEncoding", 0, (1, 3, 2)),
        ("SinusoidalPositionalEncoding", 0, (3, 4)),
        ("RotaryEmbedding", -1, (1, 3, 4)),
        ("RotaryEmbedding", 0, (1, 3, 6)),
    ],
)
def test_positions_out_of_range_are_refused_on_both_sides(library, tensor, name, start, shape):
    settings = {"max_len": 5} if name.startswith("Sinusoidal") else {}
    module = getattr(library, name)(4, **settings)
    with pytest.raises(ValueError, match=f"{name} expects"):
        module(tensor(np.zeros(shape)), start=start)


@pytest.mark.parametrize("padding", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize(
    ("name", "settings"),
    [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})],
    ids=str,
)
def test_padding_reaches_neither_value_nor_gradient(name, settings, padding):
    module = getattr(nn, name)(3, 4, num_layers=2, bidirectional=True, **settings).double()
    clean = np.random.default_rng(0).standard_normal((400, 2, 3))
    if name == "RNN":
        module.weight_hh_l0.data *= 8  # with ReLU, a state that grows in 400 steps to infinity
    results = []
    for value in (0.0, padding):
        array = clean.copy()
        array[1:, 0] = value
        array[2:, 1] = value
        x = Tensor(array, requires_grad=True)
        module.zero_grad()
        output, final = module(x, lengths=[1, 2])
        grad = np.ones(output.shape)
        grad[2:] = np.nan
        output.backward(grad)
        final = final[0] if name == "LSTM" else final
        results.append([output.numpy(), final.numpy(), x.grad])
        results[-1] += [parameter.grad for parameter in module.parameters()]
    for expected, actual in zip(*results, strict=True):
        assert np.isfinite(actual).all()
        np.testing.assert_array_equal(actual, expected)


def test_a_graph_convolution_adds_only_the_missing_self_loops():
    sources, targets, weights = normalized_edges(np.array([[0, 0, 1], [0, 1, 0]]), 3)
    edges = dict(zip(zip(sources.tolist(), targets.tolist(), strict=True), weights, strict=True))
    assert len(sources) == 5
    assert edges == pytest.approx({(0, 1): 0.5, (1, 0): 0.5, (0, 0): 0.5, (1, 1): 0.5, (2, 2): 1})


def test_keys_and_values_in_the_cache_are_not_changed_by_later_tokens():
    model, _ = model_twins("GPT", **GPT)
    cache = [()] * 2
    model(Tensor(np.array([[1, 2, 3]])), cache)
    first = [tensor for pair in cache for tensor in pair]
    before = [tensor.numpy().copy() for tensor in first]
    model(Tensor(np.array([[4]])), cache)
    assert cache[0][0].shape[2] == 4
    for tensor, copy in zip(first, before, strict=True):
        np.testing.assert_array_equal(tensor.numpy(), copy)


def test_attention_passes_the_gradient_of_its_mask():
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((2, 3, 4)))
    mask = Tensor(rng.standard_normal((3, 3)), requires_grad=True)
    for need_weights in (False, True):
        module = nn.MultiheadAttention(4, 2, batch_first=True).double()
        assert gradcheck(
            lambda m, module=module, need=need_weights: module(
                x, x, x, attn_mask=m, need_weights=need
            )[0],
            (mask,),
        )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.RNN(0, 2), ValueError, "input_size must be 1 or more, got 0"),
        (lambda: nn.RNN(2, 2, nonlinearity="relux"), ValueError, '"tanh" or "relu", got .relux'),
        (lambda: nn.GRU(2, 2, proj_size=1), TypeError, "proj_size"),
        (
            lambda: nn.LSTM(3, 2)(floats(4, 3)),
            ValueError,
            r"LSTM expects \(time, batch, 3\), got \(4, 3\)",
        ),
        (lambda: nn.GRU(3, 2, batch_first=True)(floats(1, 4, 2)), ValueError, "batch, time, 3"),
        (lambda: nn.GRU(3, 2)(Tensor(np.zeros((4, 1, 3)))), TypeError, "float32 weights"),
        (
            lambda: nn.LSTM(3, 2)(floats(4, 1, 3), (floats(1, 1, 2), floats(1, 2))),
            ValueError,
            r"2 initial state\(s\) \(1, 1, 2\), got \(1, 1, 2\), \(1, 2\)",
        ),
        (
            lambda: nn.RNN(3, 2)(floats(4, 2, 3), lengths=[4, 0]),
            ValueError,
            r"from 1 to 4, got \[4, 0\]",
        ),
        (lambda: nn.RNN(3, 2)(floats(4, 2, 3), lengths=[4]), ValueError, "2 integers"),
        (
            lambda: F.scaled_dot_product_attention(*[floats(2, 3)] * 3),
            ValueError,
            r"expects query \(N, ..., L, E\)",
        ),
        (
            lambda: F.scaled_dot_product_attention(
                *[floats(1, 3, 2)] * 3, floats(3, 3), is_causal=True
            ),
            ValueError,
            "not both",
        ),
        (lambda: nn.MultiheadAttention(5, 2), ValueError, "multiple of num_heads, got 5 and 2"),
        (lambda: nn.MultiheadAttention(4, 2, kdim=3), TypeError, "kdim"),
        (
            lambda: nn.MultiheadAttention(4, 2)(floats(3, 1, 4), *[floats(3, 1, 2)] * 2),
            ValueError,
            r"\(batch, S, 4\)",
        ),
        (
            lambda: nn.MultiheadAttention(4, 2)(*[floats(3, 1, 4)] * 3, attn_mask=floats(2, 3)),
            ValueError,
            r"attn_mask must be \(3, 3\) or \(2, 3, 3\), got \(2, 3\)",
        ),
        (
            lambda: nn.MultiheadAttention(4, 2)(*[floats(3, 1, 4)] * 3, floats(3, 1)),
            ValueError,
            r"key_padding_mask must be \(1, 3\), got \(3, 1\)",
        ),
        (
            lambda: nn.TransformerEncoderLayer(4, 2, activation="tan"),
            ValueError,
            "'relu', 'gelu'.*, got 'tan'",
        ),
        (lambda: nn.SinusoidalPositionalEncoding(3), ValueError, "even number of features, got 3"),
        (
            lambda: nn.SinusoidalPositionalEncoding(4, max_len=5)(floats(1, 3, 4), start=3),
            ValueError,
            "within 5 positions",
        ),
        (
            lambda: scratch.models.GPT(**GPT)(Tensor(np.zeros((1, 9), int))),
            ValueError,
            r"at most 8 positions, got \(1, 9\)",
        ),
        (
            lambda: scratch.models.GPT(**GPT)(Tensor(np.zeros((1, 0), int))),
            ValueError,
            r"got \(1, 0\)",
        ),
        (
            lambda: scratch.models.GPT(**GPT).generate([[1]], 1, temperature=-1),
            ValueError,
            "temperature must be a finite number of at least 0",
        ),
        (
            lambda: scratch.models.GPT(**GPT).generate([[1]], 1, top_k=0),
            ValueError,
            "top_k must be an integer of at least 1",
        ),
        (
            lambda: scratch.models.GPT(**GPT).generate([[1]], 1, top_p=1.5),
            ValueError,
            "top_p must be above 0",
        ),
        (
            lambda: scratch.models.CharRNN(3, 2, 2, cell="elman"),
            ValueError,
            "'rnn', 'lstm', 'gru'.*, got 'elman'",
        ),
        (
            lambda: scratch.models.Seq2Seq(3, 3, 2, 2, attention="sharp"),
            ValueError,
            '"additive" or "dot", got .sharp',
        ),
        (
            lambda: nn.GCNConv(2, 2)(floats(3, 2), np.array([[0, 3], [1, 0]])),
            ValueError,
            "nodes from 0 to 2, got 0 to 3",
        ),
        (
            lambda: nn.GCNConv(2, 2)(floats(3, 2), np.array([[0, 1, 2]])),
            ValueError,
            r"integers \(2, edges\), got int64 \(1, 3\)",
        ),
        (lambda: nn.RotaryEmbedding(5), ValueError, "even"),
        (
            lambda: nn.RotaryEmbedding(4)(floats(3, 2)),
            ValueError,
            r"time, 4\) and a start of at least 0, got \(3, 2\)",
        ),
    ],
)
def test_misuse_gets_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()
