"""config.json from a deployment file: what it says, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.dapp_config import CONTRACTS, DappConfigError, dapp_config, main, plain_url, read_record

RPC, NODE = "https://rpc.example", "https://node.example"


def record(**changes: Any) -> dict[str, Any]:
    contracts = {
        name: {"address": "0x" + f"{place:040x}", "codeHash": "0x" + f"{place:064x}", "block": 7}
        for place, name in enumerate([*CONTRACTS, "Authority"], start=1)
    }
    return {"chainId": 8453, "block": 7, "owner": "0x" + "11" * 20, "contracts": contracts, **changes}


def test_it_names_the_page_s_contracts_and_nothing_else() -> None:
    made = dapp_config(record(), [RPC + "/"], [NODE], "https://events.example/v1/")
    assert made["chain"] == {"id": 8453, "name": "Base", "rpcs": [RPC], "explorer": None, "confirmations": 12}
    assert list(made["contracts"]) == list(CONTRACTS)
    assert made["contracts"]["FleetRegistry"] == {"address": "0x" + f"{1:040x}", "codeHash": "0x" + f"{1:064x}"}
    assert (made["deployedAt"], made["nodes"], made["indexer"]) == (7, [NODE], "https://events.example/v1")
    assert made["documents"] == []
    assert dapp_config(record(chainId=31337), [RPC], [])["chain"]["confirmations"] == 2


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://rpc.example", "https only"),
        ("ws://rpc.example", "write https://"),
        ("https://user@rpc.example", "write https://"),
        ("https://rpc.example/?key=1", "write https://"),
        ("https://rpc.example; script-src *", "write https://"),
        ("https://rpc.example'", "write https://"),
        ("https://*.example", "write https://"),
        ("https://rpc.example:port", "write https://"),
        ("https://[::1", "write https://"),
        ("rpc.example", "write https://"),
        ("", "write https://"),
    ],
)
def test_an_address_that_would_say_something_else_to_the_policy_is_refused(url: str, says: str) -> None:
    with pytest.raises(DappConfigError, match=says):
        plain_url(url, "--rpc")


def test_plain_http_is_for_this_machine() -> None:
    for url in ("http://127.0.0.1:8545", "http://localhost:8545", "http://[::1]:8545"):
        assert plain_url(url, "--rpc") == url


def test_a_deployment_without_a_contract_the_page_needs_is_refused() -> None:
    lacking = record()
    del lacking["contracts"]["PrimarySale"]
    with pytest.raises(DappConfigError, match="no PrimarySale: run `brownie run deploy` again"):
        dapp_config(lacking, [RPC], [NODE])


def test_a_chain_nobody_knows_needs_a_name() -> None:
    with pytest.raises(DappConfigError, match="--name"):
        dapp_config(record(chainId=4711), [RPC], [NODE])
    assert dapp_config(record(chainId=4711), [RPC], [NODE], name="Test net")["chain"]["name"] == "Test net"


def test_sites_whose_documents_may_be_fetched_are_named() -> None:
    sites = ["https://papers.example/fleets/", "http://127.0.0.1:7001"]
    made = dapp_config(record(), [RPC], [NODE], documents=sites)
    assert made["documents"] == ["https://papers.example/fleets", "http://127.0.0.1:7001"]
    with pytest.raises(DappConfigError, match="--documents"):
        dapp_config(record(), [RPC], [NODE], documents=["http://papers.example"])
    with pytest.raises(DappConfigError, match="at most 256 --documents"):
        dapp_config(record(), [RPC], [NODE], documents=sites * 129)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"chainId": 1, "block": "x", "contracts": {}}'])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "1.json"
    file.write_text(text)
    with pytest.raises(DappConfigError, match="not a deployment file"):
        read_record(file)
    with pytest.raises(DappConfigError, match="cannot read"):
        read_record(tmp_path / "none.json")


def test_the_command_prints_json_or_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "8453.json"
    file.write_text(json.dumps(record()))
    given = ["--rpc", RPC, "--node", NODE, "--documents", RPC, "--explorer", "https://scan.example/"]
    assert main([str(file), *given]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["documents"], made["chain"]["explorer"]) == ([RPC], "https://scan.example")
    assert main([str(file), "--rpc", "ftp://x"]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.startswith("dapp_config: --rpc 'ftp://x'")) == ("", True)
