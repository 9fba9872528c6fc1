"""Figures are exact, whatever their size."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.stage.figures import Currency, duration, investor_yield, per_kwh, percent, plain, quotient, stretch

DOLLAR = Currency("tUSD", 6)


@pytest.mark.parametrize(
    ("decimals", "amount", "written"),
    [
        (6, 0, "0.000000"),
        (6, 1, "0.000001"),
        (6, 423_000_000, "423.000000"),
        (6, -1_234_567_890_123, "-1,234,567.890123"),
        (18, 10**30 + 1, "1,000,000,000,000.000000000000000001"),
        (2, 105, "1.05"),
        (0, 12_345, "12,345"),
    ],
)
def test_an_amount_is_written_to_the_unit(decimals: int, amount: int, written: str) -> None:
    assert Currency("T", decimals).exact(amount) == written


@given(st.integers(-(10**30), 10**30), st.integers(0, 18))
def test_no_amount_loses_a_unit(amount: int, decimals: int) -> None:
    written = Currency("T", decimals).exact(amount).replace(",", "")
    assert Fraction(written) * 10**decimals == amount


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12), st.integers(0, 6))
def test_a_quotient_is_rounded_half_to_even(part: int, whole: int, places: int) -> None:
    exact = Fraction(part, whole)
    assert Fraction(quotient(part, whole, places).replace(",", "")) == round(exact, places)


def test_nothing_over_zero_is_no_figure() -> None:
    assert quotient(5, 0, 2) == percent(5, 0) == per_kwh(5, 0, DOLLAR) == "\N{EN DASH}"


def test_a_yield_counts_moved_shares_by_the_mean_of_start_and_end() -> None:
    holding = {"face_start": 100_000_000, "face_end": 300_000_000, "income": 1_000_000}
    assert investor_yield({"income": 1_000_000, "holdings": [holding]}) == "0.5000 %"


def test_what_cannot_be_printed_is_replaced() -> None:
    assert plain("a\x1b[31mb\u202ec\nd") == "a\ufffd[31mb\ufffdc\ufffdd"


def test_times_are_utc_and_name_the_second_day_only_where_it_is_another() -> None:
    assert stretch(1_791_208_800, 1_791_216_000) == "5 Oct 14:00\N{EN DASH}16:00"
    assert stretch(1_791_158_400, 1_791_331_200) == "5 Oct 00:00\N{EN DASH}7 Oct 00:00"
    assert [duration(90), duration(7_200), duration(187_200), duration(0)] == ["1 min 30 s", "2 h", "2 d 4 h", "0 s"]
