"""Prove that the chapters print the same on every processor.

    python tools/portable.py                       every kind of processor, every chapter
    python tools/portable.py --kind haswell --kind nudged-1e-9 chapters/vision/cnn.ipynb

Each chapter is executed as another *kind* of machine would, and compared with its stored outputs:
with the kernels that OpenBLAS, PyTorch, oneDNN, MKL and NumPy choose for other processors; with two
threads; and with all random numbers that the chapter draws, initial weights above all, changed by a
millionth. If the last changes what a cell prints, then a rounding error of training grows until
it shows, and a processor that nobody tried will show it too.

The numbers are noted before a cell rounds them (`tools/witness.py`). A number is close to a
rounding boundary if a small change of its value would change its text: a billionth of it, or twice
the largest difference among the kinds; and a thousandth where that difference is over a
hundred-thousandth, because there the training amplifies. Such a number is a fault, even if it
printed the same this time, but only a difference makes the exit status 1. Print what is stable:
fewer digits, a range, a count with slack, a verdict.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(__file__).resolve().parent
NBVAL = "--nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg".split()


def processor(openblas, aten, onednn, mkl, numpy):
    """The settings that make each numeric library choose its kernels for one processor."""
    return {
        "OPENBLAS_CORETYPE": openblas,
        "ATEN_CPU_CAPABILITY": aten,
        "ONEDNN_MAX_CPU_ISA": onednn,
        "MKL_ENABLE_INSTRUCTIONS": mkl,
        "NPY_DISABLE_CPU_FEATURES": numpy,
    }


AVX512 = "X86_V4 AVX512_ICL AVX512_SPR"
# A kind of machine: its settings, and the flag of /proc/cpuinfo without which it cannot be tried.
KINDS = {
    "default": ({}, ""),
    "nehalem": (processor("Nehalem", "default", "SSE41", "SSE4_2", f"X86_V3 {AVX512}"), "sse4_2"),
    "haswell": (processor("Haswell", "avx2", "AVX2", "AVX2", AVX512), "avx2"),
    "zen": (processor("Zen", "avx2", "AVX2", "AVX2", AVX512), "avx2"),
    "skylake": (processor("SkylakeX", "avx512", "AVX512_CORE", "AVX512", ""), "avx512bw"),
    "cooperlake": (processor("Cooperlake", "avx512", "ALL", "AVX512", ""), "avx512_bf16"),
    "two-threads": ({"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}, ""),
    "nudged-1e-12": ({"NNLIB_NUDGE": "1e-12"}, ""),
    "nudged-1e-9": ({"NNLIB_NUDGE": "1e-9"}, ""),
    "nudged-1e-6": ({"NNLIB_NUDGE": "1e-6"}, ""),
}
EXACT = 1e-9  # relative change that a number of an exact computation must bear
AMPLIFIED = 1e-5  # relative difference among the kinds from which on training has amplified
TRAINED = 1e-3  # relative change that a number of an amplifying training must bear


class Run(NamedTuple):
    """What one kind made of one chapter."""

    cells: int  # compared
    different: dict[int, str]  # number of a code cell, from 0 as nbval counts -> what differed
    notes: dict[int, list]  # number of a code cell -> [(value, spec), ...] in order
    seconds: float


def supported(kind):
    """Whether this machine can run as that kind."""
    flag = KINDS[kind][1]
    cpuinfo = Path("/proc/cpuinfo")
    return not flag or (cpuinfo.exists() and flag in cpuinfo.read_text("utf-8").split())


def execute(kind, chapter):
    """Re-execute a chapter as one kind of machine, compare it, and collect its notes."""
    with tempfile.TemporaryDirectory() as folder:
        report, notes = Path(folder) / "report.xml", Path(folder) / "notes"
        settings = {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONSTARTUP": str(TOOLS / "kernel_startup.py"),
            "NNLIB_NOTES": str(notes),
            **KINDS[kind][0],
        }
        started = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *NBVAL]
        done = subprocess.run(
            [*command, f"--junitxml={report}", str(chapter)],
            cwd=ROOT,
            env=os.environ | settings,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - started
        if done.returncode not in (0, 1):
            sys.exit(
                f"{kind}: {chapter}: pytest failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        cases = [*ElementTree.parse(report).iter("testcase")]
        different = {
            int(case.get("name").rsplit(" ", 1)[1]): "".join(fault.itertext())
            for case in cases
            for fault in (*case.iter("failure"), *case.iter("error"))
        }
        collected = {}
        for line in notes.read_text("utf-8").splitlines():
            number, value, spec = json.loads(line)
            collected.setdefault(number, []).append((value, spec))
        return Run(len(cases), different, collected, seconds)


def printed(value, spec):
    """Text of a number, or None if Python cannot format floats so (as with ``d``)."""
    try:
        return format(value, spec)
    except ValueError:
        return None


def flips(value, spec, change):
    """Whether moving ``value`` by ``change``, up or down, changes its rounded text."""
    texts = {printed(value + step, spec) for step in (-change, 0, change)}
    return len(texts) > 1


def change_to_bear(values):
    """How far a number may move elsewhere, given its values as each kind computed it."""
    value = values[0]
    difference = max(abs(other - value) for other in values)
    bear = max(EXACT * abs(value), 2 * difference)
    return max(bear, TRAINED * abs(value)) if difference > AMPLIFIED * abs(value) else bear


def margin(value, spec):
    """The smallest relative change, in steps of a factor of 1.25, that changes the text."""
    change = 1e-16
    while change < 1 and not flips(value, spec, change * abs(value)):
        change *= 1.25
    return change


def compared_text(chapter):
    """The stored text of each code cell whose output is compared, by nbval's number."""
    cells = [c for c in nbformat.read(chapter, as_version=4).cells if c.cell_type == "code"]
    texts = {}
    for number, cell in enumerate(cells):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        parts = []
        for output in cell.outputs:
            parts.append(output.get("text", ""))
            parts += [str(v) for k, v in output.get("data", {}).items() if k.startswith("text/")]
        texts[number] = "\n".join(parts)
    return texts


def close_to_boundary(chapter, runs):
    """(cell, text, margin, change to bear) of each printed number that may flip elsewhere."""
    first, *others = runs
    for number, text in compared_text(chapter).items():
        notes = first.notes.get(number, [])
        specs = [spec for _, spec in notes]
        aligned = [
            run.notes.get(number, [])
            for run in others
            if [spec for _, spec in run.notes.get(number, [])] == specs
        ]
        for index, (value, spec) in enumerate(notes):
            shown = printed(value, spec)
            if shown is None or shown.strip() not in text or value == 0:
                continue
            bear = change_to_bear([value, *(other[index][0] for other in aligned)])
            if flips(value, spec, bear):
                yield number, shown.strip(), margin(value, spec), bear / abs(value)


def show_faults(chapter, runs):
    """Print what differed and what may, cell by cell; return the number of each."""
    cells = {}
    for kind, run in runs.items():
        for number in run.different:
            cells.setdefault(number, []).append(f"differs: {kind}")
    close = {}
    for number, shown, relative, bear in close_to_boundary(chapter, [*runs.values()]):
        close.setdefault(number, {})[shown] = f"{shown} (bears {relative:.0e}, needs {bear:.0e})"
    for number, numbers in close.items():
        cells.setdefault(number, []).append("close: " + ", ".join(numbers.values()))
    for number, faults in sorted(cells.items()):
        print(f"{chapter} cell {number}\n    " + "\n    ".join(faults))
    return len({number for run in runs.values() for number in run.different}), len(close)


def main():
    """Run the kinds over the chapters; print the faulty cells and a table of the kinds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-k", "--kind", action="append", choices=[*KINDS], help="default: all")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="chapters at a time")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what differed")
    parser.add_argument("chapters", nargs="*", type=Path)
    args = parser.parse_args()
    chapters = args.chapters or sorted((ROOT / "chapters").rglob("*.ipynb"))
    kinds = [kind for kind in args.kind or KINDS if supported(kind)]
    different, close = 0, 0
    totals = {kind: [0, 0, 0.0] for kind in kinds}
    with ThreadPoolExecutor(args.jobs) as pool:
        results = {
            chapter: {kind: pool.submit(execute, kind, chapter) for kind in kinds}
            for chapter in chapters
        }
        for chapter, waiting in results.items():
            runs = {kind: future.result() for kind, future in waiting.items()}
            faults = show_faults(os.path.relpath(chapter), runs)
            different, close = different + faults[0], close + faults[1]
            for kind, run in runs.items():
                if args.verbose:
                    print(*run.different.values(), sep="\n")
                totals[kind][0] += run.cells
                totals[kind][1] += len(run.different)
                totals[kind][2] += run.seconds
            sys.stdout.flush()
    print(f"\n{'kind':<14}{'cells':>7}{'different':>11}{'seconds':>9}")
    for kind in KINDS:
        if kind in totals:
            cells, failed, seconds = totals[kind]
            print(f"{kind:<14}{cells:>7}{failed:>11}{seconds:>9.0f}")
        elif not supported(kind):
            print(f"{kind:<14}  skipped: this processor has no {KINDS[kind][1]}")
    print(f"\ncells with numbers close to a rounding boundary: {close}")
    sys.exit(f"cells that differ: {different}" if different else 0)


if __name__ == "__main__":
    main()
