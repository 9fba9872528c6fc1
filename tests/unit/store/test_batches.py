"""Signed batches on both databases: one metered an epoch, one more as evidence, and with its samples or not at all."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from oracle.store.batches import BatchStore, KeptBatch
from oracle.store.database import Database
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.batch import SampleBatch, SignedBatch
from oracle.telemetry.sample import Sample

OPERATOR = "0x" + "11" * 20
GPU = "GPU-aaaaaaaa-1111-2222-3333-444444444444"


def kept(epoch: int, data: int = 1, *, metered: bool = True) -> KeptBatch:
    statement = SampleBatch(7, epoch, bytes(32), bytes([data]) * 32, 4_000_000_000)
    return KeptBatch(SignedBatch(statement, bytes([data]) * 64), OPERATOR, metered, follows=epoch > 5)


def take(database: Database, batch: KeptBatch, *power: int) -> None:
    samples = [Sample(GPU, 1000 + at, None, False, each, None, True) for at, each in enumerate(power)]
    BatchStore(database).take(batch, samples, (1000, 2000), TelemetryStore(database), 9)


def test_what_was_taken_is_found_again_by_epoch(database: Database) -> None:
    store = BatchStore(database)
    assert (store.newest(7), store.beside(7, 5), store.doubled(7)) == (None, (None, None), [])
    for epoch in (5, 6, 1 << 50):
        take(database, kept(epoch), 1)
    assert store.metered(7, 5, 6) == {5: kept(5), 6: kept(6)}
    assert store.newest(7) == 1 << 50
    assert store.beside(7, 6) == (kept(5), kept(1 << 50))
    assert store.beside(8, 6) == (None, None)


def test_a_second_batch_is_kept_beside_the_first_and_a_third_is_not(database: Database) -> None:
    store = BatchStore(database)
    second = kept(5, 2, metered=False)
    assert not store.add_second(second)  # of an epoch that nothing is metered of
    take(database, kept(5), 1)
    assert store.add_second(second)
    assert not store.add_second(second)
    assert not store.add_second(kept(5, 3, metered=False))
    assert store.statements(7, 5) == [kept(5), second]
    assert store.doubled(7) == [5]
    assert store.metered(7, 0, 9) == {5: kept(5)}


def test_a_batch_that_cannot_be_kept_leaves_the_samples_as_they_were(database: Database) -> None:
    take(database, kept(5), 1, 2)
    with pytest.raises(IntegrityError):
        take(database, replace(kept(5), operator="another"), 3)
    found = TelemetryStore(database).samples(7, [GPU], 0, 9999)
    assert [each.power_mw for each in found[GPU]] == [1, 2]
    assert TelemetryStore(database).answers(7, 9, 9) == 1
