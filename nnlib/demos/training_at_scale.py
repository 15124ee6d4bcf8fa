"""Interactive figures of the chapter on training at scale."""

from collections.abc import Collection, Sequence

import ipywidgets as widgets

from nnlib import plot
from nnlib.demos.gallery import gallery

# What the stages of ZeRO shard across processes (Rajbhandari et al., 2020).
STAGES: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "+ optimizer": ("optimizer",),
    "+ gradients": ("optimizer", "gradients"),
    "+ weights": ("optimizer", "gradients", "weights"),
}
BYTES = {"weights": 2, "gradients": 2, "optimizer": 12}


def bytes_per_parameter(processes: int, sharded: Collection[str]) -> dict[str, float]:
    """Bytes per parameter that each process stores, by kind.

    Assumes mixed precision with Adam: weights and gradients in 16 bits; a copy of the weights and
    two moment estimates in 32 bits.

    Args:
        processes: number of processes.
        sharded: the kinds that are divided evenly among the processes.

    Returns:
        {kind: bytes}.

    Example:
        >>> bytes_per_parameter(4, ["optimizer"])
        {'weights': 2.0, 'gradients': 2.0, 'optimizer': 3.0}
    """
    return {kind: size / (processes if kind in sharded else 1.0) for kind, size in BYTES.items()}


def memory_per_device(
    *,
    billions: Sequence[float] = (0.125, 1.5, 7.5, 70, 175),
    processes: Sequence[int] = (1, 2, 8, 64, 512),
    limit: float = 80,
) -> widgets.VBox:
    """Memory per device for a model, without activations, at the four stages of sharding.

    Args:
        billions: sizes of the model, in 10⁹ parameters.
        processes: numbers of devices.
        limit: memory of a device in gigabytes, drawn as a line.

    Returns:
        The widget.
    """
    colors = [plot.PALETTE[name] for name in ("blue", "orange", "green")]

    def draw(ax, parameters, devices):
        fits = []
        for row, sharded in enumerate(STAGES.values()):
            left = 0.0
            kept = bytes_per_parameter(devices, sharded)
            for (kind, size), color, hatch in zip(
                kept.items(), colors, ("", "//", ".."), strict=True
            ):
                ax.barh(
                    row, size * parameters, left=left, height=0.6, color=color, hatch=hatch,
                    ec=plot.PALETTE["paper"], lw=0, label=kind if row == 0 else None,
                )  # fmt: skip
                left += size * parameters
            ax.text(left + 0.015 * 16 * parameters, row, f"{left:.3g}", va="center", fontsize=9)
            fits.append(left <= limit)
        edge = 16 * parameters * 1.6  # room for the legend on the right
        ax.set(xlim=(0, edge), ylim=(3.6, -0.6), xlabel="gigabytes on each device")
        if limit < edge:
            ax.axvline(limit, color=plot.PALETTE["ink"], ls="--", lw=1.4)
        ax.set_yticks(range(4), STAGES)
        ax.legend(loc="center right", fontsize=9)
        ax.set_title(
            f"{parameters:g} billion, {devices} device{'s' * (devices > 1)}: "
            f"{sum(fits)} of 4 fit into {limit} GB"
        )

    return gallery(
        draw,
        size=(5.4, 3.2),
        parameters={f"{value:g} billion": value for value in billions},
        devices={str(value): value for value in processes},
    )
