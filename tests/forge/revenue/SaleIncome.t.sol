// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {LyingShare} from "./LyingShare.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title What shares earn while they lie in a sale is its seller's, from delivery on their holder's
contract SaleIncomeTest is SaleTest {
    uint96 private constant RENT = 20_000e6;

    /// @dev Of one booking, or two.
    uint256 private constant DUST = 2;

    // ------------------------------------------------------------------ //
    // Whose it is
    // ------------------------------------------------------------------ //

    function test_WhatLiesInASaleEarnsForItsSeller() public {
        uint256 saleId = _openSale();
        uint256 income = _streamFor(3 days) * CAP / EQUITY_FACE;
        assertGt(income, 100e6, "there is something to pay");
        uint256 said = sales.incomeOf(saleId);
        assertApproxEqAbs(said, income, DUST, "as much as holding them");
        vm.expectEmit(address(sales));
        emit IPrimarySale.SaleIncomeClaimed(saleId, heir, uint96(said));
        vm.prank(seller);
        assertEq(sales.claimIncome(saleId, heir), said, "returned");
        assertEq(usd.balanceOf(heir), said, "paid");
        assertLe(usd.balanceOf(address(sales)), DUST, "dust stays");
        _refuse(
            seller,
            abi.encodeCall(sales.claimIncome, (saleId, heir)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NothingToClaim.selector, saleId)
        );
    }

    function test_FailedSalesIncomeIsTheSellersAfterTheSharesLeft() public {
        uint256 saleId = _failedAfter(2 days);
        uint256 income = sales.incomeOf(saleId);
        vm.prank(seller);
        sales.reclaim(saleId, seller);
        assertEq(sales.incomeOf(saleId), income, "still");
        _streamAll();
        assertEq(sales.incomeOf(saleId), income, "and no more");
        vm.prank(seller);
        assertEq(sales.claimIncome(saleId, heir), income, "paid");
        vm.prank(alice);
        sales.refund(saleId, alice);
        assertEq(usd.balanceOf(alice), 950e6, "the refund is whole");
        assertLe(usd.balanceOf(address(sales)), DUST, "dust stays");
    }

    function _failedAfter(uint256 time) private returns (uint256 saleId) {
        saleId = _openSale();
        _buy(alice, saleId, 1000e6);
        _streamFor(time);
        _end(saleId);
    }

    function test_DeliveredSharesEarnForWhomTheyWereDeliveredTo() public {
        uint256 saleId = _successful();
        _streamFor(1 days);
        uint256 before = sales.incomeOf(saleId);
        uint256 streamed = waterfall.streamed(1);
        vm.prank(alice);
        sales.collect(saleId, alice);
        assertEq(sales.incomeOf(saleId), before, "what was earned is the seller's");
        assertEq(equity.claimable(alice), 0, "nothing of the past is hers");
        vm.warp(block.timestamp + 2 days);
        streamed = waterfall.streamed(1) - streamed;
        assertApproxEqAbs(equity.claimable(alice), streamed * 3000e6 / EQUITY_FACE, DUST, "hers from then on");
        assertApproxEqAbs(
            sales.incomeOf(saleId) - before, streamed * (CAP - MINIMUM) / EQUITY_FACE, DUST, "his on the rest"
        );
    }

    function test_TwoSalesOfOneShareEarnByWhatEachHoldsForAsLongAsItDoes() public {
        uint256 first = _openSale();
        _streamFor(1 days);
        uint256 alone = waterfall.streamed(1);
        IPrimarySale.Offer memory offer = _offer();
        (offer.cap, offer.minimum) = (CAP / 3, 1);
        vm.prank(seller);
        equity.transfer(heir, CAP / 3);
        seller = heir;
        uint256 second = _openSale(offer);
        assertEq(sales.incomeOf(second), 0, "the past is not its own");
        vm.warp(block.timestamp + 2 days);
        uint256 together = waterfall.streamed(1) - alone;

        uint256 ofFirst = (alone + together) * CAP / EQUITY_FACE;
        uint256 ofSecond = together * (CAP / 3) / EQUITY_FACE;
        assertApproxEqAbs(sales.incomeOf(first), ofFirst, DUST, "the first's");
        assertApproxEqAbs(sales.incomeOf(second), ofSecond, DUST, "the second's");
        vm.prank(investor);
        sales.claimIncome(first, investor);
        assertApproxEqAbs(usd.balanceOf(investor), ofFirst, DUST, "paid to the first");
        assertApproxEqAbs(sales.incomeOf(second), ofSecond, DUST, "which takes nothing from the second");
        vm.prank(heir);
        sales.claimIncome(second, heir);
        assertApproxEqAbs(usd.balanceOf(heir), ofSecond, DUST, "paid to the second, of what came in before");
        assertLe(usd.balanceOf(address(sales)), 2 * DUST, "dust stays");
    }

    function test_IncomeIsNotProceeds() public {
        uint256 saleId = _successful();
        _streamFor(3 days);
        vm.startPrank(seller);
        assertEq(sales.withdraw(saleId, heir), 3800e6, "proceeds");
        uint256 income = sales.incomeOf(saleId);
        assertEq(sales.claimIncome(saleId, heir), income, "income");
        vm.stopPrank();
        assertEq(usd.balanceOf(heir), 3800e6 + income);
    }

    // ------------------------------------------------------------------ //
    // Shares that were sent
    // ------------------------------------------------------------------ //

    /// @dev Else a large gift just before a claim would water the seller's part down.
    function test_SharesSentHereTakeNothingFromASale() public {
        uint256 saleId = _openSale();
        _streamFor(3 days);
        uint256 before = sales.incomeOf(saleId);
        vm.prank(seller);
        equity.transfer(address(sales), EQUITY_FACE - CAP);
        assertGe(sales.incomeOf(saleId) + DUST, before, "not less");
        vm.warp(block.timestamp + 1 days);
        assertGt(sales.incomeOf(saleId), before, "and it earns on");
        uint256 income = sales.incomeOf(saleId);
        vm.prank(seller);
        assertEq(sales.claimIncome(saleId, heir), income);
    }

    function test_SharesSentHereDoNotKeepASellerFromHisIncome() public {
        uint256 saleId = _failedAfter(2 days);
        vm.startPrank(seller);
        sales.reclaim(saleId, seller);
        equity.transfer(address(sales), 1000e6);
        vm.stopPrank();
        uint256 income = sales.incomeOf(saleId);
        _streamAll();
        assertGt(equity.claimable(address(sales)), income, "they earned what is nobody's");
        vm.prank(seller);
        assertEq(sales.claimIncome(saleId, heir), income, "he has his");
        uint256 next = _openSale();
        assertEq(sales.incomeOf(next), 0, "nobody's, the next seller's neither");
    }

    // ------------------------------------------------------------------ //
    // A currency that does not move
    // ------------------------------------------------------------------ //

    function test_WhileTheCurrencyIsPausedSharesAreDeliveredAndMoneyStaysBooked() public {
        uint256 saleId = _successful();
        _streamFor(1 days);
        usd.setPaused(true);
        bytes memory refusal = abi.encodeWithSelector(TestUSD.TestUSD_Paused.selector);
        _refuse(seller, abi.encodeCall(sales.withdraw, (saleId, seller)), refusal);
        _refuse(seller, abi.encodeCall(sales.claimIncome, (saleId, seller)), refusal);
        vm.prank(alice);
        sales.collect(saleId, alice);
        assertEq(equity.balanceOf(alice), 3000e6, "delivered");
        _end(saleId);
        vm.prank(seller);
        sales.reclaim(saleId, seller);
        usd.setPaused(false);
        vm.startPrank(seller);
        assertEq(sales.withdraw(saleId, heir), 3800e6, "proceeds stayed");
        assertGt(sales.claimIncome(saleId, heir), 0, "income stayed");
        vm.stopPrank();
    }

    // ------------------------------------------------------------------ //
    // A share that lies
    // ------------------------------------------------------------------ //

    function test_RevertWhen_AShareSaysMoreThanItPays() public {
        _successful();
        (LyingShare liar, uint256 saleId) = _openLie();
        liar.set(1000e6, 0);
        _refuseLie(saleId, 1000e6, 0);
        usd.mint(address(liar), 1000e6 - 1);
        liar.set(1000e6, 1000e6 - 1);
        _refuseLie(saleId, 1000e6, 1000e6 - 1);
    }

    /// @dev What 96 bits leave of it would be nothing to pay in, and its index would pay out.
    function test_RevertWhen_AShareSaysMoreThanThereCanBe() public {
        _successful();
        (LyingShare liar, uint256 saleId) = _openLie();
        liar.set(1 << 96, 0);
        _refuse(
            stranger,
            abi.encodeCall(sales.claimIncome, (saleId, stranger)),
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 96, uint256(1) << 96)
        );
    }

    /// @dev One share under two fleets that settle in two currencies: what it pays in one is not owed in the other.
    function test_RevertWhen_AShareIsPaidForInACurrencyItDidNotPay() public {
        (LyingShare liar, uint256 cheap) = _openLie();
        DecimalsToken dear = new DecimalsToken(6);
        vm.prank(issuer);
        stablecoins.list(address(dear), _listing());
        uint256 other = _openLieIn(liar, address(dear));
        liar.set(1000e6, 1000e6);
        // Books the income of the second sale.
        _buy(alice, other, 1);
        _buy(alice, cheap, 1);
        dear.mint(address(sales), 1000e6);
        usd.mint(address(liar), 2000e6);
        vm.prank(stranger);
        sales.claimIncome(cheap, stranger);
        _refuseLie(other, 1000e6, 0);
        // It takes its word back: what was booked in the second currency never came in.
        liar.set(0, 0);
        _refuse(
            stranger,
            abi.encodeCall(sales.claimIncome, (other, stranger)),
            abi.encodeWithSignature("Panic(uint256)", 0x11)
        );
    }

    function _openLie() private returns (LyingShare liar, uint256 saleId) {
        liar = new LyingShare(IERC20(address(usd)));
        saleId = _openLieIn(liar, address(usd));
    }

    function _openLieIn(LyingShare liar, address currency) private returns (uint256 saleId) {
        vm.startPrank(operator);
        uint48 id = registry.propose(_spec(currency, UNITS));
        registry.publishInventory(id, keccak256("inventory"), UNITS);
        vm.stopPrank();
        vm.prank(issuer);
        registry.list(id, address(liar));
        liar.setFleet(id, currency);
        liar.mint(stranger, CAP);
        IPrimarySale.Offer memory offer = _offer();
        (offer.fleetId, offer.tranche, offer.minimum) = (id, 0, 1);
        vm.startPrank(stranger);
        liar.approve(address(sales), CAP);
        saleId = sales.open(offer);
        vm.stopPrank();
    }

    function _refuseLie(uint256 saleId, uint256 said, uint256 paid) private {
        _refuse(
            stranger,
            abi.encodeCall(sales.claimIncome, (saleId, stranger)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_WrongAmountReceived.selector, said, paid)
        );
    }

    // ------------------------------------------------------------------ //
    // Time
    // ------------------------------------------------------------------ //

    /// @dev Rent is distributed, and a part of its period has streamed: what the equity got.
    function _streamFor(uint256 time) private returns (uint256) {
        _distribute(RENT);
        _warpToPeriod(_period() + 1, time);
        return waterfall.streamed(1);
    }

    function _streamAll() private {
        _distribute(RENT);
        _warpToPeriod(_period() + 2, 0);
    }
}
