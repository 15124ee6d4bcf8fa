"""Automatic differentiation: Tensors that record operations, each with its derivative."""
