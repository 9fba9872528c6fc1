// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title Debt, top-ups, and the runway that suspends and resumes a lease
/// @dev After every settlement and top-up
/// ├── held < runway, or debt → suspended, from that moment on
/// └── held >= runway and no debt → not suspended
/// The runway is what min(notice + 2 L + D + dispute = 34 h, what is left of the term) costs at full delivery. Amounts below are in
/// hours of eight units.
contract SuspensionTest is LeaseTest {
    // ------------------------------------------------------------------ //
    // Suspension, exactly at the runway
    // ------------------------------------------------------------------ //

    function test_EscrowOfExactlyTheRunwayIsEnough() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(35));
        _settleHours(leaseId, 1, 1);
        assertEq(_held(leaseId), leases.runwayOf(leaseId), "held is the runway");
        assertFalse(_isSuspended(leaseId), "suspended");
    }

    function test_OneUnitBelowTheRunwaySuspends() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(35) - 1);
        uint256 at = _finalAt(leaseId, 1);
        (uint64 epoch, uint256 reading) = _postHours(leaseId, 1, 1);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Suspended(leaseId, _hours(34) - 1, _hours(34));
        _settleAlone(leaseId, epoch, reading);
        assertEq(leases.leaseOf(leaseId).state.suspendedAt, at, "suspended at");
    }

    function test_TopUpOfWhatIsMissingResumes() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        _settleHours(leaseId, 1, 1);
        _topUp(leaseId, _hours(1) - 1);
        assertTrue(_isSuspended(leaseId), "one unit short");
        _fund(tenant, 1);
        vm.expectEmit(address(leases));
        emit ICapacityLease.ToppedUp(leaseId, tenant, 1, 0);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Resumed(leaseId, _hours(34), _hours(34));
        vm.prank(tenant);
        leases.topUp(leaseId, 1);
        assertFalse(_isSuspended(leaseId), "suspended");
    }

    /// @dev The notice runs from the first moment: a settlement while suspended does not begin it anew, a suspension after a
    /// resumption does.
    function test_SuspendedAtIsTheMomentItBegan() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        uint256 first = _finalAt(leaseId, 1);
        _settleHours(leaseId, 1, 1);
        _settleHours(leaseId, 10, 5);
        _topUp(leaseId, 1);
        assertEq(leases.leaseOf(leaseId).state.suspendedAt, first, "still the first moment");

        _topUp(leaseId, _hours(5));
        assertFalse(_isSuspended(leaseId), "resumed");
        uint256 second = _finalAt(leaseId, 20);
        _settleHours(leaseId, 20, 6);
        assertEq(leases.leaseOf(leaseId).state.suspendedAt, second, "a new moment");
    }

    function test_ThirdPartyMayTopUp() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        _fund(stranger, 5);
        vm.expectEmit(address(leases));
        emit ICapacityLease.ToppedUp(leaseId, stranger, 5, 0);
        vm.prank(stranger);
        leases.topUp(leaseId, 5);
        assertEq(_held(leaseId), _hours(34) + 5, "held");
        assertEq(usd.balanceOf(stranger), 0, "paid");
    }

    function test_RevertWhen_ToppingUpNothing() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroAmount.selector));
        leases.topUp(leaseId, 0);
    }

    function test_RevertWhen_ToppingUpALeaseThatIsNotOpen() public {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        leases.topUp(99, 1);
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(240));
        _settleHours(leaseId, 240, 1);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_LeaseClosed.selector, leaseId));
        leases.topUp(leaseId, 1);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_LeaseClosed.selector, leaseId));
        leases.runwayOf(leaseId);
    }

    // ------------------------------------------------------------------ //
    // Debt
    // ------------------------------------------------------------------ //

    function test_RentThatEscrowLacksIsDebt() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        _settleHours(leaseId, 40, 36);
        assertEq(_held(leaseId), 0, "held");
        assertEq(_debt(leaseId), _hours(2), "debt");
        assertEq(_owed(leaseId), _hours(36), "owed");
        assertEq(_money().till, _hours(34), "till has what was paid");
        assertTrue(_isSuspended(leaseId), "suspended");
        _settleHours(leaseId, 60, 39);
        assertEq(_debt(leaseId), _hours(5), "debt adds up");
    }

    function test_TopUpPaysDebtFirst() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        _settleHours(leaseId, 40, 40);
        _fund(tenant, _hours(40));

        vm.startPrank(tenant);
        vm.expectEmit(address(leases));
        emit ICapacityLease.ToppedUp(leaseId, tenant, _hours(4), _hours(4));
        leases.topUp(leaseId, _hours(4));
        assertEq(_debt(leaseId), _hours(2), "debt");
        assertEq(_held(leaseId), 0, "held");
        assertEq(_money().till, _hours(38), "till");

        vm.expectEmit(address(leases));
        emit ICapacityLease.ToppedUp(leaseId, tenant, _hours(5), _hours(2));
        leases.topUp(leaseId, _hours(5));
        assertEq(_debt(leaseId), 0, "debt");
        assertEq(_held(leaseId), _hours(3), "held");
        assertEq(_money().till, _hours(40), "till");
        assertTrue(_isSuspended(leaseId), "below the runway");

        leases.topUp(leaseId, _hours(31));
        assertFalse(_isSuspended(leaseId), "suspended");
        assertEq(_money().till, _hours(40), "till");
    }

    function test_TopUpOfExactlyTheDebtLeavesNoneAndHoldsNothing() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _hours(34));
        _settleHours(leaseId, 40, 40);
        _topUp(leaseId, _hours(6));
        assertEq(_debt(leaseId), 0, "debt");
        assertEq(_held(leaseId), 0, "held");
        assertTrue(_isSuspended(leaseId), "below the runway");
    }

    // ------------------------------------------------------------------ //
    // The runway near the end
    // ------------------------------------------------------------------ //

    function testFuzz_RunwayIsWhatIsLeftAtMostTheNoticeAndTheTail(uint32 units, uint256 at, uint256 length) public {
        units = uint32(bound(units, 1, UNITS));
        length = bound(length, 2, 24 * 30);
        at = bound(at, 1, length - 1);
        uint256 leaseId = _open(_request(units, uint40(length * L)));
        assertEq(leases.runwayOf(leaseId), _runway(units, length), "before the first settlement");
        _settleAt(leaseId, at * L, 0);
        assertEq(leases.runwayOf(leaseId), _runway(units, length - at), "after");
    }

    /// @dev Reports before the start leave the whole term ahead.
    function test_RunwayBeforeTheStartIsTheWholeOne() public {
        vm.warp(GENESIS + 10 * L);
        uint256 leaseId = _open(_request(8, 2 * L));
        _meterAndSettle(leaseId, _epochEndingBy(_start(leaseId) - L), 0);
        assertEq(leases.runwayOf(leaseId), _hours(2), "runway");
        assertFalse(_isSuspended(leaseId), "suspended");
    }

    /// @dev Nothing was delivered, time went by, and what is left of the term costs less than what is held.
    function test_ShrinkingRunwayResumes() public {
        uint256 leaseId = _openWithEscrow(8, 40 hours, _hours(34));
        _settleHours(leaseId, 1, 1);
        assertTrue(_isSuspended(leaseId), "33 of 34 hours");
        (uint64 epoch, uint256 reading) = _postHours(leaseId, 7, 1);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Resumed(leaseId, _hours(33), _hours(33));
        _settleAlone(leaseId, epoch, reading);
        assertFalse(_isSuspended(leaseId), "33 of 33 hours");
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _hours(uint256 count) private pure returns (uint96) {
        return _price(8, count * 1 hours);
    }

    function _runway(uint256 units, uint256 left) private pure returns (uint256) {
        return units * RATE * (left < 34 ? left : 34);
    }

    /// @dev Posts, and makes final, that this many hours were delivered `at` hours into the term.
    function _postHours(uint256 leaseId, uint256 at, uint256 delivered)
        private
        returns (uint64 epoch, uint256 reading)
    {
        epoch = _epochEndingBy(_start(leaseId) + at * L);
        reading = _reading(delivered * 8 hours, delivered * 8 hours, 0, 0, 0);
        _postFinal(leaseId, epoch, reading);
    }

    function _settleHours(uint256 leaseId, uint256 at, uint256 delivered) private {
        (uint64 epoch, uint256 reading) = _postHours(leaseId, at, delivered);
        _settleAlone(leaseId, epoch, reading);
    }

    /// @dev When a report of the epoch `at` hours into the term, posted at once, is final.
    function _finalAt(uint256 leaseId, uint256 at) private view returns (uint256) {
        return _start(leaseId) + at * L + D + DISPUTE;
    }
}
