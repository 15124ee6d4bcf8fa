"""How fast is nnlib, relative to PyTorch eager and to its own products: `python -m benchmarks`."""
