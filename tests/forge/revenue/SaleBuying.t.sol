// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {IStablecoinRegistry} from "../../../contracts/payments/IStablecoinRegistry.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {FakeFeed} from "../payments/FakeFeed.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title Shares are booked below the minimum and delivered from it on
/// @dev buy
/// ├── no such sale, ended, taken back, not listed, nothing, more than is left, dearer than agreed → refused by name
/// ├── below the minimum → booked
/// └── at the minimum and beyond → delivered
contract SaleBuyingTest is SaleTest {
    function test_BelowTheMinimumMoneyAndSharesStayBooked() public {
        uint256 saleId = _openSale();
        uint96 cost = _fund(alice, saleId, 3000e6);
        assertEq(cost, 2850e6, "0.95 a share");
        vm.expectEmit(address(sales));
        emit IPrimarySale.Bought(saleId, alice, 3000e6, cost, false);
        vm.prank(alice);
        sales.buy(saleId, 3000e6, cost);
        _buy(alice, saleId, 1000e6 - 1);

        assertEq(equity.balanceOf(alice), 0, "not delivered");
        assertEq(usd.balanceOf(alice), 0, "paid");
        assertEq(sales.bookingOf(saleId, alice).shares, MINIMUM - 1, "both booked");
        assertEq(sales.bookingOf(saleId, alice).paid, usd.balanceOf(address(sales)), "with what they cost");
        IPrimarySale.Sale memory sale = sales.saleOf(saleId);
        assertEq(sale.sold, MINIMUM - 1, "sold");
        assertEq(sale.held, CAP, "held");
        assertFalse(sale.successful, "a share short");
    }

    function test_ThePurchaseThatReachesTheMinimumIsDelivered() public {
        uint256 saleId = _openSale();
        _buy(alice, saleId, MINIMUM - 1);
        uint96 cost = _fund(bob, saleId, 1);
        vm.expectEmit(address(sales));
        emit IPrimarySale.SaleSucceeded(saleId, MINIMUM);
        vm.expectEmit(address(sales));
        emit IPrimarySale.Bought(saleId, bob, 1, cost, true);
        vm.prank(bob);
        sales.buy(saleId, 1, cost);

        assertEq(equity.balanceOf(bob), 1, "delivered");
        assertEq(sales.bookingOf(saleId, bob).shares, 0, "and so not booked");
        assertEq(sales.bookingOf(saleId, alice).shares, MINIMUM - 1, "hers waits");
        assertTrue(sales.saleOf(saleId).successful, "successful");
        assertEq(sales.saleOf(saleId).held, CAP - 1, "held");
    }

    function test_BeyondTheMinimumSharesAreDeliveredToTheLast() public {
        uint256 saleId = _successful();
        _buy(carol, saleId, CAP - MINIMUM);
        assertEq(equity.balanceOf(carol), CAP - MINIMUM);
        assertEq(sales.saleOf(saleId).sold, CAP, "sold out");
        _refuse(
            bob,
            abi.encodeCall(sales.buy, (saleId, 1, type(uint96).max)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NotEnoughLeft.selector, 0, 1)
        );
    }

    function test_ASaleSucceedsOnce() public {
        uint256 saleId = _successful();
        _fund(carol, saleId, 1e6);
        vm.recordLogs();
        vm.prank(carol);
        sales.buy(saleId, 1e6, PRICE);
        assertEq(_count(IPrimarySale.SaleSucceeded.selector), 0, "said again");
    }

    function _count(bytes32 topic) private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) ++count;
        }
    }

    function test_BuyingEndsAtTheEnd() public {
        uint256 saleId = _openSale();
        uint256 end = sales.saleOf(saleId).end;
        vm.warp(end - 1);
        _buy(alice, saleId, 1e6);
        vm.warp(end);
        _refuse(
            alice,
            abi.encodeCall(sales.buy, (saleId, 1e6, type(uint96).max)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_Ended.selector, end, end)
        );
    }

    /// @dev Refused, however far the sale is, until it is listed again: bookings and success stay what they were.
    function test_NothingIsBoughtWhileTheFleetIsNotListed() public {
        uint256 begun = _openSale();
        uint256 successful = _successful();
        vm.prank(guardian);
        registry.delist(fleetId);
        bytes memory refusal = abi.encodeWithSelector(
            IFleetRegistry.FleetRegistry_NotListed.selector, fleetId, IFleetRegistry.Status.Delisted
        );
        _refuseToSell(begun, refusal);
        _refuseToSell(successful, refusal);
        vm.prank(issuer);
        registry.list(fleetId, address(waterfall));
        _sell(begun);
        _sell(successful);
    }

    function test_NothingIsBoughtWhileTheCurrencyIsNotPermitted() public {
        uint256 begun = _openSale();
        uint256 successful = _successful();
        vm.prank(guardian);
        stablecoins.halt(address(usd));
        bytes memory refusal = abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_Halted.selector, usd);
        _refuseToSell(begun, refusal);
        _refuseToSell(successful, refusal);
        vm.prank(issuer);
        stablecoins.resume(address(usd));
        _sell(begun);
        vm.prank(issuer);
        stablecoins.delist(address(usd));
        refusal = abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NotPermitted.selector, usd);
        _refuseToSell(begun, refusal);
        _refuseToSell(successful, refusal);
        vm.prank(issuer);
        stablecoins.list(address(usd), _listing());
        _sell(begun);
        _sell(successful);
    }

    /// @dev What the registry asks at each entry, a price below the peg among it.
    function test_NothingIsBoughtBelowThePeg() public {
        FakeFeed feed = new FakeFeed();
        IStablecoinRegistry.Listing memory listing = _listing();
        (listing.feed, listing.minPrice, listing.maxAge) = (address(feed), 0.99e8, 1 days);
        vm.prank(issuer);
        stablecoins.list(address(usd), listing);
        feed.set(1e8, block.timestamp);
        uint256 saleId = _openSale();
        _sell(saleId);
        feed.set(0.98e8, block.timestamp);
        _refuseToSell(
            saleId,
            abi.encodeWithSelector(
                IStablecoinRegistry.StablecoinRegistry_BelowPeg.selector, usd, int256(0.98e8), uint96(0.99e8)
            )
        );
    }

    function _sell(uint256 saleId) private {
        uint96 sold = sales.saleOf(saleId).sold;
        _buy(carol, saleId, 1e6);
        assertEq(sales.saleOf(saleId).sold, sold + 1e6, "sold");
    }

    function _refuseToSell(uint256 saleId, bytes memory refusal) private {
        _fund(carol, saleId, 1e6);
        _refuse(carol, abi.encodeCall(sales.buy, (saleId, 1e6, PRICE)), refusal);
        _refuse(carol, abi.encodeCall(sales.buyWithPermit, (saleId, 1e6, PRICE, 0, 27, 0, 0)), refusal);
    }

    function test_NothingIsBoughtOfWhatTheSellerTookBack() public {
        uint256 saleId = _openSale();
        _fund(carol, saleId, 1e6);
        vm.prank(seller);
        sales.reclaim(saleId, seller);
        _refuse(
            carol,
            abi.encodeCall(sales.buy, (saleId, 1e6, PRICE)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_Reclaimed.selector, saleId)
        );
        assertEq(usd.balanceOf(carol), PRICE, "her money");
    }

    /// @dev Ten purchases of a tenth of a share each, every one rounded up: what was checked at opening bounds all that is paid in.
    function test_AtTheLargestValueEveryUnitIsBoughtByItself() public {
        DecimalsToken token = new DecimalsToken(1);
        vm.prank(issuer);
        stablecoins.list(address(token), _listing());
        (fleetId, waterfall) = _listFleet(operator, address(token), UNITS);
        _use(waterfall);
        IPrimarySale.Offer memory offer = _offer();
        (offer.cap, offer.minimum, offer.price) = (10, 10, type(uint96).max - 10);
        uint256 saleId = _openSale(offer);
        uint256 paid = 0;
        for (uint256 i = 0; i < 10; ++i) {
            paid += _buy(carol, saleId, 1);
        }
        assertGt(paid, offer.price, "rounded up");
        assertEq(sales.saleOf(saleId).proceeds, paid);
    }

    function test_RevertWhen_APurchaseIsOfNothingTooMuchOrTooDear() public {
        uint256 saleId = _openSale();
        _buy(alice, saleId, 1e6);
        _refuse(
            bob,
            abi.encodeCall(sales.buy, (saleId, 0, type(uint96).max)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_ZeroShares.selector)
        );
        _refuse(
            bob,
            abi.encodeCall(sales.buy, (saleId, CAP - 1e6 + 1, type(uint96).max)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NotEnoughLeft.selector, CAP - 1e6, CAP - 1e6 + 1)
        );
        _refuse(
            bob,
            abi.encodeCall(sales.buy, (saleId, 1e6, PRICE - 1)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_CostAboveMax.selector, PRICE - 1, PRICE)
        );
        _refuse(
            bob,
            abi.encodeCall(sales.buy, (saleId, 1e6, PRICE)),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sales), 0, PRICE)
        );
    }

    function test_RevertWhen_ThereIsNoSuchSale() public {
        _openSale();
        uint256[2] memory unknown = [uint256(0), 2];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory refusal = abi.encodeWithSelector(IPrimarySale.PrimarySale_UnknownSale.selector, unknown[i]);
            _refuse(alice, abi.encodeCall(sales.buy, (unknown[i], 1, 1)), refusal);
            _refuse(alice, abi.encodeCall(sales.buyWithPermit, (unknown[i], 1, 1, 0, 27, 0, 0)), refusal);
            _refuse(alice, abi.encodeCall(sales.collect, (unknown[i], alice)), refusal);
            _refuse(alice, abi.encodeCall(sales.deliver, (unknown[i], alice)), refusal);
            _refuse(alice, abi.encodeCall(sales.refund, (unknown[i], alice)), refusal);
            _refuse(alice, abi.encodeCall(sales.reclaim, (unknown[i], alice)), refusal);
            _refuse(alice, abi.encodeCall(sales.withdraw, (unknown[i], alice)), refusal);
            _refuse(alice, abi.encodeCall(sales.claimIncome, (unknown[i], alice)), refusal);
            _refuse(alice, abi.encodeCall(sales.costOf, (unknown[i], 1)), refusal);
            _refuse(alice, abi.encodeCall(sales.saleOf, (unknown[i])), refusal);
            _refuse(alice, abi.encodeCall(sales.incomeOf, (unknown[i])), refusal);
        }
    }

    function testFuzz_CostIsRoundedUpByLessThanAUnit(uint96 price, uint96 shares) public {
        IPrimarySale.Offer memory offer = _offer();
        offer.price = uint96(bound(price, 1, 1e15));
        uint256 saleId = _openSale(offer);
        shares = uint96(bound(shares, 1, CAP));
        uint256 cost = sales.costOf(saleId, shares);
        uint256 exact = uint256(shares) * offer.price;
        assertGe(cost * 1e6, exact, "no less than the price");
        assertLt(cost * 1e6, exact + 1e6, "by less than a unit");
        assertGt(cost, 0, "never free");
    }
}
