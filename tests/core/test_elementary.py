"""exp, log and their kin: close to the truth, the same bits everywhere, and no others in use.

The arguments are spread by the golden ratio over the ranges in use and beyond: no luck, and the
same numbers on every machine. Errors are in ulp, the distance of two doubles at the true value.
"""

from __future__ import annotations

import ast
import hashlib
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from math import inf, nan
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from simulation.core import elementary
from simulation.core.compiler import HAVE_COMPILER, compiler
from simulation.core.elementary import cos_of_turn, exp, expm1, log, log1p, power
from tests import ROOT

LARGEST = sys.float_info.max
SMALLEST = 5e-324


def spread(low: float, high: float, n: int) -> np.ndarray:
    """Return n numbers evenly over a range, each elsewhere than those before."""
    return low + (high - low) * ((np.arange(1, n + 1) * 0.6180339887498949) % 1.0)


def magnitudes(low: int, high: int, n: int) -> np.ndarray:
    """Return n numbers from 2**low to 2**high, as many between any two powers of two."""
    return np.ldexp(spread(1.0, 2.0, n), low + np.arange(n) % (high - low))


def both_signs(x: np.ndarray) -> np.ndarray:
    """Return every other number with a minus."""
    return np.where(np.arange(x.size) % 2, x, -x)


def turns(n: int) -> np.ndarray:
    """Return uniforms as the model draws them, and quarters and eighths with their neighbours."""
    words = (np.arange(n) * 2654435769) % 2**32
    edges = (np.arange(9)[:, None] * 2**29 + np.arange(-20, 20)).ravel()
    words[: edges.size] = np.clip(edges, 0, 2**32 - 1)
    return (words + 0.5) / 2**32


def powers(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs: as the rules use them, and with |y log x| up to the limits for any x."""
    part = n // 4
    x = np.concatenate([
        spread(0.0, 1.0, part), spread(0.7, 1.42, part),
        1.0 + both_signs(magnitudes(-40, -2, part)), magnitudes(-1000, 1000, part),
    ])  # fmt: skip
    bound = spread(-708.0, 708.0, 3 * part)
    far = np.array([b / log(a) for a, b in zip(x[part:].tolist(), bound.tolist(), strict=True)])
    return x, np.concatenate([spread(0.0, 20.0, part), far])


class Case(NamedTuple):
    """A function, the truth, arguments to try, and the largest error allowed, in ulp."""

    function: Callable
    truth: Callable
    arguments: tuple[np.ndarray, ...]
    worst: float


N = 20_000
CASES = {
    "exp": Case(exp, mpmath.exp, (np.concatenate([
        spread(-1.0, 1.0, N // 4), spread(-40.0, 40.0, N // 2), spread(-708.0, 709.0, N // 4),
    ]),), 0.7),
    "expm1": Case(expm1, mpmath.expm1, (np.concatenate([
        spread(-2.0, 2.0, N // 2), spread(-60.0, 709.0, N // 4),
        both_signs(magnitudes(-60, 0, N // 4)),
    ]),), 0.95),
    "log": Case(log, mpmath.log, (np.concatenate([
        spread(0.0, 1.0, N // 4), spread(0.69, 1.45, N // 2), magnitudes(-1070, 1023, N // 4),
    ]),), 0.9),
    "log1p": Case(log1p, mpmath.log1p, (np.concatenate([
        spread(-1.0, 1.0, N // 2), magnitudes(0, 200, N // 4),
        both_signs(magnitudes(-60, 0, N // 4)),
    ]),), 0.85),
    "power": Case(power, lambda x, y: x**y, powers(N), 0.75),
    "cos_of_turn": Case(cos_of_turn, lambda u: mpmath.cospi(2 * u), (turns(N),), 0.85),
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", CASES)

#: What every function makes of awkward arguments, by hand.
SPECIAL: list[tuple[Callable, tuple[float, ...], float]] = [
    *((f, (nan,), nan) for f in (exp, expm1, log, log1p)),
    *((f, (0.0,), 0.0) for f in (expm1, log1p)), (exp, (0.0,), 1.0), (exp, (-0.0,), 1.0),
    (exp, (-inf,), 0.0), (exp, (-1e308,), 0.0), (exp, (-746.0,), 0.0), (exp, (-745.0,), SMALLEST),
    (exp, (inf,), inf), (exp, (1e308,), inf), (exp, (709.7827128933841,), inf),
    (expm1, (-inf,), -1.0), (expm1, (-38.0,), -1.0), (expm1, (inf,), inf), (expm1, (710.0,), inf),
    (expm1, (SMALLEST,), SMALLEST), (expm1, (-1e-300,), -1e-300),
    (log, (0.0,), -inf), (log, (-0.0,), -inf), (log, (-SMALLEST,), nan), (log, (-inf,), nan),
    (log, (inf,), inf), (log, (1.0,), 0.0),
    (log1p, (-1.0,), -inf), (log1p, (-1.0000000000000002,), nan), (log1p, (-inf,), nan),
    (log1p, (inf,), inf), (log1p, (SMALLEST,), SMALLEST), (log1p, (-1e-300,), -1e-300),
    *((power, (x, 0.0), 1.0) for x in (0.0, SMALLEST, 0.3, 1.0, LARGEST, inf, nan)),
    *((power, (1.0, y), 1.0) for y in (-inf, -LARGEST, 0.5, LARGEST, inf, nan)),
    *((power, (0.0, y), 0.0) for y in (SMALLEST, 1.0, inf)),
    *((power, (0.0, y), inf) for y in (-SMALLEST, -1.0, -inf)),
    (power, (0.5, inf), 0.0), (power, (0.5, -inf), inf), (power, (2.0, inf), inf),
    (power, (2.0, -inf), 0.0), (power, (inf, 0.1), inf), (power, (inf, -0.1), 0.0),
    (power, (0.9999999999999999, LARGEST), 0.0), (power, (0.9999999999999999, -LARGEST), inf),
    (power, (nan, 2.0), nan), (power, (2.0, nan), nan), (power, (-1.0, 2.0), nan),
    (power, (2.0, 1023.0), 2.0**1023), (power, (2.0, 1024.0), inf), (power, (3.0, 5.0), 243.0),
    (power, (2.0, -1074.0), SMALLEST), (power, (2.0, -1080.0), 0.0), (power, (7.0, 1.0), 7.0),
    (cos_of_turn, (0.0,), 1.0), (cos_of_turn, (0.5,), -1.0), (cos_of_turn, (1.0,), 1.0),
    (cos_of_turn, (0.25,), 0.0), (cos_of_turn, (0.75,), 0.0), (cos_of_turn, (0.125,), 0.5**0.5),
]  # fmt: skip

#: The bits of all results of CASES: other machines, other versions, without numba, the same.
DIGESTS = {
    "exp": "ddc363478ca7f940",
    "expm1": "5c0c4881a250fb0e",
    "log": "e13f5d3e37dd67e4",
    "log1p": "3cc97d0ff34c6ec0",
    "power": "b894f4e36937ad65",
    "cos_of_turn": "21a0b12fed6ecf94",
}


def results(function: Callable, arguments: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return what a function makes of the arguments, in plain Python."""
    return np.array([function(*x) for x in zip(*(a.tolist() for a in arguments), strict=True)])


def digest(values: np.ndarray) -> str:
    """Return a short hash of the bits of doubles."""
    return hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()[:16]


def largest_errors(case: Case, *functions: Callable) -> list[float]:
    """Return the largest error of functions over the arguments of a case, in ulp."""
    worst = [mpf(0)] * len(functions)
    with mp.workprec(140):
        columns = [column.tolist() for column in case.arguments]
        for x in zip(*columns, strict=True):
            true = case.truth(*map(mpf, x))
            _, exponent = mpmath.frexp(true)
            ulp = mpf(2) ** max(int(exponent) - 53, -1074)
            for i, function in enumerate(functions):
                worst[i] = max(worst[i], abs(mpf(function(*x)) - true) / ulp)
    return [float(error) for error in worst]


# -- the truth ------------------------------------------------------------------------------------


@EVERY
def test_close_to_the_truth(name):
    """At most the error that the module states; a neighbour of the right double would not do."""
    case = CASES[name]
    found, off = largest_errors(
        case, case.function, lambda *x: case.function(*x) * (1.0 + 2.0**-52)
    )
    print(f"{name}: {found:.3f} ulp")
    assert 0.5 <= found <= case.worst
    assert off > case.worst, "the test sees a last bit"


@pytest.mark.parametrize(("function", "arguments", "value"), SPECIAL)
def test_limits_and_special_values(function, arguments, value):
    assert function(*arguments) == pytest.approx(value, rel=2.0**-53, abs=0, nan_ok=True)
    for kind in (np.float64, np.float32) if arguments == (0.0,) else (np.float64,):
        assert type(function(*map(kind, arguments))) is float


def test_the_last_finite_and_the_first_subnormal():
    assert exp(709.782712893384) == pytest.approx(LARGEST, rel=1e-12)
    assert expm1(709.782712893384) == exp(709.782712893384) < inf
    for x in np.linspace(-745.13, -708.0, 500).tolist():  # subnormal: right to its own last bit
        with mp.workprec(140):
            assert abs(mpf(exp(x)) - mpmath.exp(mpf(x))) <= 0.7 * max(SMALLEST, exp(x) * 2**-52)


def fitted(function: Callable, low: object, high: object, n: int) -> tuple[float, ...]:
    """Return the polynomial through n Chebyshev points of a range and a thousandth beyond."""
    middle, half = mpf("1.001") * (high + low) / 2, mpf("1.001") * (high - low) / 2
    points = [middle + half * mpmath.cospi(mpf(2 * k + 1) / (2 * n)) for k in range(n)]
    points = [x if abs(x) > mpf(10) ** -40 else mpf(10) ** -40 for x in points]  # 0 / 0 at 0
    rows = mpmath.matrix([[x**j for j in range(n)] for x in points])
    return tuple(float(c) for c in mp.lu_solve(rows, mpmath.matrix([function(x) for x in points])))


def test_the_constants_are_what_they_are_said_to_be():
    """The polynomials, made anew; the two parts of ln 2, 2 pi and 2/3 make the whole."""
    with mp.workdps(120):
        root = mpmath.sqrt
        half, z_log, z_cos = mp.ln2 / 2, (3 - 2 * root(2)) ** 2, (mp.pi / 4) ** 2

        def artanh(z):
            return 2 * mpmath.atanh(root(z)) / root(z) - 2

        assert fitted(lambda r: (mpmath.exp(r) - 1 - r) / r**2, -half, half, 11) == elementary.EXP
        assert fitted(lambda z: artanh(z) / z, 0, z_log, 7) == elementary.LOG
        longer = fitted(lambda z: (artanh(z) - 2 * z / 3) / z**2, 0, z_log, 8)
        assert longer == elementary.LONG_LOG
        sine = fitted(lambda z: (mpmath.sin(root(z)) / root(z) - 1) / z, 0, z_cos, 7)
        assert sine == elementary.SINE
        cosine = fitted(lambda z: (mpmath.cos(root(z)) - 1 + z / 2) / z**2, 0, z_cos, 6)
        assert cosine == elementary.COSINE
        for name, whole, bits in (("LN2", mp.ln2, 41), ("TURN", 2 * mp.pi, 22)):
            high, low = getattr(elementary, f"{name}_HIGH"), getattr(elementary, f"{name}_LOW")
            assert float(whole - mpf(high)) == low
            assert (math.frexp(high)[0] * 2**bits).is_integer()
        assert float(mpf(2) / 3 - mpf(elementary.TWO_THIRDS)) == elementary.TWO_THIRDS_LOW
        assert float(root(mpf(1) / 2)) == elementary.SQRT_HALF


# -- the same bits --------------------------------------------------------------------------------

AWKWARD = np.array([
    0.0, -0.0, SMALLEST, -SMALLEST, 2.0**-1022, 2.0**-1022 - SMALLEST, 1.0, -1.0, 2.0**-53, LARGEST,
    -LARGEST, inf, -inf, nan, elementary.SQRT_HALF, 2.0 * elementary.SQRT_HALF, 709.782712893384,
    709.7827128933841, 710.0, -708.4, -745.2, -746.0, -38.0, -1.0 + 2.0**-53, 1.0 - 2.0**-53, 0.5,
    2.0**70, -(2.0**70), 1e300,
])  # fmt: skip


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays of doubles are the same; any nan is a nan."""
    numbers = ~np.isnan(one)
    return (numbers == ~np.isnan(other)).all() and (
        one[numbers].tobytes() == other[numbers].tobytes()
    )


@pytest.mark.skipif(not HAVE_COMPILER, reason="nothing is compiled here")
@EVERY
def test_compiled_and_plain_give_the_same_bits(name):
    """100,000 arguments, edges and all pairs of awkward ones among them."""
    numba = compiler()

    function = CASES[name].function
    n = 100_000
    if name == "power":
        x, y = powers(n)
        x = np.concatenate([x, np.repeat(AWKWARD, AWKWARD.size)])
        arguments = (x, np.concatenate([y, np.tile(AWKWARD, AWKWARD.size)]))

        @numba.njit
        def compiled(x, y):
            found = np.empty(x.size)
            for i in range(x.size):
                found[i] = function(x[i], y[i])
            return found
    else:
        x = np.concatenate([
            AWKWARD, spread(-750.0, 750.0, n // 4), spread(-2.0, 2.0, n // 2),
            both_signs(magnitudes(-1074, 1023, n // 4)),
        ])  # fmt: skip
        arguments = (turns(n) if function is cos_of_turn else x,)

        @numba.njit
        def compiled(x):
            found = np.empty(x.size)
            for i in range(x.size):
                found[i] = function(x[i])
            return found

    assert same_bits(results(function, arguments), compiled(*arguments))


@pytest.mark.skipif(not HAVE_COMPILER, reason="nothing is compiled here")
def test_both_bodies_of_what_bits_do_agree():
    """`split` and `scaled` at every exponent, subnormals included, compiled and plain."""
    numba = compiler()

    fast_split = numba.njit(lambda x: elementary.split(x))
    fast_scaled = numba.njit(lambda x, k: elementary.scaled(x, k))
    half = elementary.SQRT_HALF
    for k in range(-1074, 1024):
        for m in (1.0, 1.5, 2.0 * half, np.nextafter(2.0 * half, 0.0), 2.0 - 2.0**-52):
            x = math.ldexp(m, k)
            found = elementary.split(x)
            assert found == fast_split(x), x.hex()
            assert math.ldexp(*found) == x
            assert half <= found[0] < 2.0 * half
    for k in range(-1100, 1101):
        for x in (0.6, 1.0, 1.3, 1.0 + 2.0**-52, 1.5 - 2.0**-52, 0.0, -1e-17):
            assert elementary.scaled(x, k) == fast_scaled(x, k), (x, k)


@pytest.mark.skipif(not HAVE_COMPILER, reason="nothing is compiled here")
def test_no_multiplication_is_fused_with_an_addition():
    """The machine code has no fused multiply-add, though the processor may have one."""
    numba = compiler()
    from llvmlite import binding

    def fused(function, **options):
        fast = numba.njit(**options)(function)
        fast(0.5, 0.25)
        code = "".join(fast.inspect_asm().values()).lower()
        return re.findall(r"\bv?fn?m(?:add|sub|la|ls)\w*", code)

    for function in (exp, expm1, log, log1p, cos_of_turn):
        assert not fused(lambda x, y, f=function: f(x) + y)
    assert not fused(lambda x, y: power(x, y))
    if binding.get_host_cpu_features().get("fma"):
        assert fused(lambda x, y: x * y + x, fastmath={"contract"}), "the test sees one"


def test_the_bits_are_these():
    """On every machine: the hashes were written once. The C library's would be others."""
    found = {name: digest(results(case.function, case.arguments)) for name, case in CASES.items()}
    assert found == DIGESTS
    for name in ("exp", "expm1", "log", "log1p"):
        assert digest(results(getattr(math, name), CASES[name].arguments)) != DIGESTS[name]


@pytest.mark.parametrize("how", ["switched off", "not installed"])
def test_without_numba_the_bits_are_these_too(how):
    before = "import sys; sys.modules['numba'] = None\n" if how == "not installed" else ""
    code = (
        f"{before}from tests.core import test_elementary as here\n"
        "assert not here.HAVE_COMPILER\n"
        "here.test_the_bits_are_these()\n"
    )
    off = {"NUMBA_DISABLE_JIT": "1"} if how == "switched off" else {}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **off}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


# -- nobody calls others --------------------------------------------------------------------------

#: What is made of people: everything in these folders gives the same bits everywhere.
FOLDERS = ("core", "rules", "people", "engine")
#: Of math, what IEEE 754 fixes or what only looks at bits.
FIXED = {"ceil", "copysign", "fabs", "floor", "frexp", "inf", "isfinite", "isinf", "isnan",
         "ldexp", "nan", "pi", "sqrt", "trunc"}  # fmt: skip
#: Of NumPy, what it takes from the C library or makes in its own way on each processor.
LOOSE = {
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "cos", "cosh",
    "exp", "exp2", "expm1", "float_power", "hypot", "log", "log10", "log1p", "log2", "logaddexp",
    "logaddexp2", "pow", "power", "sin", "sinc", "sinh", "tan", "tanh",
}  # fmt: skip


def is_loose(module: str, name: str) -> bool:
    """Return whether this of a module comes from the C library, or may."""
    loose = {"math": name not in FIXED, "numpy": name in LOOSE}
    return loose.get(module, module in ("cmath", "scipy.special", "scipy.stats"))


def is_loose_power(node: ast.AST) -> bool:
    """Return whether this is x**y or pow(x, y), but of two plain numbers."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        sides = (getattr(side, "operand", side) for side in (node.left, node.right))
        return not all(isinstance(side, ast.Constant) for side in sides)
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Pow)
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pow"


def loose_calls(text: str) -> list[str]:
    """Return line and name of everything a module takes from others than elementary.py."""
    nodes = list(ast.walk(ast.parse(text)))
    imports = [a for node in nodes if isinstance(node, ast.Import) for a in node.names]
    modules = {alias.asname or alias.name: alias.name for alias in imports}
    found = []
    for node in nodes:
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{a.name}" for a in node.names if is_loose(node.module, a.name)]
        elif isinstance(node, ast.Attribute):
            if is_loose(modules.get(ast.unparse(node.value)), node.attr):
                names = [ast.unparse(node)]
        elif is_loose_power(node):
            names = [ast.unparse(node)]
        found += [f"{node.lineno}: {name}" for name in names]
    return found


def test_only_elementary_functions_are_used():
    """exp, log, ... of math or NumPy, and x**y, are in none of these folders."""
    found = []
    for folder in FOLDERS:
        for file in sorted((ROOT / "simulation" / folder).glob("*.py")):
            name = f"{folder}/{file.name}"
            offenders = loose_calls(file.read_text(encoding="utf-8"))
            found += [f"{name}:{each}: take it from core/elementary.py" for each in offenders]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "offender"),
    [
        ("from math import exp, floor", "1: math.exp"),
        ("import math\nx = math.log1p(2)", "2: math.log1p"),
        ("import math as m\nx = m.cos(2)", "2: m.cos"),
        ("def f(x):\n    import numpy as np\n    return np.exp(x)", "3: np.exp"),
        ("from numpy import log", "1: numpy.log"),
        ("from scipy.special import expit", "1: scipy.special.expit"),
        ("x = rho ** float(posts)", "1: rho ** float(posts)"),
        ("x = y ** 2", "1: y ** 2"),
        ("x **= 0.5", "1: x **= 0.5"),
        ("x = pow(y, 0.3)", "1: pow(y, 0.3)"),
    ],
)
def test_a_call_of_the_c_library_is_found(text, offender):
    assert loose_calls(text) == [offender]


def test_what_ieee_fixes_is_allowed():
    assert not loose_calls("from math import floor, inf, sqrt\nimport numpy as np\nx = np.sqrt(2)")
    assert not loose_calls("x = 2.0**-32 + -(2**31)\ndef g(log):\n    return log(2)")
