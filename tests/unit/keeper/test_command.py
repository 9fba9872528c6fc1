"""`wellhead settle` as an operator runs it."""

import json
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from web3 import Web3

from oracle.domain.reading import Reading
from oracle.keeper.config import EXAMPLE, KeeperConfig, KeeperSettings, load_config
from oracle.settings import SettingsError
from tests.support import faulty_rpc as faults
from tests.support.chain import HOUR, ROOT, Stack, rpc
from tests.support.faulty_rpc import faulty_rpc
from tests.support.market import finalise, lease_meter, list_fleet, open_lease, post_report
from tests.support.nodes import reading_node
from tests.support.remote_signer import remote_signer

PASSWORD = "correct horse"
KEY = Web3.keccak(text="keeper command")


def _write(folder: Path, rpc_url: str, nodes: list[str], **more: object) -> Path:
    keystore = Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=100)
    (folder / "gas.json").write_text(json.dumps(keystore))
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "password").chmod(0o600)
    extra = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    path = folder / "keeper.toml"
    path.write_text(
        f'[chain]\nrpc_urls = ["{rpc_url}"]\ndeployment = "31337.json"\nconfirmations = 1\n'
        f'[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
        f"[keeper]\nnodes = {json.dumps(nodes)}\n{extra}"
    )
    return path


def _run(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(config, *arguments), capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )


def _command(config: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", "from oracle.cli import main; main()", "settle", "--config", str(config), *arguments]


@pytest.fixture
def settling(stack: Stack, tmp_path: Path) -> Iterator[Path]:
    """A configuration with one lease to settle."""
    rpc(stack.w3, "anvil_setBalance", Account.from_key(KEY).address, hex(10**18))
    stack.write_deployment(tmp_path)
    accounts = stack.w3.eth.accounts
    fleet = list_fleet(stack, accounts[1])
    start = stack.genesis + 3 * HOUR
    lease = open_lease(stack, fleet, accounts[2], 2, start, start + 8 * HOUR)
    readings = {lease_meter(stack, lease): Reading(measured=HOUR, delivered=HOUR)}
    post_report(stack, 4, readings)
    finalise(stack, 4)
    with reading_node() as node:
        node.reports[4] = readings
        yield _write(tmp_path, stack.w3.provider.endpoint_uri, [node.url], poll_ms=100)  # type: ignore[attr-defined]


def test_once_does_what_is_due_and_says_so_in_json_lines(settling: Path) -> None:
    done = _run(settling, "--once")
    assert (done.returncode, done.stderr) == (0, "")
    start, settle = [json.loads(line) for line in done.stdout.splitlines()]
    assert (start["event"], start["key"]) == ("start", Account.from_key(KEY).address)
    assert (settle["event"], settle["outcome"], settle["epoch"]) == ("settle", "done", 4)
    assert settle["gas"] > 21_000
    assert PASSWORD not in done.stdout
    again = _run(settling, "--once", "--json")
    assert (again.returncode, len(again.stdout.splitlines())) == (0, 1)


def test_once_says_by_its_exit_code_that_something_failed(settling: Path, tmp_path: Path) -> None:
    text = settling.read_text()
    settling.write_text(text.replace("nodes = [", 'nodes = ["http://127.0.0.1:9"] #'))
    done = _run(settling, "--once")
    assert done.returncode == 1
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["event"], line["outcome"]) for line in outcomes[1:]] == [
        ("readings", "refused"),
        ("settle", "failed"),
    ]


def test_no_key_password_or_providers_key_is_ever_printed_whatever_goes_wrong(settling: Path, stack: Stack) -> None:
    text = settling.read_text()
    url = stack.w3.provider.endpoint_uri  # type: ignore[attr-defined]
    printed = ""
    with (
        faulty_rpc(url, "/v3/provider-key-1") as first,
        faulty_rpc(url, "/v3/provider-key-2") as second,
        faulty_rpc(url, "/v3/provider-key-3") as third,
    ):
        settling.write_text(text.replace(f'["{url}"]', f'["{first.url}", "{second.url}", "{third.url}"]'))
        for wire in (faults.http(500), faults.html(), faults.hang_up(), faults.http(429, retry_after="1")):
            second.break_wire(wire, times=2)
        done = _run(settling, "--once")
        assert done.returncode == 0, done.stderr
        printed += done.stdout + done.stderr
        for proxy in (first, third):
            proxy.break_wire(faults.http(401))
        done = _run(settling, "--once")
        assert done.returncode == 2
        assert "fewer than 2 of 3 RPCs answer" in done.stderr
        printed += done.stdout + done.stderr
    settling.with_name("password").write_text("not the password\n")
    done = _run(settling, "--once")
    assert done.returncode == 2
    printed += done.stdout + done.stderr
    assert "rpc trouble" in printed
    for secret in (KEY.hex(), PASSWORD, "not the password", "provider-key"):
        assert secret.removeprefix("0x") not in printed


def test_the_gas_key_may_be_with_a_remote_signer(settling: Path) -> None:
    with remote_signer(KEY) as signer:
        text = settling.read_text()
        at, end = text.index("[gas_key]"), text.index("[keeper]")
        address = Account.from_key(KEY).address
        settling.write_text(f'{text[:at]}[gas_key]\nsigner_url = "{signer.url}"\naddress = "{address}"\n{text[end:]}')
        done = _run(settling, "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout.splitlines()[1])["outcome"] == "done"


def test_sigterm_ends_it_cleanly(settling: Path) -> None:
    with subprocess.Popen(_command(settling), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "settle":
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert json.loads(rest.splitlines()[-1])["event"] == "stop"


def test_it_does_not_start_on_another_chain(settling: Path, stack: Stack, tmp_path: Path) -> None:
    content = {**stack.deployment(), "chainId": 1}
    (tmp_path / "31337.json").write_text(json.dumps(content))
    done = _run(settling, "--once")
    assert done.returncode == 2
    assert "the RPC serves chain 31337, the deployment is on chain 1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[keeper]", "surprise = 1\n[keeper]", r"gas_key.surprise: no such setting.*examples/keeper.toml"),
        ("poll_ms = 100", "poll_ms = 1", r"keeper.poll_ms"),
        ("poll_ms = 100", "settle_every_epochs = 0", r"keeper.settle_every_epochs"),
        ("poll_ms = 100", 'distribute = "maybe"', r"keeper.distribute"),
        ('"http://n"', "", r"keeper.nodes: List should have at least 1 item"),
        ('"http://n"', '"ftp://n"', r"keeper.nodes.1: is not an http"),
        ("http://c", "c", r"chain.rpc_urls"),
        ("gas.json", "none.json", r"gas_key.keystore: there is no file .*none.json"),
        ('deployment = "31337.json"', "", r"chain.deployment: is missing"),
        ("[chain]", "[chain", r"is not TOML"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = _write(tmp_path, "http://c", ["http://n"], poll_ms=100)
    (tmp_path / "31337.json").touch()
    load_config(path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SettingsError, match=said):
        load_config(path)


def test_a_configurations_paths_are_meant_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "31337.json").touch()
    config = load_config(_write(tmp_path, "http://c", ["http://n"]))
    assert config.chain.deployment == tmp_path / "31337.json"
    assert config.gas_key.keystore == tmp_path / "gas.json"
    assert (config.keeper.settle_every_epochs, config.keeper.distribute) == (1, True)


def test_the_example_has_every_setting() -> None:
    example = tomllib.loads((ROOT / EXAMPLE).read_text())
    assert set(example) == set(KeeperConfig.model_fields)
    assert set(example["keeper"]) == set(KeeperSettings.model_fields)
