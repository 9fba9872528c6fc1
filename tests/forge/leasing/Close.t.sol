// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Merkle} from "../support/Merkle.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title How a lease ends, and who gets what is left
contract CloseTest is LeaseTest {
    uint256 private leaseId;
    uint256 private start;
    uint96 private escrow;

    function setUp() public override {
        super.setUp();
        leaseId = _open(_request(8, 10 days));
        start = _start(leaseId);
        escrow = _held(leaseId);
    }

    // ------------------------------------------------------------------ //
    // At the end of the term
    // ------------------------------------------------------------------ //

    function test_LeaseClosesAtTheFirstReportThatReachesTheEnd() public {
        uint64 last = _epochEndingBy(start + 10 days);
        uint256 meterId = leases.meterIdOf(leaseId);
        uint256 reading = _reading(8 hours, 8 hours, 0, 0, 0);
        _post(last - 1, Merkle.leaf(meterId, reading), 1);
        _post(last, Merkle.leaf(meterId, reading), 1);
        vm.warp(block.timestamp + DISPUTE);

        _settleAlone(leaseId, last - 1, reading);
        assertFalse(_isClosed(leaseId), "an epoch before the end");
        vm.expectEmit(address(leases));
        emit ICapacityLease.Closed(leaseId, escrow - _price(8, 1 hours), 0, 0, false);
        _settleAlone(leaseId, last, reading);
        assertTrue(_isClosed(leaseId), "at the end");
    }

    function test_ClosingFreesTheUnits() public {
        _open(_request(UNITS - 8, 20 days));
        _settleAt(leaseId, 10 days, 0);
        ICapacityLease.FleetAccount memory fleet = leases.fleetAccountOf(fleetId);
        assertEq(fleet.openLeases, 1, "open leases");
        assertEq(fleet.unitsCommitted, UNITS - 8, "units committed");
        _open(_request(8, 10 days));
    }

    function test_DebtStaysUnpaidAtClose() public {
        leaseId = _openWithEscrow(8, 10 days, _price(8, 34 hours));
        uint64 last = _epochEndingBy(_start(leaseId) + 10 days);
        uint256 reading = _reading(8 * 40 hours, 8 * 40 hours, 0, 0, 0);
        _postFinal(leaseId, last, reading);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Closed(leaseId, 0, 0, _price(8, 6 hours), false);
        _settleAlone(leaseId, last, reading);
        assertEq(_debt(leaseId), _price(8, 6 hours), "debt");
    }

    // ------------------------------------------------------------------ //
    // Refund
    // ------------------------------------------------------------------ //

    function test_HolderIsRefundedWhatWasNotDelivered() public {
        _settleAt(leaseId, 10 days, 8 * 9 days);
        uint96 refund = escrow - _price(8, 9 days);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Refunded(leaseId, stranger, refund);
        vm.prank(tenant);
        assertEq(leases.withdrawRefund(leaseId, stranger), refund, "amount");
        assertEq(usd.balanceOf(stranger), refund, "to any address");
        assertEq(_held(leaseId), 0, "held");
        assertEq(usd.balanceOf(address(leases)), _money().till, "the till is still there");
    }

    function test_RevertWhen_RefundIsTakenTwice() public {
        _settleAt(leaseId, 10 days, 0);
        vm.startPrank(tenant);
        leases.withdrawRefund(leaseId, tenant);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroAmount.selector));
        leases.withdrawRefund(leaseId, tenant);
    }

    function test_RevertWhen_RefundIsTakenFromAnOpenLease() public {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_LeaseOpen.selector, leaseId));
        vm.prank(tenant);
        leases.withdrawRefund(leaseId, tenant);
    }

    function test_RevertWhen_RefundIsOfAnUnknownLease() public {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        leases.withdrawRefund(99, tenant);
    }

    function test_RevertWhen_RefundGoesToNobody() public {
        _settleAt(leaseId, 10 days, 0);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroAddress.selector));
        vm.prank(tenant);
        leases.withdrawRefund(leaseId, address(0));
    }

    /// @dev Not the operator, not one the holder lets move the token, not who paid: the holder.
    function test_RevertWhen_AnyoneButTheHolderTakesTheRefund() public {
        vm.startPrank(tenant);
        leases.approve(stranger, leaseId);
        leases.setApprovalForAll(investor, true);
        vm.stopPrank();
        _settleAt(leaseId, 10 days, 0);
        address[4] memory callers = [operator, stranger, investor, issuer];
        for (uint256 i = 0; i < callers.length; ++i) {
            _refuseRefund(callers[i]);
        }
    }

    function test_RefundBelongsToWhoHoldsTheLeaseNow() public {
        vm.prank(tenant);
        leases.transferFrom(tenant, stranger, leaseId);
        _settleAt(leaseId, 10 days, 0);
        _refuseRefund(tenant);
        vm.prank(stranger);
        leases.transferFrom(stranger, investor, leaseId);
        _refuseRefund(stranger);
        vm.prank(investor);
        assertEq(leases.withdrawRefund(leaseId, investor), escrow, "amount");
        assertEq(usd.balanceOf(investor), escrow, "paid");
    }

    // ------------------------------------------------------------------ //
    // Sunset
    // ------------------------------------------------------------------ //

    function test_SunsetCloseWithoutAnyReport() public {
        _refuseSunsetUntil(start + 14 days);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Closed(leaseId, escrow, 0, 0, true);
        vm.prank(stranger);
        leases.sunsetClose(leaseId);

        ICapacityLease.FleetAccount memory fleet = leases.fleetAccountOf(fleetId);
        assertEq(fleet.openLeases, 0, "open leases");
        assertEq(fleet.unitsCommitted, 0, "units committed");
        vm.prank(tenant);
        assertEq(leases.withdrawRefund(leaseId, tenant), escrow, "refund");
    }

    /// @dev The last settled reading stands: later delivery that nobody could prove is not charged.
    function test_SunsetCloseCountsFromTheNewestReport() public {
        _settleAt(leaseId, 1 days, 8 hours);
        _refuseSunsetUntil(start + 1 days + D + 14 days);
        leases.sunsetClose(leaseId);
        assertEq(_held(leaseId), escrow - _price(8, 1 hours), "refundable");
    }

    /// @dev An oracle that came back for one report and fell silent: that report's rent is not lost to whoever closes first.
    function test_SunsetCloseWaitsForTheNewestReportToBeSettled() public {
        uint64 epoch = _epochEndingBy(start + 1 days);
        uint256 reading = _reading(8 days, 8 days, 0, 0, 0);
        _post(epoch, Merkle.leaf(leases.meterIdOf(leaseId), reading), 1);
        _refuseSunsetUntil(block.timestamp + 14 days);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_SettleFirst.selector, leaseId, epoch));
        leases.sunsetClose(leaseId);

        leases.settle(leaseId, epoch, reading, new bytes32[](0));
        leases.sunsetClose(leaseId);
        assertEq(_held(leaseId), escrow - _price(8, 1 days), "refundable");
    }

    /// @dev An oracle that goes on reporting and leaves one lease out holds it until 14 days past its term, no longer.
    function test_SunsetCloseOfALeaseTheOracleLeavesOut() public {
        vm.warp(start + 13 days);
        _post(_epochAt(block.timestamp), keccak256("of other meters"), 1);
        _refuseSunsetUntil(start + 10 days + 14 days);
        leases.sunsetClose(leaseId);
        assertTrue(_isClosed(leaseId), "closed");
    }

    /// @dev A term that was stopped ends at the stop.
    function test_SunsetCloseOfAStoppedLeaseTheOracleLeavesOut() public {
        leaseId = _openWithEscrow(8, 10 days, _price(8, 34 hours));
        start = _start(leaseId);
        _settleAt(leaseId, 1 hours, 8 hours);
        vm.warp(start + 33 hours);
        leases.terminate(leaseId);
        vm.warp(start + 10 days);
        _post(_epochAt(block.timestamp), keccak256("of other meters"), 1);
        _refuseSunsetUntil(start + 34 hours + 14 days);
        leases.sunsetClose(leaseId);
        assertTrue(_isClosed(leaseId), "closed");
    }

    /// @dev A report up to the start, not an hour further, says nothing of the lease: it need not be settled.
    function test_SunsetCloseDoesNotWaitForAReportBeforeTheTerm() public {
        _post(_epochEndingBy(start), keccak256("of other meters"), 1);
        _refuseSunsetUntil(block.timestamp + 14 days);
        leases.sunsetClose(leaseId);
        assertTrue(_isClosed(leaseId), "closed");
    }

    /// @dev A report from long before the start does not shorten the wait.
    function test_SunsetCloseCountsFromTheStartOfALaterLease() public {
        _settleAt(leaseId, 1 days, 0);
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.start += 20 days;
        request.end += 20 days;
        leaseId = _open(request);
        start = request.start;
        _refuseSunsetUntil(start + 14 days);
        leases.sunsetClose(leaseId);
        assertTrue(_isClosed(leaseId), "closed");
    }

    function test_RevertWhen_SunsetClosingTwiceOrAnUnknownLease() public {
        vm.warp(start + 14 days);
        leases.sunsetClose(leaseId);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_LeaseClosed.selector, leaseId));
        leases.sunsetClose(leaseId);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        leases.sunsetClose(99);
    }

    /// @dev The oracle comes back: the report that could have charged the lease comes too late.
    function test_SettlementAfterSunsetChangesNothing() public {
        vm.warp(start + 14 days);
        leases.sunsetClose(leaseId);
        bytes32 before = _books(leaseId);
        _meterAndSettle(leaseId, _epochAt(block.timestamp), _reading(8 days, 8 days, 0, 0, 0));
        assertEq(_books(leaseId), before, "books");
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _refuseRefund(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_NotHolder.selector, leaseId, caller));
        vm.prank(caller);
        leases.withdrawRefund(leaseId, caller);
    }

    /// @dev Refused a second before, and leaves the clock at the moment it is allowed.
    function _refuseSunsetUntil(uint256 until) private {
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_SunsetNotReached.selector, leaseId, until));
        leases.sunsetClose(leaseId);
        vm.warp(until);
    }
}
