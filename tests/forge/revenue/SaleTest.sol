// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {PrimarySale} from "../../../contracts/revenue/PrimarySale.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title A listed fleet whose equity the investor sells to three buyers
abstract contract SaleTest is RevenueTest {
    uint96 internal constant PRICE = 950_000;
    uint96 internal constant CAP = 10_000e6;
    uint96 internal constant MINIMUM = 4000e6;
    uint40 internal constant DURATION = 30 days;

    PrimarySale internal sales;
    /// @dev Which holds every share.
    address internal seller = investor;
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");

    function setUp() public virtual override {
        super.setUp();
        sales = new PrimarySale(registry, stablecoins);
        (fleetId, waterfall) = _listFleet(operator, address(usd), UNITS);
        _use(waterfall);
    }

    function _offer() internal view returns (IPrimarySale.Offer memory) {
        return IPrimarySale.Offer({
            fleetId: fleetId,
            tranche: 1,
            price: PRICE,
            cap: CAP,
            minimum: MINIMUM,
            end: uint40(block.timestamp) + DURATION
        });
    }

    function _openSale() internal returns (uint256) {
        return _openSale(_offer());
    }

    function _openSale(IPrimarySale.Offer memory offer) internal returns (uint256 saleId) {
        vm.startPrank(seller);
        equity.approve(address(sales), offer.cap);
        saleId = sales.open(offer);
        vm.stopPrank();
    }

    /// @notice Gives `buyer` what `shares` cost, and allows it.
    function _fund(address buyer, uint256 saleId, uint96 shares) internal returns (uint96 cost) {
        cost = uint96(sales.costOf(saleId, shares));
        DecimalsToken currency = DecimalsToken(sales.saleOf(saleId).currency);
        currency.mint(buyer, cost);
        vm.prank(buyer);
        // Approve may return nothing.
        (bool done,) = address(currency).call(abi.encodeCall(currency.approve, (address(sales), cost)));
        assertTrue(done, "approve");
    }

    function _buy(address buyer, uint256 saleId, uint96 shares) internal returns (uint96 cost) {
        cost = _fund(buyer, saleId, shares);
        vm.prank(buyer);
        assertEq(sales.buy(saleId, shares, cost), cost, "cost");
    }

    /// @notice Ends a sale's time for buying.
    function _end(uint256 saleId) internal {
        vm.warp(sales.saleOf(saleId).end);
    }

    /// @notice A sale that reached its minimum: 3,000 shares booked to Alice, 1,000 delivered to Bob.
    function _successful() internal returns (uint256 saleId) {
        saleId = _openSale();
        _buy(alice, saleId, 3000e6);
        _buy(bob, saleId, 1000e6);
    }

    /// @notice A sale that ended a share short of its minimum, all of it booked to Alice.
    function _failed() internal returns (uint256 saleId) {
        saleId = _openSale();
        _buy(alice, saleId, MINIMUM - 1);
        _end(saleId);
    }

    /// @notice As `seller`, or another who is refused.
    function _refuse(address caller, bytes memory call, bytes memory refusal) internal {
        vm.prank(caller);
        (bool done, bytes memory reason) = address(sales).call(call);
        assertFalse(done, "accepted");
        assertEq(reason, refusal, "reason");
    }
}
