"""How fast is nnlib? Ratios against PyTorch eager, measured in one run: `python -m benchmarks`."""
