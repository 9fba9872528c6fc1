// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {PrimarySale} from "../../../contracts/revenue/PrimarySale.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {SaleWorld} from "./SaleWorld.sol";

/// @title What holds of sales after any sequence of actions
contract SaleInvariantsTest is Test {
    SaleWorld private world;
    PrimarySale private sales;
    TestUSD private usd;
    FleetShare[2] private shares;
    address[5] private buyers;

    function setUp() public {
        world = new SaleWorld();
        world.setUp();
        (sales, usd, shares, buyers) = world.contracts();
        bytes4[] memory actions = new bytes4[](14);
        actions[0] = world.open.selector;
        actions[1] = world.buy.selector;
        actions[2] = world.collect.selector;
        actions[3] = world.refund.selector;
        actions[4] = world.reclaim.selector;
        actions[5] = world.withdraw.selector;
        actions[6] = world.claimIncome.selector;
        actions[7] = world.distribute.selector;
        actions[8] = world.pass.selector;
        // As likely as all the rest, that there be something to do.
        (actions[9], actions[10], actions[11]) = (actions[1], actions[1], actions[0]);
        (actions[12], actions[13]) = (world.unlist.selector, world.give.selector);
        targetSelector(FuzzSelector({addr: address(world), selectors: actions}));
        targetContract(address(world));
    }

    /// @dev Money: what buyers paid and sellers have not withdrawn, what shares earned and sellers have not claimed, and dust.
    /// forge-config: default.fuzz.seed = "0x3001"
    /// forge-config: default.invariant.runs = 32
    function invariant_I1_SalesHoldWhatTheyOwe() public view {
        uint256 owed = 0;
        uint256 held = usd.balanceOf(address(sales));
        uint256[2] memory lying;
        for (uint256 id = 1; id <= sales.saleCount(); ++id) {
            IPrimarySale.Sale memory sale = sales.saleOf(id);
            owed += sale.proceeds + sales.incomeOf(id);
            lying[sale.share == address(shares[0]) ? 0 : 1] += sale.held;
        }
        for (uint256 i = 0; i < 2; ++i) {
            held += shares[i].claimable(address(sales));
            assertEq(shares[i].balanceOf(address(sales)), lying[i] + world.given(address(shares[i])), "shares");
        }
        assertLe(owed, held, "more owed than there is");
        assertLe(held, owed + _dust(), "more than what is nobody's");
    }

    /// @dev Every booking is whole: money until the sale succeeds, shares from then on; what is neither sold nor reclaimed is there.
    /// forge-config: default.fuzz.seed = "0x3002"
    /// forge-config: default.invariant.runs = 32
    function invariant_BookingsAreCoveredByTheirOwnSale() public view {
        for (uint256 id = 1; id <= sales.saleCount(); ++id) {
            IPrimarySale.Sale memory sale = sales.saleOf(id);
            uint256 paid = 0;
            uint256 bought = 0;
            for (uint256 i = 0; i < buyers.length; ++i) {
                IPrimarySale.Booking memory booking = sales.bookingOf(id, buyers[i]);
                paid += booking.paid;
                bought += booking.shares;
            }
            assertEq(sale.successful, sale.sold >= sale.minimum, "success");
            assertLe(sale.sold, sale.cap, "cap");
            if (sale.successful) {
                assertEq(sale.held, (sale.reclaimed ? 0 : sale.cap - sale.sold) + bought, "shares");
            } else {
                assertEq(sale.proceeds, paid, "money");
                assertEq(sale.held, sale.reclaimed ? 0 : sale.cap, "shares");
            }
        }
        assertEq(world.sharesOutOfTurn(), 0, "delivered too soon or too late");
        assertEq(world.soldUnlisted(), 0, "sold what is not listed");
    }

    /// @dev Each sale's income is what its shares earned while they lay in it, whatever else is sold, collected and claimed meanwhile.
    /// forge-config: default.fuzz.seed = "0x3003"
    /// forge-config: default.invariant.runs = 32
    function invariant_I3_ASaleEarnsWhatItsSharesDo() public view {
        for (uint256 id = 1; id <= sales.saleCount(); ++id) {
            uint256 income = sales.incomeOf(id) + world.bookOf(id).incomeClaimed;
            assertLe(income, world.earnedOf(id) + 1, "more");
            assertGe(income + _dust(), world.earnedOf(id), "less");
        }
    }

    /// forge-config: default.fuzz.seed = "0x3004"
    /// forge-config: default.invariant.runs = 32
    function invariant_I14_EventsAloneRebuildEverySale() public view {
        for (uint256 id = 1; id <= sales.saleCount(); ++id) {
            IPrimarySale.Sale memory sale = sales.saleOf(id);
            SaleWorld.Book memory book = world.bookOf(id);
            assertEq(sale.share, book.share, "share");
            assertEq(sale.cap, book.cap, "cap");
            assertEq(sale.sold, book.sold, "sold");
            assertEq(sale.held, book.held, "held");
            assertEq(sale.proceeds, book.proceeds, "proceeds");
            assertEq(sale.successful, book.successful, "success");
            for (uint256 i = 0; i < buyers.length; ++i) {
                IPrimarySale.Booking memory booking = sales.bookingOf(id, buyers[i]);
                assertEq(abi.encode(booking), abi.encode(world.bookingOf(id, buyers[i])), "booking");
            }
        }
    }

    /// @dev A unit for each time the books were touched, in the share's and in the sales', and what gifts earned beside no sale.
    function _dust() private view returns (uint256) {
        return 2 * (world.touches() + sales.saleCount()) + world.nobodys();
    }

    /// @dev Each run ends with everyone taking what is his: nobody's act stands in anyone's way.
    function afterInvariant() public {
        world.leaveWithEverything();
        invariant_I1_SalesHoldWhatTheyOwe();
        for (uint256 i = 0; i < 2; ++i) {
            uint256 left = shares[i].balanceOf(address(sales)) - world.given(address(shares[i]));
            assertEq(left, 0, "I9: every share could be had");
        }
        assertLe(usd.balanceOf(address(sales)), _dust(), "I9: all of the money could be had");
    }
}
