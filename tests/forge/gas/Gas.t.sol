// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {console} from "forge-std/console.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {Merkle} from "../support/Merkle.sol";
import {Stack} from "../support/Stack.sol";

/// @title What each operation costs as a whole transaction, beside the ceiling it must stay under
/// @notice In isolation every call is its own transaction: 21,000, calldata by the byte, all storage and code cold, refunds taken off.
/// That is what a receipt says, as tests/contracts checks on a chain.
/// forge-config: default.isolate = true
contract GasTest is Stack {
    uint256 private constant METERS = 100_000;
    uint256 private constant LEVELS = 17; // of a tree over 100,000 leaves
    uint256 private constant BATCH = 20;

    address private heir = makeAddr("heir");

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    function test_SubmitBy4Nodes() public {
        _measureSubmit(4, 66_000);
    }

    function test_SubmitBy7Nodes() public {
        _measureSubmit(7, 76_000);
    }

    function test_SubmitBy10Nodes() public {
        _measureSubmit(10, 86_000);
    }

    function test_SubmitBy16Nodes() public {
        _measureSubmit(16, 105_000);
    }

    /// @dev The ring's place and the one before it, which holds the base, were used once before.
    function _measureSubmit(uint256 n, uint256 ceiling) private {
        vm.warp(GENESIS);
        _deploy(n);
        uint64 epoch = 600;
        _post(epoch - 513, keccak256("older base"), 1);
        _post(epoch - 512, keccak256("older"), 1);
        string memory nodes_ = string.concat(", ", vm.toString(n), " nodes");
        _check(string.concat("submit, first lap", nodes_), ceiling + 40_000);
        _post(epoch - 1, keccak256("base"), uint32(METERS));
        _post(epoch, keccak256("root"), uint32(METERS));
        _check(string.concat("submit", nodes_), ceiling);
    }

    // ------------------------------------------------------------------ //
    // Settlement
    // ------------------------------------------------------------------ //

    function test_SettleOneLeaseOutOfAHundredThousandMeters() public {
        uint256 leaseId = _open(_request(8, 30 days));
        _settleAlone(leaseId, 0);
        _check("settle, first time", 135_000);
        _settleAlone(leaseId, 0);
        _check("settle", 100_000);
    }

    function test_SettleALeaseWhoseEscrowRunsDry() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 30 days);
        request.escrow = uint96(leases.runwayFor(request));
        uint256 leaseId = _open(request);
        _settleAlone(leaseId, 0);
        _check("settle, falls below its runway", 135_000);
        _settleAlone(leaseId, 0);
        _check("settle, escrow runs dry", 135_000);
        _settleAlone(leaseId, 0);
        _check("settle, in debt", 100_000);
    }

    function test_SettleALeaseWithACreditFromTheBond() public {
        _bond(1_000_000e6);
        uint256 leaseId = _open(_request(8, 30 days));
        _settleAlone(leaseId, 0);
        _settleAlone(leaseId, 10_000);
        _check("settle with a first SLA credit", 135_000);
        _settleAlone(leaseId, 20_000);
        _check("settle with an SLA credit", 100_000);
    }

    function test_SettleTwentyLeasesOfOneFleet() public {
        uint256[] memory ids = new uint256[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            ids[i] = _open(_request(1, 30 days));
        }
        _measureBatch(ids, "one fleet", 40_000);
    }

    function test_SettleTwentyLeasesOfTwentyFleets() public {
        uint256[] memory ids = new uint256[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            (fleetId,) = _listFleet(operator, address(usd), UNITS);
            ids[i] = _open(_request(1, 30 days));
        }
        _measureBatch(ids, "twenty fleets", 45_000);
    }

    function _measureBatch(uint256[] memory ids, string memory fleets, uint256 ceiling) private {
        _settleBatch(ids, BATCH);
        _checkEach(string.concat("settleMany of 20, per lease: ", fleets, ", first time"), ceiling + 40_000);
        _settleBatch(ids, BATCH);
        _checkEach(string.concat("settleMany of 20, per lease: ", fleets), ceiling);
        _settleBatch(ids, METERS);
        _checkEach(string.concat("settleMany of 20, per lease: ", fleets, ", 100k meters"), ceiling);
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

    function test_DistributeToTwoTranches() public {
        _measureDistribute(2, 100_000);
    }

    function test_DistributeToFourTranches() public {
        _measureDistribute(4, 130_000);
    }

    function _measureDistribute(uint256 count, uint256 ceiling) private {
        waterfall = _fleetOfTranches(count);
        _earn();
        waterfall.distribute();
        string memory tranches = string.concat(", ", vm.toString(count), " tranches");
        _check(string.concat("distribute, first time", tranches), ceiling + 130_000);
        _earn();
        waterfall.distribute();
        _check(string.concat("distribute, second time", tranches), ceiling + 130_000);
        _earn();
        waterfall.distribute();
        _check(string.concat("distribute", tranches), ceiling);
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
        _check("share transfer to a new holder", 80_000);
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
    // Leases
    // ------------------------------------------------------------------ //

    function test_OpenALease() public {
        _open(_request(8, 30 days));
        _check("open a lease, first ever", 310_000);
        _open(_request(8, 30 days));
        _check("open a lease", 220_000);
    }

    // ------------------------------------------------------------------ //
    // The table
    // ------------------------------------------------------------------ //

    function _checkEach(string memory operation, uint256 ceiling) private {
        _record(operation, vm.lastCallGas().gasTotalUsed / BATCH, ceiling);
    }

    /// @dev Of the last call.
    function _check(string memory operation, uint256 ceiling) private {
        _record(operation, vm.lastCallGas().gasTotalUsed, ceiling);
    }

    function _record(string memory operation, uint256 gas, uint256 ceiling) private {
        vm.snapshotValue("gas", operation, gas);
        console.log(string.concat("| ", vm.toString(gas), " | ", vm.toString(ceiling), " | ", operation));
        if (gas > ceiling) console.log("OVER", gas - ceiling);
    }
}
