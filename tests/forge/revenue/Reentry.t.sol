// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {Stack} from "../support/Stack.sol";
import {ReentrantToken} from "../support/tokens/ReentrantToken.sol";

/// @title A token that calls back while a till is pulled gains nothing, though `pullTill` has no guard
contract ReentryTest is Stack {
    ReentrantToken private token;
    uint256 private leaseId;
    uint256 private start;
    uint256 private days_;

    /// @dev The token is protocol treasury and a holder too: whatever it calls, it may.
    function setUp() public override {
        super.setUp();
        token = new ReentrantToken();
        vm.prank(issuer);
        stablecoins.list(address(token), _listing());
        _bondNodes(address(token));
        protocolTreasury = address(token);
        (fleetId, waterfall) = _listFleet(operator, address(token), UNITS);
        equity = FleetShare(waterfall.shareOf(1));
        vm.prank(investor);
        equity.transfer(address(token), EQUITY_FACE / 2);

        ICapacityLease.LeaseRequest memory request = _request(8, 90 days);
        token.mint(tenant, 2 * uint256(request.escrow));
        vm.startPrank(tenant);
        token.approve(address(leases), type(uint256).max);
        leaseId = leases.open(request);
        vm.stopPrank();
        start = request.start;
        _earnAWeek();
        waterfall.distribute();
        _earnAWeek();
    }

    function test_RevertWhen_ATransferDistributesWithinADistribution() public {
        token.callDuringNextTransfer(address(waterfall), abi.encodeCall(waterfall.distribute, ()));
        uint256 period = block.timestamp / PERIOD;
        vm.expectRevert(
            abi.encodeWithSelector(
                IRevenueWaterfall.RevenueWaterfall_AlreadyDistributed.selector, period, (period + 1) * PERIOD
            )
        );
        waterfall.distribute();
    }

    function test_FeeClaimedWithinADistributionIsPaidOnce() public {
        uint256 before = waterfall.feeOf(IRevenueWaterfall.Payee.Protocol);
        uint256 rent = leases.fleetAccountOf(fleetId).money.till;
        token.callDuringNextTransfer(
            address(waterfall), abi.encodeCall(waterfall.claimFee, (IRevenueWaterfall.Payee.Protocol, address(token)))
        );
        waterfall.distribute();
        assertEq(token.balanceOf(address(token)), before, "what was owed");
        assertEq(waterfall.feeOf(IRevenueWaterfall.Payee.Protocol), rent / 100, "what is owed of this rent");
        _assertBooksBalance(0);
    }

    function test_IncomeClaimedWithinADistributionIsPaidOnce() public {
        _earnAWeek();
        waterfall.distribute();
        _earnAWeek();
        uint256 before = equity.claimable(address(token));
        assertGt(before, 0);
        token.callDuringNextTransfer(address(equity), abi.encodeCall(equity.claim, (address(token))));
        waterfall.distribute();
        assertEq(token.balanceOf(address(token)), before);
        assertEq(equity.claimable(address(token)), 0);
        _assertBooksBalance(before);
    }

    function test_RevertWhen_ATopUpsTransferDistributes() public {
        uint96 rent = leases.fleetAccountOf(fleetId).money.till;
        token.callDuringNextTransfer(address(waterfall), abi.encodeCall(waterfall.distribute, ()));
        vm.expectRevert(abi.encodeWithSelector(ICapacityLease.CapacityLease_WrongAmountReceived.selector, rent + 5, 5));
        vm.prank(tenant);
        leases.topUp(leaseId, rent + 5);
    }

    /// @dev A further week's rent in the till, and a new period begun.
    function _earnAWeek() private {
        days_ += 7;
        uint256 delivered = 8 * days_ * 1 days;
        _meterAndSettle(leaseId, _epochEndingBy(start + days_ * 1 days), _reading(delivered, delivered, 0, 0, 0));
        vm.warp((block.timestamp / PERIOD + 1) * PERIOD);
    }

    /// @dev Fees leave the books as they are claimed; income stays in them as streamed.
    function _assertBooksBalance(uint256 incomeClaimed) private view {
        uint256 owed = waterfall.reserve();
        for (uint256 i = 0; i < 3; ++i) {
            owed += waterfall.feeOf(IRevenueWaterfall.Payee(i));
        }
        for (uint256 i = 0; i < 2; ++i) {
            (uint256 base, uint256 streaming, uint256 pending,,) = waterfall.streamOf(i);
            owed += base + streaming + pending;
        }
        assertEq(token.balanceOf(address(waterfall)) + incomeClaimed, owed, "books");
    }
}
