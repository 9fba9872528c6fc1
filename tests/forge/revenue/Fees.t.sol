// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title Fees wait for those they are owed to, who take them where they like
/// @dev claimFee
/// ├── not the treasury, not the holder of the fleet's title → NotPayee, NotOperator
/// ├── nothing credited → NothingToClaim
/// ├── the token is paused, or `to` blocked → the token's revert, and the fee stays
/// └── otherwise → all of it, whatever its size
/// payIncome, initialise
/// └── only the tranche's share, only the factory, and that once
contract FeesTest is RevenueTest {
    IRevenueWaterfall.Payee private constant PROTOCOL = IRevenueWaterfall.Payee.Protocol;
    IRevenueWaterfall.Payee private constant ORACLE = IRevenueWaterfall.Payee.Oracle;
    IRevenueWaterfall.Payee private constant OPERATOR = IRevenueWaterfall.Payee.Operator;

    function test_EachPayeeTakesItsFeeWhereItLikes() public {
        _distribute(10_000e6, 1_000_000);
        _assertPaid(PROTOCOL, protocolTreasury, 100e6);
        _assertPaid(ORACLE, oracleTreasury, 50e6);
        _assertPaid(OPERATOR, operator, 1080e6);
    }

    function test_FeesOfSeveralDistributionsAreTakenAtOnce() public {
        _distribute(10_000e6);
        _distribute(20_000e6);
        _assertPaid(PROTOCOL, protocolTreasury, 300e6);
        _distribute(10_000e6);
        _assertPaid(PROTOCOL, protocolTreasury, 100e6);
    }

    function test_OperatorsFeeGoesWithTheTitle() public {
        _distribute(10_000e6);
        vm.prank(operator);
        registry.transferFrom(operator, heir, fleetId);
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotOperator.selector, fleetId, operator));
        vm.prank(operator);
        waterfall.claimFee(OPERATOR, operator);
        _assertPaid(OPERATOR, heir, 1000e6);
    }

    function test_RevertWhen_AnybodyElseClaimsAFee() public {
        _distribute(10_000e6);
        address[3] memory others = [stranger, oracleTreasury, operator];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_notPayee(PROTOCOL, others[i]));
            vm.prank(others[i]);
            waterfall.claimFee(PROTOCOL, others[i]);
        }
        others = [stranger, protocolTreasury, operator];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_notPayee(ORACLE, others[i]));
            vm.prank(others[i]);
            waterfall.claimFee(ORACLE, others[i]);
        }
        others = [stranger, protocolTreasury, oracleTreasury];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotOperator.selector, fleetId, others[i])
            );
            vm.prank(others[i]);
            waterfall.claimFee(OPERATOR, others[i]);
        }
    }

    function test_RevertWhen_NoFeeIsOwed() public {
        address[3] memory payees = [protocolTreasury, oracleTreasury, operator];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IRevenueWaterfall.RevenueWaterfall_NothingToClaim.selector, IRevenueWaterfall.Payee(i)
                )
            );
            vm.prank(payees[i]);
            waterfall.claimFee(IRevenueWaterfall.Payee(i), payees[i]);
        }
    }

    function test_FeeOfABlockedPayeeWaitsAndCanGoElsewhere() public {
        _distribute(10_000e6);
        usd.setBlocked(protocolTreasury, true);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, protocolTreasury));
        vm.prank(protocolTreasury);
        waterfall.claimFee(PROTOCOL, protocolTreasury);
        _assertPaid(ORACLE, oracleTreasury, 50e6);
        _assertPaid(PROTOCOL, protocolTreasury, 100e6);
    }

    function test_FeesWaitWhileTheTokenIsPaused() public {
        _distribute(10_000e6);
        usd.setPaused(true);
        vm.expectRevert(TestUSD.TestUSD_Paused.selector);
        vm.prank(operator);
        waterfall.claimFee(OPERATOR, operator);
        assertEq(waterfall.feeOf(OPERATOR), 1000e6, "still there");
        usd.setPaused(false);
        _assertPaid(OPERATOR, operator, 1000e6);
    }

    /// @dev 64 bits are 18.4 units of a token with 18 decimals: the first fee fits, the second brings it over.
    function testFuzz_FeesBeyondSixtyFourBitsAreKeptToTheUnit(uint96 first, uint96 second) public {
        DecimalsToken token = _useCurrencyOf(18, 1e18);
        first = uint96(bound(first, 1e18, 200e18));
        second = uint96(bound(second, 1e18, 1e27));
        _distributeOf(token, first);
        _distributeOf(token, second);
        _distributeOf(token, first);
        address[3] memory payees = [protocolTreasury, oracleTreasury, operator];
        uint256[3] memory bps = [uint256(100), 50, 1000];
        for (uint256 i = 0; i < 3; ++i) {
            IRevenueWaterfall.Payee payee = IRevenueWaterfall.Payee(i);
            uint256 fee = 2 * (first * bps[i] / BPS) + second * bps[i] / BPS;
            assertEq(waterfall.feeOf(payee), fee, "owed");
            vm.startPrank(payees[i]);
            assertEq(waterfall.claimFee(payee, heir), fee, "paid");
            vm.expectRevert(abi.encodeWithSelector(IRevenueWaterfall.RevenueWaterfall_NothingToClaim.selector, payee));
            waterfall.claimFee(payee, heir);
            vm.stopPrank();
            assertEq(waterfall.feeOf(payee), 0, "once");
        }
    }

    // ------------------------------------------------------------------ //
    // Doors of the waterfall
    // ------------------------------------------------------------------ //

    function test_RevertWhen_AnyoneButTheTranchesShareMovesIncome() public {
        _distribute(10_000e6);
        address[3] memory others = [stranger, address(equity), address(factory)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRevenueWaterfall.RevenueWaterfall_NotShare.selector, 0, others[i]));
            vm.prank(others[i]);
            waterfall.payIncome(0, others[i], 1);
        }
        vm.expectRevert(
            abi.encodeWithSelector(IRevenueWaterfall.RevenueWaterfall_NotShare.selector, 2, address(senior))
        );
        vm.prank(address(senior));
        waterfall.payIncome(2, stranger, 1);
    }

    function test_RevertWhen_AWaterfallIsInitialisedAgain() public {
        address[] memory shares = new address[](1);
        shares[0] = stranger;
        vm.expectRevert(abi.encodeWithSelector(IRevenueWaterfall.RevenueWaterfall_NotFactory.selector, stranger));
        vm.prank(stranger);
        waterfall.initialise(shares);
        vm.expectRevert(IRevenueWaterfall.RevenueWaterfall_AlreadyInitialised.selector);
        vm.prank(address(factory));
        waterfall.initialise(shares);
    }

    function _distributeOf(DecimalsToken token, uint96 rent) private {
        _earn(token, rent, 0);
        _warpToPeriod(_period() + 1, 0);
        waterfall.distribute();
    }

    /// @dev `payee`, called by `caller`, is paid `amount` at an address of its choice, and no more is owed.
    function _assertPaid(IRevenueWaterfall.Payee payee, address caller, uint96 amount) private {
        uint256 before = usd.balanceOf(heir);
        assertEq(waterfall.feeOf(payee), amount, "owed");
        vm.expectEmit(address(waterfall));
        emit IRevenueWaterfall.FeePaid(payee, heir, amount);
        vm.prank(caller);
        assertEq(waterfall.claimFee(payee, heir), amount, "returned");
        assertEq(usd.balanceOf(heir) - before, amount, "paid");
        assertEq(waterfall.feeOf(payee), 0, "left");
    }

    function _notPayee(IRevenueWaterfall.Payee payee, address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRevenueWaterfall.RevenueWaterfall_NotPayee.selector, payee, caller);
    }
}
