"""Amounts as operators write them: to the last unit, and nothing that could be read in two ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.membership.acts import UINT96, BadAmount, Currency

USD = Currency("0x" + "11" * 20, "tUSD", 6)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("500", 500_000_000),
        (" 12.5 ", 12_500_000),
        (".5", 500_000),
        ("12.", 12_000_000),
        ("0.000001", 1),
        ("0" * 5000 + "7", 7_000_000),
        (f"{(UINT96 - 1) // 10**6}.{(UINT96 - 1) % 10**6:06}", UINT96 - 1),
    ],
)
def test_an_amount_is_read_to_the_smallest_unit(text: str, units: int) -> None:
    assert USD.amount(text) == units


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "nan",
        "-1",
        "+1",
        "1e3",
        "1.2.3",
        "1 000",
        "12,5",
        "1,000",
        "٣",
        "0x10",
        "0",
        "0.0000001",
        str(UINT96),
        "9" * 5000,
        "0" * 5000,
    ],
)
def test_what_is_no_amount_nothing_or_more_than_can_be_bonded_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        USD.amount(text)


@given(st.integers(1, UINT96 - 1), st.integers(0, 18))
def test_an_amount_as_it_is_shown_but_for_separators_is_read_as_the_same_amount(units: int, decimals: int) -> None:
    currency = Currency("0x" + "11" * 20, "tUSD", decimals)
    assert currency.amount(currency.shown(units).removesuffix(" tUSD").replace(",", "")) == units


@pytest.mark.parametrize(
    ("units", "shown"),
    [(0, "0 tUSD"), (1, "0.000001 tUSD"), (1_234_500_000, "1,234.5 tUSD"), (10**12, "1,000,000 tUSD")],
)
def test_an_amount_is_shown_as_people_write_it(units: int, shown: str) -> None:
    assert USD.shown(units) == shown
