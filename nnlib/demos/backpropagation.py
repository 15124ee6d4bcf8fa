"""Explorations of the backpropagation chapter."""

from nnlib import plot
from nnlib.demos.gallery import gallery


def backpropagation_steps(graph, places, **starts):
    """Go through a small computation, forward for the values and backward for the derivatives.

    Args:
        graph: {name: (inputs, function, slopes)} in the order of computation; ``inputs`` is a
            string with one letter for each input, and ``slopes`` gives one derivative for each.
        places: {name: (x, y)} for the results and for the leaves.
        starts: one keyword, the name of the first slider, with {label: {leaf: value}}: the
            computations to choose from.
    """
    names = [*graph]
    (choice,) = starts
    edges = [(source, name) for name in names for source in graph[name][0]]

    def draw(ax, step, **start):
        values, done = dict(start[choice]), names[: min(step, len(names))]
        for name in done:
            inputs, function, _ = graph[name]
            values[name] = function(*(values[i] for i in inputs))
        what = f"forward, {done[-1]} = {_number(values[done[-1]])}" if done else "the inputs"
        gradients, waiting = {}, {}
        if step > len(names):
            gradients = {names[-1]: 1}
            waiting = {i: sum(source == i for source, _ in edges) for i, _ in edges}
            what = f"backward from {names[-1]}: 1"
            for name in names[::-1][: step - len(names) - 1]:
                inputs, _, slopes = graph[name]
                local = slopes(*(values[i] for i in inputs))
                for source, slope in zip(inputs, local, strict=True):
                    gradients[source] = gradients.get(source, 0) + gradients[name] * slope
                    waiting[source] -= 1
                reached = [
                    f"{i} {_number(gradients[i])}" + (" so far" if waiting[i] else "")
                    for i in inputs
                ]
                what = f"backward through {name}: {', '.join(reached)}"
        plot.passes(
            places,
            edges,
            {name: _number(value) for name, value in values.items()},
            {n: f"∂ {_number(g)}" + ("…" if waiting.get(n) else "") for n, g in gradients.items()},
            ax=ax,
        )
        ax.set_title(f"step {step}: {what}")

    return gallery(
        draw,
        size=(6.6, 4.1),
        **starts,
        step={str(step): step for step in range(2 * len(names) + 2)},
    )


def _number(value):
    """Few digits, and a minus sign as wide as a plus."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
