// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {RevenueTest} from "./RevenueTest.sol";

/// @title What a tranche gets in a period streams, linearly, over exactly the next one
contract StreamTest is RevenueTest {
    uint96 private constant RENT = 10_000e6;

    function setUp() public override {
        super.setUp();
        _use(_create(_terms(fleetId, address(usd)), _tranches(1)));
    }

    function test_NothingHasStreamedAtCreation() public {
        assertEq(waterfall.streamed(0), 0);
        vm.warp(block.timestamp + 3 * PERIOD);
        assertEq(waterfall.streamed(0), 0);
    }

    function test_IncomeWaitsForTheEndOfItsPeriod() public {
        _distribute(RENT);
        assertEq(waterfall.streamed(0), 0, "at once");
        _warpToPeriod(_period(), PERIOD - 1);
        assertEq(waterfall.streamed(0), 0, "to the last second");
        vm.warp(block.timestamp + 1);
        assertEq(waterfall.streamed(0), 0, "nothing in no time");
        vm.warp(block.timestamp + 1);
        assertEq(waterfall.streamed(0), _pendingOf(0) / PERIOD, "a second's worth in a second");
    }

    function testFuzz_IncomeStreamsToTheSecond(uint96 rent, uint256 into) public {
        rent = uint96(bound(rent, 0, type(uint96).max));
        into = bound(into, 0, PERIOD);
        _distribute(rent);
        uint256 income = _pendingOf(0);
        vm.warp(_periodStart(_period() + 1) + into);
        assertEq(waterfall.streamed(0), income * into / PERIOD);
    }

    function test_IncomeHasStreamedWholeAfterExactlyOnePeriod() public {
        _distribute(RENT);
        uint256 income = _pendingOf(0);
        _warpToPeriod(_period() + 1, PERIOD - 1);
        assertEq(waterfall.streamed(0), income * (PERIOD - 1) / PERIOD, "not a second early");
        vm.warp(block.timestamp + 1);
        assertEq(waterfall.streamed(0), income, "nor late");
        vm.warp(block.timestamp + 10 * PERIOD);
        assertEq(waterfall.streamed(0), income, "nor more");
    }

    function test_IncomeStreamsTheSameWheneverInItsPeriodItIsDistributed() public {
        _earn(RENT, 0);
        _warpToPeriod(_period() + 1, PERIOD - 1);
        waterfall.distribute();
        uint256 income = _pendingOf(0);
        vm.warp(block.timestamp + 1 + PERIOD / 2);
        assertEq(waterfall.streamed(0), income / 2);
    }

    function test_DustDoesNotExtendAStream() public {
        _distribute(RENT);
        uint256 income = _pendingOf(0);
        uint256 period = _period() + 1;
        uint256[3] memory intos = [uint256(0), 1 days, PERIOD - 1];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < 3; ++i) {
            _earn(1, 0);
            _warpToPeriod(period, intos[i]);
            uint256 before = waterfall.streamed(0);
            waterfall.distribute();
            assertEq(waterfall.streamed(0), before, "what has streamed stays");
            _warpToPeriod(period, PERIOD / 2 + intos[i] / 2);
            assertEq(waterfall.streamed(0), income * (PERIOD / 2 + intos[i] / 2) / PERIOD, "the pace stays");
            _warpToPeriod(period + 1, 0);
            assertEq(waterfall.streamed(0), income, "so does the end");
            _warpToPeriod(period + 2, 0);
            assertEq(waterfall.streamed(0), income + 1, "and the dust comes after");
            vm.revertToState(state);
        }
    }

    function test_OneStreamFollowsAnother() public {
        _distribute(RENT);
        uint256 first = _pendingOf(0);
        _distribute(3 * RENT);
        uint256 second = _pendingOf(0);
        _distribute(2 * RENT);
        uint256 third = _pendingOf(0);
        assertEq(waterfall.streamed(0), first);
        vm.warp(block.timestamp + PERIOD / 4);
        assertEq(waterfall.streamed(0), first + second / 4);
        vm.warp(_periodStart(_period() + 1) + PERIOD / 4);
        assertEq(waterfall.streamed(0), first + second + third / 4);
    }

    function test_StreamRestsInAPeriodAfterASkippedOne() public {
        for (uint256 skipped = 1; skipped <= 3; ++skipped) {
            uint256 before = waterfall.streamed(0) + _stillToStream();
            _distribute(RENT);
            uint256 income = _pendingOf(0);
            _warpToPeriod(_period() + 1 + skipped, 5);
            assertEq(waterfall.streamed(0), before + income, "streamed, then rested");
            _earn(RENT, 0);
            waterfall.distribute();
            assertEq(waterfall.streamed(0), before + income, "the new one waits");
            _warpToPeriod(_period() + 1, PERIOD / 2);
            assertEq(waterfall.streamed(0), before + income + _pendingOf(0) / 2, "and streams on time");
        }
    }

    function test_StreamOfTellsWhatHasStreamedStreamsAndWaits() public {
        _distribute(RENT);
        uint256 first = _pendingOf(0);
        _assertStream(0, 0, first);
        _distribute(RENT / 2);
        uint256 second = _pendingOf(0);
        _assertStream(0, first, second);
        _distribute(RENT / 3);
        uint256 third = _pendingOf(0);
        _assertStream(first, second, third);
        _warpToPeriod(_period() + 2, 7);
        _assertStreamOfPeriod(first, second, third, _period() - 2);
        waterfall.distribute();
        _assertStream(first + second + third, 0, 0);
    }

    /// @dev The income of the period goes to who holds over the next one. A block before it, and a block after, earn nothing.
    function test_BuyingABlockBeforeADistributionEarnsNothingOfIt() public {
        _distribute(RENT);
        _warpToPeriod(_period() + 1, 0);
        // The stream of the first rent has just begun; the second is about to be distributed.
        vm.warp(_periodStart(_period() + 1) - 12);
        _earn(RENT, 0);
        vm.prank(investor);
        equity.transfer(stranger, SENIOR_FACE / 2);
        vm.warp(block.timestamp + 12);
        waterfall.distribute();
        uint256 income = _pendingOf(0);
        vm.warp(block.timestamp + 12);
        vm.prank(stranger);
        equity.transfer(investor, SENIOR_FACE / 2);
        uint256 earned = equity.claimable(stranger);
        assertLe(earned, (RENT - 1250e6) * 12 / PERIOD / 2 + 1, "twelve seconds of the stream that ran");
        vm.warp(block.timestamp + 3 * PERIOD);
        assertEq(equity.claimable(stranger), earned, "nothing of the distribution");
        assertApproxEqAbs(equity.claimable(investor) + earned, waterfall.streamed(0), 2, "the holder has it");
        assertGt(equity.claimable(investor), income);
    }

    function _stillToStream() private view returns (uint256) {
        (uint256 base, uint256 streaming, uint256 pending,,) = waterfall.streamOf(0);
        return base + streaming + pending - waterfall.streamed(0);
    }

    function _assertStream(uint256 base, uint256 streaming, uint256 pending) private view {
        _assertStreamOfPeriod(base, streaming, pending, _period());
    }

    function _assertStreamOfPeriod(uint256 base, uint256 streaming, uint256 pending, uint256 period) private view {
        (uint256 actualBase, uint256 actualStreaming, uint256 actualPending,, uint256 actualPeriod) =
            waterfall.streamOf(0);
        assertEq(actualBase, base, "base");
        assertEq(actualStreaming, streaming, "streaming");
        assertEq(actualPending, pending, "pending");
        assertEq(actualPeriod, period, "period");
    }
}
