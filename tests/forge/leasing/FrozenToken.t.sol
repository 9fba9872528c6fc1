// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title A token paused and back, and holders it blocks
/// @dev Settlement moves no token, so it goes on. What moves at the edges waits, and nothing owed is lost or redirected.
contract FrozenTokenTest is LeaseTest {
    uint256 private leaseId;

    function setUp() public override {
        super.setUp();
        _bond(100e6);
        leaseId = _openWithEscrow(8, 10 days, _price(8, 34 hours));
    }

    function test_SettlementSuspensionAndCloseGoOnWhileThePauseLasts() public {
        usd.setPaused(true);
        _settleAt(leaseId, 1 hours, 8 hours, 8 hours);
        assertEq(_owed(leaseId), _price(8, 1 hours), "owed");
        assertTrue(_isSuspended(leaseId), "suspended");
        vm.warp(block.timestamp + NOTICE);
        leases.terminate(leaseId);
        _settleAt(leaseId, 34 hours, 8 * 20 hours, 8 hours);
        assertTrue(_isClosed(leaseId), "closed");
        assertEq(_money().till, _price(8, 20 hours), "till");

        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_Paused.selector));
        vm.prank(tenant);
        leases.withdrawRefund(leaseId, tenant);
        usd.setPaused(false);
        vm.prank(tenant);
        assertGt(leases.withdrawRefund(leaseId, tenant), 0, "refund");
    }

    function test_EveryEdgeWaitsWhilePausedAndWorksAfter() public {
        (uint256 open, uint256 closed) = (_open(_request(8, 10 days)), leaseId);
        _settleAt(closed, 10 days, 8 hours);
        (fleetId, waterfall) = _listFleet(operator, address(usd), UNITS);
        _bond(100);
        usd.mint(tenant, 10_000e6);
        vm.prank(tenant);
        usd.approve(address(leases), type(uint256).max);

        usd.setPaused(true);
        bytes32 before = keccak256(abi.encode(_books(open), _books(closed)));
        _edges({open: open, closed: closed, frozen: true});
        assertEq(keccak256(abi.encode(_books(open), _books(closed))), before, "books");
        usd.setPaused(false);
        _edges({open: open, closed: closed, frozen: false});
    }

    function test_BlockedTenantIsRefundedAtAnotherAddress() public {
        _settleAt(leaseId, 10 days, 8 hours);
        uint96 refund = _held(leaseId);
        usd.setBlocked(tenant, true);
        vm.startPrank(tenant);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, tenant));
        leases.withdrawRefund(leaseId, tenant);
        assertEq(_held(leaseId), refund, "still his");
        leases.withdrawRefund(leaseId, stranger);
        assertEq(usd.balanceOf(stranger), refund, "refunded");
    }

    /// @dev One party's block stops nobody else, least of all settlement.
    function test_BlockedPartiesDoNotStopTheOthers() public {
        usd.setBlocked(tenant, true);
        usd.setBlocked(operator, true);
        usd.setBlocked(address(waterfall), true);
        _settleAt(leaseId, 24 hours, 8 * 20 hours, 8 hours);
        assertEq(_money().till, _price(8, 20 hours), "till");
        _fund(stranger, 5);
        vm.prank(stranger);
        leases.topUp(leaseId, 5);
        _settleAt(leaseId, 10 days, 8 * 20 hours, 8 hours);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 1, stranger);
        assertEq(usd.balanceOf(stranger), 1, "the bond goes to another address");
    }

    /// @dev Tries all that moves tokens, as whom it is allowed to.
    function _edges(uint256 open, uint256 closed, bool frozen) private {
        uint48 first = leases.leaseOf(closed).terms.fleetId;
        bytes memory request = abi.encodeCall(leases.open, (_request(8, 10 days)));
        bytes memory bond = abi.encodeCall(leases.withdrawBond, (fleetId, 100, operator));
        bytes memory refund = abi.encodeCall(leases.withdrawRefund, (closed, tenant));
        _try(operator, bond, frozen);
        _try(tenant, request, frozen);
        _try(tenant, abi.encodeCall(leases.topUp, (open, 1)), frozen);
        _try(tenant, abi.encodeCall(leases.depositBond, (first, 1)), frozen);
        _try(tenant, refund, frozen);
        _try(leases.fleetAccountOf(first).revenue, abi.encodeCall(leases.pullTill, (first)), frozen);
    }

    function _try(address caller, bytes memory call, bool frozen) private {
        vm.prank(caller);
        (bool done, bytes memory reason) = address(leases).call(call);
        assertEq(done, !frozen, "done");
        if (frozen) assertEq(reason, abi.encodeWithSelector(TestUSD.TestUSD_Paused.selector), "reason");
    }
}
