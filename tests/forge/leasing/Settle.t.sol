// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Reading} from "../../../contracts/leasing/Reading.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {Merkle} from "../support/Merkle.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title One lease brought to a proven reading
/// @dev settle
/// ├── unknown lease → UnknownLease
/// ├── closed, or settled to this epoch or a later one → nothing happens, whatever else is sent
/// ├── no such report, or not final → UnknownReport, NotFinal
/// ├── the reading is not under the root by this proof → WrongProof
/// └── otherwise the difference of totals moves
///     ├── delivered, breached or Wh beyond physics → clamped
///     ├── a total below the last one → moves nothing
///     └── periodEnd >= min(end, stop) → the lease closes (Close.t.sol)
contract SettleTest is LeaseTest {
    uint256 private leaseId;
    uint256 private start;

    function setUp() public override {
        super.setUp();
        leaseId = _open(_request(8, 10 days));
        start = _start(leaseId);
    }

    // ------------------------------------------------------------------ //
    // What moves
    // ------------------------------------------------------------------ //

    function test_RentMovesFromEscrowIntoTheTill() public {
        uint96 escrow = _held(leaseId);
        uint256 delivered = 8 * 20 hours;
        uint256 reading = _reading(8 * 24 hours, delivered, delivered / 2, 0, 50_000);
        uint64 epoch = _epochEndingBy(start + 24 hours);
        uint96 rent = _price(8, 20 hours);
        _postFinal(leaseId, epoch, reading);

        vm.expectEmit(address(leases));
        emit ICapacityLease.Settled(leaseId, epoch, reading, rent, 0, 0, 0, rent, escrow - rent, 0);
        vm.prank(stranger);
        _settleAlone(leaseId, epoch, reading);

        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        assertEq(lease.account.held, escrow - rent, "held");
        assertEq(lease.account.owed, rent, "owed");
        assertEq(lease.account.settledEpoch, epoch, "epoch");
        assertEq(lease.totals.energyWh, 50_000, "Wh");
        assertEq(Reading.unwrap(lease.reading), reading, "reading");
        assertEq(_money().till, rent, "till");
        assertEq(_money().tillWh, 50_000, "Wh in till");
        assertEq(usd.balanceOf(address(leases)), escrow, "no token moves");
    }

    function test_NextSettlementMovesTheDifference() public {
        _settleAt(leaseId, 24 hours, 8 * 20 hours);
        uint96 held = _held(leaseId);
        _settleAt(leaseId, 48 hours, 8 * 43 hours);
        assertEq(held - _held(leaseId), _price(8, 23 hours), "from escrow");
        assertEq(_money().till, _price(8, 43 hours), "till");
    }

    /// @dev Rent, credit and suspension all move, and not one term of the lease.
    function test_SettlementLeavesTheTermsAlone() public {
        leaseId = _openWithEscrow(8, 10 days, _price(8, 34 hours));
        ICapacityLease.Lease memory before = leases.leaseOf(leaseId);
        _settleAt(leaseId, 40 hours, 8 * 40 hours, 8 hours);
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        assertGt(lease.state.suspendedAt, 0, "suspended");
        assertEq(abi.encode(lease.terms), abi.encode(before.terms), "terms");
        assertEq(lease.account.availabilityBps, before.account.availabilityBps, "availability");
        before.state.suspendedAt = lease.state.suspendedAt;
        assertEq(abi.encode(lease.state), abi.encode(before.state), "state");
    }

    function test_ReportBeforeTheTermChargesNothing() public {
        uint96 held = _held(leaseId);
        uint64 epoch = _epochEndingBy(start);
        _meterAndSettle(leaseId, epoch, type(uint256).max);
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        assertEq(lease.account.settledEpoch, epoch, "settled");
        assertEq(lease.account.held, held, "held");
        assertEq(lease.account.owed, 0, "owed");
        assertEq(lease.totals.creditOwed, 0, "credit");
        assertEq(lease.totals.energyWh, 0, "Wh");
    }

    // ------------------------------------------------------------------ //
    // Proof
    // ------------------------------------------------------------------ //

    function test_LeafIsProvenAmongOthers() public {
        uint256 other = _open(_request(8, 10 days));
        (uint256[] memory ids, uint256[] memory readings) = _pair(other);
        uint64 epoch = _epochEndingBy(start + 24 hours);
        bytes32[] memory tree = _postTree(epoch, ids, readings);
        vm.warp(block.timestamp + DISPUTE);
        for (uint256 i = 0; i < 2; ++i) {
            leases.settle(ids[i], epoch, readings[i], _proof(tree, ids[i], readings[i]));
            assertEq(Reading.unwrap(leases.leaseOf(ids[i]).reading), readings[i], "reading");
        }
    }

    function test_RevertWhen_TheLeafIsWrong() public {
        uint256 other = _open(_request(8, 10 days));
        (uint256[] memory ids, uint256[] memory readings) = _pair(other);
        uint64 epoch = _epochEndingBy(start + 24 hours);
        bytes32[] memory tree = _postTree(epoch, ids, readings);
        vm.warp(block.timestamp + DISPUTE);
        bytes32[] memory mine = _proof(tree, leaseId, readings[0]);
        bytes32[] memory others = _proof(tree, other, readings[1]);

        _refuseProof(epoch, readings[0] + (1 << 160), mine);
        _refuseProof(epoch, readings[0] ^ 1, mine);
        _refuseProof(epoch, readings[1], others);
        _refuseProof(epoch, readings[0], others);
        leases.settle(leaseId, epoch, readings[0], mine);
        assertEq(_owed(leaseId), _price(8, 10 hours), "the right one is taken");
    }

    function testFuzz_RevertWhen_TheProofIsSpoilt(uint256 seed) public {
        uint256 other = _open(_request(8, 10 days));
        (uint256[] memory ids, uint256[] memory readings) = _pair(other);
        uint64 epoch = _epochEndingBy(start + 24 hours);
        bytes32[] memory proof = _proof(_postTree(epoch, ids, readings), leaseId, readings[0]);
        vm.warp(block.timestamp + DISPUTE);
        proof[(seed >> 8) % proof.length] ^= bytes32(1 << (seed & 255));
        _refuseProof(epoch, readings[0], proof);
    }

    function test_RevertWhen_TheProofIsTooShortOrTooLong() public {
        uint256 other = _open(_request(8, 10 days));
        (uint256[] memory ids, uint256[] memory readings) = _pair(other);
        uint64 epoch = _epochEndingBy(start + 24 hours);
        bytes32[] memory proof = _proof(_postTree(epoch, ids, readings), leaseId, readings[0]);
        vm.warp(block.timestamp + DISPUTE);
        bytes32[] memory wrong = new bytes32[](proof.length + 1);
        for (uint256 i = 0; i < proof.length; ++i) {
            wrong[i] = proof[i];
        }
        _refuseProof(epoch, readings[0], wrong);
        assembly ("memory-safe") {
            mstore(wrong, sub(mload(proof), 1))
        }
        _refuseProof(epoch, readings[0], wrong);
        _refuseProof(epoch, readings[0], new bytes32[](0));
    }

    /// @dev A reading is proven under the epoch's own root, not under an older one that stands too.
    function test_RevertWhen_TheReadingIsOfAnotherEpoch() public {
        uint64 epoch = _epochEndingBy(start + 24 hours);
        uint256 meterId = leases.meterIdOf(leaseId);
        uint256 reading = _reading(8 hours, 8 hours, 0, 0, 0);
        _post(epoch, Merkle.leaf(meterId, reading), 1);
        _post(epoch + 1, Merkle.leaf(meterId, reading + (1 << 160)), 1);
        vm.warp(block.timestamp + DISPUTE);
        _refuseProof(epoch + 1, reading, new bytes32[](0));
    }

    function test_RevertWhen_TheReportIsASecondFromFinal() public {
        uint64 epoch = _epochEndingBy(start + 24 hours);
        uint256 reading = _reading(8 hours, 8 hours, 0, 0, 0);
        _post(epoch, Merkle.leaf(leases.meterIdOf(leaseId), reading), 1);
        uint256 finalAt = block.timestamp + DISPUTE;
        vm.warp(finalAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_NotFinal.selector, epoch, finalAt));
        _settleAlone(leaseId, epoch, reading);
        vm.warp(finalAt);
        _settleAlone(leaseId, epoch, reading);
        assertEq(_owed(leaseId), _price(1, 8 hours), "owed");
    }

    function test_RevertWhen_ThereIsNoSuchReport() public {
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, 7));
        _settleAlone(leaseId, 7, 0);
    }

    function test_RevertWhen_TheLeaseIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        _settleAlone(99, 7, 0);
    }

    // ------------------------------------------------------------------ //
    // Who comes second
    // ------------------------------------------------------------------ //

    function test_OldSettlementChangesNothing() public {
        _settleAt(leaseId, 24 hours, 8 * 20 hours);
        uint64 settled = leases.leaseOf(leaseId).account.settledEpoch;
        bytes32 before = _books(leaseId);
        uint64[5] memory epochs = [settled, settled - 1, settled - 9, 1, 0];
        for (uint256 i = 0; i < epochs.length; ++i) {
            leases.settle(leaseId, epochs[i], type(uint256).max, new bytes32[](3));
            assertEq(_books(leaseId), before, "books");
        }
    }

    function test_SettlementOfAClosedLeaseChangesNothing() public {
        _settleAt(leaseId, 10 days, 8 * 10 days - 7);
        assertTrue(_isClosed(leaseId), "closed");
        bytes32 before = _books(leaseId);
        uint64 epoch = leases.leaseOf(leaseId).account.settledEpoch + 10;
        _meterAndSettle(leaseId, epoch, _reading(8 * 10 days, 8 * 10 days, 0, 0, 0));
        assertEq(_books(leaseId), before, "books");
    }

    // ------------------------------------------------------------------ //
    // Beyond physics
    // ------------------------------------------------------------------ //

    function test_ReadingBeyondPhysicsIsClamped() public {
        _bond(1e12);
        uint256 hours_ = 30;
        _meterAndSettle(leaseId, _epochEndingBy(start + hours_ * L), type(uint256).max);
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        assertEq(lease.account.owed, _price(8, hours_ * L), "all units, all the time, no more");
        assertEq(lease.totals.creditOwed, _price(8, hours_ * L) * 3 / 10, "credit up to its cap");
        assertEq(lease.totals.energyWh, 8 * hours_ * 700, "Wh at the board's limit");
    }

    /// @dev The last report may be of an epoch long after the end: what it says beyond the term is not charged.
    function test_TimeBeyondTheTermIsNotCharged() public {
        uint96 escrow = _held(leaseId);
        _settleAt(leaseId, 20 days, 8 * 20 days);
        assertTrue(_isClosed(leaseId), "closed");
        assertEq(_owed(leaseId), _price(8, 10 days), "owed");
        assertEq(_held(leaseId), escrow - _price(8, 10 days), "held");
    }

    function test_LowerReadingChargesNothingAndGivesNothingBack() public {
        _bond(1e12);
        uint256 high = _reading(8 * 24 hours, 8 * 20 hours, 0, 8 hours, 9000);
        _meterAndSettle(leaseId, _epochEndingBy(start + 24 hours), high);
        ICapacityLease.Lease memory before = leases.leaseOf(leaseId);
        ICapacityLease.FleetMoney memory money = _money();

        _meterAndSettle(leaseId, _epochEndingBy(start + 48 hours), _reading(1, 1, 1, 1, 1));
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        assertEq(lease.account.held, before.account.held, "held");
        assertEq(lease.account.owed, before.account.owed, "owed");
        assertEq(abi.encode(lease.totals), abi.encode(before.totals), "totals");
        assertEq(abi.encode(_money()), abi.encode(money), "fleet");

        // What comes back above the highest total is charged, and only that.
        uint256 higher = _reading(8 * 72 hours, 8 * 21 hours, 0, 8 hours, 9001);
        _meterAndSettle(leaseId, _epochEndingBy(start + 72 hours), higher);
        assertEq(before.account.held - _held(leaseId), _price(8, 1 hours), "from escrow");
        assertEq(_money().tillWh, money.tillWh + 1, "Wh");
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _pair(uint256 other) private view returns (uint256[] memory ids, uint256[] memory readings) {
        (ids, readings) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1]) = (leaseId, other);
        readings[0] = _reading(8 * 10 hours, 8 * 10 hours, 0, 0, 1000);
        readings[1] = _reading(8 * 11 hours, 8 * 11 hours, 0, 0, 1100);
    }

    function _refuseProof(uint64 epoch, uint256 reading, bytes32[] memory proof) private {
        bytes32 before = _books(leaseId);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_WrongProof.selector, epoch, leaseId));
        leases.settle(leaseId, epoch, reading, proof);
        assertEq(_books(leaseId), before, "books");
    }
}
