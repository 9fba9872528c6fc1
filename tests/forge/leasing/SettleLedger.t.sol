// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title I4 over random histories of one lease, and who is paid before whom
/// @dev Flows are added up from events alone. With the order of claims they determine every settlement: credit takes all the bond has,
/// then all that is due, before rent takes anything; rent takes all that is held before there is debt.
contract SettleLedgerTest is LeaseTest {
    uint256 private constant STEPS = 12;

    /// @dev Sums since the lease opened.
    struct Flows {
        uint256 escrowIn;
        uint256 creditIn;
        uint256 setOff;
        uint256 rentOut;
    }

    Flows private flows;
    uint256 private leaseId;

    function testFuzz_I4_EveryUnitIsAccountedFor(uint256 seed) public {
        leaseId = _openWithEscrow(8, 5 days, leases.runwayFor(_request(8, 5 days)));
        flows.escrowIn = _held(leaseId);
        uint256 delivered;
        uint256 breached;
        vm.recordLogs();
        for (uint256 i = 1; i <= STEPS; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (draw % 3 == 0) _topUp(leaseId, uint96(1 + (draw >> 8) % 400e6));
            if (draw % 5 == 0) _bond(uint96(1 + (draw >> 40) % 60e6));
            if (draw % 4 != 1) delivered += (draw >> 72) % (8 * 10 hours);
            if (draw % 4 != 2) breached += (draw >> 104) % (8 * 10 hours);
            _settleAt(leaseId, i * 10 hours, delivered, breached);
            _check();
        }
        assertTrue(_isClosed(leaseId), "closed");
    }

    function _check() private {
        Flows memory moved = _readLogs();
        flows.creditIn += moved.creditIn;
        flows.setOff += moved.setOff;

        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        ICapacityLease.FleetMoney memory money = _money();
        (uint96 debt, uint96 unpaid) = (lease.totals.debt, lease.state.creditUnpaid);
        assertEq(flows.escrowIn + flows.creditIn, flows.rentOut + lease.account.held, "escrow");
        assertEq(lease.account.owed, flows.rentOut + flows.setOff + debt, "rent owed");
        if (!lease.account.closed) {
            assertEq(lease.totals.creditOwed, flows.creditIn + flows.setOff + unpaid, "credit owed");
        }
        assertEq(money.till, flows.rentOut, "till");

        assertTrue(debt == 0 || lease.account.held == 0, "debt before all that is held was taken");
        assertTrue(
            moved.setOff == 0 || leases.fleetAccountOf(fleetId).bond == 0, "set off before all of the bond was taken"
        );
        assertTrue(unpaid == 0 || leases.fleetAccountOf(fleetId).bond == 0, "unpaid before all of the bond was taken");
        assertTrue(unpaid == 0 || (debt == 0 && moved.rentOut == 0), "rent before all of the credit was set off");
    }

    /// @dev Adds up what came in and went out, and returns what the one settlement in the logs moved.
    function _readLogs() private returns (Flows memory moved) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == ICapacityLease.ToppedUp.selector) {
                (uint96 amount, uint96 debtPaid) = abi.decode(logs[i].data, (uint96, uint96));
                flows.escrowIn += amount;
                flows.rentOut += debtPaid;
            } else if (logs[i].topics[0] == ICapacityLease.Settled.selector) {
                (,,, moved.creditIn, moved.setOff, moved.rentOut,,) =
                    abi.decode(logs[i].data, (uint256, uint96, uint96, uint256, uint256, uint256, uint96, uint96));
                flows.rentOut += moved.rentOut;
            }
        }
    }
}
