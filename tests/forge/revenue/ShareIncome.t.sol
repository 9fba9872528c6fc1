// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IFleetShare} from "../../../contracts/revenue/IFleetShare.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title Income is a holder's for the time it held, and stays so wherever the shares go
/// @dev claim
/// ├── to nobody → ZeroAddress
/// ├── nothing earned → NothingToClaim
/// ├── the token is paused, or `to` blocked → the token's revert, and the income stays
/// └── otherwise → all of it, to any address
contract ShareIncomeTest is RevenueTest {
    uint96 private constant RENT = 10_000e6;
    uint256 private constant DAY = 1 days;

    address[4] private holders;

    function setUp() public override {
        super.setUp();
        holders = [investor, heir, makeAddr("third"), makeAddr("fourth")];
    }

    // ------------------------------------------------------------------ //
    // Claims
    // ------------------------------------------------------------------ //

    function test_HoldersShareAStreamByWhatTheyHold() public {
        _give(heir, EQUITY_FACE / 5);
        _streamFor(3 * DAY);
        uint256 streamed = waterfall.streamed(1);
        assertEq(equity.claimable(heir), streamed * (EQUITY_FACE / 5) / EQUITY_FACE);
        assertEq(equity.claimable(investor), streamed * (EQUITY_FACE - EQUITY_FACE / 5) / EQUITY_FACE);
        assertEq(senior.claimable(investor), waterfall.streamed(0), "each tranche its own");
        assertEq(senior.claimable(heir), 0);
    }

    function test_ClaimPaysAllToAnyAddress() public {
        _streamFor(2 * DAY);
        uint256 income = equity.claimable(investor);
        vm.expectEmit(address(equity));
        emit IFleetShare.IncomeClaimed(investor, stranger, income);
        vm.prank(investor);
        assertEq(equity.claim(stranger), income, "returned");
        assertEq(usd.balanceOf(stranger), income, "paid");
        assertEq(equity.claimable(investor), 0, "left");
        assertEq(equity.balanceOf(investor), EQUITY_FACE, "the shares stay");
    }

    function test_ClaimsOnTheWayAddUpToTheWholeLessAUnitEach() public {
        _streamFor(0);
        uint256 claimed = 0;
        for (uint256 i = 0; i < 7; ++i) {
            vm.warp(block.timestamp + DAY - 1);
            vm.prank(investor);
            claimed += equity.claim(investor);
        }
        vm.warp(block.timestamp + 7);
        vm.prank(investor);
        claimed += equity.claim(investor);
        uint256 all = waterfall.streamed(1);
        assertLe(claimed, all);
        assertGe(claimed + 8, all);
        assertEq(usd.balanceOf(investor), claimed);
    }

    function test_RevertWhen_ClaimedTwiceInASecond() public {
        _streamFor(DAY);
        vm.startPrank(investor);
        equity.claim(investor);
        vm.expectRevert(abi.encodeWithSelector(IFleetShare.FleetShare_NothingToClaim.selector, investor));
        equity.claim(investor);
    }

    function test_RevertWhen_SomebodyClaimsWhoHoldsNothing() public {
        _streamFor(DAY);
        vm.expectRevert(abi.encodeWithSelector(IFleetShare.FleetShare_NothingToClaim.selector, stranger));
        vm.prank(stranger);
        equity.claim(stranger);
    }

    function test_RevertWhen_ClaimedToNobody() public {
        _streamFor(DAY);
        vm.expectRevert(IFleetShare.FleetShare_ZeroAddress.selector);
        vm.prank(investor);
        equity.claim(address(0));
    }

    function test_WhoSoldEverythingStillClaimsWhatItEarned() public {
        _streamFor(DAY);
        uint256 income = equity.claimable(investor);
        _give(heir, EQUITY_FACE);
        vm.warp(block.timestamp + DAY);
        assertEq(equity.claimable(investor), income, "and no more");
        vm.prank(investor);
        assertEq(equity.claim(investor), income);
        assertGt(equity.claimable(heir), 0);
    }

    // ------------------------------------------------------------------ //
    // A frozen token
    // ------------------------------------------------------------------ //

    function test_OthersClaimWhileAHolderIsBlockedAndItsIncomeGoesElsewhere() public {
        _give(heir, EQUITY_FACE / 2);
        _streamFor(DAY);
        usd.setBlocked(heir, true);
        uint256 income = equity.claimable(heir);

        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, heir));
        vm.prank(heir);
        equity.claim(heir);
        assertEq(equity.claimable(heir), income, "it stays");

        vm.prank(investor);
        assertEq(equity.claim(investor), income, "others claim");
        vm.prank(heir);
        assertEq(equity.claim(stranger), income, "to another address");
        assertEq(usd.balanceOf(stranger), income);
    }

    function test_BlockedHolderMovesItsSharesAndLosesNothing() public {
        _streamFor(DAY);
        usd.setBlocked(investor, true);
        uint256 income = equity.claimable(investor);
        _give(heir, EQUITY_FACE);
        assertEq(equity.claimable(investor), income);
    }

    function test_IncomeWaitsAndGrowsWhileTheTokenIsPaused() public {
        _streamFor(DAY);
        usd.setPaused(true);
        vm.expectRevert(TestUSD.TestUSD_Paused.selector);
        vm.prank(investor);
        equity.claim(investor);
        _give(heir, EQUITY_FACE / 2);
        vm.warp(block.timestamp + DAY);
        uint256 half = equity.claimable(heir);
        assertGt(half, 0);
        usd.setPaused(false);
        vm.prank(heir);
        assertEq(equity.claim(heir), half);
        vm.prank(investor);
        assertApproxEqAbs(equity.claim(investor), 3 * half, 2, "a day of all and a day of half");
    }

    // ------------------------------------------------------------------ //
    // Transfers
    // ------------------------------------------------------------------ //

    /// @dev Four holders, three rents, transfers and claims at any moment: income before is income after, for everyone.
    function testFuzz_I3_TransferChangesNobodysPastIncome(uint256 seed) public {
        uint256[4] memory claimed;
        uint256 touches = 0;
        for (uint256 i = 0; i < 24; ++i) {
            if (i % 8 == 0) _distribute(uint96(seed % RENT));
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + seed % (PERIOD / 5));
            address from = holders[seed >> 32 & 3];
            address to = holders[seed >> 34 & 3];
            uint256[4] memory before = _claimables();
            uint256 value = (seed >> 40) % (equity.balanceOf(from) + 1);
            vm.prank(from);
            if (seed >> 36 & 3 == 0 && before[_indexOf(from)] != 0) {
                claimed[_indexOf(from)] += equity.claim(from);
                before[_indexOf(from)] = 0;
            } else {
                equity.transfer(to, value);
            }
            touches += 2;
            assertEq(abi.encode(_claimables()), abi.encode(before), "past income");
        }
        vm.warp(block.timestamp + 2 * PERIOD);
        uint256 sum = 0;
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(usd.balanceOf(holders[i]), claimed[i], "what was claimed was paid");
            sum += claimed[i] + equity.claimable(holders[i]);
        }
        assertLe(sum, waterfall.streamed(1), "no more than streamed");
        assertGe(sum + touches + 4, waterfall.streamed(1), "and no less, but for a unit a touch");
    }

    function test_NewHolderEarnsFromTheTransferOn() public {
        _streamFor(DAY);
        _give(heir, EQUITY_FACE / 2);
        assertEq(equity.claimable(heir), 0);
        uint256 before = equity.claimable(investor);
        uint256 streamed = waterfall.streamed(1);
        vm.warp(block.timestamp + DAY);
        assertEq(equity.claimable(heir), (waterfall.streamed(1) - streamed) / 2);
        assertEq(equity.claimable(investor), before + (waterfall.streamed(1) - streamed) / 2);
    }

    /// @dev Income trickles by less than a unit a second to this holder: to touch it each second would leave it nothing.
    function test_TransfersOfNothingOrToOneselfTouchNobody() public {
        _give(heir, EQUITY_FACE / 1000);
        _distribute(700e6);
        _warpToPeriod(_period() + 1, 0);
        for (uint256 i = 0; i < 100; ++i) {
            vm.warp(block.timestamp + 1);
            vm.startPrank(heir);
            vm.expectEmit(address(equity));
            emit IERC20.Transfer(heir, heir, EQUITY_FACE / 1000);
            equity.transfer(heir, EQUITY_FACE / 1000);
            vm.expectEmit(address(equity));
            emit IERC20.Transfer(heir, investor, 0);
            equity.transfer(investor, 0);
            vm.stopPrank();
            vm.prank(stranger);
            equity.transferFrom(heir, stranger, 0);
        }
        assertLt(waterfall.streamed(1), 100_000, "under one unit a second for a thousandth");
        assertEq(equity.claimable(heir), waterfall.streamed(1) / 1000);
        assertGt(equity.claimable(heir), 0);
        assertEq(equity.balanceOf(heir), EQUITY_FACE / 1000);
    }

    // ------------------------------------------------------------------ //
    // Income beyond 64 bits
    // ------------------------------------------------------------------ //

    /// @dev With 18 decimals every amount here is beyond 2^64, and none comes out changed.
    function testFuzz_IncomeBeyondSixtyFourBitsIsKeptToTheUnit(uint96 rent, uint96 face, uint96 moved) public {
        face = uint96(bound(face, 3, type(uint96).max));
        moved = uint96(bound(moved, 1, face - 1));
        rent = uint96(bound(rent, 1000e18, 1e27));
        DecimalsToken token = _useCurrencyOf(18, face);
        token.mint(address(till), 2 * uint256(rent));
        _earn(token, rent, 0);
        _warpToPeriod(_period() + 1, 0);
        waterfall.distribute();
        vm.warp(block.timestamp + PERIOD + PERIOD / 2);
        uint256 first = equity.claimable(investor);
        assertEq(first, waterfall.streamed(0));
        assertGt(first, type(uint64).max, "spills");

        _give(heir, moved);
        assertEq(equity.claimable(investor), first, "after the first touch");
        vm.warp(block.timestamp + DAY);
        uint256 second = equity.claimable(investor);
        uint256 heirs = equity.claimable(heir);
        _give(heir, 1);
        assertEq(equity.claimable(investor), second, "after the second");
        assertEq(equity.claimable(heir), heirs, "the other side");

        vm.prank(investor);
        assertEq(equity.claim(stranger), second, "all of it");
        assertEq(token.balanceOf(stranger), second);
        assertEq(equity.claimable(investor), 0);
        if (heirs != 0) {
            vm.prank(heir);
            assertEq(equity.claim(stranger), heirs);
        }
        vm.expectRevert(abi.encodeWithSelector(IFleetShare.FleetShare_NothingToClaim.selector, investor));
        vm.prank(investor);
        equity.claim(investor);
    }

    function test_IncomeOfExactlySixtyFourBitsAndOneMore() public {
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < 2; ++i) {
            DecimalsToken token = _useCurrencyOf(_feeless(0), 18, 1e18);
            uint96 income = uint96(type(uint64).max + i);
            _earn(token, income, 0);
            _warpToPeriod(_period() + 1, 0);
            waterfall.distribute();
            vm.warp(block.timestamp + 2 * PERIOD);
            _give(heir, 1e18);
            assertEq(equity.claimable(investor), income);
            vm.prank(investor);
            assertEq(equity.claim(investor), income);
            vm.revertToState(state);
        }
    }

    // ------------------------------------------------------------------ //
    // Helpers
    // ------------------------------------------------------------------ //

    /// @dev Distributes a rent and lets its stream run for `time`.
    function _streamFor(uint256 time) private {
        _distribute(RENT);
        _warpToPeriod(_period() + 1, time);
    }

    function _give(address to, uint256 shares) private {
        vm.prank(investor);
        equity.transfer(to, shares);
    }

    function _claimables() private view returns (uint256[4] memory claimables) {
        for (uint256 i = 0; i < 4; ++i) {
            claimables[i] = equity.claimable(holders[i]);
        }
    }

    function _indexOf(address holder) private view returns (uint256 i) {
        while (holders[i] != holder) ++i;
    }
}
