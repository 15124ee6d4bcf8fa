"""The error function, which NumPy lacks and `GELU` needs (for the normal distribution)."""

import numpy as np

# Coefficients of W. J. Cody, "Rational Chebyshev Approximations for the Error Function",
# Mathematics of Computation 23 (1969), 631-637, highest power first.
_NEAR_P = (
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3,
)
_NEAR_Q = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
_FAR_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e0,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3,
)
_FAR_Q = (
    1.0,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3,
)
_BORDER = 0.46875
_BLOCK = 16384  # elements whose intermediate results stay in cache


def _polynomial(x, coefficients):
    """Horner's rule."""
    out = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        out *= x
        out += coefficient
    return out


def _erf(x):
    """x P(x²) / Q(x²) near 0, sign(x) (1 - exp(-x²) P(|x|) / Q(|x|)) elsewhere.

    Cody has a third form beyond 4, where 1 - erf is below 2e-8 and the second is accurate enough.
    """
    size = np.minimum(np.abs(x), 6)  # erf(6) rounds to 1, and the powers of x cannot overflow
    square = size * size
    tail = np.exp(-square) * _polynomial(size, _FAR_P) / _polynomial(size, _FAR_Q)
    square = np.minimum(square, _BORDER**2)
    near = x * _polynomial(square, _NEAR_P) / _polynomial(square, _NEAR_Q)
    return np.where(size <= _BORDER, near, np.copysign(1 - tail, x))


def erf(x: np.ndarray) -> np.ndarray:
    """2/√π times the integral of exp(-t²) from 0 to x, of an array; exact to rounding."""
    flat = np.ravel(x)
    out = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        out[block] = _erf(flat[block])
    return out.reshape(np.shape(x))
