// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {OracleFees} from "../../../contracts/revenue/OracleFees.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {Merkle} from "../support/Merkle.sol";
import {Stack} from "../support/Stack.sol";
import {GasTable} from "./GasTable.sol";

/// @title What each operation costs as a whole transaction, beside the ceiling it must stay under
/// @notice In isolation every call is its own transaction: 21,000, calldata by the byte, all storage and code cold, refunds taken off.
/// That is what a receipt says (cross-checked on Anvil). The ceilings are the design's, in GAS.md; those marked * are our own, for what
/// it does not name. `make gas` prints the table; tests/forge/gas/snapshot.json keeps it.
/// forge-config: default.isolate = true
/// forge-config: long.isolate = true
contract GasTest is Stack, GasTable {
    uint256 private constant METERS = 100_000;
    uint256 private constant LEVELS = 17; // of a tree over 100,000 leaves
    uint256 private constant BATCH = 20;

    address private heir = makeAddr("heir");

    // ------------------------------------------------------------------ //
    // For scale
    // ------------------------------------------------------------------ //

    /// @dev Two cold slots and an event: were this not isolated, it would cost under 21,000.
    function test_TransferOfTheStablecoin() public {
        usd.mint(tenant, 2e6);
        usd.mint(operator, 1);
        vm.prank(tenant);
        usd.transfer(operator, 1e6);
        assertGt(vm.lastCallGas().gasTotalUsed, 40_000, "not a whole transaction");
        _check("stablecoin transfer, for scale *", 46_500);
    }

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    function test_SubmitBy04Nodes() public {
        _measureSubmit({n: 4, ceiling: 66_000, firstLap: 102_000});
    }

    function test_SubmitBy07Nodes() public {
        _measureSubmit({n: 7, ceiling: 76_000, firstLap: 112_000});
    }

    function test_SubmitBy10Nodes() public {
        _measureSubmit({n: 10, ceiling: 86_000, firstLap: 122_000});
    }

    function test_SubmitBy16Nodes() public {
        _measureSubmit({n: 16, ceiling: 105_000, firstLap: 141_000});
    }

    /// @dev Steady: the ring's place and the one before it, which holds the base, were used a lap ago.
    function _measureSubmit(uint256 n, uint256 ceiling, uint256 firstLap) private {
        vm.warp(GENESIS);
        _deploy(n);
        uint64 epoch = 40_000;
        _post(epoch - 513, keccak256("older base"), uint32(METERS));
        _post(epoch - 512, keccak256("older"), uint32(METERS));
        _check(string.concat("submit, ", vm.toString(n), " nodes, first lap of the ring *"), firstLap);
        _post(epoch - 1, keccak256("base"), uint32(METERS));
        _post(epoch, keccak256("root"), uint32(METERS));
        _check(string.concat("submit, ", vm.toString(n), " nodes"), ceiling);
    }

    // ------------------------------------------------------------------ //
    // Settlement
    // ------------------------------------------------------------------ //

    function test_SettleOneLeaseOutOfAHundredThousandMeters() public {
        uint256 leaseId = _open(_request(8, 30 days));
        _settleAlone(leaseId, 0);
        _check("settle, 100k meters, first time", 135_000);
        _settleAlone(leaseId, 0);
        _check("settle, 100k meters", 100_000);
    }

    /// @dev A fleet without a bond: its word fell to zero with the till.
    function test_SettleIntoATillJustEmptied() public {
        _earn();
        waterfall.distribute();
        _settleAlone(earner, 0);
        _check("settle, 100k meters, into an empty fleet account", 100_000);
    }

    function test_SettleALeaseWhoseEscrowRunsDry() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 30 days);
        request.escrow = uint96(leases.runwayFor(request));
        uint256 leaseId = _open(request);
        _settleAlone(leaseId, 0);
        _check("settle, 100k meters, first time and suspends *", 140_000);
        _settleAlone(leaseId, 0);
        _check("settle, 100k meters, escrow runs dry", 135_000);
        _settleAlone(leaseId, 0);
        _check("settle, 100k meters, in debt", 100_000);
    }

    function test_SettleALeaseWithACreditFromTheBond() public {
        _bond(1_000_000e6);
        uint256 leaseId = _open(_request(8, 30 days));
        _settleAlone(leaseId, 0);
        _settleAlone(leaseId, 10_000);
        _check("settle, 100k meters, first SLA credit", 135_000);
        _settleAlone(leaseId, 20_000);
        _check("settle, 100k meters, SLA credit", 100_000);
    }

    function test_SettleTwentyLeasesOfOneFleet() public {
        uint256[] memory ids = new uint256[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            ids[i] = _open(_request(1, 30 days));
        }
        _measureBatch({ids: ids, fleets: "one fleet", ceiling: 40_000, firstTime: 75_000, scattered: 57_000});
    }

    function test_SettleTwentyLeasesOfTwentyFleets() public {
        uint256[] memory ids = new uint256[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            (fleetId,) = _listFleet(operator, address(usd), UNITS);
            ids[i] = _open(_request(1, 30 days));
        }
        _measureBatch({ids: ids, fleets: "20 fleets", ceiling: 45_000, firstTime: 96_000, scattered: 62_000});
    }

    /// @dev Steady under a root over these leases alone, then scattered over a tree of 100,000, where each proves most of a path of its own.
    function _measureBatch(
        uint256[] memory ids,
        string memory fleets,
        uint256 ceiling,
        uint256 firstTime,
        uint256 scattered
    ) private {
        string memory operation = string.concat("settleMany, each of 20, ", fleets);
        _settleBatch(ids, BATCH);
        _checkEach(string.concat(operation, ", first time *"), firstTime);
        _settleBatch(ids, BATCH);
        _checkEach(operation, ceiling);
        _settleBatch(ids, METERS);
        _checkEach(string.concat(operation, ", 100k meters *"), scattered);
    }

    /// @dev A further day of a lease delivered whole, proven under a root over 100,000 meters.
    function _settleAlone(uint256 leaseId, uint256 breached) private {
        uint64 epoch = _nextDay();
        uint256 reading = _readingAt(epoch, leaseId) + _reading(0, 0, 0, breached, 0);
        bytes32 root = Merkle.leaf(leases.meterIdOf(leaseId), reading);
        bytes32[] memory proof = new bytes32[](LEVELS);
        for (uint256 i = 0; i < LEVELS; ++i) {
            proof[i] = keccak256(abi.encode("beside", i));
            root = Hashes.commutativeKeccak256(root, proof[i]);
        }
        _postFinal(epoch, root);
        leases.settle(leaseId, epoch, reading, proof);
    }

    function _settleBatch(uint256[] memory ids, uint256 meters) private {
        uint64 epoch = _nextDay();
        uint256[] memory readings = new uint256[](BATCH);
        bytes32[] memory leaves = new bytes32[](BATCH);
        uint256[] memory places = new uint256[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            readings[i] = _readingAt(epoch, ids[i]);
            leaves[i] = Merkle.leaf(leases.meterIdOf(ids[i]), readings[i]);
            places[i] = _placeOf(i, BATCH, meters);
        }
        bytes32[] memory tree = _largeTree(meters, leaves);
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(tree, places);
        _postFinal(epoch, tree[0]);
        leases.settleMany(epoch, ids, readings, proof, flags);
    }

    function _nextDay() private view returns (uint64) {
        return _epochAt(block.timestamp + 1 days);
    }

    function _readingAt(uint64 epoch, uint256 leaseId) private view returns (uint256) {
        ICapacityLease.Terms memory terms = leases.leaseOf(leaseId).terms;
        uint256 delivered = terms.units * (oracle.periodEnd(epoch) - terms.start);
        return _reading(delivered, delivered, delivered / 2, 0, delivered / 3600 * 600);
    }

    function _postFinal(uint64 epoch, bytes32 root) private {
        _post(epoch, root, uint32(METERS));
        vm.warp(block.timestamp + DISPUTE);
    }

    /// @dev A tree with the leaves spread over it: a proof is as long as in any tree of its size.
    function _largeTree(uint256 meters, bytes32[] memory leaves) private pure returns (bytes32[] memory tree) {
        tree = new bytes32[](2 * meters - 1);
        for (uint256 i = 0; i < leaves.length; ++i) {
            tree[_placeOf(i, leaves.length, meters)] = leaves[i];
        }
        // Every parent comes before its children, so from the end backwards both are known.
        for (uint256 i = tree.length - 1; i > 1; i -= 2) {
            tree[(i - 1) / 2] = Hashes.commutativeKeccak256(tree[i - 1], tree[i]);
        }
    }

    /// @dev Evenly over the leaves, from the deepest one backwards.
    function _placeOf(uint256 i, uint256 count, uint256 meters) private pure returns (uint256) {
        return 2 * meters - 2 - i * (meters / count);
    }

    // ------------------------------------------------------------------ //
    // Revenue
    // ------------------------------------------------------------------ //

    function test_DistributeTo2Tranches() public {
        _measureDistribute({count: 2, ceiling: 100_000, first: 178_000, second: 138_000});
    }

    function test_DistributeTo4Tranches() public {
        _measureDistribute({count: 4, ceiling: 130_000, first: 231_000, second: 191_000});
    }

    /// @dev The second distribution writes the other half of each tranche's incomes for the first time.
    function _measureDistribute(uint256 count, uint256 ceiling, uint256 first, uint256 second) private {
        waterfall = _fleetOfTranches(count);
        _bond(1000e6);
        string memory operation = string.concat("distribute, ", vm.toString(count), " tranches");
        _earn();
        waterfall.distribute();
        _check(string.concat(operation, ", first time *"), first);
        _earn();
        waterfall.distribute();
        _check(string.concat(operation, ", second time *"), second);
        _earn();
        waterfall.distribute();
        _check(operation, ceiling);
    }

    function test_ClaimIncome() public {
        _streamIncome();
        vm.prank(investor);
        equity.claim(investor);
        _check("claim, first ever", 120_000);
        _streamIncome();
        vm.prank(investor);
        equity.claim(investor);
        _check("claim", 85_000);
    }

    function test_TransferSharesWithDividendsOwedOnBothSides() public {
        _streamIncome();
        vm.prank(investor);
        equity.transfer(heir, EQUITY_FACE / 3);
        _check("share transfer, to a new holder *", 70_000);
        _streamIncome();
        assertGt(equity.claimable(investor), 0);
        assertGt(equity.claimable(heir), 0);
        vm.prank(investor);
        equity.transfer(heir, EQUITY_FACE / 3);
        _check("share transfer, dividends owed on both sides", 52_000);
        _streamIncome();
        vm.prank(heir);
        equity.claim(heir);
        vm.prank(investor);
        equity.claim(investor);
        _streamIncome();
        vm.prank(heir);
        equity.transfer(investor, EQUITY_FACE / 6);
        _check("share transfer, after both claimed", 52_000);
    }

    function _fleetOfTranches(uint256 count) private returns (RevenueWaterfall created) {
        IRevenueWaterfall.Tranche[] memory tranches = new IRevenueWaterfall.Tranche[](count);
        for (uint256 i = 0; i < count; ++i) {
            tranches[i] = IRevenueWaterfall.Tranche({face: SENIOR_FACE / 4, couponBps: i < count - 1 ? 800 : 0});
        }
        vm.startPrank(operator);
        fleetId = registry.propose(_spec(address(usd), UNITS));
        registry.publishInventory(fleetId, keccak256("inventory"), UNITS);
        vm.stopPrank();
        vm.startPrank(issuer);
        (address made,) = factory.create(_terms(fleetId, address(usd)), tranches, investor);
        registry.list(fleetId, made);
        vm.stopPrank();
        return RevenueWaterfall(made);
    }

    uint256 private earner;

    /// @dev A day's rent, settled, and the next distribution period begun.
    function _earn() private {
        if (earner == 0) earner = _open(_request(UNITS, 90 days));
        _settleAlone(earner, 0);
        vm.warp((block.timestamp / PERIOD + 1) * PERIOD);
    }

    /// @dev A day's rent distributed, and the first day of the period over which it streams.
    function _streamIncome() private {
        _earn();
        waterfall.distribute();
        vm.warp(block.timestamp + PERIOD + 1 days);
    }

    // ------------------------------------------------------------------ //
    // Nodes
    // ------------------------------------------------------------------ //

    /// @dev A day of hourly reports, and as many as the oracle keeps: both for the most nodes there can be.
    function test_CloseARoundOfOracleFees() public {
        vm.warp(GENESIS);
        _deploy(31);
        OracleFees fees = new OracleFees(oracle, nodeSet);
        _postMany(100, 24);
        fees.closeRound();
        _check("close a round, 24 reports, 31 nodes *", 1_100_000);
        _postMany(200, 512);
        fees.closeRound();
        _check("close a round, 512 reports, 31 nodes *", 8_500_000);
    }

    function _postMany(uint64 first, uint64 count) private {
        for (uint64 epoch = first; epoch < first + count; ++epoch) {
            _post(epoch, keccak256("root"), uint32(METERS));
        }
        vm.warp(block.timestamp + 1 days);
    }

    function test_SlashAndBondAmongThirtyOneNodes() public {
        vm.warp(GENESIS);
        _deploy(31);
        _bondNode(nodes[0].cold, address(usd), 1e6);
        _check("add to a node's bond, 31 nodes *", 520_000);
        address[] memory liars = new address[](21);
        for (uint256 i = 0; i < 21; ++i) {
            liars[i] = nodes[i].cold;
        }
        vm.prank(oracle.evidence());
        bonds.slash(liars, tenant);
        _check("slash 21 of 31 nodes *", 1_900_000);
    }

    // ------------------------------------------------------------------ //
    // Leases
    // ------------------------------------------------------------------ //

    function test_OpenALease() public {
        _open(_request(8, 30 days));
        _check("open a lease, first ever", 310_000);
        _open(_request(8, 30 days));
        _check("open a lease", 220_000);
    }

    /// @dev Of the last call, shared among a batch.
    function _checkEach(string memory operation, uint256 ceiling) private {
        _row(operation, vm.lastCallGas().gasTotalUsed / BATCH, ceiling);
    }
}
