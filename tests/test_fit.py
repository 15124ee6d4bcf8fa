"""The training loop of both sides: it learns, and it stops when the numbers do not make sense."""

import numpy as np
import pytest
import torch

from nnlib import pytorch, scratch
from nnlib.data import moons

SIDES = pytest.mark.parametrize(
    ("fit", "nn", "optim"),
    [
        (scratch.fit, scratch.nn, scratch.optim),
        (pytorch.fit, pytorch.nn, torch.optim),
    ],
    ids=["scratch", "pytorch"],
)


def test_both_sides_follow_the_same_losses():
    x, y = moons(60)
    losses = []
    start = scratch.nn.Sequential(
        scratch.nn.Linear(2, 8), scratch.nn.Tanh(), scratch.nn.Linear(8, 2)
    ).state_dict()
    for fit, nn, optim, state in (
        (scratch.fit, scratch.nn, scratch.optim, start),
        (pytorch.fit, pytorch.nn, torch.optim, pytorch.from_numpy(start)),
    ):
        model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)).double()
        model.load_state_dict(state)
        losses.append(
            fit(
                model,
                nn.CrossEntropyLoss(),
                optim.SGD(model.parameters(), lr=0.5, momentum=0.9),
                x.astype(np.float64),
                y,
                epochs=20,
                batch_size=16,
                generator=np.random.default_rng(0),
            )
        )
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-9)
    assert losses[0][-1] < losses[0][0] / 2


@SIDES
def test_a_diverging_run_stops_and_names_the_step(fit, nn, optim):
    x = np.ones((4, 1), dtype=np.float32)
    model = nn.Linear(1, 1, bias=False)
    model.load_state_dict(pytorch.from_numpy({"weight": np.ones((1, 1), dtype=np.float32)}))
    optimizer = optim.SGD(model.parameters(), lr=1e4)
    # Each step multiplies the weight by 1 - 2e4. At step 5 its square is about (2e4)^10 = 1e43,
    # more than the largest float32, 3.4e38.
    with pytest.raises(FloatingPointError, match=r"loss became inf at step 5 \(epoch 2\)"):
        fit(model, nn.MSELoss(), optimizer, x, 0 * x, epochs=9, batch_size=2)
    assert np.isfinite(np.asarray(model.state_dict()["weight"])).all()


@SIDES
def test_bad_values_in_the_data_stop_the_first_step(fit, nn, optim):
    x = np.full((4, 1), np.nan, dtype=np.float32)
    model = nn.Linear(1, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(FloatingPointError, match="nan at step 0"):
        fit(model, nn.MSELoss(), optimizer, x, x, epochs=1)


@SIDES
def test_unpaired_or_empty_data_is_refused(fit, nn, optim):
    model = nn.Linear(1, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x = np.ones((4, 1), dtype=np.float32)
    with pytest.raises(ValueError, match=r"lengths \[4, 3\]"):
        fit(model, nn.MSELoss(), optimizer, x, x[:3], epochs=1)
    with pytest.raises(ValueError, match="at least one sample"):
        fit(model, nn.MSELoss(), optimizer, x[:0], x[:0], epochs=1)
