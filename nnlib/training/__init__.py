"""Training runs: recipes, tasks with losses and metrics, the loop for either backend, and records.

Read ``recipe`` (what a run depends on), ``recipes`` (those of the book), ``tasks``, ``losses`` and
``metrics`` (what is learned, and how it is measured), then ``trainer`` with its two backends,
``numpy_trainer`` and ``torch_trainer``; ``run_dir``, ``checkpoint`` and ``records`` hold the
results.
"""
