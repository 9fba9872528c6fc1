// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title What an operator does with leases, his bond, and who takes the till
contract OperatorTest is LeaseTest {
    // ------------------------------------------------------------------ //
    // Allocate
    // ------------------------------------------------------------------ //

    function test_OperatorAllocates() public {
        uint256 leaseId = _open(_request(8, 10 days));
        bytes32 before = _books(leaseId);
        vm.expectEmit(address(leases));
        emit ICapacityLease.Allocated(leaseId, 1, keccak256("eight GPUs"));
        vm.prank(operator);
        leases.allocate(leaseId, 1, keccak256("eight GPUs"));
        assertEq(_books(leaseId), before, "books");
    }

    function test_RevertWhen_AnyoneButTheOperatorAllocates() public {
        uint256 leaseId = _open(_request(8, 10 days));
        address[3] memory callers = [tenant, issuer, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectNotOperator(callers[i]);
            vm.prank(callers[i]);
            leases.allocate(leaseId, 1, keccak256("eight GPUs"));
        }
    }

    /// @dev The operator of one fleet says nothing about another's leases.
    function test_RevertWhen_TheOperatorOfAnotherFleetAllocates() public {
        uint256 leaseId = _open(_request(8, 10 days));
        _listFleet(stranger, address(usd), UNITS);
        _expectNotOperator(stranger);
        vm.prank(stranger);
        leases.allocate(leaseId, 1, keccak256("eight GPUs"));
    }

    function test_RevertWhen_AllocatingToALeaseThatIsNotOpen() public {
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_UnknownLease.selector, 99));
        leases.allocate(99, 1, keccak256("eight GPUs"));
        vm.stopPrank();

        uint256 leaseId = _open(_request(8, 10 days));
        _settleAt(leaseId, 10 days, 0);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_LeaseClosed.selector, leaseId));
        vm.prank(operator);
        leases.allocate(leaseId, 1, keccak256("eight GPUs"));
    }

    function test_RightsMoveWithTheTitle() public {
        uint256 leaseId = _open(_request(8, 10 days));
        _bond(100);
        vm.prank(operator);
        registry.transferFrom(operator, stranger, fleetId);
        _expectNotOperator(operator);
        vm.prank(operator);
        leases.allocate(leaseId, 1, keccak256("eight GPUs"));
        vm.expectEmit(address(leases));
        emit ICapacityLease.Allocated(leaseId, 1, keccak256("eight GPUs"));
        vm.prank(stranger);
        leases.allocate(leaseId, 1, keccak256("eight GPUs"));

        _settleAt(leaseId, 10 days, 0);
        _expectNotOperator(operator);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 100, operator);
        vm.prank(stranger);
        leases.withdrawBond(fleetId, 100, stranger);
        assertEq(usd.balanceOf(stranger), 100, "the bond goes with the title");
    }

    // ------------------------------------------------------------------ //
    // Bond
    // ------------------------------------------------------------------ //

    function test_AnyoneAddsToTheBond() public {
        _fund(stranger, 100);
        vm.expectEmit(address(leases));
        emit ICapacityLease.BondDeposited(fleetId, stranger, 60);
        vm.startPrank(stranger);
        leases.depositBond(fleetId, 60);
        leases.depositBond(fleetId, 40);
        assertEq(leases.fleetAccountOf(fleetId).bond, 100, "bond");
        assertEq(usd.balanceOf(address(leases)), 100, "paid in");
        // The first deposit binds the fleet to its currency and waterfall, as the first lease does.
        assertEq(leases.fleetAccountOf(fleetId).currency, address(usd), "currency");
        assertEq(leases.fleetAccountOf(fleetId).revenue, address(waterfall), "revenue");
    }

    function test_BondCanBeAddedAfterDelisting() public {
        _bond(1);
        vm.prank(guardian);
        registry.delist(fleetId);
        _bond(2);
        assertEq(leases.fleetAccountOf(fleetId).bond, 3, "bond");
    }

    function test_RevertWhen_TheBondIsOfAFleetThatWasNeverListed() public {
        vm.prank(operator);
        uint48 id = registry.propose(_spec(address(usd), UNITS));
        vm.expectRevert(
            abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotListed.selector, id, IFleetRegistry.Status.Proposed)
        );
        leases.depositBond(id, 1);
    }

    function test_RevertWhen_TheBondIsNothing() public {
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroAmount.selector));
        leases.depositBond(fleetId, 0);
    }

    function test_OperatorTakesTheBondWhileNoLeaseIsOpen() public {
        _bond(100);
        vm.expectEmit(address(leases));
        emit ICapacityLease.BondWithdrawn(fleetId, stranger, 30);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 30, stranger);
        assertEq(usd.balanceOf(stranger), 30, "paid to any address");
        assertEq(leases.fleetAccountOf(fleetId).bond, 70, "bond");
    }

    function test_RevertWhen_TakingTheBondWhileALeaseIsOpen() public {
        _bond(100);
        uint256 first = _open(_request(8, 10 days));
        uint256 second = _open(_request(8, 20 days));
        _expectOpenLeases(2);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 1, operator);
        _settleAt(first, 10 days, 0);
        _expectOpenLeases(1);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 1, operator);
        _settleAt(second, 20 days, 0);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 100, operator);
        assertEq(usd.balanceOf(operator), 100, "bond back");
    }

    function test_RevertWhen_TakingMoreThanTheBond() public {
        _bond(100);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_BondTooSmall.selector, fleetId, 100, 101));
        vm.prank(operator);
        leases.withdrawBond(fleetId, 101, operator);
    }

    function test_RevertWhen_TakingNothingOrForNobody() public {
        _bond(100);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroAmount.selector));
        leases.withdrawBond(fleetId, 0, operator);
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_ZeroAddress.selector));
        leases.withdrawBond(fleetId, 1, address(0));
    }

    function test_RevertWhen_AnyoneButTheOperatorTakesTheBond() public {
        _bond(100);
        address[3] memory callers = [tenant, issuer, address(waterfall)];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectNotOperator(callers[i]);
            vm.prank(callers[i]);
            leases.withdrawBond(fleetId, 1, callers[i]);
        }
    }

    // ------------------------------------------------------------------ //
    // Till
    // ------------------------------------------------------------------ //

    function test_WaterfallTakesTheTillAndLeavesTheBond() public {
        _bond(100);
        uint256 leaseId = _open(_request(8, 10 days));
        uint256 delivered = 8 * 20 hours;
        _meterAndSettle(leaseId, _epochEndingBy(_start(leaseId) + 1 days), _reading(delivered, delivered, 0, 0, 4321));
        uint96 rent = _price(8, 20 hours);

        vm.expectEmit(address(leases));
        emit ICapacityLease.TillPulled(fleetId, address(waterfall), rent, 4321);
        vm.prank(address(waterfall));
        (uint96 pulled, uint64 energyWh) = leases.pullTill(fleetId);
        assertEq(pulled, rent, "rent");
        assertEq(energyWh, 4321, "Wh");
        assertEq(usd.balanceOf(address(waterfall)), rent, "paid");
        assertEq(
            abi.encode(_money()), abi.encode(ICapacityLease.FleetMoney({till: 0, pulled: rent, tillWh: 0})), "left"
        );
        assertEq(usd.balanceOf(address(leases)), uint256(_held(leaseId)) + 100, "escrow and bond stay");

        vm.prank(address(waterfall));
        (pulled, energyWh) = leases.pullTill(fleetId);
        assertEq(pulled, 0, "nothing new");
        assertEq(energyWh, 0, "no Wh either");
    }

    function test_RevertWhen_AnyoneButTheFleetsWaterfallTakesTheTill() public {
        uint256 leaseId = _open(_request(8, 10 days));
        _settleAt(leaseId, 1 days, 8 hours);
        (, RevenueWaterfall other) = _listFleet(operator, address(usd), UNITS);
        address[4] memory callers = [operator, issuer, tenant, address(other)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICapacityLease.CapacityLease_NotRevenue.selector, fleetId, callers[i])
            );
            vm.prank(callers[i]);
            leases.pullTill(fleetId);
        }
    }

    /// @dev A fleet nobody leased or bonded has no waterfall here yet, and the zero address is none.
    function test_RevertWhen_TheTillIsOfAFleetNotBoundYet() public {
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_NotRevenue.selector, fleetId, address(waterfall))
        );
        vm.prank(address(waterfall));
        leases.pullTill(fleetId);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _expectNotOperator(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotOperator.selector, fleetId, caller));
    }

    function _expectOpenLeases(uint256 count) private {
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_FleetHasOpenLeases.selector, fleetId, count)
        );
    }
}
