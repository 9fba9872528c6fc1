// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Merkle} from "../support/Merkle.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title A suspended lease is stopped once its notice has run
/// @dev terminate
/// ├── unknown or closed → UnknownLease, LeaseClosed
/// ├── not suspended → NotSuspended
/// ├── suspended for less than the notice → NoticeRunning
/// ├── the next epoch boundary is not before the end or the stop → AlreadyStopping
/// └── otherwise → stop = the next epoch boundary
contract TerminateTest is LeaseTest {
    uint256 private leaseId;
    uint256 private start;
    /// @dev Suspended 9 hours into the term, the notice runs until hour 33.
    uint256 private until;

    function setUp() public override {
        super.setUp();
        _suspended(10 days);
    }

    function test_RevertWhen_TheLeaseIsNotOpen() public {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        leases.terminate(99);
        vm.warp(start + 15 days);
        leases.sunsetClose(leaseId);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_LeaseClosed.selector, leaseId));
        leases.terminate(leaseId);
    }

    function test_RevertWhen_TheLeaseIsNotSuspended() public {
        _topUp(leaseId, _price(8, 1 hours));
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_NotSuspended.selector, leaseId));
        leases.terminate(leaseId);
    }

    function test_RevertWhen_TheNoticeRunsForAnotherSecond() public {
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_NoticeRunning.selector, leaseId, until));
        leases.terminate(leaseId);
        vm.warp(until);
        _terminate(start + 34 hours);
    }

    function test_StopIsTheNextBoundaryAlsoOnABoundary() public {
        vm.warp(start + 50 hours);
        _terminate(start + 51 hours);
    }

    function test_StopIsTheNextBoundaryInsideAnEpoch() public {
        vm.warp(start + 51 hours - 1);
        _terminate(start + 51 hours);
    }

    function test_RevertWhen_AlreadyStopped() public {
        vm.warp(until);
        leases.terminate(leaseId);
        vm.warp(until + 5 hours);
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_AlreadyStopping.selector, leaseId, start + 34 hours)
        );
        leases.terminate(leaseId);
    }

    function test_RevertWhen_TheTermEndsAnyway() public {
        _suspended(36 hours);
        vm.warp(start + 35 hours);
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_AlreadyStopping.selector, leaseId, start + 36 hours)
        );
        leases.terminate(leaseId);
        vm.warp(start + 35 hours - 1);
        _terminate(start + 35 hours);
    }

    /// @dev What is paid in after the stop keeps nobody in: it is refunded at close.
    function test_TopUpAfterTheStopDoesNotUndoIt() public {
        vm.warp(until);
        leases.terminate(leaseId);
        _topUp(leaseId, _price(8, 100 hours));
        assertFalse(_isSuspended(leaseId), "resumed");
        assertEq(leases.leaseOf(leaseId).state.stop, start + 34 hours, "stop");
    }

    function test_RunwayEndsAtTheStop() public {
        vm.warp(until);
        leases.terminate(leaseId);
        assertEq(leases.runwayOf(leaseId), _price(8, 33 hours), "of hours 1 to 34");
    }

    /// @dev The stop is an end like the other: nothing after it is charged, and the first report that reaches it closes the lease.
    function test_LeaseClosesAtTheFirstReportThatReachesTheStop() public {
        vm.warp(until);
        leases.terminate(leaseId);
        uint64 last = _epochEndingBy(start + 34 hours);
        uint256 meterId = leases.meterIdOf(leaseId);
        uint256 before = _reading(8 * 20 hours, 8 * 20 hours, 0, 0, 0);
        uint256 atStop = _reading(8 * 100 hours, 8 * 100 hours, 0, 0, 8 * 100 * 700);
        _post(last - 1, Merkle.leaf(meterId, before), 1);
        _post(last, Merkle.leaf(meterId, atStop), 1);
        vm.warp(block.timestamp + DISPUTE);

        _settleAlone(leaseId, last - 1, before);
        assertFalse(_isClosed(leaseId), "an epoch before");
        vm.expectEmit(address(leases));
        emit ICapacityLease.Closed(leaseId, 0, 0, 0, false);
        _settleAlone(leaseId, last, atStop);
        assertTrue(_isClosed(leaseId), "at the stop");
        assertEq(_owed(leaseId), _price(8, 34 hours), "owed up to the stop");
        assertEq(leases.leaseOf(leaseId).totals.energyWh, 8 * 34 * 700, "Wh up to the stop");
        assertEq(leases.fleetAccountOf(fleetId).unitsCommitted, 0, "units free again");
    }

    function test_ReportFarBeyondTheStopChargesUpToIt() public {
        vm.warp(until);
        leases.terminate(leaseId);
        _settleAt(leaseId, 9 days, 8 * 9 days);
        assertTrue(_isClosed(leaseId), "closed");
        assertEq(_owed(leaseId), _price(8, 34 hours), "owed");
    }

    /// @dev A lease with escrow for 34 hours of which one is used up by the first settlement.
    function _suspended(uint40 duration) private {
        leaseId = _openWithEscrow(8, duration, _price(8, 34 hours));
        start = _start(leaseId);
        _settleAt(leaseId, 1 hours, 8 hours);
        assertEq(leases.leaseOf(leaseId).state.suspendedAt, start + 9 hours, "suspended at");
        until = start + 33 hours;
    }

    function _terminate(uint256 stop) private {
        vm.expectEmit(address(leases));
        emit ICapacityLease.Terminated(leaseId, uint40(stop));
        vm.prank(stranger);
        leases.terminate(leaseId);
        assertEq(leases.leaseOf(leaseId).state.stop, stop, "stop");
    }
}
