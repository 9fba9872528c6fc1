// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title Leases open only where the nodes' bonds cover what is at risk; everything else goes on whatever the bonds are
contract CoverTest is LeaseTest {
    uint96 private constant BOND = 10_000e6;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(nodes[i].cold);
            bonds.unbond(address(usd), NODE_BOND);
            _bondNode(nodes[i].cold, address(usd), BOND);
        }
    }

    function test_LeasesOpenUpToTheCoverAndNotOneUnitBeyond() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 10 days);
        request.escrow = 3 * BOND + 1;
        _refuse(request, 3 * BOND, 3 * BOND + 1);
        request.escrow = 3 * BOND;
        _open(request);
        assertEq(leases.atRisk(address(usd)), 3 * BOND, "at risk");
        request.escrow = uint96(leases.runwayFor(request));
        _refuse(request, 3 * BOND, 3 * BOND + request.escrow);
        // A bond more opens the door again: the smallest three count.
        for (uint256 i = 0; i < 4; ++i) {
            _bondNode(nodes[i].cold, address(usd), request.escrow);
        }
        _open(request);
    }

    function test_NoLeaseOpensUntilTheCoverOfNewMembersIsKnown() public {
        ICapacityLease.LeaseRequest memory request = _request(8, 1 days);
        vm.prank(nodes[3].cold);
        nodeSet.leave();
        _refuse(request, 0, request.escrow);
        bonds.refreshCover(address(usd));
        _open(request);
    }

    /// @dev Settlement, credit, top-up, suspension, closing, refund, bond, till: none asks what covers it.
    function test_ExitsGoOnWhenNothingCovers() public {
        _bond(100e6);
        uint256 leaseId = _openWithEscrow(8, 4 days, _price(8, 34 hours));
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(nodes[i].cold);
            bonds.unbond(address(usd), BOND);
        }
        assertEq(bonds.coverOf(address(usd)), 0, "cover");
        _settleAt(leaseId, 1 days, 8 * 20 hours, 8 * 4 hours);
        _topUp(leaseId, 5e6);
        vm.prank(address(waterfall));
        leases.pullTill(fleetId);
        _settleAt(leaseId, 4 days, 8 * 20 hours, 8 * 4 hours);
        assertTrue(_isClosed(leaseId), "closed");
        vm.prank(tenant);
        leases.withdrawRefund(leaseId, tenant);
        vm.prank(operator);
        leases.withdrawBond(fleetId, 1, operator);
        assertEq(leases.atRisk(address(usd)), 0, "nothing at risk any more");
    }

    function test_AtRiskFollowsMoneyThroughALease() public {
        _bond(100e6);
        uint96 escrow = _price(8, 34 hours);
        uint256 leaseId = _openWithEscrow(8, 4 days, escrow);
        _assertRisk(escrow, "opened");
        _topUp(leaseId, 5e6);
        _assertRisk(escrow + 5e6, "topped up");
        _settleAt(leaseId, 20 hours, 8 * 20 hours, 0);
        _assertRisk(escrow + 5e6, "rent is in the till");
        vm.prank(address(waterfall));
        leases.pullTill(fleetId);
        _assertRisk(escrow + 5e6, "pulled, and not yet taken off");

        uint256 snapshot = vm.snapshotState();
        vm.expectEmit(address(leases));
        emit ICapacityLease.RiskReleased(fleetId, _price(8, 20 hours));
        leases.releaseRisk(fleetId);
        _assertRisk(_price(8, 14 hours) + 5e6, "released");
        vm.expectRevert(ICapacityLease.CapacityLease_ZeroAmount.selector);
        leases.releaseRisk(fleetId);
        vm.revertToState(snapshot);

        // The next settlement takes off what was pulled and adds the credit that comes from the bond.
        _settleAt(leaseId, 30 hours, 8 * 20 hours, 8 * 4 hours);
        uint96 credit = leases.leaseOf(leaseId).totals.creditOwed;
        assertEq(credit, _price(8, 4 hours) / 2, "credit");
        _assertRisk(_price(8, 14 hours) + 5e6 + credit, "credit came in");
        vm.warp(_start(leaseId) + 4 days);
        _settleAt(leaseId, 4 days, 8 * 20 hours, 8 * 4 hours);
        _assertRisk(_held(leaseId), "closed, not yet refunded");
        vm.prank(tenant);
        leases.withdrawRefund(leaseId, tenant);
        _assertRisk(0, "refunded");
    }

    /// @dev Debt paid goes into the till without a settlement: it is at risk like all rent, and so is what was pulled before it.
    function test_DebtThatATopUpPaysIsAtRiskUntilWhatWasPulledIsTakenOff() public {
        uint256 leaseId = _openWithEscrow(8, 10 days, _price(8, 34 hours));
        _settleAt(leaseId, 40 hours, 8 * 40 hours);
        vm.prank(address(waterfall));
        leases.pullTill(fleetId);
        _topUp(leaseId, _price(8, 7 hours));
        assertEq(_held(leaseId), _price(8, 1 hours), "six hours were owed");
        _assertRisk(_price(8, 41 hours), "topped up");
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(address(waterfall)); // the second finds an empty till
            leases.pullTill(fleetId);
            _assertRisk(_price(8, 41 hours), "pulled, and not yet taken off");
        }
        vm.expectEmit(address(leases));
        emit ICapacityLease.RiskReleased(fleetId, _price(8, 40 hours));
        leases.releaseRisk(fleetId);
        _assertRisk(_held(leaseId), "released");
    }

    /// @dev What one currency risks, bonds in another do not cover.
    function test_EachCurrencyIsCoveredByItself() public view {
        assertEq(bonds.coverOf(address(usd)), 3 * BOND, "cover");
        assertEq(leases.atRisk(address(1)), 0, "another");
        assertEq(bonds.coverOf(address(1)), 0, "another");
    }

    function _assertRisk(uint256 expected, string memory when) private view {
        assertEq(leases.atRisk(address(usd)), expected, when);
    }

    function _refuse(ICapacityLease.LeaseRequest memory request, uint256 cover, uint256 risk) private {
        _fund(tenant, request.escrow);
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_CoverTooSmall.selector, address(usd), cover, risk)
        );
        vm.prank(tenant);
        leases.open(request);
    }
}
