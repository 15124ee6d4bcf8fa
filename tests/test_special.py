"""The error function against the one of Python's own library."""

import math

import numpy as np

from nnlib.scratch.autograd.special import erf


def test_erf_is_exact_to_rounding_everywhere():
    borders = [0.0, 0.46875, np.nextafter(0.46875, 1), 4.0, 6.0, 30.0, 1e-300, 1e300, np.inf]
    x = np.concatenate([np.linspace(-7, 7, 20_001), borders, np.negative(borders)])
    exact = np.array([math.erf(value) for value in x])
    np.testing.assert_allclose(erf(x), exact, rtol=5e-16, atol=0)


def test_erf_keeps_shape_and_dtype_and_lets_nan_through():
    assert erf(np.ones((2, 3), dtype=np.float32)).dtype == np.float32
    assert erf(np.ones((2, 0, 3))).shape == (2, 0, 3)
    assert erf(np.array(0.0)).shape == ()
    assert np.isnan(erf(np.array([np.nan]))).all()


def test_erf_of_float32_is_exact_to_two_roundings():
    x = np.linspace(-7, 7, 20_001, dtype=np.float32)
    exact = np.array([math.erf(value) for value in x])
    np.testing.assert_allclose(erf(x), exact, rtol=0, atol=2.4e-7)
