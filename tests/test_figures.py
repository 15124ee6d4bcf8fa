"""The introduction's picture shows a real run: what its caption says must hold on this machine."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import figures  # noqa: E402


def test_the_twins_of_the_introduction_stay_together_while_they_learn():
    losses, differences = figures.train_both()
    assert losses.shape == (200, 2)
    assert losses[-20:].mean() < losses[:20].mean() / 5
    assert differences.max() < 1e-12, "the figure and its alt text say: far below 1e-9"


def test_the_picture_is_there():
    assert (ROOT / figures.BUILT_TWICE).stat().st_size > 10_000
