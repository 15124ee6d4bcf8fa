"""The companion package of *Neural Networks, Built Twice*.

``nnlib.scratch`` builds every model from NumPy alone; ``nnlib.pytorch`` builds it again in PyTorch,
under the same names. The tests prove the two equal.
"""

__version__ = "0.1.0"
