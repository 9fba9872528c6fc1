"""Signed batches: one way to write them, every changed byte refused by name, never two of an epoch from a folder."""

import gzip
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from eth_account import Account
from eth_account.messages import encode_typed_data
from typer.testing import CliRunner

from oracle.chain.deployment import Contracts, load_deployment, schedule_in
from oracle.chain.errors import BadDeployment
from oracle.cli import record
from oracle.domain.keccak import EncodingError, keccak256
from oracle.domain.report import Domain
from oracle.domain.schedule import Schedule
from oracle.domain.signature import recover
from oracle.keys import KeySigner, create_keystore
from oracle.telemetry import batch_folder
from oracle.telemetry.batch import (
    NONE_BEFORE,
    SampleBatch,
    check_link,
    read_head,
    read_samples,
    sample_lines,
    sign_batch,
)
from oracle.telemetry.batch_folder import BatchFolder, RecordingBatches
from oracle.telemetry.errors import (
    BatchMalformed,
    BatchMisplaced,
    BatchNotTheOperators,
    BatchSignedTwice,
    BatchTampered,
    TargetUnusable,
    TelemetryError,
)
from oracle.telemetry.log import LogReplay
from oracle.telemetry.sample import Sample

HOUR = 3600
DOMAIN = Domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
SCHEDULE = Schedule(1_791_147_600, HOUR, 2 * HOUR)  # 2026-10-04 21:00Z, where the example telemetry begins
EXAMPLES = Path(__file__).parents[3] / "examples" / "telemetry"
A, B = "GPU-aaaaaaaa-1111-2222-3333-444444444444", "GPU-bbbbbbbb-1111-2222-3333-444444444444"


def key(name: bytes) -> KeySigner:
    secret = keccak256(name)
    return KeySigner(str(Account.from_key(secret).address), secret)


OPERATOR, OTHER = key(b"operator"), key(b"another")


def sample(gpu: str = A, second: int = 0, epoch: int = 5, **more: Any) -> Sample:
    time_ms = (SCHEDULE.period_start(epoch) + second) * 1000
    return Sample(gpu, time_ms, 968_000, False, 650_000, 123_456_789, True)._replace(**more)


def made(*samples: Sample, epoch: int = 5, previous: bytes = NONE_BEFORE) -> bytes:
    lines = sample_lines(samples or [sample(A, 0), sample(A, 30), sample(B, 0, driver="570.86.15")])
    return sign_batch(lines, 7, epoch, previous, OPERATOR, DOMAIN)[1]


def checked(raw: bytes) -> list[Sample]:
    """As a node checks a batch of fleet 7, epoch 5."""
    signed = read_head(raw)
    if (signed.statement.fleet, signed.statement.epoch) != (7, 5):
        raise BatchMisplaced("another")
    signed.check_signed_by(OPERATOR.address, DOMAIN)
    return read_samples(raw, signed.statement, SCHEDULE)


def test_what_is_signed_is_what_a_wallet_would_show_and_sign() -> None:
    raw = made()
    signed = read_head(raw)
    said = signed.statement
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SampleBatch": [
                {"name": "fleet", "type": "uint256"},
                {"name": "epoch", "type": "uint64"},
                {"name": "previous", "type": "bytes32"},
                {"name": "data", "type": "bytes32"},
                {"name": "count", "type": "uint32"},
            ],
        },
        "primaryType": "SampleBatch",
        "domain": {
            "name": "Wellhead SampleBatch",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": DOMAIN.contract,
        },
        "message": {"fleet": 7, "epoch": 5, "previous": said.previous, "data": said.data, "count": 3},
    }
    message = encode_typed_data(full_message=typed)
    assert said.struct_hash() == message.body
    digest = keccak256(b"\x19" + message.version + message.header + message.body)
    assert recover(digest, signed.signature) == OPERATOR.address == signed.signer(DOMAIN)


def test_samples_stand_in_one_order_each_once_and_come_back_as_they_were() -> None:
    given = [sample(B, 0, driver="570.86.15"), sample(A, 30), sample(A, 0), sample(A, 30, power_mw=1)]
    raw = made(*given)
    assert raw == made(*reversed(given[:3]))
    assert checked(raw) == [given[2], given[1], given[0]]
    assert raw.splitlines()[1] == (
        f'["{A}",{given[2].time_ms},968000,false,650000,123456789,true,null,null,null,null,null,null]'.encode()
    )


def test_what_cannot_be_written_plainly_is_left_unknown_or_out() -> None:
    odd = [sample(driver='5",\n'), sample(second=1, power_mw=1 << 70), sample("GPU \x1b[2J", 2)]
    assert checked(made(*odd)) == [sample()]


def test_every_byte_that_is_changed_is_refused_by_name() -> None:
    raw = made(sample(A, 0), sample(B, 0))
    seen = set()
    for at in range(len(raw)):
        for flip in (0x01, 0x20, 0x80):
            with pytest.raises(TelemetryError) as refused:
                checked(raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :])
            seen.add(type(refused.value))
    assert seen == {BatchMalformed, BatchMisplaced, BatchNotTheOperators, BatchTampered}
    for cut in (raw[:-1], raw + b"\n", raw[: len(raw) // 2], b"", raw + raw.splitlines(keepends=True)[1]):
        with pytest.raises((BatchTampered, BatchMalformed)):
            checked(cut)


def test_another_key_and_another_chain_sign_nothing_for_this_fleet() -> None:
    lines = sample_lines([sample()])
    for signer, domain in (
        (OTHER, DOMAIN),
        (OPERATOR, Domain(1, DOMAIN.contract)),
        (OPERATOR, Domain(31337, "0x" + "11" * 20)),
    ):
        with pytest.raises(BatchNotTheOperators, match="must sign with the key that holds the fleet's title"):
            checked(sign_batch(lines, 7, 5, NONE_BEFORE, signer, domain)[1])


@pytest.mark.parametrize(
    ("lines", "error", "said"),
    [
        (sample_lines([sample(second=-1)]), BatchMisplaced, "outside of the epoch"),
        (sample_lines([sample(second=HOUR)]), BatchMisplaced, "outside of the epoch"),
        (sample_lines([sample(B)]) + sample_lines([sample(A)]), BatchMalformed, "ascend by GPU and time"),
        (sample_lines([sample()]) * 2, BatchMalformed, "ascend by GPU and time"),
        (sample_lines([sample()]).replace(b",", b", ", 1), BatchMalformed, "not written as a sample is"),
        (sample_lines([sample()]).replace(b"650000", b"650000.0"), BatchMalformed, "not a whole number"),
        (sample_lines([sample()]).replace(b"650000", b"true"), BatchMalformed, "not a whole number"),
        (sample_lines([sample()]).replace(b"650000", b"-1"), BatchMalformed, "not a whole number"),
        (sample_lines([sample()]).replace(b"650000", b"9" * 5000), BatchMalformed, "is no JSON"),
        (sample_lines([sample()]).replace(b"true", b"1"), BatchMalformed, "neither true nor false"),
        (sample_lines([sample()]).replace(b"GPU-", b"GPU ", 1), BatchMalformed, "names no GPU"),
        (sample_lines([sample()]).replace(b"null]", b"null,1]"), BatchMalformed, "has 14 fields"),
        (b"[" * 100_000 + b"\n", BatchMalformed, "is no JSON"),
        (b"{}\n", BatchMalformed, "is no array"),
    ],
)  # fmt: skip
def test_what_an_operator_signed_that_is_no_batch_is_refused_by_name(lines: bytes, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        checked(sign_batch(lines, 7, 5, NONE_BEFORE, OPERATOR, DOMAIN)[1])


def test_a_head_that_counts_other_samples_than_follow_is_refused() -> None:
    lines = sample_lines([sample()])
    statement = SampleBatch(7, 5, NONE_BEFORE, keccak256(lines), 2)
    with pytest.raises(BatchMalformed, match="has 1 samples, and its head says 2"):
        read_samples(b"\n" + lines, statement, SCHEDULE)


@pytest.mark.parametrize(
    "change",
    [{"epoch": 5.0}, {"epoch": True}, {"count": "3"}, {"more": 1}, {"previous": "0X" + "00" * 32}, {"fleet": 0},
     {"signature": "0x"}, {"data": "0x12"}, {"previous": 5}, {"epoch": 1 << 63}],
)  # fmt: skip
def test_a_head_is_written_one_way(change: dict[str, Any]) -> None:
    line, _, lines = made().partition(b"\n")
    changed = json.dumps({**json.loads(line), **change}, separators=(",", ":")).encode()
    with pytest.raises(BatchMalformed, match="does not begin with"):
        read_head(changed + b"\n" + lines)
    for raw in (line, b"[]\n", b"\xff\n", line.replace(b":", b": ", 1) + b"\n", b"x" * 5000):
        with pytest.raises(BatchMalformed):
            read_head(raw)


def test_no_batch_is_empty_or_larger_than_a_node_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BatchMalformed, match="make no batch"):
        sign_batch(b"", 7, 5, NONE_BEFORE, OPERATOR, DOMAIN)
    with pytest.raises(EncodingError):
        SampleBatch(7, 5, NONE_BEFORE, bytes(32), 0)
    with pytest.raises(BatchMalformed, match="Record less often"):
        sign_batch(b"\n" * (32 * 1024 * 1024), 7, 5, NONE_BEFORE, OPERATOR, DOMAIN)


def linked(*epochs: int) -> dict[int, SampleBatch]:
    chain, previous = {}, NONE_BEFORE
    for epoch in epochs:
        chain[epoch] = SampleBatch(7, epoch, previous, keccak256(b"%d" % epoch), 1)
        previous = chain[epoch].struct_hash()
    return chain


def test_batches_are_one_chain() -> None:
    all_of, gap, other = linked(1, 2, 3, 4), linked(1, 2, 4), linked(2, 3, 4)
    assert check_link(all_of[2], all_of[1], all_of[3])
    assert check_link(gap[4], gap[2], None)  # the operator says there is none of 3
    assert not check_link(all_of[4], all_of[2], None)  # there is one, and it is not here
    assert check_link(all_of[3], all_of[2], all_of[4])  # now it is
    assert check_link(all_of[1], None, all_of[4])
    for batch, before, after in (
        (other[2], all_of[1], None),  # begins anew
        (all_of[3], other[2], None),  # follows on another
        (all_of[3], None, other[4]),
        (all_of[3], all_of[2], gap[4]),  # comes after it was signed that there is none
        (all_of[1], None, other[2]),
    ):
        with pytest.raises(BatchMisplaced, match="another chain"):
            check_link(batch, before, after)


def folder_of(
    path: Path, began: int = SCHEDULE.period_start(5), signer: KeySigner = OPERATOR, fleet: int = 7
) -> BatchFolder:
    return BatchFolder(path / "batches", fleet, DOMAIN, SCHEDULE, signer, began)


def test_a_folder_goes_on_where_it_was_left_and_never_signs_an_epoch_again(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    first = folder.publish(5, [sample()])
    assert first is not None
    assert folder.publish(6, []) is None
    with pytest.raises(BatchSignedTwice, match="next is 7"):
        folder.publish(6, [sample(epoch=6)])
    again = folder_of(tmp_path)
    assert again.next == 6
    second = again.publish(7, [sample(epoch=7)])
    assert second is not None
    assert read_head(second.read_bytes()).statement.previous == read_head(first.read_bytes()).statement.struct_hash()
    with pytest.raises(BatchSignedTwice, match="Two recorders"):
        folder.publish(7, [sample(epoch=7, power_mw=1)])  # the one that was overtaken
    assert checked(first.read_bytes()) == [sample()]
    assert sorted(os.listdir(first.parent)) == ["5", "7"]


def test_an_empty_folder_signs_nothing_of_epochs_that_were_over_before(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, SCHEDULE.period_start(5) + 100)
    with pytest.raises(BatchSignedTwice):
        folder.publish(4, [sample(epoch=4)])
    assert folder.publish(5, [sample()]) is not None


def test_a_folder_of_another_operator_or_fleet_and_one_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    folder_of(tmp_path).publish(5, [sample()])
    for wrong in ({"signer": OTHER}, {"fleet": 8}):
        with pytest.raises(BatchSignedTwice, match="a folder of its own"):
            folder_of(tmp_path, **wrong)
    (tmp_path / "batches" / "9").write_bytes(b"half")
    with pytest.raises(BatchMalformed):
        folder_of(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(TargetUnusable, match="Check the folder"):
        BatchFolder(tmp_path / "file", 7, DOMAIN, SCHEDULE, OPERATOR, 0)


@pytest.mark.parametrize("name", ["h100-dcgm.prom.gz", "a100-nvidia-smi.csv.gz"])
@pytest.mark.parametrize("prime", [64 * 1024, 4096])
def test_a_recording_that_grows_is_signed_epoch_by_epoch_whole(
    tmp_path: Path, name: str, prime: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_folder, "PRIME_BYTES", prime)
    text = gzip.decompress((EXAMPLES / name).read_bytes())
    whole = LogReplay(EXAMPLES / name)
    recording, lines = tmp_path / "run", text.splitlines(keepends=True)
    folder = folder_of(tmp_path, SCHEDULE.genesis)
    batches = RecordingBatches(recording, folder)
    # Handed out as a recorder writes: a look after each reading, by the time of the reading.
    step = 300 if "dcgm" in name else 60
    per_step = _by_minute(lines)
    with recording.open("ab", buffering=0) as file:
        for at in range(SCHEDULE.genesis, SCHEDULE.period_end(7) + 2 * step, step):
            file.write(per_step.pop(at, b""))
            if at == SCHEDULE.period_start(4) + 10 * step:  # stopped and started again in the midst of an epoch
                batches = RecordingBatches(recording, folder_of(tmp_path))
            batches.look(at)
            assert batches.last_failure == ""
    for epoch in range(8):
        raw = (tmp_path / "batches" / str(epoch)).read_bytes()
        signed = read_head(raw)
        start, end = SCHEDULE.period_start(epoch) * 1000, SCHEDULE.period_end(epoch) * 1000
        expected = [each for gpu in sorted(whole.gpus) for each in whole.between(start, end - 1).get(gpu, ())]
        assert read_samples(raw, signed.statement, SCHEDULE) == expected
        assert signed.statement.count == len(expected) > 0
    assert not (tmp_path / "batches" / "8").exists()


def _by_minute(lines: list[bytes]) -> dict[int, bytes]:
    """The lines of a log by the minute they were written in, Unix seconds."""
    found: dict[int, bytes] = {}
    now = SCHEDULE.genesis
    for line in lines:
        if line.startswith(b"20"):
            moment = datetime.strptime(line[:19].decode(), "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
            now = int(moment.timestamp()) // 60 * 60
        elif (stamp := line.rstrip().rpartition(b" ")[2][:10]).isdigit():
            now = int(stamp) // 60 * 60
        found[now] = found.get(now, b"") + line
    return found


def test_a_recording_that_cannot_be_signed_goes_on_and_is_signed_later(tmp_path: Path) -> None:
    recording = tmp_path / "run"
    batches = RecordingBatches(recording, folder_of(tmp_path))
    batches.look(SCHEDULE.period_start(5))
    assert "No such file" in batches.last_failure
    recording.write_text("nonsense\n")
    batches.look(SCHEDULE.period_end(5))
    assert batches.last_failure
    start = (SCHEDULE.period_start(5) + 1) * 1000
    recording.write_text(
        "# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).\n"
        f'DCGM_FI_DEV_POWER_USAGE{{UUID="{A}"}} 70.0 {start}\n'
        f'DCGM_FI_DEV_POWER_USAGE{{UUID="{A}"}} 71.0 {start + HOUR * 1000}\n'
    )
    batches.look(SCHEDULE.period_end(5) + 5)
    assert (batches.last_failure, batches.signed) == ("", 1)
    assert [each.power_mw for each in checked((tmp_path / "batches" / "5").read_bytes())] == [70_000]


def command(tmp_path: Path, *more: str) -> Any:
    app = typer.Typer()
    record.register(app)
    smi = tmp_path / "nvidia-smi"
    smi.write_text(
        "#!/bin/sh\n"
        'case "$*" in *noheader*) ;; *) echo "timestamp, uuid, index, pci.bus_id, name, power.draw [W]";; esac\n'
        f'echo "$(date +%Y/%m/%d\\ %H:%M:%S.%3N), {A}, 0, 00000000:18:00.0, H100, 70.12 W"\n'
    )
    smi.chmod(0o755)
    given = (str(tmp_path / "run.csv"), "--nvidia-smi", str(smi), "--interval", "200ms", "--duration", "3s")
    return CliRunner().invoke(app, [*given, *more])


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A deployment whose oracle has epochs of a second, the first begun long ago."""
    path = tmp_path / "deployment.json"
    names = [str(field.alias) for field in Contracts.model_fields.values()]
    one = {"address": DOMAIN.contract, "codeHash": "0x" + "00" * 32, "constructorArguments": [], "block": 1}
    oracle = {**one, "constructorArguments": [DOMAIN.contract, int(time.time()) - 1000, 1, 2, 3]}
    contracts = {**dict.fromkeys(names, one), "MeterOracle": oracle}
    whole = {"chainId": 31337, "block": 1, "owner": DOMAIN.contract, "contracts": contracts, "stablecoins": []}
    path.write_text(json.dumps(whole))
    return path


def test_the_command_signs_each_epoch_that_it_recorded(tmp_path: Path, deployment: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    operator = create_keystore(tmp_path / "key.json", tmp_path / "password")
    folder = tmp_path / "batches"
    options = {
        "--batches": folder, "--fleet": 7, "--deployment": deployment, "--keystore": tmp_path / "key.json",
        "--password-file": tmp_path / "password",
    }  # fmt: skip
    ran = command(tmp_path, *(str(each) for pair in options.items() for each in pair))
    assert ran.exit_code == 0, ran.output
    epochs = sorted(int(name) for name in os.listdir(folder))
    assert len(epochs) >= 2
    assert f"{len(epochs)} batches signed" in ran.stderr
    schedule = schedule_in(load_deployment(deployment))
    before = NONE_BEFORE
    for epoch in epochs:
        raw = (folder / str(epoch)).read_bytes()
        signed = read_head(raw)
        signed.check_signed_by(operator, DOMAIN)
        assert (signed.statement.epoch, signed.statement.previous) == (epoch, before)
        assert {each.power_mw for each in read_samples(raw, signed.statement, schedule)} == {70_120}
        before = signed.statement.struct_hash()


def test_the_command_says_which_options_belong_together(tmp_path: Path, deployment: Path) -> None:
    for options, said in (
        (("--batches", "b"), "--batches needs --fleet"),
        (("--fleet", "7"), "need --batches"),
        (("--batches", "b", "--fleet", "7", "--deployment", "none", "--keystore", "k", "--password-file", "p"), "none"),
    ):
        ran = command(tmp_path, *options)
        assert (ran.exit_code, said in ran.stderr) == (2, True), ran.stderr
        assert not (tmp_path / "run.csv").exists()


def test_a_deployment_without_a_clock_is_refused(deployment: Path) -> None:
    content = json.loads(deployment.read_text())
    for arguments in ([], ["0x", "a", 1], ["0x", 3600, 0, 5]):
        content["contracts"]["MeterOracle"]["constructorArguments"] = arguments
        deployment.write_text(json.dumps(content))
        with pytest.raises(BadDeployment, match="tell no clock"):
            schedule_in(load_deployment(deployment))
