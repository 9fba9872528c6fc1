// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {FalseReturnToken} from "../support/tokens/FalseReturnToken.sol";
import {FeeToken} from "../support/tokens/FeeToken.sol";
import {NoReturnToken} from "../support/tokens/NoReturnToken.sol";
import {ReentrantToken} from "../support/tokens/ReentrantToken.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title Awkward currencies: each either works to the unit or is refused, at every edge where money moves
contract SaleTokensTest is SaleTest {
    // ------------------------------------------------------------------ //
    // Tokens that work
    // ------------------------------------------------------------------ //

    function test_CurrencyOfTwoDecimalsGoesRound() public {
        _goRound(address(new DecimalsToken(2)), 95);
    }

    function test_CurrencyOfEighteenDecimalsGoesRound() public {
        _goRound(address(new DecimalsToken(18)), 0.95e18);
    }

    /// @dev Nor has it a permit: the call fails, the allowance stands.
    function test_CurrencyThatReturnsNothingGoesRound() public {
        NoReturnToken token = new NoReturnToken();
        _goRound(address(token), PRICE);
        uint256 saleId = _openSale(_offer());
        uint96 cost = _fund(alice, saleId, 1e6);
        vm.prank(alice);
        sales.buyWithPermit(saleId, 1e6, cost, block.timestamp, 27, 0, 0);
        assertEq(sales.bookingOf(saleId, alice).shares, 1e6);
    }

    /// @dev A successful sale and a failed one, all of both.
    function _goRound(address token, uint96 price) private {
        _useCurrency(token);
        uint96 one = uint96(10 ** equity.decimals());
        IPrimarySale.Offer memory offer = _offer();
        (offer.price, offer.cap, offer.minimum) = (price, 10 * one, 4 * one);
        // The face is the same for every currency, and too little of an 18-decimal one.
        if (EQUITY_FACE < 20 * one) (offer.cap, offer.minimum) = (EQUITY_FACE / 2, EQUITY_FACE / 5);
        uint256 good = _openSale(offer);
        uint256 bad = _openSale(offer);
        uint96 paid = _buy(alice, good, offer.minimum - 1);
        paid += _buy(bob, good, 1);
        uint96 back = _buy(carol, bad, offer.minimum - 1);
        _end(good);
        vm.startPrank(seller);
        sales.withdraw(good, seller);
        sales.reclaim(good, seller);
        sales.reclaim(bad, seller);
        vm.stopPrank();
        sales.deliver(good, alice);
        vm.prank(carol);
        sales.refund(bad, carol);
        assertEq(DecimalsToken(token).balanceOf(seller), paid, "proceeds");
        assertEq(DecimalsToken(token).balanceOf(carol), back, "refund");
        assertEq(DecimalsToken(token).balanceOf(address(sales)), 0, "nothing stays");
        assertEq(equity.balanceOf(address(sales)), 0, "no share either");
    }

    // ------------------------------------------------------------------ //
    // Tokens that are refused
    // ------------------------------------------------------------------ //

    function test_RevertWhen_TheCurrencyKeepsAFee() public {
        _useCurrency(address(new FeeToken()));
        uint256 saleId = _openSale();
        uint96 cost = _fund(alice, saleId, 1e6);
        _refuse(
            alice,
            abi.encodeCall(sales.buy, (saleId, 1e6, cost)),
            abi.encodeWithSelector(IPrimarySale.PrimarySale_WrongAmountReceived.selector, cost, cost - 1)
        );
    }

    /// @dev What is paid out is taken from nobody else; income, which would have to come in first, waits.
    function test_ACurrencyThatStartsToKeepAFeeTakesItFromWhomItPays() public {
        DecimalsToken token = new DecimalsToken(6);
        _useCurrency(address(token));
        uint256 good = _successful();
        uint256 bad = _failed();
        _earn(token, 20_000e6, 0);
        _warpToPeriod(_period() + 1, 0);
        waterfall.distribute();
        _warpToPeriod(_period() + 1, 1 days);
        uint96 income = uint96(sales.incomeOf(good));
        bytes memory kept = address(token).code;
        vm.etch(address(token), address(new FeeToken()).code);

        _refuse(
            seller,
            abi.encodeCall(sales.claimIncome, (good, seller)),
            abi.encodeWithSelector(
                IPrimarySale.PrimarySale_WrongAmountReceived.selector,
                equity.claimable(address(sales)),
                equity.claimable(address(sales)) - 1
            )
        );
        vm.prank(seller);
        sales.withdraw(good, heir);
        vm.prank(alice);
        sales.refund(bad, alice);
        assertEq(token.balanceOf(heir), 3800e6 - 1, "proceeds, less the fee");
        assertEq(token.balanceOf(alice), 3800e6 - 1, "the refund, less the fee");
        assertEq(token.balanceOf(address(sales)), 0, "and not a unit more than was theirs");

        vm.etch(address(token), kept);
        vm.prank(seller);
        assertEq(sales.claimIncome(good, seller), income, "the income stayed");
    }

    function test_RevertWhen_TheCurrencyReturnsFalse() public {
        FalseReturnToken token = new FalseReturnToken();
        _useCurrency(address(token));
        uint256 good = _successful();
        uint256 bad = _failed();
        uint96 cost = _fund(bob, _openSale(), 1e6);
        token.setRefusing(true);
        bytes memory refusal = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        _refuse(bob, abi.encodeCall(sales.buy, (3, 1e6, cost)), refusal);
        _refuse(seller, abi.encodeCall(sales.withdraw, (good, seller)), refusal);
        _refuse(alice, abi.encodeCall(sales.refund, (bad, alice)), refusal);

        token.setRefusing(false);
        vm.prank(seller);
        assertEq(sales.withdraw(good, seller), 3800e6, "proceeds stayed");
        vm.prank(alice);
        assertEq(sales.refund(bad, alice), 3800e6, "the refund stayed");
    }

    // ------------------------------------------------------------------ //
    // A token that calls back
    // ------------------------------------------------------------------ //

    function test_RevertWhen_ATransferOfCurrencyCallsBackAnyDoor() public {
        ReentrantToken token = new ReentrantToken();
        _useCurrency(address(token));
        uint256 good = _successful();
        uint256 bad = _failed();
        uint256 current = _openSale();
        _earn(token, 20_000e6, 0);
        _warpToPeriod(_period() + 1, 0);
        waterfall.distribute();
        _warpToPeriod(_period() + 1, 1 days);
        uint96 cost = _fund(bob, current, 2e6);

        bytes[9] memory doors = [
            abi.encodeCall(sales.buy, (current, 1e6, cost)),
            abi.encodeCall(sales.buyWithPermit, (current, 1e6, cost, 0, 27, 0, 0)),
            abi.encodeCall(sales.refund, (bad, alice)),
            abi.encodeCall(sales.withdraw, (good, seller)),
            abi.encodeCall(sales.claimIncome, (good, seller)),
            abi.encodeCall(sales.open, (_offer())),
            abi.encodeCall(sales.collect, (good, alice)),
            abi.encodeCall(sales.deliver, (good, alice)),
            abi.encodeCall(sales.reclaim, (good, seller))
        ];
        // The first five move the currency.
        address[5] memory callers = [bob, bob, alice, seller, seller];
        for (uint256 i = 0; i < 5; ++i) {
            _refuseCallBack(token, callers[i], doors[i], doors[0]);
        }
        for (uint256 i = 0; i < 9; ++i) {
            _refuseCallBack(token, bob, doors[0], doors[i]);
        }
    }

    function _refuseCallBack(ReentrantToken token, address caller, bytes memory outer, bytes memory inner) private {
        token.callDuringNextTransfer(address(sales), inner);
        _refuse(caller, outer, abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector));
    }

    function _useCurrency(address token) private {
        vm.prank(issuer);
        stablecoins.list(token, _listing());
        (fleetId, waterfall) = _listFleet(operator, token, UNITS);
        _use(waterfall);
    }
}
