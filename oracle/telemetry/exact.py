"""Decimal text into scaled integers, exactly: no float is ever made from a meter's reading."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

_LONGEST = 48
"""Characters; longer is no reading. Also keeps hostile digits out of int()."""


def scaled(text: str, places: int) -> int | None:
    """The decimal number in `text` times 10**places, cut toward zero; None when it is not a finite number.

    `scaled("35.12", 3)` is 35_120: watts to milliwatts. Reads what Prometheus writes too (`1.25e+02`, `NaN`, `+Inf`).
    """
    whole, dot, fraction = text.partition(".")
    if len(text) <= _LONGEST and text.isascii() and whole.isdigit() and (not dot or fraction.isdigit()):
        return int(whole + (fraction + "0" * places)[:places])
    return _scaled_slowly(text, places)


def _scaled_slowly(text: str, places: int) -> int | None:
    if len(text) > _LONGEST or not text.isascii() or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # Beyond 10^30 nothing is a reading, and int() of a huge exponent would fill the memory.
    if not number.is_finite() or number.adjusted() > 30:
        return None
    return int(number.scaleb(places)) if number.adjusted() > -30 else 0
