"""The same bits on every machine: exp, log, log1p, expm1, power, and the cosine of a turn.

The C library of one machine rounds exp(x) up where that of another rounds it down, and one library
may differ with itself between processors with and without fused multiply-add. A chance that moves
by its last bit moves no result, until a die falls between: then somebody buys who did not, and all
that follows is another world. So the model takes these functions from here alone. They are made of
+ - * / and bits, which IEEE 754 fixes to the last bit; compiled code, plain Python and WebAssembly
get the same. (sqrt is fixed by IEEE 754 too, and taken from math.)

The method is the textbook's (Muller, "Elementary Functions", 3rd ed. 2016): take out a power of
two, or a quarter turn, exactly; a short polynomial does the rest; the last additions carry what the
one before rounded off. log uses log m = 2 artanh s with s = (m - 1) / (m + 1).
The polynomials go through the truth at Chebyshev's points. `tests/core/test_elementary.py` makes
them anew, and measures the functions against mpmath. Largest errors found in some 300,000 arguments
each, in units of the last place (the best possible is .5; C libraries have .5 to 1):

========  =====  ==========================================================
exp       0.65
expm1     0.90
log       0.86
log1p     0.81
power     0.71   any x and y with a finite result
cosine    0.82   u a multiple of 2**-33, as all uniforms and their turns are
========  =====  ==========================================================

On their usual way the functions choose between numbers and do not branch (the cosine does, once):
the compiler makes vectors of loops around them, and they take less time than the C library's.
"""

from __future__ import annotations

from math import frexp, inf, ldexp, nan

import numpy as np

from simulation.core.compiled import arithmetic, inlined_rule
from simulation.core.compiler import when_compiling

#: ln 2 in two parts: the first has 41 bits, so that its product with an exponent is exact.
LN2_HIGH, LN2_LOW = 0.693147180559663, 2.8235290563031577e-13
#: 2 pi in two parts: the first has 22 bits, so that its product with a uniform's turn is exact.
TURN_HIGH, TURN_LOW = 6.283184051513672, 1.2556659146019252e-06
#: 2/3 in two parts.
TWO_THIRDS, TWO_THIRDS_LOW = 0.6666666666666666, 3.700743415417188e-17
#: Adding and taking away this number rounds to the nearest whole number.
ROUNDS = 1.5 * 2.0**52
SQRT_HALF = 0.7071067811865476
#: The largest number whose exponential is finite.
LARGEST = 709.782712893384

#: (e**r - 1 - r) / r**2 in r, |r| up to ln(2) / 2.
EXP = (
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333326084,
    0.0013888888888883711,
    0.0001984126987500228,
    2.480158732567746e-05,
    2.755725517000089e-06,
    2.755727347871858e-07,
    2.5105312729622103e-08,
    2.09147553258932e-09,
)
E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12 = EXP
#: (2 artanh(s) - 2 s) / s**3 in z = s**2, |s| up to (sqrt(2) - 1) / (sqrt(2) + 1).
LOG = (
    0.666666666666667,
    0.3999999999989889,
    0.28571428626253836,
    0.22222211089379496,
    0.1818289243253687,
    0.15331611722055008,
    0.14617807153417325,
)
L1, L2, L3, L4, L5, L6, L7 = LOG
#: The same without its first term 2/3, over z: for `power`.
LONG_LOG = (
    0.4,
    0.2857142857142937,
    0.22222222221652765,
    0.18181818336099848,
    0.1538459488700718,
    0.1333480879881234,
    0.11706126464563398,
    0.11724327060846747,
)
M2, M3, M4, M5, M6, M7, M8, M9 = LONG_LOG
#: (sin(r) - r) / r**3 in z = r**2, |r| up to pi / 4.
SINE = (
    -0.16666666666666666,
    0.008333333333333331,
    -0.0001984126984126504,
    2.755731921932058e-06,
    -2.50521062259944e-08,
    1.6058530596645953e-10,
    -7.586636882825159e-13,
)
S1, S2, S3, S4, S5, S6, S7 = SINE
#: (cos(r) - 1 + r**2 / 2) / r**4 in z = r**2, |r| up to pi / 4.
COSINE = (
    0.041666666666666664,
    -0.0013888888888887389,
    2.48015872987544e-05,
    -2.755731726587808e-07,
    2.087614504941318e-09,
    -1.138254464534925e-11,
)
C2, C3, C4, C5, C6, C7 = COSINE


# -- the two things that bits do better; both bodies give the same bits ----------------------------


def split(x):
    """Return (m, k) with x = m 2**k and m from sqrt(1/2) to sqrt(2); x finite, above 0."""
    m, k = frexp(x)
    return (m, k) if m >= SQRT_HALF else (2.0 * m, k - 1)


def scaled(x, k):
    """Return x 2**k, rounded once; x near 1, k from -1100 to 1100."""
    if -1000 < k < 1000:
        return ldexp(x, k)
    return x * ldexp(1.0, k >> 1) * ldexp(1.0, k - (k >> 1))  # overflows to inf; ldexp refuses


#: The bits of SQRT_HALF, of which the first twelve are sign and exponent.
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


@when_compiling
def _compile_with_bits() -> None:
    """Give numba bodies of its own: it takes frexp and ldexp from C."""
    from numba.extending import overload

    @overload(split)
    def _split(x):
        def bits(x):
            tiny = x < 2.0**-1022  # such numbers have no exponent of their own
            as_int = np.float64(x * 2.0**54 if tiny else x).view(np.int64)
            k = (as_int - _SQRT_HALF_BITS) >> 52
            return np.int64(as_int - (k << 52)).view(np.float64), (k - 54 if tiny else k)

        return bits

    @overload(scaled)
    def _scaled(x, k):
        def bits(x, k):
            half = k >> 1  # 2**k itself may be too large or too small for a double
            first = np.int64((half + 1023) << 52).view(np.float64)
            return x * first * np.int64((k - half + 1023) << 52).view(np.float64)

        return bits


# -- exponentials ----------------------------------------------------------------------------------


@arithmetic
def _exp_parts(x, low):
    """Return (s, rest, k) with e**(x + low) = (s + rest) 2**k; x from -746 to 710, low tiny."""
    rounded = (x * 1.4426950408889634 + ROUNDS) - ROUNDS
    high = x - rounded * LN2_HIGH  # exact
    small = low - rounded * LN2_LOW
    r = high + small
    missed = (high - r) + small
    z = r * r
    # odd and even powers apart, so that they are worked out side by side
    odd = E3 + z * (E5 + z * (E7 + z * (E9 + z * E11)))
    even = E4 + z * (E6 + z * (E8 + z * (E10 + z * E12)))
    curved = E2 * z + z * (r * (odd + r * even))
    s = 1.0 + r
    return s, ((1.0 - s) + r) + (missed + curved), int(rounded)


@arithmetic
def exp(x):
    """Return e**x; 0 far below zero, inf from 709.79 on."""
    x = float(x)
    held = x if x > -746.0 else -746.0
    s, rest, k = _exp_parts(held if held < 710.0 else 710.0, 0.0)
    y = scaled(s + rest, k)
    return y if x == x else x


@inlined_rule  # too long for the compiler to write it into a loop by itself
def expm1(x):
    """Return e**x - 1 without losing what is left of it for small x."""
    x = float(x)
    held = x if x > -40.0 else -40.0
    held = held if held < LARGEST else LARGEST
    s, rest, k = _exp_parts(held, 0.0)
    large = scaled(s, k)
    top = large - 1.0
    back = top - large
    missed = (large - (top - back)) - (1.0 + back)
    y = top + (missed + scaled(rest, k))
    return y if held == x else (inf if x > 0.0 else (-1.0 if x < 0.0 else x))


# -- logarithms ------------------------------------------------------------------------------------


@arithmetic
def _log_rest(f):
    """Return f - log(1 + f), for 1 + f from sqrt(1/2) to sqrt(2).

    With s = f / (2 + f): log(1 + f) = 2 s + 2 s**3 / 3 + ..., and 2 s = f - s f.
    """
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = L1 + w * (L3 + w * (L5 + w * L7))
    odd = L2 + w * (L4 + w * L6)
    return s * (f - z * (even + z * odd))


@arithmetic
def log(x):
    """Return the natural logarithm; -inf for 0, nan below."""
    x = float(x)
    usual = 0.0 < x < inf
    m, k = split(x if usual else 1.0)
    f = m - 1.0
    high = k * LN2_HIGH  # exact
    top = high + f
    y = top + (((high - top) + f) + (k * LN2_LOW - _log_rest(f)))
    return y if usual else (-inf if x == 0.0 else (x if x > 0.0 else nan))


@arithmetic
def log1p(x):
    """Return log(1 + x) without losing what is left of it for small x; -inf for -1, nan below."""
    x = float(x)
    usual = -1.0 < x < inf
    held = x if usual else 0.0
    u = 1.0 + held
    back = u - 1.0
    missed = (1.0 - (u - back)) + (held - back)  # u + missed is 1 + x, exactly
    m, k = split(u)
    f = held if k == 0 else m - 1.0
    high = k * LN2_HIGH
    top = high + f
    low = k * LN2_LOW + (0.0 if k == 0 else missed / u)
    y = top + (((high - top) + f) + (low - _log_rest(f)))
    return y if usual else (-inf if x == -1.0 else (x if x > 0.0 else nan))


# -- powers ----------------------------------------------------------------------------------------


@arithmetic
def _upper(a):
    """Return the upper 26 bits of a: products of two such halves are exact (Dekker 1971)."""
    t = 134217729.0 * a  # 2**27 + 1
    return t - (t - a)


@arithmetic
def _long_log(x):
    """Return log x in two parts that together have some 65 bits; x finite, above 0.

    2 s + s z (2/3 + z (2/5 + ...)) with z = s**2, all but the last bracket in two parts.
    """
    m, k = split(x)
    f = m - 1.0
    d = 2.0 + f
    s = f / d
    s_top, d_top = _upper(s), _upper(d)
    s_low = ((f - s_top * d_top) - s_top * (f - (d_top - 2.0))) / d
    square = s_top * s_top
    square_low = s_low * (s + s_top)
    z = square + square_low
    tail = z * (M2 + z * (M3 + z * (M4 + z * (M5 + z * (M6 + z * (M7 + z * (M8 + z * M9)))))))
    a = TWO_THIRDS + tail
    a_top, z_top = _upper(a), _upper(z)
    a_low = (((TWO_THIRDS - a) + tail) + TWO_THIRDS_LOW) + (a - a_top)
    w = z_top * a_top
    w_top = _upper(w)
    w_low = (z_top * a_low + ((square - z_top) + square_low) * a) + (w - w_top)
    v = s_top * w_top
    v_low = s_top * w_low + s_low * (w_top + w_low)
    high = k * LN2_HIGH
    first = high + 2.0 * s_top
    second = first + v
    low = ((high - first) + 2.0 * s_top) + ((first - second) + v)
    low += k * LN2_LOW + (2.0 * s_low + v_low)
    top = second + low
    return top, (second - top) + low


@arithmetic
def power(x, y):
    """Return x**y for x at least 0, nan for x below; x**0 and 1**y are 1, 0**y is inf for y < 0."""
    x, y = float(x), float(y)
    usual = 0.0 < x < inf and y == y
    top, low = _long_log(x if usual else 1.0)
    held = y if y < 2.0**70 else 2.0**70  # far beyond what any x but 1 can bear
    held = held if held > -(2.0**70) else -(2.0**70)
    z = held * top
    y_top, log_top = _upper(held), _upper(top)
    y_low, log_low = held - y_top, top - log_top
    z_low = ((y_top * log_top - z) + y_top * log_low + y_low * log_top) + y_low * log_low
    within = z if z > -746.0 else -746.0
    within = within if within < 710.0 else 710.0
    s, rest, k = _exp_parts(within, z_low + held * low if within == z else 0.0)
    found = scaled(s + rest, k)
    if usual:
        return found
    if y == 0.0 or x == 1.0:
        return 1.0
    if not (x >= 0.0 and y == y):
        return nan
    return 0.0 if (x == 0.0) == (y > 0.0) else inf


# -- the cosine ------------------------------------------------------------------------------------


@arithmetic
def cos_of_turn(u):
    """Return cos(2 pi u), for u from 0 to 1."""
    u = float(u)
    quarter = int(4.0 * u + 0.5)
    v = u - 0.25 * quarter  # exact, from -1/8 to 1/8
    high = v * TURN_HIGH  # exact for multiples of 2**-33
    low = v * TURN_LOW
    r = high + low
    missed = (high - r) + low
    z = r * r
    if quarter & 1:
        sine = S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * (S6 + z * S7)))))
        y = r + (missed + r * (z * sine))
        return y if quarter == 3 else -y
    half = 0.5 * z
    s = 1.0 - half
    cosine = C2 + z * (C3 + z * (C4 + z * (C5 + z * (C6 + z * C7))))
    y = s + (((1.0 - s) - half) + (z * z * cosine - r * missed))
    return -y if quarter == 2 else y
