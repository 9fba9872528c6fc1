"""Decimal text into integers without a float in between."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.telemetry.exact import scaled


@given(st.integers(0, 10**18), st.integers(0, 999_999))
def test_every_decimal_is_read_exactly(whole, millionths):
    assert scaled(f"{whole}.{millionths:06d}", 6) == whole * 10**6 + millionths
    assert scaled(f"{whole}.{millionths:06d}", 3) == whole * 10**3 + millionths // 1000


@given(st.decimals(min_value=0, max_value=10**15, places=9))
def test_scientific_notation_is_the_same_number(number):
    assert scaled(f"{number:e}", 3) == int(Decimal(number).scaleb(3))


@pytest.mark.parametrize("text", ["", "NaN", "+Inf", "-inf", "1e400", "٣", "²", "1_000", "0x10", "1,5", "9" * 100])
def test_what_is_no_finite_number_is_none(text):
    assert scaled(text, 3) is None


def test_a_vanishing_number_is_zero_and_costs_nothing():
    assert scaled("1e-999999999", 3) == 0
