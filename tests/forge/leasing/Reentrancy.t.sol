// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {ReentrantToken} from "../support/tokens/ReentrantToken.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title A token that calls back in the middle of a transfer finds every door that moves money shut
contract ReentrancyTest is LeaseTest {
    ReentrantToken private token;
    /// @dev A fleet with a bond and no lease.
    uint48 private idle;
    uint256 private open;
    uint256 private closed;

    function setUp() public override {
        super.setUp();
        token = new ReentrantToken();
        vm.prank(issuer);
        stablecoins.list(address(token), _listing());
        _bondNodes(address(token));
        (fleetId, waterfall) = _listFleet(operator, address(token), UNITS);
        (idle,) = _listFleet(operator, address(token), UNITS);
        _give(tenant);
        _give(operator);
        vm.prank(operator);
        leases.depositBond(idle, 1);
        vm.startPrank(tenant);
        open = leases.open(_runwayOnly(20 days));
        closed = leases.open(_runwayOnly(1 days));
        vm.stopPrank();
        _settleAt(closed, 1 days, 0);
    }

    function test_RevertWhen_AnyTransferCallsBack() public {
        bytes memory inner = abi.encodeCall(leases.topUp, (open, 1));
        (address[] memory callers, bytes[] memory calls) = _doors();
        for (uint256 i = 0; i < calls.length; ++i) {
            _refuse(callers[i], calls[i], inner);
        }
    }

    function test_RevertWhen_ATransferCallsBackAnyDoor() public {
        bytes memory outer = abi.encodeCall(leases.topUp, (open, 1));
        (, bytes[] memory calls) = _doors();
        ICapacityLease.LeaseRequest memory request = _runwayOnly(1 days);
        _refuse(tenant, outer, abi.encodeCall(leases.openWithAuthorization, (request, tenant, 0, 0, 27, 0, 0)));
        for (uint256 i = 0; i < calls.length; ++i) {
            _refuse(tenant, outer, calls[i]);
        }
    }

    /// @dev A top-up that pays debt is in the till before its tokens are in. Whoever distributes in between would be paid out of other
    /// leases' escrow: the tokens that are missing then undo it all. `pullTill` has no guard of its own.
    function test_RevertWhen_TheTillIsPulledBeforeATopUpIsIn() public {
        _settleAt(open, 5 days, 8 * 40 hours);
        assertEq(_debt(open), _price(8, 6 hours), "debt");
        vm.warp((block.timestamp / PERIOD + 1) * PERIOD);
        token.callDuringNextTransfer(address(waterfall), abi.encodeCall(waterfall.distribute, ()));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICapacityLease.CapacityLease_WrongAmountReceived.selector,
                _price(8, 50 hours),
                _price(8, 50 hours) - _price(8, 40 hours)
            )
        );
        vm.prank(tenant);
        leases.topUp(open, _price(8, 50 hours));
    }

    /// @dev Every function with a guard, with arguments it would take, and who may call it.
    function _doors() private view returns (address[] memory callers, bytes[] memory calls) {
        (callers, calls) = (new address[](6), new bytes[](6));
        for (uint256 i = 0; i < 6; ++i) {
            callers[i] = tenant;
        }
        ICapacityLease.LeaseRequest memory request = _runwayOnly(1 days);
        calls[0] = abi.encodeCall(leases.open, (request));
        calls[1] = abi.encodeCall(leases.openWithPermit, (request, 0, 27, 0, 0));
        calls[2] = abi.encodeCall(leases.topUp, (open, 1));
        calls[3] = abi.encodeCall(leases.depositBond, (idle, 1));
        calls[4] = abi.encodeCall(leases.withdrawRefund, (closed, tenant));
        callers[5] = operator;
        calls[5] = abi.encodeCall(leases.withdrawBond, (idle, 1, operator));
    }

    function _refuse(address caller, bytes memory outer, bytes memory inner) private {
        token.callDuringNextTransfer(address(leases), inner);
        vm.prank(caller);
        (bool done, bytes memory reason) = address(leases).call(outer);
        assertFalse(done, "accepted");
        assertEq(reason, abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector), "reason");
    }

    function _runwayOnly(uint40 duration) private view returns (ICapacityLease.LeaseRequest memory request) {
        request = _request(8, duration);
        request.escrow = uint96(leases.runwayFor(request));
    }

    function _give(address who) private {
        token.mint(who, 1e12);
        vm.prank(who);
        token.approve(address(leases), type(uint256).max);
    }
}
