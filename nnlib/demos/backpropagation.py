"""Interactive figures of the chapter on backpropagation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from nnlib import plot
from nnlib.demos.gallery import gallery


def backpropagation_steps(
    graph: Mapping[
        str, tuple[Sequence[str], Callable[..., float], Callable[..., tuple[float, ...]]]
    ],
    positions: Mapping[str, tuple[float, float]],
    **inputs: Mapping[str, Mapping[str, float]],
) -> widgets.VBox:
    """Step through a small computation: forward for the values, backward for the gradients.

    Args:
        graph: {node: (inputs, function, derivatives)} in order of computation. ``inputs`` are
            the names of the input nodes, in a string if each is one letter; ``derivatives``
            returns the derivative with respect to each input.
        positions: {node: (x, y)}, for the inputs of the graph too.
        inputs: one keyword, the name of the first slider: {label: {input node: value}}.

    Returns:
        The widget.
    """
    names = [*graph]
    (choice,) = inputs
    edges = [(source, name) for name in names for source in graph[name][0]]

    def draw(ax: Any, step: int, **chosen: Any) -> None:
        values, done = dict(chosen[choice]), names[: min(step, len(names))]
        for name in done:
            sources, function, _ = graph[name]
            values[name] = function(*(values[i] for i in sources))
        what = f"forward, {done[-1]} = {_number(values[done[-1]])}" if done else "the inputs"
        gradients: dict[str, float] = {}
        waiting: dict[str, int] = {}
        if step > len(names):
            gradients = {names[-1]: 1}
            waiting = {i: sum(source == i for source, _ in edges) for i, _ in edges}
            what = f"backward from {names[-1]}: 1"
            for name in names[::-1][: step - len(names) - 1]:
                sources, _, derivatives = graph[name]
                local = derivatives(*(values[i] for i in sources))
                for source, derivative in zip(sources, local, strict=True):
                    gradients[source] = gradients.get(source, 0) + gradients[name] * derivative
                    waiting[source] -= 1
                reached = [
                    f"{i} {_number(gradients[i])}" + (" so far" if waiting[i] else "")
                    for i in sources
                ]
                what = f"backward through {name}: {', '.join(reached)}"
        plot.passes(
            positions,
            edges,
            {name: _number(value) for name, value in values.items()},
            {n: f"∂ {_number(g)}" + ("…" if waiting.get(n) else "") for n, g in gradients.items()},
            ax=ax,
        )
        ax.set_title(f"step {step}: {what}")

    sliders: dict[str, Any] = {
        **inputs,
        "step": {str(step): step for step in range(2 * len(names) + 2)},
    }
    return gallery(draw, size=(5.0, 4.2), **sliders)


def _number(value: float) -> str:
    """A number in few digits, with a minus sign as wide as a plus."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
