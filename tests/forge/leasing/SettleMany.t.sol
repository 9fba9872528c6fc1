// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {Merkle} from "../support/Merkle.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title Many leases of several fleets under one multiproof
/// @dev settleMany
/// ├── not one reading for each lease → LengthMismatch
/// ├── no such report, or not final → UnknownReport, NotFinal
/// ├── one leaf wrong, or leases not in the proof's order → WrongMultiproof, and none is settled
/// ├── a lease closed, or settled to this epoch or a later one → skipped, the others are settled
/// └── otherwise → each as `settle` would have
contract SettleManyTest is LeaseTest {
    uint256 private constant LEASES = 8;
    uint256 private constant FLEETS = 3;

    uint48[] private fleets;
    uint256[] private all;
    uint64 private epoch;

    function setUp() public override {
        super.setUp();
        fleets.push(fleetId);
        for (uint256 i = 1; i < FLEETS; ++i) {
            (uint48 id,) = _listFleet(operator, address(usd), UNITS);
            fleets.push(id);
        }
        for (uint256 i = 0; i < LEASES; ++i) {
            fleetId = fleets[i % FLEETS];
            all.push(_open(_request(uint32(i + 1), 2 days)));
        }
        epoch = _epochEndingBy(_start(all[0]) + 24 hours);
    }

    // ------------------------------------------------------------------ //
    // The same as one by one
    // ------------------------------------------------------------------ //

    /// @dev Any of the leases at any readings: all books are as after settling them one by one in the same order. Bonds are short, so
    /// that leases of one fleet compete for theirs.
    function testFuzz_EqualsSettlingOneByOne(uint256 chosen, uint256 seed) public {
        for (uint256 i = 0; i < FLEETS; ++i) {
            fleetId = fleets[i];
            _bond(uint96(1 + uint256(keccak256(abi.encode(seed, "bond", i))) % 20e6));
        }
        uint256[] memory readings = new uint256[](LEASES);
        for (uint256 i = 0; i < LEASES; ++i) {
            readings[i] = _draw(i + 1, uint256(keccak256(abi.encode(seed, i))));
        }
        bytes32[] memory tree = _postTree(epoch, all, readings);
        vm.warp(block.timestamp + DISPUTE);
        Batch memory batch = _chosen(tree, readings, bound(chosen, 1, (1 << LEASES) - 1));

        uint256 fork = vm.snapshotState();
        for (uint256 i = 0; i < batch.leaseIds.length; ++i) {
            (uint256 id, uint256 reading) = (batch.leaseIds[i], batch.readings[i]);
            leases.settle(id, epoch, reading, _proof(tree, id, reading));
        }
        bytes32 oneByOne = _allBooks();
        vm.revertToStateAndDelete(fork);
        assertNotEq(_allBooks(), oneByOne, "something was settled");
        _settleMany(epoch, batch);
        assertEq(_allBooks(), oneByOne, "all books");
    }

    function test_LastReportClosesLeasesOfAllFleets() public {
        epoch = _epochEndingBy(_start(all[0]) + 2 days);
        (, Batch memory batch) = _postFull();
        vm.prank(stranger);
        _settleMany(epoch, batch);
        for (uint256 i = 0; i < LEASES; ++i) {
            assertTrue(_isClosed(all[i]), "closed");
        }
        for (uint256 i = 0; i < FLEETS; ++i) {
            ICapacityLease.FleetAccount memory fleet = leases.fleetAccountOf(fleets[i]);
            assertEq(fleet.openLeases, 0, "open leases");
            assertEq(fleet.unitsCommitted, 0, "units committed");
        }
    }

    // ------------------------------------------------------------------ //
    // Skipping
    // ------------------------------------------------------------------ //

    function test_SettledLeasesAreSkippedAndTheOthersSettled() public {
        (bytes32[] memory tree, Batch memory batch) = _postFull();
        leases.settle(batch.leaseIds[2], epoch, batch.readings[2], _proof(tree, batch.leaseIds[2], batch.readings[2]));
        bytes32 settled = keccak256(abi.encode(leases.leaseOf(batch.leaseIds[2])));
        _settleMany(epoch, batch);
        assertEq(keccak256(abi.encode(leases.leaseOf(batch.leaseIds[2]))), settled, "not settled twice");
        _assertAllOwe(24 hours);

        bytes32 before = _allBooks();
        _settleMany(epoch, batch);
        assertEq(_allBooks(), before, "a second batch changes nothing");
    }

    function test_ClosedLeasesAreSkippedAndTheOthersSettled() public {
        vm.warp(_start(all[0]) + 14 days);
        leases.sunsetClose(all[3]);
        epoch = _epochEndingBy(block.timestamp);
        (, Batch memory batch) = _postFull();
        _settleMany(epoch, batch);
        for (uint256 i = 0; i < LEASES; ++i) {
            assertEq(_owed(all[i]), i == 3 ? 0 : _price(i + 1, 2 days), "owed");
        }
    }

    /// @dev A tree builder may be made to list one meter twice. Only the first reading counts.
    function test_SecondReadingOfOneMeterIsSkipped() public {
        uint256[] memory ids = new uint256[](2);
        uint256[] memory readings = new uint256[](2);
        (ids[0], ids[1]) = (all[0], all[0]);
        readings[0] = _reading(1 hours, 1 hours, 0, 0, 0);
        readings[1] = _reading(2 hours, 2 hours, 0, 0, 0);
        bytes32[] memory tree = _postTree(epoch, ids, readings);
        vm.warp(block.timestamp + DISPUTE);
        Batch memory batch = _batch(tree, ids, readings);
        _settleMany(epoch, batch);
        assertEq(_owed(all[0]), uint96(batch.readings[0] >> 208) * RATE / 3600, "owed");
    }

    // ------------------------------------------------------------------ //
    // Refused as a whole
    // ------------------------------------------------------------------ //

    function test_RevertWhen_OneReadingIsWrong() public {
        (, Batch memory batch) = _postFull();
        batch.readings[5] ^= 1;
        _refuseBatch(batch);
    }

    function test_RevertWhen_LeasesAreNotInTheProofsOrder() public {
        (, Batch memory batch) = _postFull();
        // Not two neighbours: siblings may change places, since a pair is hashed in order of value.
        (batch.leaseIds[0], batch.leaseIds[4]) = (batch.leaseIds[4], batch.leaseIds[0]);
        (batch.readings[0], batch.readings[4]) = (batch.readings[4], batch.readings[0]);
        _refuseBatch(batch);
    }

    function test_RevertWhen_TheProofIsSpoilt() public {
        (, Batch memory batch) = _postFull();
        batch.proof[0] ^= bytes32(uint256(1));
        _refuseBatch(batch);
    }

    function test_RevertWhen_LeasesAndReadingsDiffer() public {
        (, Batch memory batch) = _postFull();
        uint256[] memory fewer = new uint256[](LEASES - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_LengthMismatch.selector, LEASES, LEASES - 1)
        );
        leases.settleMany(epoch, batch.leaseIds, fewer, batch.proof, batch.flags);
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_LengthMismatch.selector, LEASES - 1, LEASES)
        );
        leases.settleMany(epoch, fewer, batch.readings, batch.proof, batch.flags);
    }

    function test_RevertWhen_TheReportIsASecondFromFinal() public {
        (, Batch memory batch) = _postFull();
        vm.warp(block.timestamp - 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_NotFinal.selector, epoch, block.timestamp + 1));
        _settleMany(epoch, batch);
    }

    function test_RevertWhen_ThereIsNoSuchReport() public {
        (, Batch memory batch) = _postFull();
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, epoch + 1));
        _settleMany(epoch + 1, batch);
    }

    /// @dev Only a lying quorum can have put it there. Whoever settles leaves it out.
    function test_RevertWhen_AProvenLeaseDoesNotExist() public {
        uint256 meterId = 1 << 248 | uint256(uint160(address(leases))) << 88 | 99;
        _post(epoch, Merkle.leaf(meterId, 7), 1);
        vm.warp(block.timestamp + DISPUTE);
        (uint256[] memory ids, uint256[] memory readings) = (new uint256[](1), new uint256[](1));
        (ids[0], readings[0]) = (99, 7);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        leases.settleMany(epoch, ids, readings, new bytes32[](0), new bool[](0));
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev A final report in which every lease was delivered in full up to the end of `epoch` or of its term, and all in one batch.
    function _postFull() private returns (bytes32[] memory tree, Batch memory batch) {
        uint256 time = oracle.periodEnd(epoch) - _start(all[0]);
        if (time > 2 days) time = 2 days;
        uint256[] memory readings = new uint256[](LEASES);
        for (uint256 i = 0; i < LEASES; ++i) {
            readings[i] = _reading((i + 1) * time, (i + 1) * time, 0, 0, 0);
        }
        tree = _postTree(epoch, all, readings);
        vm.warp(block.timestamp + DISPUTE);
        batch = _chosen(tree, readings, (1 << LEASES) - 1);
    }

    function _chosen(bytes32[] memory tree, uint256[] memory readings, uint256 mask)
        private
        view
        returns (Batch memory)
    {
        uint256 count = 0;
        uint256[] memory ids = new uint256[](LEASES);
        uint256[] memory theirs = new uint256[](LEASES);
        for (uint256 i = 0; i < LEASES; ++i) {
            if (mask >> i & 1 == 1) (ids[count], theirs[count++]) = (all[i], readings[i]);
        }
        assembly ("memory-safe") {
            mstore(ids, count)
            mstore(theirs, count)
        }
        return _batch(tree, ids, theirs);
    }

    function _draw(uint256 units, uint256 draw) private pure returns (uint256) {
        uint256 delivered = draw % (units * 25 hours);
        uint256 breached = draw % 3 == 0 ? (draw >> 64) % (units * 12 hours) : 0;
        return _reading(units * 24 hours, delivered, 0, breached, (draw >> 128) % (units * 30_000));
    }

    function _allBooks() private view returns (bytes32 hash) {
        for (uint256 i = 0; i < LEASES; ++i) {
            hash = keccak256(abi.encode(hash, _books(all[i])));
        }
    }

    function _assertAllOwe(uint256 time) private view {
        for (uint256 i = 0; i < LEASES; ++i) {
            assertEq(_owed(all[i]), _price(i + 1, time), "owed");
        }
    }

    function _refuseBatch(Batch memory batch) private {
        bytes32 before = _allBooks();
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_WrongMultiproof.selector, epoch));
        _settleMany(epoch, batch);
        assertEq(_allBooks(), before, "all books");
    }
}
