// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Merkle} from "../support/Merkle.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title SLA credits: what they come to, and who pays them in which order
/// @dev A credit newly owed or still unpaid
/// ├── the bond has it → bond to escrow
/// ├── the bond lacks some → that is set off against rent due, debt included
/// ├── nothing is due either → it waits for bond or rent
/// └── the lease closes → what still waits lapses
///
/// The fleet's penalty is half the price of a breached hour, its cap 30 % of what is owed. Amounts below are in hours of eight units.
contract CreditTest is LeaseTest {
    /// @dev A settlement `at` hours into the term to totals delivered and breached, and what it must move.
    struct Step {
        uint256 at;
        uint256 delivered;
        uint256 breached;
        uint256 paid;
        uint256 setOff;
        uint256 rent;
    }

    uint256 private leaseId;
    uint96 private escrow;

    function setUp() public override {
        super.setUp();
        leaseId = _open(_request(8, 10 days));
        escrow = _held(leaseId);
    }

    function test_BondPaysTheCreditIntoEscrow() public {
        _bond(_hours(5));
        _settle(Step({at: 24, delivered: 20, breached: 4, paid: 2, setOff: 0, rent: 20}));
        assertEq(_held(leaseId), escrow + _hours(2) - _hours(20), "held");
        assertEq(leases.fleetAccountOf(fleetId).bond, _hours(3), "bond");
        assertEq(_money().till, _hours(20), "till");
    }

    function test_BondOfExactlyTheCreditPaysIt() public {
        _bond(_hours(2));
        _settle(Step({at: 24, delivered: 20, breached: 4, paid: 2, setOff: 0, rent: 20}));
        assertEq(leases.fleetAccountOf(fleetId).bond, 0, "bond");
        assertEq(_unpaid(), 0, "unpaid");
    }

    function test_WhatTheBondLacksIsSetOffAgainstRent() public {
        _bond(_hours(1));
        _settle(Step({at: 24, delivered: 20, breached: 6, paid: 1, setOff: 2, rent: 18}));
        assertEq(_held(leaseId), escrow + _hours(1) - _hours(18), "held");
        assertEq(_money().till, _hours(18), "till");
        assertEq(leases.fleetAccountOf(fleetId).bond, 0, "bond");
        assertEq(_unpaid(), 0, "unpaid");
    }

    function test_WithoutBondAllOfItIsSetOff() public {
        _settle(Step({at: 24, delivered: 20, breached: 6, paid: 0, setOff: 3, rent: 17}));
        assertEq(_held(leaseId), escrow - _hours(17), "held");
    }

    /// @dev A bond deposited later pays what waits, then rent that falls due does.
    function test_CreditWaitsForBondOrRent() public {
        _settle(Step({at: 24, delivered: 20, breached: 0, paid: 0, setOff: 0, rent: 20}));
        _settle(Step({at: 48, delivered: 20, breached: 8, paid: 0, setOff: 0, rent: 0}));
        assertEq(_unpaid(), _hours(4), "waits");

        _bond(_hours(1));
        assertEq(_unpaid(), _hours(4), "a deposit alone pays nothing");
        _settle(Step({at: 72, delivered: 20, breached: 8, paid: 1, setOff: 0, rent: 0}));
        assertEq(_unpaid(), _hours(3), "waits");
        _settle(Step({at: 96, delivered: 21, breached: 8, paid: 0, setOff: 1, rent: 0}));
        assertEq(_unpaid(), _hours(2), "waits");
        _settle(Step({at: 120, delivered: 30, breached: 8, paid: 0, setOff: 2, rent: 7}));
        assertEq(_unpaid(), 0, "paid");
        assertEq(_money().till, _hours(27), "till");
        assertEq(_held(leaseId), escrow + _hours(1) - _hours(27), "held");
    }

    function test_CreditIsCappedByWhatIsOwedAndGrowsWithIt() public {
        _bond(_hours(1000));
        _settle(Step({at: 24, delivered: 10, breached: 24, paid: 3, setOff: 0, rent: 10}));
        _settle(Step({at: 48, delivered: 20, breached: 24, paid: 3, setOff: 0, rent: 10}));
        _settle(Step({at: 96, delivered: 60, breached: 24, paid: 6, setOff: 0, rent: 40}));
        assertEq(leases.leaseOf(leaseId).totals.creditOwed, _hours(12), "the penalty, no longer the cap");
    }

    function test_NothingDeliveredEarnsNoCredit() public {
        _bond(_hours(1000));
        _settle(Step({at: 24, delivered: 0, breached: 24, paid: 0, setOff: 0, rent: 0}));
        assertEq(leases.leaseOf(leaseId).totals.creditOwed, 0, "owed");
    }

    function test_UnpaidCreditLapsesAtClose() public {
        _settle(Step({at: 24, delivered: 20, breached: 0, paid: 0, setOff: 0, rent: 20}));
        uint64 last = _epochEndingBy(_start(leaseId) + 10 days);
        uint256 reading = _reading(8 * 20 hours, 8 * 20 hours, 0, 8 * 8 hours, 0);
        _postFinal(leaseId, last, reading);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Closed(leaseId, escrow - _hours(20), _hours(4), 0, false);
        _settleAlone(leaseId, last, reading);
        assertEq(_unpaid(), 0, "unpaid");

        // A bond that comes too late is the operator's again.
        _bond(_hours(4));
        vm.prank(operator);
        leases.withdrawBond(fleetId, _hours(4), operator);
        assertEq(usd.balanceOf(operator), _hours(4), "bond back");
    }

    function test_UnpaidCreditLapsesAtSunset() public {
        _settle(Step({at: 24, delivered: 20, breached: 0, paid: 0, setOff: 0, rent: 20}));
        _settle(Step({at: 48, delivered: 20, breached: 8, paid: 0, setOff: 0, rent: 0}));
        vm.warp(block.timestamp + 14 days);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Closed(leaseId, escrow - _hours(20), _hours(4), 0, true);
        leases.sunsetClose(leaseId);
        assertEq(_unpaid(), 0, "unpaid");
    }

    function test_LastSettlementStillPaysFromTheBond() public {
        _bond(_hours(1000));
        _settle(Step({at: 240, delivered: 200, breached: 40, paid: 20, setOff: 0, rent: 200}));
        assertTrue(_isClosed(leaseId), "closed");
        assertEq(_held(leaseId), escrow + _hours(20) - _hours(200), "refundable");
    }

    /// @dev Credit from the bond enters escrow, and debt is paid from there first.
    function test_CreditPaysDebt() public {
        leaseId = _openWithEscrow(8, 10 days, _hours(34));
        _bond(_hours(1));
        _settle(Step({at: 40, delivered: 40, breached: 0, paid: 0, setOff: 0, rent: 34}));
        assertEq(_debt(leaseId), _hours(6), "debt");
        _settle(Step({at: 64, delivered: 40, breached: 8, paid: 1, setOff: 3, rent: 1}));
        assertEq(_debt(leaseId), _hours(2), "debt less bond and set-off");
        assertEq(_held(leaseId), 0, "held");
        assertEq(_money().till, _hours(35), "till");
    }

    function test_OtherFleetsBondPaysNothing() public {
        uint48 mine = fleetId;
        (fleetId,) = _listFleet(operator, address(usd), UNITS);
        _bond(_hours(100));
        _settle(Step({at: 24, delivered: 20, breached: 6, paid: 0, setOff: 3, rent: 17}));
        assertEq(leases.fleetAccountOf(fleetId).bond, _hours(100), "other bond");
        assertEq(leases.fleetAccountOf(mine).bond, 0, "own bond");
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _hours(uint256 count) private pure returns (uint96) {
        return _price(8, count * 1 hours);
    }

    function _unpaid() private view returns (uint96) {
        return leases.leaseOf(leaseId).state.creditUnpaid;
    }

    /// @dev Settles to counters in hours of eight units, and expects what the settlement says it moved.
    function _settle(Step memory step) private {
        uint256 unitHour = 8 hours;
        uint64 epoch = _epochEndingBy(_start(leaseId) + step.at * L);
        uint256 delivered = step.delivered * unitHour;
        uint256 reading = _reading(delivered, delivered, 0, step.breached * unitHour, 0);
        _postFinal(leaseId, epoch, reading);
        _expectSettled(step, epoch, reading);
        _settleAlone(leaseId, epoch, reading);
    }

    function _expectSettled(Step memory step, uint64 epoch, uint256 reading) private {
        ICapacityLease.Lease memory before = leases.leaseOf(leaseId);
        (uint96 paid, uint96 setOff, uint96 rent) = (_hours(step.paid), _hours(step.setOff), _hours(step.rent));
        uint96 owed = _hours(step.delivered);
        uint96 credit = _creditOwed(step.delivered, step.breached);
        uint96 held = before.account.held + paid - rent;
        uint96 debt = before.totals.debt + (owed - before.account.owed) - setOff - rent;
        vm.expectEmit(address(leases));
        emit ICapacityLease.Settled(leaseId, epoch, reading, owed, credit, paid, setOff, rent, held, debt);
    }

    /// @dev Half of what was breached, at most three tenths of what was delivered.
    function _creditOwed(uint256 delivered, uint256 breached) private pure returns (uint96) {
        uint96 penalty = _hours(breached) / 2;
        uint96 cap = _hours(delivered) / 10 * 3;
        return penalty < cap ? penalty : cap;
    }
}
