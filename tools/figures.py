"""Draw the figures of pages that are not notebooks: `python tools/figures.py`, from the root.

The introduction's figure is a real run: one network, written twice, trained twice. The README's
picture of a page is a screenshot of the built book: `python tools/figures.py page`.
"""

import shutil
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

from nnlib import plot, pytorch, scratch
from nnlib.data import digits
from nnlib.data.batching import batches

BUILT_TWICE = Path("chapters/images/built_twice.png")
PAGE = Path("chapters/images/page.png")
SHOWN = "foundations/perceptron.html"
SETTLED = "async () => { await MathJax.startup.promise; await document.fonts.ready; }"


def twins():
    """The same small network on both sides, in float64, with the same weights."""
    scratch.manual_seed(0)
    models = [
        nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)).double()
        for nn in (scratch.nn, pytorch.nn)
    ]
    models[1].load_state_dict(pytorch.from_numpy(models[0].state_dict()))
    return models


def train_both(steps=200):
    """Losses of both sides at each step, and the largest difference in loss, gradients, weights."""
    ours, theirs = twins()
    our_sgd = scratch.optim.SGD(ours.parameters(), lr=0.1, momentum=0.9)
    their_sgd = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    split = digits()
    x, y = split.x_train.astype(np.float64), split.y_train
    rng = np.random.default_rng(0)
    losses, differences = [], []
    while len(losses) < steps:
        for images, labels in batches(x, y, batch_size=64, generator=rng, drop_last=True):
            loss = scratch.nn.CrossEntropyLoss()(
                ours(scratch.Tensor(images)), scratch.Tensor(labels)
            )
            twin_loss = pytorch.nn.CrossEntropyLoss()(
                theirs(torch.from_numpy(images)), torch.from_numpy(labels)
            )
            for optimizer, result in ((our_sgd, loss), (their_sgd, twin_loss)):
                optimizer.zero_grad()
                result.backward()
                optimizer.step()
            losses.append((loss.item(), twin_loss.item()))
            apart = [abs(loss.item() - twin_loss.item())]
            for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
                apart.append(np.abs(p.grad - q.grad.numpy()).max())
                apart.append(np.abs(p.numpy() - q.detach().numpy()).max())
            differences.append(max(apart))
    return np.array(losses[:steps]), np.array(differences[:steps])


def draw_built_twice():
    """Draw both loss curves in one panel, and the largest difference in another."""
    losses, differences = train_both()
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.0))
    left.plot(losses[:, 1], lw=5, color=plot.PALETTE["sky"], label="PyTorch")
    left.plot(losses[:, 0], lw=1.2, color=plot.PALETTE["ink"], label="NumPy, from scratch")
    left.set(title="two programs, one curve", xlabel="step", ylabel="loss", ylim=(0, None))
    left.legend()
    right.semilogy(differences, lw=1.2, color=plot.PALETTE["orange"])
    right.axhline(1e-9, ls="--", lw=1.2, color=plot.PALETTE["ink"])
    right.text(0, 2e-9, "allowed", va="bottom")
    right.set(title="how far apart", xlabel="step", ylabel="largest difference", ylim=(1e-17, 1e-7))
    return fig


def screenshot_page():
    """Photograph a page of the built book, as a reader sees it on a small laptop."""
    from playwright.sync_api import sync_playwright

    address = f"{Path('_build/html/chapters').resolve().as_uri()}/{SHOWN}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 800}, color_scheme="light")
        page.goto(address)
        page.evaluate(SETTLED)
        page.locator("article img").first.evaluate("image => image.scrollIntoView(false)")
        page.screenshot(path=PAGE)
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["page"]:
        screenshot_page()
        print(PAGE)
    else:
        plot.use_style()
        draw_built_twice().savefig(BUILT_TWICE, metadata={"Software": None})
        print(BUILT_TWICE)
