// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title A sale succeeds from its minimum on, or is undone
/// @dev successful → collect, deliver, withdraw, and reclaim after the end; not → refund, reclaim after the end; nothing sold → reclaim at any time
contract SaleOutcomeTest is SaleTest {
    // ------------------------------------------------------------------ //
    // Success
    // ------------------------------------------------------------------ //

    function test_BuyersCollectToAnyAddressOnce() public {
        uint256 saleId = _successful();
        vm.expectEmit(address(sales));
        emit IPrimarySale.Delivered(saleId, alice, heir, 3000e6);
        vm.prank(alice);
        assertEq(sales.collect(saleId, heir), 3000e6, "returned");
        assertEq(equity.balanceOf(heir), 3000e6, "delivered");
        assertEq(sales.saleOf(saleId).held, CAP - MINIMUM, "held");
        _refuseBooked(saleId, alice);
        _refuseBooked(saleId, bob);
        _refuseBooked(saleId, stranger);
    }

    function test_AnyoneDeliversABuyersSharesToHim() public {
        uint256 saleId = _successful();
        vm.expectEmit(address(sales));
        emit IPrimarySale.Delivered(saleId, alice, alice, 3000e6);
        vm.prank(stranger);
        assertEq(sales.deliver(saleId, alice), 3000e6, "returned");
        assertEq(equity.balanceOf(alice), 3000e6, "delivered");
        assertEq(equity.balanceOf(stranger), 0, "not to him who asked");
        _refuseBooked(saleId, alice);
    }

    function _refuseBooked(uint256 saleId, address buyer) private {
        bytes memory refusal = abi.encodeWithSelector(IPrimarySale.PrimarySale_NothingBooked.selector, saleId, buyer);
        _refuse(buyer, abi.encodeCall(sales.collect, (saleId, buyer)), refusal);
        _refuse(stranger, abi.encodeCall(sales.deliver, (saleId, buyer)), refusal);
    }

    function test_BuyersCollectAfterTheEndToo() public {
        uint256 saleId = _successful();
        _end(saleId);
        vm.prank(seller);
        sales.reclaim(saleId, seller);
        vm.prank(alice);
        sales.collect(saleId, alice);
        assertEq(equity.balanceOf(alice), 3000e6);
        assertEq(equity.balanceOf(address(sales)), 0);
    }

    function test_RevertWhen_SharesAreCollectedBeforeSuccess() public {
        uint256 saleId = _openSale();
        _buy(alice, saleId, MINIMUM - 1);
        bytes memory refusal =
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NotSuccessful.selector, MINIMUM, MINIMUM - 1);
        for (uint256 i = 0; i < 2; ++i) {
            _refuse(alice, abi.encodeCall(sales.collect, (saleId, alice)), refusal);
            _refuse(stranger, abi.encodeCall(sales.deliver, (saleId, alice)), refusal);
            _refuse(seller, abi.encodeCall(sales.withdraw, (saleId, seller)), refusal);
            _end(saleId);
        }
    }

    function test_ProceedsAreTheSellersAsSoonAsTheMinimumIsSold() public {
        uint256 saleId = _successful();
        vm.expectEmit(address(sales));
        emit IPrimarySale.Withdrawn(saleId, heir, 3800e6);
        vm.prank(seller);
        assertEq(sales.withdraw(saleId, heir), 3800e6, "returned");
        assertEq(usd.balanceOf(heir), 3800e6, "paid");
        _refuse(
            seller,
            abi.encodeCall(sales.withdraw, (saleId, heir)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NothingToWithdraw.selector, saleId)
        );
        _buy(carol, saleId, 1e6);
        vm.prank(seller);
        assertEq(sales.withdraw(saleId, heir), PRICE, "and what came since");
    }

    function test_TheSellerReclaimsWhatWasNotSoldOnceItHasEnded() public {
        uint256 saleId = _successful();
        uint256 end = sales.saleOf(saleId).end;
        vm.warp(end - 1);
        _refuse(
            seller,
            abi.encodeCall(sales.reclaim, (saleId, seller)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NotEnded.selector, end, end - 1)
        );
        vm.warp(end);
        vm.expectEmit(address(sales));
        emit IPrimarySale.Reclaimed(saleId, heir, CAP - MINIMUM);
        vm.prank(seller);
        assertEq(sales.reclaim(saleId, heir), CAP - MINIMUM, "returned");
        assertEq(equity.balanceOf(heir), CAP - MINIMUM, "reclaimed");
        assertEq(equity.balanceOf(address(sales)), 3000e6, "Alice's stay");
        _refuseReclaim(saleId);
    }

    /// @dev A price mistyped, or a sale nobody wants: the seller need not wait a year.
    function test_TheSellerReclaimsEverythingWhileNothingIsSold() public {
        uint256 saleId = _openSale();
        vm.expectEmit(address(sales));
        emit IPrimarySale.Reclaimed(saleId, heir, CAP);
        vm.prank(seller);
        assertEq(sales.reclaim(saleId, heir), CAP, "returned");
        assertEq(equity.balanceOf(heir), CAP, "reclaimed");
        assertEq(sales.saleOf(saleId).held, 0, "held");
        _refuseReclaim(saleId);
        _end(saleId);
        _refuseReclaim(saleId);
    }

    /// @dev Of two in one block the first wins: the seller's leaves the buyer his money, the buyer's keeps the shares for sale.
    function test_TheSmallestPurchaseHoldsTheSellerToHisOffer() public {
        uint256 saleId = _openSale();
        _buy(alice, saleId, 1);
        uint256 end = sales.saleOf(saleId).end;
        bytes memory call = abi.encodeCall(sales.reclaim, (saleId, seller));
        bytes memory refusal = abi.encodeWithSelector(IPrimarySale.PrimarySale_NotEnded.selector, end, block.timestamp);
        _refuse(seller, call, refusal);
        _buy(bob, saleId, MINIMUM - 1);
        sales.deliver(saleId, alice);
        _refuse(seller, call, refusal);
    }

    function test_RevertWhen_ASoldOutSaleIsReclaimed() public {
        uint256 saleId = _successful();
        _buy(carol, saleId, CAP - MINIMUM);
        _end(saleId);
        _refuseReclaim(saleId);
    }

    function test_RevertWhen_ASuccessfulSaleIsRefunded() public {
        uint256 saleId = _successful();
        bytes memory refusal = abi.encodeWithSelector(IPrimarySale.PrimarySale_Successful.selector, MINIMUM, MINIMUM);
        _refuse(alice, abi.encodeCall(sales.refund, (saleId, alice)), refusal);
        _end(saleId);
        _refuse(alice, abi.encodeCall(sales.refund, (saleId, alice)), refusal);
    }

    // ------------------------------------------------------------------ //
    // No success
    // ------------------------------------------------------------------ //

    function test_BuyersAreRefundedWhatTheyPaidToTheUnit() public {
        uint256 saleId = _openSale();
        uint96 paid = _buy(alice, saleId, 3);
        paid += _buy(alice, saleId, 7);
        uint96 bobs = _buy(bob, saleId, 1e6);
        assertEq(paid, 3 + 7, "rounded up twice");
        _end(saleId);
        vm.expectEmit(address(sales));
        emit IPrimarySale.Refunded(saleId, alice, heir, paid);
        vm.prank(alice);
        assertEq(sales.refund(saleId, heir), paid, "returned");
        assertEq(usd.balanceOf(heir), paid, "paid");
        _refuseRefund(saleId, alice);
        _refuseRefund(saleId, stranger);
        assertEq(usd.balanceOf(address(sales)), bobs, "Bob's stays");
        assertEq(sales.saleOf(saleId).proceeds, bobs, "booked");
        vm.prank(bob);
        sales.refund(saleId, bob);
        assertEq(usd.balanceOf(address(sales)), 0, "all is out");
    }

    function test_TheSellerReclaimsAllOfAFailedSaleOnce() public {
        uint256 saleId = _failed();
        vm.expectEmit(address(sales));
        emit IPrimarySale.Reclaimed(saleId, seller, CAP);
        vm.prank(seller);
        assertEq(sales.reclaim(saleId, seller), CAP, "returned");
        assertEq(equity.balanceOf(seller), EQUITY_FACE, "reclaimed");
        _refuseReclaim(saleId);
        vm.prank(alice);
        sales.refund(saleId, alice);
        assertEq(usd.balanceOf(alice), 3800e6, "and the refund stands");
    }

    function test_RevertWhen_ASaleIsRefundedBeforeItsEnd() public {
        uint256 saleId = _openSale();
        _buy(alice, saleId, 1e6);
        uint256 end = sales.saleOf(saleId).end;
        vm.warp(end - 1);
        _refuse(
            alice,
            abi.encodeCall(sales.refund, (saleId, alice)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NotEnded.selector, end, end - 1)
        );
    }

    function _refuseRefund(uint256 saleId, address buyer) private {
        _refuse(
            buyer,
            abi.encodeCall(sales.refund, (saleId, buyer)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NothingBooked.selector, saleId, buyer)
        );
    }

    function _refuseReclaim(uint256 saleId) private {
        _refuse(
            seller,
            abi.encodeCall(sales.reclaim, (saleId, seller)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_NothingToReclaim.selector, saleId)
        );
    }

    // ------------------------------------------------------------------ //
    // All of it
    // ------------------------------------------------------------------ //

    /// @dev Whatever is bought by whom: all money and all shares go to whom they belong, and nothing stays.
    function testFuzz_EverythingLeavesToWhomItBelongs(uint96 minimum, uint96[6] memory wanted) public {
        IPrimarySale.Offer memory offer = _offer();
        offer.minimum = uint96(bound(minimum, 1, CAP));
        uint256 saleId = _openSale(offer);
        address[3] memory buyers = [alice, bob, carol];
        uint256[3] memory bought;
        uint256[3] memory paid;
        uint96 left = CAP;
        for (uint256 i = 0; i < 6 && left != 0; ++i) {
            uint96 shares = uint96(bound(wanted[i], 1, left));
            paid[i % 3] += _buy(buyers[i % 3], saleId, shares);
            bought[i % 3] += shares;
            left -= shares;
        }
        _end(saleId);
        bool successful = CAP - left >= offer.minimum;
        assertEq(sales.saleOf(saleId).successful, successful, "outcome");
        for (uint256 i = 0; i < 3; ++i) {
            if (sales.bookingOf(saleId, buyers[i]).shares != 0) {
                vm.prank(buyers[i]);
                if (successful) sales.collect(saleId, buyers[i]);
                else sales.refund(saleId, buyers[i]);
            }
            assertEq(equity.balanceOf(buyers[i]), successful ? bought[i] : 0, "shares");
            assertEq(usd.balanceOf(buyers[i]), successful ? 0 : paid[i], "money");
        }
        vm.startPrank(seller);
        if (!successful || left != 0) sales.reclaim(saleId, seller);
        if (successful) sales.withdraw(saleId, seller);
        vm.stopPrank();
        assertEq(usd.balanceOf(seller), successful ? paid[0] + paid[1] + paid[2] : 0, "proceeds");
        assertEq(equity.balanceOf(address(sales)), 0, "no share stays");
        assertEq(usd.balanceOf(address(sales)), 0, "no money stays");
    }
}
