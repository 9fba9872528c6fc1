// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Merkle} from "../support/Merkle.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title The arithmetic of settlement, against what it must satisfy rather than how it is computed, and I8
/// @dev Each expected total is stated as the largest integer that satisfies inequalities between exact products, so no division, no
/// order of operations and no rounding is shared with the contract.
contract SettleTotalsTest is LeaseTest {
    uint256 private constant EPOCHS = 12;

    /// @dev What a fuzzed fleet and lease are made of.
    struct Deal {
        uint32 units;
        uint96 rate;
        uint16 boardWatts;
        uint16 penaltyBps;
        uint16 creditCapBps;
        uint256 seed;
    }

    uint64 private first;
    uint256[] private readings;

    // ------------------------------------------------------------------ //
    // Against an exact reference
    // ------------------------------------------------------------------ //

    function testFuzz_TotalsAreTheLargestThatSatisfyTheTerms(Deal memory deal, uint256 reading, uint256 hours_) public {
        hours_ = bound(hours_, 1, EPOCHS - 1);
        uint256 leaseId = _openDeal(deal);
        // A fuzzed word nearly always exceeds physics: half of the runs stay below it.
        if (deal.seed % 2 == 0) reading = _possible(deal, reading, hours_);
        _meterAndSettle(leaseId, _epochEndingBy(_start(leaseId) + hours_ * L), reading);
        _assertTotals(leaseId, deal, reading, deal.units * hours_ * L);
    }

    function _assertTotals(uint256 leaseId, Deal memory deal, uint256 reading, uint256 max) private view {
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        uint256 delivered = reading >> 160 & type(uint48).max;
        uint256 breached = reading >> 64 & type(uint48).max;
        uint256 energyWh = reading >> 16 & type(uint48).max;

        // owed <= billed x rate / 3600 < owed + 1
        uint256 price = (delivered < max ? delivered : max) * deal.rate;
        uint256 owed = lease.account.owed;
        assertLe(owed * 3600, price, "owed, not more");
        assertGt((owed + 1) * 3600, price, "owed, not less");

        // credit is within the penalty and the cap, and one more unit would break one of them.
        uint256 penalty = (breached < max ? breached : max) * deal.rate * deal.penaltyBps;
        uint256 cap = owed * deal.creditCapBps;
        uint256 credit = lease.totals.creditOwed;
        assertTrue(credit * 36_000_000 <= penalty && credit * 10_000 <= cap, "credit, not more");
        assertTrue((credit + 1) * 36_000_000 > penalty || (credit + 1) * 10_000 > cap, "credit, not less");

        // energy is within the meter and the board's limit, and one more Wh would break one of them.
        uint256 wh = lease.totals.energyWh;
        assertTrue(wh <= energyWh && wh * 3600 <= max * deal.boardWatts, "Wh, not more");
        assertTrue(wh == energyWh || (wh + 1) * 3600 > max * deal.boardWatts, "Wh, not less");
        assertEq(_money().tillWh, wh, "Wh in till");
    }

    // ------------------------------------------------------------------ //
    // I8: one settlement or many
    // ------------------------------------------------------------------ //

    /// @dev The same reports, settled once from the last, or from a random choice of them in random order: an old one is a no-op, so
    /// any order is some increasing sequence that ends with the last.
    function testFuzz_I8_OneSettlementOrManyOweTheSame(Deal memory deal, uint96 bond, uint256 order) public {
        uint256 leaseId = _openDeal(deal);
        bond = uint96(bound(bond, 0, type(uint96).max / 2));
        if (deal.seed % 2 == 0 && bond != 0) _bond(bond);
        _postGrowing(leaseId, deal);

        uint256 fork = vm.snapshotState();
        _settleWith(leaseId, EPOCHS - 1);
        ICapacityLease.Lease memory once = leases.leaseOf(leaseId);
        uint64 tillWh = _money().tillWh;
        _assertConserved(leaseId);
        vm.revertToStateAndDelete(fork);

        for (uint256 i = 0; i < EPOCHS / 2; ++i) {
            _settleWith(leaseId, uint256(keccak256(abi.encode(order, i))) % EPOCHS);
            uint256 at = leases.leaseOf(leaseId).account.settledEpoch - first;
            _assertTotals(leaseId, deal, readings[at], deal.units * (at + 1) * L);
            _assertConserved(leaseId);
        }
        _settleWith(leaseId, EPOCHS - 1);
        ICapacityLease.Lease memory many = leases.leaseOf(leaseId);
        assertEq(many.account.owed, once.account.owed, "owed");
        assertEq(many.totals.creditOwed, once.totals.creditOwed, "credit owed");
        assertEq(many.totals.energyWh, once.totals.energyWh, "Wh");
        assertEq(_money().tillWh, tillWh, "Wh in till");
        assertTrue(once.account.closed && many.account.closed, "closed");
        _assertConserved(leaseId);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev What the lease holds, the till and the bond are together what came in, and the contract has it.
    function _assertConserved(uint256 leaseId) private view {
        ICapacityLease.FleetMoney memory money = _money();
        uint256 kept = uint256(_held(leaseId)) + money.till + leases.fleetAccountOf(fleetId).bond;
        assertEq(kept, usd.balanceOf(address(leases)), "books and balance");
    }

    function _settleWith(uint256 leaseId, uint256 at) private {
        leases.settle(leaseId, first + uint64(at), readings[at], new bytes32[](0));
    }

    /// @dev A fleet of fuzzed terms and a lease of all its units for EPOCHS hours, so the last report closes it. Without notice a runway
    /// is 10 hours long: leases that are delivered in full run dry and into debt.
    function _openDeal(Deal memory deal) private returns (uint256 leaseId) {
        deal.units = uint32(bound(deal.units, 1, deal.seed % 3 == 0 ? type(uint32).max : 1000));
        // The price of the lease and its bond stay within 96 bits together.
        deal.rate = uint96(bound(deal.rate, 1, type(uint96).max / (4 * uint256(deal.units) * EPOCHS)));
        deal.creditCapBps = uint16(bound(deal.creditCapBps, 0, 10_000));

        vm.startPrank(operator);
        fleetId = registry.propose(_specOf(deal));
        registry.publishInventory(fleetId, keccak256("inventory"), deal.units);
        vm.stopPrank();
        vm.prank(issuer);
        registry.list(fleetId, address(waterfall));

        ICapacityLease.LeaseRequest memory request = _request(1, uint40(EPOCHS * L));
        (request.units, request.rate) = (deal.units, deal.rate);
        request.escrow = uint96(leases.runwayFor(request));
        return _open(request);
    }

    function _specOf(Deal memory deal) private view returns (IFleetRegistry.FleetSpec memory spec) {
        spec = _spec(address(usd), deal.units);
        spec.listRate = deal.rate;
        spec.boardWatts = deal.boardWatts;
        spec.penaltyBps = deal.penaltyBps;
        spec.creditCapBps = deal.creditCapBps;
        spec.notice = 0;
    }

    /// @dev A reading of `hours_` that could be true.
    function _possible(Deal memory deal, uint256 draw, uint256 hours_) private pure returns (uint256) {
        uint256 max = deal.units * hours_ * L;
        uint256 measured = bound(draw >> 208, 0, max);
        uint256 delivered = bound(draw >> 160 & type(uint48).max, 0, measured);
        uint256 breached = bound(draw >> 64 & type(uint48).max, 0, max);
        uint256 wh = bound(draw >> 16 & type(uint48).max, 0, max * deal.boardWatts / 3600 + 1);
        return _reading(measured, delivered, delivered / 2, breached, wh & type(uint48).max);
    }

    /// @dev Posts a report for each epoch of the lease, whose counters only grow: each by up to an epoch's worth, some by more than
    /// physics allows.
    function _postGrowing(uint256 leaseId, Deal memory deal) private {
        first = _epochEndingBy(_start(leaseId) + L);
        uint256 most = deal.units * uint256(L);
        uint256[3] memory counters;
        for (uint256 i = 0; i < EPOCHS; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(deal.seed, i)));
            if (draw % 4 != 0) counters[0] = _grow(counters[0], (draw >> 16) % (most + most / 8 + 1));
            if (draw % 3 == 0) counters[1] = _grow(counters[1], (draw >> 80) % (most + 1));
            counters[2] = _grow(counters[2], (draw >> 144) % (most / 3600 * deal.boardWatts + 2));
            readings.push(_reading(counters[0], counters[0], 0, counters[1], counters[2]));
            _post(first + uint64(i), Merkle.leaf(leases.meterIdOf(leaseId), readings[i]), 1);
        }
        vm.warp(block.timestamp + DISPUTE);
    }

    function _grow(uint256 counter, uint256 by) private pure returns (uint256) {
        return counter + by > type(uint48).max ? type(uint48).max : counter + by;
    }
}
