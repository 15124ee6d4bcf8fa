"""Explorations of the chapter on training at scale."""

from nnlib import plot
from nnlib.demos.gallery import gallery

# What is shared out among the processes, stage by stage (Rajbhandari et al., 2020).
STAGES = {
    "nothing": (),
    "+ optimizer": ("optimizer",),
    "+ gradients": ("optimizer", "gradients"),
    "+ weights": ("optimizer", "gradients", "weights"),
}
BYTES = {"weights": 2, "gradients": 2, "optimizer": 12}


def bytes_per_parameter(processes, shared):
    """Bytes that one process keeps of each parameter, by kind.

    Mixed precision with Adam: weights and gradients of 16 bits; a copy of the weights and two
    running means in 32.

    Args:
        processes: how many there are.
        shared: names of the kinds that are shared out evenly among them.

    Example:
        >>> bytes_per_parameter(4, ["optimizer"])
        {'weights': 2.0, 'gradients': 2.0, 'optimizer': 3.0}
    """
    return {kind: size / (processes if kind in shared else 1.0) for kind, size in BYTES.items()}


def memory_per_device(
    *, billions=(0.125, 1.5, 7.5, 70, 175), processes=(1, 2, 8, 64, 512), limit=80
):
    """What each device must hold for a model, without activations, for four ways of sharing.

    Args:
        billions: sizes of the model, in 10⁹ parameters.
        processes: numbers of devices.
        limit: memory of a device in gigabytes, drawn as a line.
    """
    colors = [plot.PALETTE[name] for name in ("blue", "orange", "green")]

    def draw(ax, parameters, devices):
        fits = []
        for place, shared in enumerate(STAGES.values()):
            left = 0.0
            kept = bytes_per_parameter(devices, shared)
            for (kind, size), color, hatch in zip(
                kept.items(), colors, ("", "//", ".."), strict=True
            ):
                ax.barh(
                    place, size * parameters, left=left, height=0.6, color=color, hatch=hatch,
                    ec=plot.PALETTE["paper"], lw=0, label=kind if place == 0 else None,
                )  # fmt: skip
                left += size * parameters
            ax.text(left + 0.015 * 16 * parameters, place, f"{left:.3g}", va="center", fontsize=9)
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
