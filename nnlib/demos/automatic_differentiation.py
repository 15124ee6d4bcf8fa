"""Interactive figures of the chapter on automatic differentiation."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.lines import Line2D

from nnlib import plot
from nnlib.demos.gallery import gallery

_LOOK = {
    "forward": ("o", plot.PALETTE["ink"]),
    "recomputed": ("s", plot.PALETTE["orange"]),
    "backward": ("<", plot.PALETTE["blue"]),
}
_MEMORY = "#C9D1DB"


def tangent_of_a_program(
    programs: Mapping[str, tuple[Callable[[float], float], Callable[[float], float]]],
    *,
    angles: Sequence[int] = tuple(range(15, 76, 5)),
    width: float = 6.0,
) -> widgets.VBox:
    """The landing distance of a throw against its angle, and the tangent that an engine computes.

    Args:
        programs: {name: (distance, derivative)}, two functions of the angle in degrees; the
            derivative is per degree.
        angles: at which the tangent can be drawn.
        width: of the interval of angles shown around each, in degrees.

    Returns:
        The widget, with one slider for the program and one for the angle.
    """

    def draw(ax, program, angle):
        name, (distance, derivative) = program
        grid = np.linspace(angle - width / 2, angle + width / 2, 121)
        curve = np.array([distance(degrees) for degrees in grid])
        jumps = np.abs(np.diff(curve, prepend=curve[0])) > 5 * np.ptp(curve) / len(grid)
        ax.plot(grid, np.where(jumps, np.nan, curve), color=plot.PALETTE["blue"], lw=1.8)
        reached, slope = distance(angle), derivative(angle)
        ends = np.array([angle - width / 3, angle + width / 3])
        ax.plot(ends, reached + slope * (ends - angle), "--", color=plot.PALETTE["orange"])
        ax.plot(angle, reached, "o", color=plot.PALETTE["orange"])
        ax.set(xlabel="angle in degrees", ylabel="distance in meters")
        ax.set_ylim(reached - 4.5, reached + 4.5)
        ax.set_title(f"{name}, {angle}°: {slope:+.2f} m per degree", fontsize=10)

    return gallery(
        draw,
        size=(5.0, 3.4),
        program={name: (name, functions) for name, functions in programs.items()},
        angle={f"{angle}": angle for angle in angles},
    )


def checkpoint_schedule(
    layers: int, every: int
) -> tuple[list[tuple[str, int]], list[tuple[int, int, int]]]:
    """The order of computation with activation checkpointing.

    The backward pass of a layer needs the layer's output, which is freed afterwards. Outputs that
    were not kept are recomputed from the last checkpoint before them.

    Args:
        layers: number of layers in the chain.
        every: the outputs of the layers ``every``, 2 ``every``, ... and of the last are kept.

    Returns:
        Events as pairs (kind, layer), where kind is "forward", "recomputed" or "backward";
        and the lifetime of each output in memory, as triples (layer, first event, last event).
    """
    events: list[tuple[str, int]] = []
    born: dict[int, int] = {}  # layer -> event from which its output is in memory
    lives = []
    for layer in range(1, layers + 1):
        if layer % every == 0 or layer == layers:
            born[layer] = len(events)
        events.append(("forward", layer))
    for last in range(layers, 0, -1):
        first = (last - 1) // every * every + 1  # of the segment of this layer
        for layer in range(first, last):
            if layer not in born:
                born[layer] = len(events)
                events.append(("recomputed", layer))
        lives.append((last, born.pop(last), len(events)))
        events.append(("backward", last))
    return events, lives


def checkpoint_timeline(layers: int = 16) -> widgets.VBox:
    """Keep only every k-th activation of a chain: less memory, more computation.

    Args:
        layers: number of layers in the chain; one picture is drawn for each k from 1 up to it.

    Returns:
        The widget.
    """

    def draw(ax, keep_every):
        events, lives = checkpoint_schedule(layers, keep_every)
        for layer, start, end in lives:
            ax.plot([start, end], [layer, layer], color=_MEMORY, lw=3.5, zorder=1)
        for kind, (marker, color) in _LOOK.items():
            times = [time for time, event in enumerate(events) if event[0] == kind]
            where = [events[time][1] for time in times]
            ax.plot(times, where, marker, color=color, ms=6, zorder=2)
        held = max(
            sum(start <= time <= end for _, start, end in lives) for time in range(len(events))
        )
        recomputed = sum(kind == "recomputed" for kind, _ in events)
        ax.set(
            xlim=(-1, 3 * layers),
            ylim=(0, layers + 1),
            xlabel="step of the computation",
            ylabel="layer",
        )
        ax.set_title(
            f"keep every {keep_every}: at most {held} outputs in memory, {recomputed} recomputed",
            fontsize=10,
        )
        handles = [
            *(
                Line2D([], [], marker=marker, color=color, ls="", ms=6, label=kind)
                for kind, (marker, color) in _LOOK.items()
            ),
            Line2D([], [], color=_MEMORY, lw=3.5, label="in memory"),
        ]
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=4)

    return gallery(
        draw, size=(5.2, 3.9), keep_every={f"{every}": every for every in range(1, layers + 1)}
    )
