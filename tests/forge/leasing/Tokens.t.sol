// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IERC3009} from "../../../contracts/leasing/IERC3009.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {FalseReturnToken} from "../support/tokens/FalseReturnToken.sol";
import {FeeToken} from "../support/tokens/FeeToken.sol";
import {NoReturnToken} from "../support/tokens/NoReturnToken.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title Awkward tokens: each either works to the unit or is refused by name, at every edge where money moves
contract TokensTest is LeaseTest {
    address private token;
    uint96 private rate;

    // ------------------------------------------------------------------ //
    // Tokens that work
    // ------------------------------------------------------------------ //

    function test_TokenOfTwoDecimalsGoesRound() public {
        _list(address(new DecimalsToken(2)), 235);
        _goRound();
    }

    function test_TokenOfEighteenDecimalsGoesRound() public {
        _list(address(new DecimalsToken(18)), 2.35e18);
        _goRound();
    }

    function test_TokenThatReturnsNothingGoesRound() public {
        _list(address(new NoReturnToken()), 2.35e6);
        _goRound();
    }

    /// @dev It has no permit either: the call fails, the allowance stands.
    function test_TokenWithoutPermitOpensOnItsAllowance() public {
        _list(address(new NoReturnToken()), 2.35e6);
        ICapacityLease.LeaseRequest memory request = _requestIn();
        _give(tenant, request.escrow);
        vm.prank(tenant);
        uint256 leaseId = leases.openWithPermit(request, block.timestamp, 27, 0, 0);
        assertEq(IERC20(token).balanceOf(address(leases)), request.escrow, "escrow in");
        assertEq(leases.ownerOf(leaseId), tenant, "holder");
    }

    // ------------------------------------------------------------------ //
    // Tokens that are refused
    // ------------------------------------------------------------------ //

    function test_RevertWhen_TheTokenReturnsFalseOnTheWayIn() public {
        FalseReturnToken refusing = new FalseReturnToken();
        _list(address(refusing), 2.35e6);
        uint256 leaseId = _openIn();
        _give(tenant, 1e6);
        refusing.setRefusing(true);
        ICapacityLease.LeaseRequest memory request = _requestIn();

        vm.startPrank(tenant);
        _expectFailedTransfer();
        leases.open(request);
        _expectFailedTransfer();
        leases.topUp(leaseId, 1e6);
        _expectFailedTransfer();
        leases.depositBond(fleetId, 1e6);
    }

    function test_RevertWhen_TheTokenReturnsFalseOnTheWayOut() public {
        FalseReturnToken refusing = new FalseReturnToken();
        _list(address(refusing), 2.35e6);
        _give(operator, 1e6);
        vm.prank(operator);
        leases.depositBond(fleetId, 1e6);
        uint256 leaseId = _openIn();
        _settleAt(leaseId, 2 * L, 8 * L);
        bytes32 before = _books(leaseId);
        refusing.setRefusing(true);

        _expectFailedTransfer();
        vm.prank(tenant);
        leases.withdrawRefund(leaseId, tenant);
        _expectFailedTransfer();
        vm.prank(operator);
        leases.withdrawBond(fleetId, 1e6, operator);
        _expectFailedTransfer();
        vm.prank(address(waterfall));
        leases.pullTill(fleetId);
        assertEq(_books(leaseId), before, "what could not be paid is still owed");
    }

    function test_RevertWhen_TheTokenKeepsAFee() public {
        // Nodes could not bond in it had it kept one from the start.
        _list(address(new DecimalsToken(6)), 2.35e6);
        vm.etch(token, address(new FeeToken()).code);
        ICapacityLease.LeaseRequest memory request = _requestIn();
        _give(tenant, request.escrow);
        vm.startPrank(tenant);
        _expectWrongAmount(request.escrow);
        leases.open(request);
        _expectWrongAmount(request.escrow);
        leases.openWithPermit(request, block.timestamp, 27, 0, 0);
        _expectWrongAmount(request.escrow);
        leases.openWithAuthorization(request, tenant, 0, type(uint256).max, 27, 0, 0);
        _expectWrongAmount(1e6);
        leases.depositBond(fleetId, 1e6);
    }

    /// @dev A token that was honest when the lease opened and keeps a fee since.
    function test_RevertWhen_TheTokenBeginsToKeepAFee() public {
        _list(address(new DecimalsToken(6)), 2.35e6);
        uint256 leaseId = _openIn();
        bytes32 before = _books(leaseId);
        vm.etch(token, address(new FeeToken()).code);
        _give(tenant, 1e6);
        _expectWrongAmount(1e6);
        vm.prank(tenant);
        leases.topUp(leaseId, 1e6);
        assertEq(_books(leaseId), before, "books");
    }

    /// @dev An authorisation that succeeds and moves nothing is not taken for the escrow.
    function test_RevertWhen_TheAuthorizationMovesNothing() public {
        _list(address(new DecimalsToken(6)), 2.35e6);
        ICapacityLease.LeaseRequest memory request = _requestIn();
        vm.mockCall(token, abi.encodeWithSelector(IERC3009.receiveWithAuthorization.selector), "");
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_WrongAmountReceived.selector, request.escrow, 0)
        );
        leases.openWithAuthorization(request, tenant, 0, type(uint256).max, 27, 0, 0);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev Open, top up, bond, settle half of it, close, refund, pull: every edge, and the contract is empty in the end.
    function _goRound() private {
        _give(operator, 1000);
        vm.prank(operator);
        leases.depositBond(fleetId, 1000);
        uint256 leaseId = _openIn();
        _give(tenant, 7);
        vm.prank(tenant);
        leases.topUp(leaseId, 7);
        uint256 escrow = _held(leaseId);
        assertEq(IERC20(token).balanceOf(address(leases)), escrow + 1000, "in");

        _settleAt(leaseId, 2 * L, 8 * L);
        uint256 rent = 8 * uint256(rate);
        vm.prank(tenant);
        assertEq(leases.withdrawRefund(leaseId, stranger), escrow - rent, "refund");
        vm.prank(operator);
        leases.withdrawBond(fleetId, 1000, operator);
        vm.prank(address(waterfall));
        leases.pullTill(fleetId);

        assertEq(IERC20(token).balanceOf(stranger), escrow - rent, "refunded");
        assertEq(IERC20(token).balanceOf(operator), 1000, "bond back");
        assertEq(IERC20(token).balanceOf(address(waterfall)), rent, "rent");
        assertEq(IERC20(token).balanceOf(address(leases)), 0, "nothing left");
    }

    function _list(address token_, uint96 rate_) private {
        (token, rate) = (token_, rate_);
        vm.prank(issuer);
        stablecoins.list(token_, _listing());
        _bondNodes(token_);
        (fleetId, waterfall) = _listFleet(operator, token_, UNITS);
        vm.prank(operator);
        registry.setListRate(fleetId, rate_);
    }

    /// @dev Eight units for two hours.
    function _requestIn() private view returns (ICapacityLease.LeaseRequest memory request) {
        request = _request(8, 2 * L);
        (request.rate, request.escrow) = (rate, 16 * rate);
    }

    function _openIn() private returns (uint256 leaseId) {
        ICapacityLease.LeaseRequest memory request = _requestIn();
        _give(tenant, request.escrow);
        vm.prank(tenant);
        return leases.open(request);
    }

    /// @dev Every token here mints to anyone; approve may return nothing.
    function _give(address who, uint256 amount) private {
        DecimalsToken(token).mint(who, amount);
        vm.prank(who);
        (bool done,) = token.call(abi.encodeCall(IERC20.approve, (address(leases), amount)));
        assertTrue(done, "approve");
    }

    function _expectFailedTransfer() private {
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token));
    }

    function _expectWrongAmount(uint256 asked) private {
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_WrongAmountReceived.selector, asked, asked - 1)
        );
    }
}
