// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {SaleTest} from "../revenue/SaleTest.sol";
import {GasTable} from "./GasTable.sol";

/// @title What each step of a sale costs as a whole transaction, beside the ceiling it must stay under
/// @notice As in GasTest. The shares earn throughout, so that every step that moves them books income. The ceilings are our own.
/// forge-config: default.isolate = true
/// forge-config: long.isolate = true
contract SaleGasTest is SaleTest, GasTable {
    uint256 private saleId;

    function setUp() public override {
        super.setUp();
        _distribute(20_000e6);
        _warpToPeriod(_period() + 1, 1 hours);
        // All that is measured is of a sale, a buyer and a contract that others were before.
        uint256 first = _openSale();
        _buy(bob, first, MINIMUM);
        vm.warp(block.timestamp + 1 hours);
        saleId = _openSale();
        vm.warp(block.timestamp + 1 hours);
    }

    function test_OpenASale() public {
        vm.prank(seller);
        equity.approve(address(sales), CAP);
        vm.prank(seller);
        sales.open(_offer());
        _check("open a sale *", 272_000);
    }

    function test_BuyBelowTheMinimum() public {
        _measureBuy(alice, "buy shares, booked, first of a buyer *", 117_000);
        _measureBuy(alice, "buy shares, booked *", 99_000);
        _buy(carol, saleId, 1000e6);
        _measureBuy(alice, "buy shares, reaching the minimum *", 179_000);
    }

    function test_BuyBeyondTheMinimum() public {
        _buy(bob, saleId, MINIMUM);
        _measureBuy(alice, "buy shares, delivered, new holder *", 177_000);
        _measureBuy(alice, "buy shares, delivered *", 159_000);
    }

    /// @dev A new holder twice: booked below the minimum, and delivered beyond it.
    function test_BuyWithPermit() public {
        _measurePermit("buy shares with a permit, booked, first of a buyer *", 153_000);
        _buy(bob, saleId, MINIMUM);
        _measurePermit("buy shares with a permit, delivered, new holder *", 213_000);
    }

    function _measurePermit(string memory operation, uint256 ceiling) private {
        (address buyer, uint256 key) = makeAddrAndKey(operation);
        uint96 cost = uint96(sales.costOf(saleId, 1000e6));
        usd.mint(buyer, cost);
        vm.warp(block.timestamp + 1 hours);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                buyer,
                address(sales),
                cost,
                usd.nonces(buyer),
                block.timestamp
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash)));
        vm.prank(buyer);
        sales.buyWithPermit(saleId, 1000e6, cost, block.timestamp, v, r, s);
        _check(operation, ceiling);
        assertEq(usd.nonces(buyer), 1, "by the permit");
    }

    function _measureBuy(address buyer, string memory operation, uint256 ceiling) private {
        uint96 cost = _fund(buyer, saleId, 1000e6);
        vm.warp(block.timestamp + 1 hours);
        vm.prank(buyer);
        sales.buy(saleId, 1000e6, cost);
        _check(operation, ceiling);
    }

    function test_Deliver() public {
        _buy(alice, saleId, 3000e6);
        _buy(bob, saleId, 1000e6);
        vm.warp(block.timestamp + 1 hours);
        vm.prank(carol);
        sales.deliver(saleId, alice);
        _check("deliver a buyer's shares, new holder *", 123_000);
    }

    function test_CollectAndWithdraw() public {
        _buy(alice, saleId, 3000e6);
        _buy(bob, saleId, 1000e6);
        vm.warp(block.timestamp + 1 hours);
        vm.prank(alice);
        sales.collect(saleId, alice);
        _check("collect shares, new holder *", 123_000);
        usd.mint(seller, 1);
        vm.prank(seller);
        sales.withdraw(saleId, seller);
        _check("withdraw a sale's proceeds *", 70_000);
        vm.prank(seller);
        sales.claimIncome(saleId, seller);
        _check("claim a sale's income *", 135_000);
        _end(saleId);
        vm.prank(seller);
        sales.reclaim(saleId, seller);
        _check("reclaim shares *", 109_000);
    }

    function test_Refund() public {
        _buy(alice, saleId, 1000e6);
        _buy(carol, saleId, 1000e6);
        usd.mint(alice, 1);
        _end(saleId);
        vm.prank(alice);
        sales.refund(saleId, alice);
        _check("refund a buyer *", 71_000);
    }
}
