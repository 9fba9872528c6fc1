"""Deploy, lease, report, settle, distribute, claim: the whole path on Ganache 7.9.2, through brownie."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from brownie import accounts, chain, network
from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.domain.charge import LeaseTerms, totals
from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Report
from oracle.domain.signature import pack_signatures, sign
from scripts.chain import ROOT, connect, load_project
from scripts.deploy import (
    ADMIN,
    GUARDIAN,
    ISSUER,
    DeployConfig,
    Deployer,
    DeployError,
    Node,
    NodesMissing,
    deploy,
)
from scripts.stage.cast import MNEMONIC, Cast, Wallets, load_cast
from scripts.stage.market import Market
from scripts.stage.ports import free_ports
from scripts.stage.processes import Processes

ACCOUNTS = 40
QUORUM = 3


@pytest.fixture(scope="module")
def cast() -> Cast:
    return load_cast(ROOT / "examples" / "demo.toml")


@pytest.fixture(scope="module")
def ganache(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Ganache on a free port, its clock at the cast's start, brownie connected to it."""
    (port,) = free_ports(1)
    starts = datetime.fromtimestamp(cast.starts, UTC).isoformat()
    with Processes(tmp_path_factory.mktemp("logs")) as processes:
        processes.start(
            "ganache",
            [
                "ganache-cli",
                *("--server.port", str(port), "--chain.hardfork", "shanghai", "--chain.chainId", "1337"),
                *("--chain.time", starts, "--wallet.mnemonic", MNEMONIC, "--wallet.totalAccounts", str(ACCOUNTS)),
                *("--miner.blockGasLimit", "30000000", "--logging.quiet"),
            ],
        )
        processes.wait("ganache", lambda: _listens(port))
        load_project()
        connect(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
        network.disconnect()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _move_to(moment: int) -> None:
    """Ganache keeps its clock in milliseconds, and mines the next block by it."""
    network.web3.provider.make_request("evm_setTime", [moment * 1000])
    network.web3.provider.make_request("evm_mine", [])


def _config(wallets: Wallets, hot: list[LocalAccount], **roles: Any) -> DeployConfig:
    return DeployConfig.model_validate(
        {
            "metrics": "README.md",
            "roles": {name: wallets[name].address for name in ("owner", "issuer", "guardian", "reserve")} | roles,
            "nodes": [{"cold": wallets[f"node {i}"].address, "hot": key.address} for i, key in enumerate(hot)],
            "stablecoins": [{"issuer": "Test Issuer"}],
        }
    )


def test_the_whole_path_runs_on_ganache(ganache: str, cast: Cast, tmp_path: Path) -> None:
    wallets = Wallets(ACCOUNTS)
    _ = [wallets[name] for name in ("deployer", "owner", "issuer", "guardian", "protocol treasury", "reserve")]
    hot = [Account.create() for _ in range(4)]
    said: list[str] = []

    # Deploy, twice: the second run changes nothing and says so.
    config = _config(wallets, hot)
    file = deploy(config, folder=tmp_path, say=said.append)
    height = len(chain)
    deploy(config, folder=tmp_path, say=said.append)
    assert said[-1].startswith("nothing to do")
    assert len(chain) == height

    # The deployer kept nothing; the owner, the issuer and the guardian have what the configuration gives them.
    authority = load_project().Authority.at(json.loads(file.read_text())["contracts"]["Authority"]["address"])
    deployer = wallets["deployer"].address
    assert not any(authority.hasRole(role, deployer)[0] for role in (ADMIN, ISSUER, GUARDIAN))
    for role, name in ((ADMIN, "owner"), (ISSUER, "issuer"), (GUARDIAN, "guardian")):
        assert authority.hasRole(role, wallets[name].address)[0]

    # A fleet, its bond, its investors; two leases, one paid by permit and one by authorisation.
    market = Market(load_project(), json.loads(file.read_text()), cast, wallets, tmp_path / "bodies")
    market.bond_nodes(4)
    fleet = market.register(0)
    market.bond(fleet)
    market.issue(fleet)
    for lease_id, lease in enumerate(cast.leases[:2], start=1):
        assert market.open(lease) == lease_id
        market.allocate(lease_id, lease)

    # A report of a quorum after the first day, three hours of which the second lease's GPUs were lost.
    epoch = (cast.term_start - cast.starts) // 3600 + 23
    day = 4 * 24 * 3600
    readings = [
        Reading(day, day, day // 2, 0, 50_000, 1),
        Reading(day, day - 4 * 10_800, day // 4, 4 * 10_800, 30_000, 1),
    ]
    leaves = [(market.leases.meterIdOf(lease_id), reading) for lease_id, reading in enumerate(readings, start=1)]
    period_end = market.oracle.periodEnd(epoch)
    _move_to(period_end + 7200)
    tree = meter_tree(leaves)
    _report(market, hot, epoch, tree.root, len(leaves))
    with pytest.raises(Exception, match="MeterOracle_NotFinal"):
        market.leases.settle(1, epoch, readings[0].pack(), tree.proof(0), market.sender("deployer"))
    _move_to(chain[-1].timestamp + 21_600)
    several = tree.multiproof([0, 1])
    ids = [place + 1 for place in several.leaves]
    words = [readings[place].pack() for place in several.leaves]
    market.leases.settleMany(epoch, ids, words, several.proof, several.flags, market.sender("deployer"))

    charged = [_expected(market, lease_id, readings[lease_id - 1], period_end) for lease_id in (1, 2)]
    for lease_id, (owed, credit) in enumerate(charged, start=1):
        lease = market.leases.leaseOf(lease_id)
        assert (lease[2][1], lease[3][0]) == (owed, credit)
    assert charged[1][1] > 0, "the outage earns a credit"
    # The first tenant paid in the least that opens a lease, less than a day's rent: the rest is debt, and he is
    # suspended.
    debt = charged[0][0] - market.requests[0][5]
    assert debt > 0
    assert market.leases.leaseOf(1)[3][1] == debt
    assert market.leases.leaseOf(1)[1][1] == chain[-1].timestamp
    rent = sum(owed for owed, _ in charged) - debt
    assert market.leases.fleetAccountOf(1)[0][0] == rent

    # Distributed in the next period, streamed over the one after, claimed by everyone.
    for _ in range(3):
        _move_to((chain[-1].timestamp // cast.waterfall.period + 1) * cast.waterfall.period)
        market.distribute(fleet)
    waterfall = fleet.waterfall.address
    incomes = [fleet.waterfall.streamed(tranche) for tranche in range(2)]
    before = market.currency.balanceOf(waterfall)
    assert before == rent
    holders = [wallets[investor.name].address for investor in cast.investors]
    purses = {holder: market.currency.balanceOf(holder) for holder in holders}
    for share in fleet.shares:
        for investor, holder in zip(cast.investors, holders, strict=True):
            if share.claimable(holder):
                share.claim(holder, market.sender(investor.name))
    earned = sum(market.currency.balanceOf(holder) - purses[holder] for holder in holders)
    dust = sum(incomes) - earned
    assert 0 <= dust <= len(holders) * len(fleet.shares)
    assert earned > 0


def test_an_interrupted_deployment_goes_on_where_it_stopped(
    ganache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallets = Wallets(ACCOUNTS)
    _ = [wallets[name] for name in ("deployer", "owner", "issuer", "guardian")]
    config = _config(wallets, [Account.create() for _ in range(4)])
    with monkeypatch.context() as patched:
        patched.setattr(Deployer, "_configure_nodes", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            deploy(config, folder=tmp_path, say=lambda _: None)
    before = json.loads((tmp_path / "1337.json").read_text())["contracts"]
    said: list[str] = []
    deploy(config, folder=tmp_path, say=said.append)
    after = json.loads((tmp_path / "1337.json").read_text())["contracts"]
    assert {name: after[name] for name in before} == before
    assert any("configured 4 nodes" in line for line in said)
    deploy(config, folder=tmp_path, say=said.append)
    assert said[-1].startswith("nothing to do")


@pytest.mark.parametrize("delay", [0, 172_800])
def test_an_owner_who_deploys_for_himself_can_run_it_twice(ganache: str, tmp_path: Path, delay: int) -> None:
    wallets = Wallets(ACCOUNTS)
    owner = wallets["deployer"].address
    config = _config(wallets, [Account.create() for _ in range(4)], owner=owner, issuer=owner, delay=delay)
    said: list[str] = []
    file = deploy(config, folder=tmp_path, say=said.append)
    height = len(chain)
    deploy(config, folder=tmp_path, say=said.append)
    assert said[-1].startswith("nothing to do")
    assert len(chain) == height
    authority = load_project().Authority.at(json.loads(file.read_text())["contracts"]["Authority"]["address"])
    assert [tuple(authority.hasRole(role, owner)) for role in (ADMIN, ISSUER)] == [(True, delay)] * 2


def test_a_deployment_waits_for_nodes_that_join_by_themselves(ganache: str, tmp_path: Path) -> None:
    wallets = Wallets(ACCOUNTS)
    _ = [wallets[name] for name in ("deployer", "owner", "issuer", "guardian", "reserve")]
    stranger, hot = accounts.add(), [Account.create() for _ in range(4)]
    config = _config(wallets, hot)
    away = [config.nodes[0].model_copy(update={"hot": None}), Node(cold=stranger.address, hot=hot[1].address)]
    config = config.model_copy(update={"nodes": [*away, *config.nodes[2:]]})
    said: list[str] = []
    with pytest.raises(NodesMissing, match=f"{config.nodes[0].cold}, {stranger.address} have not joined.*node join"):
        deploy(config, folder=tmp_path, say=said.append)
    record = json.loads((tmp_path / "1337.json").read_text())["contracts"]
    node_set = load_project().NodeSet.at(record["NodeSet"]["address"])
    assert len(node_set.nodes()) == 0
    assert [node_set.isJoined(node.cold) for node in config.nodes] == [False, False, True, True]
    with pytest.raises(NodesMissing):
        deploy(config, folder=tmp_path, say=said.append)

    accounts[0].transfer(stranger, 10**17)
    node_set.join(hot[0].address, {"from": wallets["node 0"].address})
    node_set.join(hot[1].address, {"from": stranger})
    deploy(config, folder=tmp_path, say=said.append)
    assert [node[:2] for node in node_set.nodes()] == [
        (node.cold, key.address) for node, key in zip(config.nodes, hot, strict=True)
    ]
    assert json.loads((tmp_path / "1337.json").read_text())["contracts"].keys() >= record.keys()
    deploy(config, folder=tmp_path, say=said.append)
    assert said[-1].startswith("nothing to do")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_public_chain_needs_its_id_repeated(ganache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.deploy.LOCAL_CHAINS", {})
    config = _config(Wallets(ACCOUNTS), [Account.create() for _ in range(4)])
    height = len(chain)
    with pytest.raises(DeployError, match="repeat its id"):
        deploy(config, folder=tmp_path)
    with pytest.raises(DeployError, match="at least a day"):
        deploy(config, str(chain.id), folder=tmp_path)
    assert len(chain) == height
    assert not list(tmp_path.iterdir())


def _report(market: Market, hot: list[LocalAccount], epoch: int, root: bytes, leaf_count: int) -> None:
    nodes = market.nodes
    domain = Domain(chain.id, market.oracle.address)
    report = Report(bytes(nodes.configDigest()), epoch, 0, bytes(32), root, bytes(range(32)), leaf_count)
    digest = report.digest(domain)
    signatures = pack_signatures({i: sign(digest, bytes(hot[i].key)) for i in range(QUORUM)}, QUORUM)
    sent = (report.config_digest, epoch, 0, root, report.set_hash, leaf_count)
    market.oracle.submit(sent, signatures, market.sender("deployer"))


def _expected(market: Market, lease_id: int, reading: Reading, period_end: int) -> tuple[int, int]:
    terms, state, *_ = market.leases.leaseOf(lease_id)
    computed = totals(_terms(terms, state), reading, period_end)
    return computed.owed, computed.credit_owed


def _terms(terms: Any, state: Any) -> LeaseTerms:
    rate, units, start, end, _ = terms
    return LeaseTerms(
        units=units,
        meter_units=units,
        rate=rate,
        start=start,
        end=end,
        stop=state[0],
        penalty_bps=state[3],
        credit_cap_bps=state[4],
        board_watts=state[6],
    )
