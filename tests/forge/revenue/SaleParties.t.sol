// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title Nobody else's state or act keeps anyone from what is his, and nobody acts for another
contract SalePartiesTest is SaleTest {
    // ------------------------------------------------------------------ //
    // What stops nobody
    // ------------------------------------------------------------------ //

    /// @dev They stop buying, and nothing else: `test_NothingIsBoughtWhileTheFleetIsNotListed` and its neighbours.
    function test_I9_ListingsThatEndStopNobodyFromWhatIsHis() public {
        uint256 good = _successful();
        uint256 bad = _openSale();
        _buy(carol, bad, 1e6);
        uint256 unsold = _openSale();
        _distribute(20_000e6);
        _warpToPeriod(_period() + 1, 1 days);
        vm.startPrank(guardian);
        stablecoins.halt(address(usd));
        registry.delist(fleetId);
        vm.stopPrank();
        vm.prank(issuer);
        stablecoins.delist(address(usd));

        vm.prank(alice);
        sales.collect(good, alice);
        vm.startPrank(seller);
        sales.withdraw(good, seller);
        sales.claimIncome(good, seller);
        sales.reclaim(unsold, seller);
        vm.stopPrank();
        _end(good);
        vm.prank(carol);
        sales.refund(bad, carol);
        vm.startPrank(seller);
        sales.reclaim(good, seller);
        sales.reclaim(bad, seller);
        sales.claimIncome(good, seller);
        sales.claimIncome(bad, seller);
        sales.claimIncome(unsold, seller);
        vm.stopPrank();
        assertEq(equity.balanceOf(address(sales)), 0, "no share stays");
        assertLe(usd.balanceOf(address(sales)), 10, "no money stays but dust");
    }

    function test_I9_OthersDeliverWhateverIsListed() public {
        uint256 saleId = _successful();
        vm.startPrank(guardian);
        stablecoins.halt(address(usd));
        registry.delist(fleetId);
        vm.stopPrank();
        vm.prank(stranger);
        assertEq(sales.deliver(saleId, alice), 3000e6);
    }

    function test_I9_ABlockedBuyerIsRefundedElsewhereAndStopsNobody() public {
        uint256 saleId = _openSale();
        uint96 paid = _buy(alice, saleId, 1e6);
        _buy(bob, saleId, 1e6);
        _end(saleId);
        usd.setBlocked(alice, true);
        _refuse(
            alice,
            abi.encodeCall(sales.refund, (saleId, alice)),
            abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, alice)
        );
        vm.prank(bob);
        sales.refund(saleId, bob);
        vm.prank(alice);
        assertEq(sales.refund(saleId, heir), paid, "elsewhere");
    }

    /// @dev He names where it goes; those who bought from him see nothing of it.
    function test_I9_ABlockedSellerIsPaidElsewhereAndStopsNobody() public {
        uint256 saleId = _successful();
        _distribute(20_000e6);
        _warpToPeriod(_period() + 1, 1 days);
        usd.setBlocked(seller, true);
        bytes memory refusal = abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, seller);
        _refuse(seller, abi.encodeCall(sales.withdraw, (saleId, seller)), refusal);
        _refuse(seller, abi.encodeCall(sales.claimIncome, (saleId, seller)), refusal);
        _buy(carol, saleId, 1e6);
        vm.prank(alice);
        sales.collect(saleId, alice);
        vm.startPrank(seller);
        uint256 proceeds = sales.withdraw(saleId, heir);
        uint256 income = sales.claimIncome(saleId, heir);
        vm.stopPrank();
        assertEq(proceeds, 3800e6 + PRICE, "proceeds");
        assertGt(income, 0, "income");
        assertEq(usd.balanceOf(heir), proceeds + income, "elsewhere");
    }

    // ------------------------------------------------------------------ //
    // Who, and to whom
    // ------------------------------------------------------------------ //

    function test_RevertWhen_AnotherActsForTheSeller() public {
        uint256 saleId = _successful();
        _end(saleId);
        bytes memory refusal = abi.encodeWithSelector(IPrimarySale.PrimarySale_NotSeller.selector, seller, stranger);
        _refuse(stranger, abi.encodeCall(sales.withdraw, (saleId, stranger)), refusal);
        _refuse(stranger, abi.encodeCall(sales.reclaim, (saleId, stranger)), refusal);
        _refuse(stranger, abi.encodeCall(sales.claimIncome, (saleId, stranger)), refusal);
    }

    function test_RevertWhen_ItWouldGoToNobodyOrComeBack() public {
        uint256 successful = _successful();
        uint256 failed = _failed();
        address[2] memory nowhere = [address(0), address(sales)];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory refusal = abi.encodeWithSelector(IPrimarySale.PrimarySale_BadRecipient.selector, nowhere[i]);
            _refuse(alice, abi.encodeCall(sales.collect, (successful, nowhere[i])), refusal);
            _refuse(alice, abi.encodeCall(sales.refund, (failed, nowhere[i])), refusal);
            _refuse(seller, abi.encodeCall(sales.withdraw, (successful, nowhere[i])), refusal);
            _refuse(seller, abi.encodeCall(sales.reclaim, (failed, nowhere[i])), refusal);
            _refuse(seller, abi.encodeCall(sales.claimIncome, (successful, nowhere[i])), refusal);
        }
    }
}
