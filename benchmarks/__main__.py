"""Time every task on both sides and print a table of ratios; with a file name, write JSON too.

Rounds alternate between the sides, so a slow moment of the machine affects both. The allocator is
kept warm: otherwise PyTorch returns memory after each step and looks slower than it is.
"""

import json
import os
import platform
import statistics
import sys
from pathlib import Path
from time import perf_counter

WARM_ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "2000000000",
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "MALLOC_TOP_PAD_": "268435456",
}
ROUNDS = 15
ROUND_SECONDS = 0.05


def seconds(function, repeats):
    """Mean seconds of a call."""
    start = perf_counter()
    for _ in range(repeats):
        function()
    return (perf_counter() - start) / repeats


def compare(ours, theirs):
    """Median seconds of both sides, measured in turn, after a warm-up."""
    repeats = []
    for function in (ours, theirs):
        seconds(function, 3)
        repeats.append(max(1, round(ROUND_SECONDS / seconds(function, 3))))
    times = ([], [])
    for _ in range(ROUNDS):
        for side, function in enumerate((ours, theirs)):
            times[side].append(seconds(function, repeats[side]))
    return [statistics.median(side) for side in times]


def fastest(function):
    """Least seconds of a call over a few repeats, after a warm-up: a limit, not a typical time."""
    repeats = max(1, round(ROUND_SECONDS / 5 / seconds(function, 2)))
    return min(seconds(function, repeats) for _ in range(5))


def machine():
    """What was measured, and where."""
    import numpy
    import torch

    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "simd": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
    }


def measure():
    """One row for each task, dtype and number of threads."""
    import torch
    from threadpoolctl import threadpool_limits

    from benchmarks.limit import limit
    from benchmarks.tasks import TASKS

    rows = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        with threadpool_limits(threads):
            for name, task in TASKS.items():
                for dtype in ("float32", "float64"):
                    ours, theirs = compare(*task(dtype))
                    products = limit(name, dtype, fastest)
                    rows.append(
                        {
                            "task": name,
                            "dtype": dtype,
                            "threads": threads,
                            "nnlib_ms": 1e3 * ours,
                            "torch_ms": 1e3 * theirs,
                            "ratio": ours / theirs,
                            "products_ms": products and 1e3 * products,
                            "own_limit": products and ours / products,
                        }
                    )
    return rows


def table(rows):
    """The rows as a Markdown table."""
    lines = [
        "| task | dtype | threads | nnlib, ms | PyTorch, ms | ratio | over own products |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        limit = "-" if row["own_limit"] is None else f"{row['own_limit']:.2f}"
        lines.append(
            "| {task} | {dtype} | {threads} | {nnlib_ms:.3f} | {torch_ms:.3f} | "
            "{ratio:.2f} | {limit} |".format(limit=limit, **row)
        )
    return "\n".join(lines)


def main(paths):
    """Measure, print, and write the JSON file if one is named."""
    if not WARM_ALLOCATOR.items() <= os.environ.items():  # malloc reads them only at startup
        os.execve(sys.executable, [*sys.orig_argv], os.environ | WARM_ALLOCATOR)
    rows = measure()
    print(*(f"{key}: {value}" for key, value in machine().items()), sep=", ")
    print()
    print(table(rows))
    if paths:
        path = Path(paths[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")
        print(f"\n{path}")


if __name__ == "__main__":
    main(sys.argv[1:])
