"""Readings fit one word and refuse what no meter can have counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.reading import (
    COUNTER_MAX,
    ImplausibleReading,
    Reading,
    ReadingError,
    ReadingFlag,
    TrustLevel,
    check_increments,
)

counter = st.integers(min_value=0, max_value=COUNTER_MAX)


@given(st.builds(Reading, counter, counter, counter, counter, counter, st.integers(min_value=0, max_value=65535)))
def test_unpack_undoes_pack(reading: Reading) -> None:
    assert Reading.unpack(reading.pack()) == reading


@given(st.integers(min_value=0, max_value=2**256 - 1))
def test_pack_undoes_unpack_so_every_word_is_a_reading(word: int) -> None:
    assert Reading.unpack(word).pack() == word


def test_each_counter_stands_where_the_contract_reads_it() -> None:
    word = Reading(measured=1, delivered=2, utilised=3, breached=4, energy_wh=5, flags=6).pack()
    assert word == 1 << 208 | 2 << 160 | 3 << 112 | 4 << 64 | 5 << 16 | 6


def test_flags_and_level_share_the_low_word() -> None:
    reading = Reading(flags=ReadingFlag.COUNTER_RESET | ReadingFlag.ENERGY_ESTIMATED | TrustLevel.OPERATOR_EXPORTER)
    assert reading.flags == 0b11001
    assert reading.level == TrustLevel.OPERATOR_EXPORTER


@pytest.mark.parametrize("name", ["measured", "delivered", "utilised", "breached", "energy_wh"])
@pytest.mark.parametrize("value", [-1, COUNTER_MAX + 1])
def test_a_counter_beyond_48_bits_is_named(name: str, value: int) -> None:
    with pytest.raises(ReadingError, match=name):
        Reading(**{name: value})


def test_flags_beyond_16_bits_and_words_beyond_256_are_refused() -> None:
    with pytest.raises(ReadingError, match="flags"):
        Reading(flags=1 << 16)
    for word in (-1, 1 << 256):
        with pytest.raises(ReadingError, match="256"):
            Reading.unpack(word)


def test_increments_at_the_bound_pass() -> None:
    check_increments(Reading(36, 36, 36, 72, 10**9), units=2, span_s=18, window_s=36)


@pytest.mark.parametrize(
    ("increments", "said"),
    [
        (Reading(37, 0, 0), "measured 37"),
        (Reading(36, 37, 0), "delivered 37"),
        (Reading(36, 35, 36), "utilised 36"),
        (Reading(36, 36, 36, 73), "breached 73"),
    ],
)
def test_increments_no_honest_node_can_have_seen_are_refused(increments: Reading, said: str) -> None:
    with pytest.raises(ImplausibleReading, match=said):
        check_increments(increments, units=2, span_s=18, window_s=36)
