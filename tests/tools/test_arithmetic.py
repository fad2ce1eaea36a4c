"""Arithmetic on names from a text: what Python gives, and nothing but arithmetic."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.tools.arithmetic import arithmetic
from simulation.tools.errors import InputError

VALUES = {"a": 7, "b": 2.5, "c": -3}


@pytest.mark.parametrize(
    ("text", "value"),
    [("a - 4", 3), ("2 + 3 * a", 23), ("(2 + 3) * a", 35), ("a / 2", 3.5), ("a // 2", 3),
     ("a % 4", 3), ("2 ** a", 128), ("-c + +a", 10), ("min(a, b, 9)", 2.5), ("max(a, c)", 7),
     ("round(b * 3)", 8), ("round(a / 3, 2)", 2.33), ("1e2", 100.0), ("a", 7)],
)  # fmt: skip
def test_it_counts(text, value):
    found = arithmetic(text).value(VALUES)
    assert found == value
    assert type(found) is type(value)


def test_it_knows_its_names():
    assert arithmetic("min(n_days, 2 * p) - n_days").names == ("n_days", "p")
    assert arithmetic("3 * 4").names == ()


@pytest.mark.parametrize(
    "text",
    ["", "a +", "often enough", "a = 3", "a; b", "a\nb", "__import__('os')", "a.real", "a[0]",
     "[a]", "lambda: 3", "a if b else c", "a < b", "a and b", "not a", "~a", "a & b", "'text'",
     "True", "3j", "abs(a)", "min(a)", "min()", "round()", "min(*a)", "min(a, b, key=c)", "f'{a}'",
     "(a := 3)", "eval(a, b)", "min.real", "round(a)(b)", "a @ b", "..." , "(" * 250,
     "a + " * 200 + "a", "5in a", "\0"],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(InputError) as error:
        arithmetic(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["a / 0", "a % 0", "a // (7 - a)", "0 ** -1", "(-8) ** 0.5", "1e308 * 10", "9 ** 9 ** 9",
     "10.0 ** 999", "round(1e308 * 10)", "round(a, b)"],
)  # fmt: skip
def test_what_is_no_number_is_said(text):
    with pytest.raises(InputError, match=r"division by zero|no finite number"):
        arithmetic(text).value(VALUES)


SIGNS = ["+", "-", "*", "/", "//", "%", "**"]


@given(st.integers(-1000, 1000), st.floats(-1e6, 1e6), st.sampled_from(SIGNS))
def test_two_numbers_give_what_python_gives(a, b, sign):
    try:
        wanted = eval(f"a {sign} b", {"a": a, "b": b})
    except (ZeroDivisionError, OverflowError):
        wanted = math.nan
    if isinstance(wanted, complex) or not math.isfinite(wanted):
        with pytest.raises(InputError):
            arithmetic(f"a {sign} b").value({"a": a, "b": b})
    else:
        assert arithmetic(f"a {sign} b").value({"a": a, "b": b}) == wanted
