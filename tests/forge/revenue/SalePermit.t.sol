// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title Shares paid by an ERC-2612 permit
/// @dev buyWithPermit
/// ├── the permit holds → bought
/// ├── the permit fails, but the allowance stands (used by someone else, or given before) → bought
/// └── neither → the token's ERC20InsufficientAllowance, and nothing is bought
contract SalePermitTest is SaleTest {
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    uint96 private constant SHARES = 1000e6;
    uint96 private constant COST = 950e6;

    uint256 private aliceKey;
    uint256 private saleId;

    function setUp() public override {
        super.setUp();
        (alice, aliceKey) = makeAddrAndKey("alice");
        saleId = _openSale();
        usd.mint(alice, COST);
    }

    function test_PermitBuysInOneTransaction() public {
        _buyWith(_sign(aliceKey, COST, block.timestamp));
        _assertBought();
        assertEq(usd.allowance(alice, address(sales)), 0, "the permit was of the cost, no more");
    }

    function test_PermitBuysWhatIsDeliveredAtOnce() public {
        _buy(bob, saleId, MINIMUM);
        _buyWith(_sign(aliceKey, COST, block.timestamp));
        assertEq(equity.balanceOf(alice), SHARES);
    }

    function test_PermitIsOfTheMostItMayCost() public {
        Permit memory permit = _sign(aliceKey, COST + 5, block.timestamp);
        vm.prank(alice);
        sales.buyWithPermit(saleId, SHARES, COST + 5, permit.deadline, permit.v, permit.r, permit.s);
        _assertBought();
        assertEq(usd.allowance(alice, address(sales)), 5, "the rest stays allowed");
    }

    function test_PermitUsedBySomeoneElseFirstStillBuys() public {
        Permit memory permit = _sign(aliceKey, COST, block.timestamp);
        vm.prank(stranger);
        usd.permit(alice, address(sales), COST, permit.deadline, permit.v, permit.r, permit.s);
        assertEq(usd.nonces(alice), 1, "used");
        _buyWith(permit);
        _assertBought();
    }

    function test_ExpiredPermitBuysOnAnAllowanceGivenBefore() public {
        vm.prank(alice);
        usd.approve(address(sales), COST);
        _buyWith(_sign(aliceKey, COST, block.timestamp - 1));
        _assertBought();
        assertEq(usd.nonces(alice), 0, "the permit was not used");
    }

    function test_RevertWhen_ThePermitFailsAndNothingIsAllowed() public {
        _refusePermit(_sign(aliceKey, COST, block.timestamp - 1));
        (, uint256 key) = makeAddrAndKey("stranger");
        _refusePermit(_sign(key, COST, block.timestamp));
        _refusePermit(_sign(aliceKey, COST - 1, block.timestamp));
    }

    /// @dev The permit is its signer's: nobody else buys with her money.
    function test_RevertWhen_AnotherPresentsThePermit() public {
        Permit memory permit = _sign(aliceKey, COST, block.timestamp);
        vm.expectRevert(_insufficientAllowance());
        vm.prank(stranger);
        sales.buyWithPermit(saleId, SHARES, COST, permit.deadline, permit.v, permit.r, permit.s);
        assertEq(usd.balanceOf(alice), COST, "her money");
    }

    function _sign(uint256 key, uint256 value, uint256 deadline) private view returns (Permit memory permit) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                alice,
                address(sales),
                value,
                usd.nonces(alice),
                deadline
            )
        );
        permit.deadline = deadline;
        (permit.v, permit.r, permit.s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash)));
    }

    function _buyWith(Permit memory permit) private {
        vm.prank(alice);
        sales.buyWithPermit(saleId, SHARES, COST, permit.deadline, permit.v, permit.r, permit.s);
    }

    function _refusePermit(Permit memory permit) private {
        vm.expectRevert(_insufficientAllowance());
        _buyWith(permit);
        assertEq(usd.balanceOf(alice), COST, "her money");
        assertEq(sales.saleOf(saleId).sold, 0, "nothing sold");
    }

    function _insufficientAllowance() private view returns (bytes memory) {
        return abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sales), 0, COST);
    }

    function _assertBought() private view {
        assertEq(sales.bookingOf(saleId, alice).shares, SHARES, "booked");
        assertEq(usd.balanceOf(address(sales)), COST, "in");
        assertEq(usd.balanceOf(alice), 0, "paid");
    }
}
