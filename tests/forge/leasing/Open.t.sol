// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IStablecoinRegistry} from "../../../contracts/payments/IStablecoinRegistry.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title What a lease opens at, and what does not open
/// @dev open
/// ├── fleet not listed → NotListed
/// ├── stablecoin not permitted → NotPermitted, Halted, ...
/// ├── no units → ZeroUnits
/// ├── not the list rate → RateMismatch
/// ├── start or end between epoch boundaries → OffGrid
/// ├── end not after start → EndNotAfterStart
/// ├── start less than two epochs ahead, or before genesis + L → StartTooSoon
/// ├── start more than 30 days ahead → StartTooLate
/// ├── more than 2^48 - 1 unit-seconds, or a price above 2^96 - 1 → ValueTooLarge
/// ├── escrow below the runway → EscrowBelowRunway
/// ├── more units than are free → NotEnoughUnits
/// ├── no holder → ERC721InvalidReceiver
/// └── otherwise → the holder has a lease, the contract the escrow
contract OpenTest is LeaseTest {
    // ------------------------------------------------------------------ //
    // A lease opens
    // ------------------------------------------------------------------ //

    function test_LeaseKeepsTheTermsItWasOpenedAt() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        _fund(stranger, request.escrow);
        vm.expectEmit(address(leases));
        emit ICapacityLease.LeaseOpened(1, fleetId, tenant, stranger, request, 9900, 5000, 3000, 700, 24 hours);
        vm.prank(stranger);
        uint256 leaseId = leases.open(request);

        assertEq(leaseId, 1, "id");
        assertEq(leases.ownerOf(leaseId), tenant, "the holder is who the request names");
        assertEq(abi.encode(leases.leaseOf(leaseId)), abi.encode(_expected(request)), "lease");
        ICapacityLease.FleetAccount memory fleet = leases.fleetAccountOf(fleetId);
        assertEq(fleet.currency, address(usd), "currency");
        assertEq(fleet.revenue, address(waterfall), "revenue");
        assertEq(fleet.openLeases, 1, "open leases");
        assertEq(fleet.unitsCommitted, 8, "units committed");
        assertEq(usd.balanceOf(address(leases)), request.escrow, "escrow in");
        assertEq(usd.balanceOf(stranger), 0, "paid by the caller");
    }

    function test_MeterIdNamesKindContractAndLease() public {
        uint256 leaseId = _open(_request(8, 10 days));
        assertEq(leases.meterIdOf(leaseId), 1 << 248 | uint256(uint160(address(leases))) << 88 | leaseId, "meter");
    }

    function test_RevertWhen_AskingAboutAnUnknownLease() public {
        bytes memory reason = abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 1);
        vm.expectRevert(reason);
        leases.leaseOf(1);
        vm.expectRevert(reason);
        leases.meterIdOf(1);
        vm.expectRevert(reason);
        leases.runwayOf(1);
    }

    /// @dev The operator may change his price, the guardian delist: an open lease is not touched.
    function test_OpenLeaseKeepsItsRateWhenTheFleetChanges() public {
        uint256 leaseId = _open(_request(8, 10 days));
        bytes32 before = _books(leaseId);
        vm.prank(operator);
        registry.setListRate(fleetId, 1);
        vm.prank(guardian);
        registry.delist(fleetId);
        assertEq(_books(leaseId), before, "books");
    }

    function test_StartMayBeExactlyTwoEpochsAhead() public {
        ICapacityLease.LeaseRequest memory request = _request(8, L);
        request.start = GENESIS_START;
        request.end = GENESIS_START + L;
        vm.warp(GENESIS_START - 2 * L);
        assertEq(leases.leaseOf(_open(request)).terms.start, GENESIS_START, "start");
    }

    function test_AllUnitsCanBeLeasedAndNotOneMore() public {
        _open(_request(UNITS - 1, 10 days));
        _refuseUnits(2, 1);
        _open(_request(1, 10 days));
        assertEq(leases.fleetAccountOf(fleetId).unitsCommitted, UNITS, "all units");
        _refuseUnits(1, 0);
    }

    function test_FleetsHaveTheirOwnUnits() public {
        _open(_request(UNITS, 10 days));
        (fleetId,) = _listFleet(operator, address(usd), UNITS);
        uint256 leaseId = _open(_request(UNITS, 10 days));
        assertEq(leases.leaseOf(leaseId).terms.fleetId, fleetId, "fleet");
    }

    // ------------------------------------------------------------------ //
    // Runway
    // ------------------------------------------------------------------ //

    /// @dev The smallest escrow r with r x 3600 >= units x rate x seconds, not computed by dividing.
    function testFuzz_EscrowIsAtLeastTheRunway(uint32 units, uint256 hours_, uint96 rate) public {
        units = uint32(bound(units, 1, UNITS));
        hours_ = bound(hours_, 1, 24 * 365);
        rate = uint96(bound(rate, 1, type(uint96).max / (uint256(UNITS) * 24 * 365)));
        vm.prank(operator);
        registry.setListRate(fleetId, rate);
        ICapacityLease.LeaseRequest memory request = _request(units, uint40(hours_ * 1 hours));
        request.rate = rate;

        uint256 runway = leases.runwayFor(request);
        uint256 covered = hours_ < 34 ? hours_ * 3600 : 34 * 3600;
        assertGe(runway * 3600, uint256(units) * rate * covered, "covers");
        assertLt((runway - 1) * 3600, uint256(units) * rate * covered, "and not a unit more");

        request.escrow = uint96(runway - 1);
        _refuse(
            request, abi.encodeWithSelector(ICapacityLease.CapacityLease_EscrowBelowRunway.selector, runway, runway - 1)
        );
        request.escrow = uint96(runway);
        uint256 leaseId = _open(request);
        assertEq(leases.runwayOf(leaseId), runway, "runway of the lease");
        assertFalse(_isSuspended(leaseId), "suspended");
    }

    function test_RunwayOfARequestThatEndsBeforeItStartsIsNothing() public view {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.end = request.start - 1;
        assertEq(leases.runwayFor(request), 0, "runway");
    }

    // ------------------------------------------------------------------ //
    // Bad fleet, bad currency
    // ------------------------------------------------------------------ //

    function test_RevertWhen_TheFleetIsUnknownOrDelisted() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.fleetId = 99;
        _refuse(request, _notListed(99, IFleetRegistry.Status.None));
        request.fleetId = fleetId;
        vm.prank(guardian);
        registry.delist(fleetId);
        _refuse(request, _notListed(fleetId, IFleetRegistry.Status.Delisted));
    }

    function test_RevertWhen_TheStablecoinIsUnknown() public {
        address unknown = address(leases);
        vm.startPrank(operator);
        uint48 id = registry.propose(_spec(unknown, UNITS));
        registry.publishInventory(id, keccak256("inventory"), UNITS);
        vm.stopPrank();
        vm.prank(issuer);
        registry.list(id, address(waterfall));
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.fleetId = id;
        _refuse(request, abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NotPermitted.selector, unknown));
    }

    function test_RevertWhen_TheStablecoinIsDelistedOrHalted() public {
        vm.prank(guardian);
        stablecoins.halt(address(usd));
        _refuse(
            _request(8, 10 days),
            abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_Halted.selector, address(usd))
        );
        vm.prank(issuer);
        stablecoins.delist(address(usd));
        _refuse(
            _request(8, 10 days),
            abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NotPermitted.selector, address(usd))
        );
    }

    // ------------------------------------------------------------------ //
    // Bad terms
    // ------------------------------------------------------------------ //

    function test_RevertWhen_NoUnitsAreAskedFor() public {
        _refuse(_request(0, 10 days), abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroUnits.selector));
    }

    function test_RevertWhen_TheRateIsNotTheListRate() public {
        uint96[4] memory rates = [0, RATE - 1, RATE + 1, type(uint96).max];
        for (uint256 i = 0; i < rates.length; ++i) {
            ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
            request.rate = rates[i];
            _refuse(request, abi.encodeWithSelector(ICapacityLease.CapacityLease_RateMismatch.selector, RATE, rates[i]));
        }
    }

    function testFuzz_RevertWhen_StartOrEndIsOffTheGrid(uint256 off) public {
        off = bound(off, 1, L - 1);
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.start += uint40(off);
        _refuse(request, abi.encodeWithSelector(ICapacityLease.CapacityLease_OffGrid.selector, request.start, L));
        request = _request(8, 10 days);
        request.end += uint40(off);
        _refuse(request, abi.encodeWithSelector(ICapacityLease.CapacityLease_OffGrid.selector, request.end, L));
    }

    function test_RevertWhen_EndIsNotAfterStart() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        uint40[3] memory ends = [request.start, request.start - L, 0];
        for (uint256 i = 0; i < ends.length; ++i) {
            request.end = ends[i];
            _refuse(
                request,
                abi.encodeWithSelector(ICapacityLease.CapacityLease_EndNotAfterStart.selector, request.start, ends[i])
            );
        }
    }

    function test_RevertWhen_StartIsASecondTooSoon() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        uint256 now_ = uint256(request.start) - 2 * L + 1;
        vm.warp(now_);
        _refuse(
            request,
            abi.encodeWithSelector(ICapacityLease.CapacityLease_StartTooSoon.selector, now_ + 2 * L, request.start)
        );
    }

    /// @dev Units and bond are taken from the opening on, so nobody may book them for the year 2999.
    function test_RevertWhen_StartIsMoreThanThirtyDaysAhead() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.start = uint40((block.timestamp + 30 days) / L * L);
        request.end = request.start + 10 days;
        uint256 snapshot = vm.snapshotState();
        _open(request);
        vm.revertToState(snapshot);
        request.start += L;
        request.end += L;
        _refuse(
            request,
            abi.encodeWithSelector(
                ICapacityLease.CapacityLease_StartTooLate.selector, block.timestamp + 30 days, request.start
            )
        );
    }

    function test_RevertWhen_StartIsPast() public {
        vm.warp(GENESIS + 100 * L);
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.start = uint40(GENESIS + 99 * L);
        _refuse(
            request,
            abi.encodeWithSelector(ICapacityLease.CapacityLease_StartTooSoon.selector, GENESIS + 102 * L, request.start)
        );
    }

    /// @dev Epoch 0 is never reported, so nothing starts before it ends, however early a lease is opened.
    function test_RevertWhen_StartIsBeforeTheFirstReportedEpoch() public {
        vm.warp(GENESIS - 10 * L);
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.start = uint40(GENESIS);
        _refuse(
            request, abi.encodeWithSelector(ICapacityLease.CapacityLease_StartTooSoon.selector, GENESIS + L, GENESIS)
        );
        request.start = uint40(GENESIS + L);
        assertEq(leases.leaseOf(_open(request)).terms.start, GENESIS + L, "start");
    }

    /// @dev Counters have 48 bits.
    function test_RevertWhen_UnitSecondsWouldOutgrowTheirCounter() public {
        uint32 units = type(uint32).max;
        (fleetId,) = _listFleet(operator, address(usd), units);
        uint40 duration = uint40(type(uint48).max / units / L * L);
        _open(_cheap(units, duration));
        (fleetId,) = _listFleet(operator, address(usd), units);
        uint256 unitSeconds = uint256(units) * (duration + L);
        _refuse(
            _cheap(units, duration + L),
            abi.encodeWithSelector(ICapacityLease.CapacityLease_ValueTooLarge.selector, unitSeconds, type(uint48).max)
        );
    }

    /// @dev Amounts have 96 bits.
    function test_RevertWhen_ThePriceWouldOutgrowItsWord() public {
        vm.prank(operator);
        registry.setListRate(fleetId, type(uint96).max);
        ICapacityLease.LeaseRequest memory request = _request(1, L);
        (request.rate, request.escrow) = (type(uint96).max, type(uint96).max);
        request.end += L;
        _refuse(
            request,
            abi.encodeWithSelector(
                ICapacityLease.CapacityLease_ValueTooLarge.selector, 2 * uint256(type(uint96).max), type(uint96).max
            )
        );
        request.end -= L;
        assertEq(_held(_open(request)), type(uint96).max, "the dearest lease there is");
    }

    function test_RevertWhen_NobodyHoldsTheLease() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.holder = address(0);
        _refuse(request, abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    uint40 private constant GENESIS_START = uint40(GENESIS) + 10 * L;

    function _cheap(uint32 units, uint40 duration) private returns (ICapacityLease.LeaseRequest memory request) {
        vm.prank(operator);
        registry.setListRate(fleetId, 1);
        request = _request(1, duration);
        (request.units, request.rate) = (units, 1);
        request.escrow = type(uint48).max;
    }

    function _expected(ICapacityLease.LeaseRequest memory request)
        private
        pure
        returns (ICapacityLease.Lease memory lease)
    {
        lease.terms = ICapacityLease.Terms({
            rate: RATE, units: 8, start: request.start, end: request.end, fleetId: request.fleetId
        });
        (lease.state.penaltyBps, lease.state.creditCapBps) = (5000, 3000);
        (lease.state.notice, lease.state.boardWatts) = (uint32(NOTICE), 700);
        (lease.account.held, lease.account.availabilityBps) = (request.escrow, 9900);
    }

    function _notListed(uint48 id, IFleetRegistry.Status status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotListed.selector, id, status);
    }

    function _refuseUnits(uint32 units, uint32 free) private {
        _refuse(
            _request(units, 10 days),
            abi.encodeWithSelector(ICapacityLease.CapacityLease_NotEnoughUnits.selector, free, units)
        );
    }

    /// @dev Nothing but the request is wrong: the money is there and approved.
    function _refuse(ICapacityLease.LeaseRequest memory request, bytes memory reason) private {
        uint256 escrowed = usd.balanceOf(address(leases));
        _fund(tenant, type(uint96).max);
        vm.expectRevert(reason);
        vm.prank(tenant);
        leases.open(request);
        assertEq(usd.balanceOf(address(leases)), escrowed, "nothing paid in");
        vm.prank(tenant);
        usd.transfer(address(this), type(uint96).max);
    }
}
