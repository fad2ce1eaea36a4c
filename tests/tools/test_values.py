"""What is whole, a number or a list is decided in one place, for whoever gives it."""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.tools.errors import InputError, check_whole
from simulation.tools.values import as_whole, listed, number_in, whole, whole_in


class Three(IntEnum):
    SIDES = 3


@pytest.mark.parametrize(
    "value", [300, 300.0, np.int64(300), np.uint8(200), np.float32(300), np.array(300), -4.0]
)
def test_a_number_that_is_whole_is_whole(value):
    assert whole(value) == value
    assert type(whole(value)) is int


@pytest.mark.parametrize(
    "value",
    [300.5, True, np.True_, False, math.nan, math.inf, None, "300", [3], np.array([3]), 3j, pd.NA],
)
def test_nothing_else_is(value):
    assert whole(value) is None
    with pytest.raises(InputError, match=r"n = .* is not allowed: a whole number from 0 to 9") as e:
        check_whole("n", value, 0, 9)
    assert "\n" not in str(e.value)


def test_what_is_checked_is_what_comes_back():
    assert check_whole("n", 3.0, 0, 9) == 3
    assert type(check_whole("n", Three.SIDES, 0, 9)) is int
    for value in (-1, 10, 1e300):
        with pytest.raises(InputError):
            check_whole("n", value, 0, 9)
    with pytest.raises(InputError) as error:
        check_whole("n", np.zeros((3, 3)), 0, 9)
    assert "\n" not in str(error.value)
    assert as_whole(2.0, 2.5, None, True, "x") == (2, 2.5, None, True, "x")
    assert [type(v) for v in as_whole(2.0, True)] == [int, bool]


@pytest.mark.parametrize(
    ("text", "number"),
    [("300", 300), ("300.0", 300), ("3e2", 300), ("1e+05", 100_000), (" -7 ", -7), (".5", 0.5),
     ("2.", 2), ("1e400", math.inf), ("9" * 5000, math.inf), (str(2**64 - 1), 2**64 - 1)],
)  # fmt: skip
def test_numbers_in_texts(text, number):
    assert number_in(text) == number
    assert type(number_in(text)) is type(number)


@pytest.mark.parametrize("text", ["", "often", "1_000", "2,5", "0x10", "1 000", "²", "5%", "٣"])
def test_texts_that_are_no_numbers(text):
    assert number_in(text) is None
    assert whole_in(text) is None


@given(st.integers() | st.floats(allow_nan=False))
def test_numbers_come_back_from_their_text(value):
    assert number_in(repr(value)) == value


def test_lists_are_lists_whatever_they_are():
    values = [
        [1, 2, 3], (1, 2, 3), range(1, 4), np.array([1, 2, 3]), pd.Series([1, 2, 3]),
        pd.Index([1, 2, 3]), pd.array([1, 2, 3], dtype="Int64"), [np.int8(1), 2, np.int64(3)],
    ]  # fmt: skip
    for value in values:
        assert listed(value) == [1, 2, 3]
        assert [type(one) for one in listed(value)] == [int] * 3
    assert listed(pd.Series(["a", "b"])) == ["a", "b"]
    for value in ("abc", 3, np.int64(3), np.array(3), np.zeros((2, 2)), {"a": 1}, {1, 2}, None):
        assert listed(value) is None
