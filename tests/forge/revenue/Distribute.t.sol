// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title What one distribution pays, in which order
/// @dev distribute
/// ├── in the period of the last one, or of creation → AlreadyDistributed, with the next time
/// └── otherwise, out of the till's rent, each from what the ones before left
///     ├── protocol, oracle, energy (at most its cap), operator
///     ├── each coupon by the second, with arrears; what is short comes from the reserve, else is carried
///     ├── the reserve, to its target; it is released when rent has stopped, the fleet is delisted and its last lease closed
///     └── equity, the rest
contract DistributeTest is RevenueTest {
    uint96 private constant RENT = 10_000e6;

    // ------------------------------------------------------------------ //
    // The order of payments
    // ------------------------------------------------------------------ //

    function test_RentIsPaidDownTheWaterfall() public {
        uint256 at = _periodStart(_period() + 1) + 12_345;
        uint256 coupon = _coupon(at - GENESIS);
        // 9,500 kWh at 0.08.
        uint96[4] memory fees = [uint96(100e6), 50e6, 760e6, 1000e6];
        uint256 rest = RENT - 100e6 - 50e6 - 760e6 - 1000e6 - coupon - 100e6;
        _earn(RENT, 9_500_000);
        vm.warp(at);

        vm.expectEmit(address(waterfall));
        emit IRevenueWaterfall.Distributed(
            _period(), RENT, 9_500_000, fees, 100e6, 0, _amounts(coupon, rest), _amounts(0, 0)
        );
        vm.prank(stranger);
        waterfall.distribute();

        assertEq(_fee(IRevenueWaterfall.Payee.Protocol), 100e6, "protocol");
        assertEq(_fee(IRevenueWaterfall.Payee.Oracle), 50e6, "oracle");
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 1760e6, "operator: energy and fee");
        assertEq(_pendingOf(0), coupon, "senior");
        assertEq(_pendingOf(1), rest, "equity");
        assertEq(waterfall.reserve(), 100e6, "reserve");
        assertEq(waterfall.lastDistributedAt(), at, "clock");
        assertEq(usd.balanceOf(address(waterfall)), RENT, "all of it is here");
    }

    function test_FeesAreRoundedDownOneByOne() public {
        _distribute(199, 0);
        assertEq(_fee(IRevenueWaterfall.Payee.Protocol), 1, "1.99");
        assertEq(_fee(IRevenueWaterfall.Payee.Oracle), 0, "0.995");
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 19, "19.9");
        assertEq(_pendingOf(0), 179, "what rounding left is not lost");
    }

    function test_FeesAddUpUntilTheyAreClaimed() public {
        _distribute(RENT);
        _distribute(RENT / 2);
        assertEq(_fee(IRevenueWaterfall.Payee.Protocol), 150e6);
        assertEq(_fee(IRevenueWaterfall.Payee.Oracle), 75e6);
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 1500e6);
    }

    /// @dev Four tranches at 8 % of one face: each rent is one unit short of paying one coupon more.
    function test_JuniorGetsNothingBeforeSeniorHasItsDue() public {
        _useFeeless(100e6, 4);
        uint256 coupon = _coupon(_periodStart(_period() + 1) - GENESIS);
        uint256 state = vm.snapshotState();
        for (uint256 paid = 0; paid < 3; ++paid) {
            _distribute(uint96(coupon * (paid + 1) - 1));
            for (uint256 i = 0; i < 3; ++i) {
                uint256 due = i < paid ? coupon : i == paid ? coupon - 1 : 0;
                assertEq(_pendingOf(i), due, "income");
                assertEq(_arrearsOf(i), coupon - due, "arrears");
            }
            assertEq(waterfall.reserve(), 0, "reserve");
            assertEq(_pendingOf(3), 0, "equity");
            vm.revertToState(state);
        }
    }

    function test_ReserveComesBeforeEquity() public {
        _useFeeless(100e6, 2);
        uint256 coupon = _coupon(_periodStart(_period() + 1) - GENESIS);
        _distribute(uint96(coupon + 100e6 - 1));
        assertEq(waterfall.reserve(), 100e6 - 1, "one unit short");
        assertEq(_pendingOf(1), 0, "equity");
        _distribute(uint96(_coupon(PERIOD) + 3));
        assertEq(waterfall.reserve(), 100e6, "filled to its target and no further");
        assertEq(_pendingOf(1), 2, "equity has the rest");
    }

    function test_EquityAloneTakesAllThatFeesAndReserveLeave() public {
        _use(_create(_terms(fleetId, address(usd)), _tranches(1)));
        _distribute(RENT);
        assertEq(_pendingOf(0), RENT - 1150e6 - 100e6);
    }

    function test_TokensSentInAreNobodys() public {
        usd.mint(address(waterfall), 5e6);
        _distribute(0);
        assertEq(_pendingOf(0) + _pendingOf(1) + waterfall.reserve(), 0);
    }

    // ------------------------------------------------------------------ //
    // Energy
    // ------------------------------------------------------------------ //

    function test_EnergyIsPaidByTheKilowattHourRoundedDown() public {
        // 12.499 Wh at 80,000 a kWh are 999.92 units.
        _distribute(RENT, 12);
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 1000e6 + 960);
        _distribute(0, 13);
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 1000e6 + 960, "no rent, no energy");
    }

    function test_EnergyIsCappedAndTheExcessNotCarriedOver() public {
        _distribute(RENT, 40_000_000); // 3,200 where a quarter of rent is 2,500
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 1000e6 + 2500e6, "capped");
        _distribute(RENT, 0);
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 2000e6 + 2500e6, "forgotten");
    }

    function test_EnergyJustUnderTheCapIsPaidWhole() public {
        _distribute(RENT, 31_249_000);
        assertEq(_fee(IRevenueWaterfall.Payee.Operator), 1000e6 + 2_499_920_000);
    }

    // ------------------------------------------------------------------ //
    // Coupons and arrears
    // ------------------------------------------------------------------ //

    function test_CouponRunsByTheSecondFromTheLastDistribution() public {
        uint256 first = _periodStart(_period() + 1) + 3 days;
        uint256 second = _periodStart(_period() + 2) + 1;
        _earn(RENT, 0);
        vm.warp(first);
        waterfall.distribute();
        assertEq(_pendingOf(0), _coupon(first - GENESIS), "since creation");
        _earn(RENT, 0);
        vm.warp(second);
        waterfall.distribute();
        assertEq(_pendingOf(0), _coupon(second - first), "since the last");
    }

    function test_ArrearsAreCarriedWithoutInterestAndPaidFirst() public {
        _useFeeless(100e6, 2);
        uint256 due = _coupon(_periodStart(_period() + 1) - GENESIS);
        _distribute(0);
        assertEq(_arrearsOf(0), due, "one coupon");
        for (uint256 i = 0; i < 3; ++i) {
            _distribute(0);
            due += _coupon(PERIOD);
            assertEq(_arrearsOf(0), due, "and another, on the face alone");
        }
        uint256 paid = due / 2;
        due += _coupon(PERIOD);
        _distribute(uint96(paid));
        assertEq(_pendingOf(0), paid, "all there is");
        assertEq(_arrearsOf(0), due - paid, "the rest stays");
        assertEq(_pendingOf(1) + waterfall.reserve(), 0, "nothing for others");

        due = due - paid + _coupon(PERIOD);
        _distribute(RENT);
        assertEq(_pendingOf(0), due, "made good");
        assertEq(_arrearsOf(0), 0);
        _distribute(RENT);
        assertEq(_pendingOf(0), _coupon(PERIOD), "and only once");
    }

    function test_ArrearsOfSkippedPeriodsAreNotForgotten() public {
        _distribute(0);
        uint256 arrears = _arrearsOf(0);
        _warpToPeriod(_period() + 5, 0);
        waterfall.distribute();
        assertEq(_arrearsOf(0), arrears + _coupon(5 * PERIOD));
    }

    function test_ArrearsOfEachTrancheAreItsOwn() public {
        IRevenueWaterfall.Tranche[] memory tranches = _tranches(4);
        (tranches[1].couponBps, tranches[2].couponBps) = (1600, 2400);
        _use(_create(_terms(fleetId, address(usd)), tranches));
        uint256 coupon = uint256(SENIOR_FACE) * 800 * (_periodStart(_period() + 1) - GENESIS);
        _distribute(0);
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(_arrearsOf(i), coupon * (i + 1) / (BPS * YEAR));
        }
        assertEq(_arrearsOf(3), 0, "equity is owed nothing");
    }

    // ------------------------------------------------------------------ //
    // The reserve
    // ------------------------------------------------------------------ //

    function test_ReserveStandsInForASeniorShortfall() public {
        _useFeeless(400e6, 2);
        _distribute(RENT);
        assertEq(waterfall.reserve(), 400e6, "filled");
        uint256 coupon = _coupon(PERIOD);

        uint96 rent = uint96(coupon - 7);
        _earn(rent, 0);
        _warpToPeriod(_period() + 1, 0);
        vm.expectEmit(address(waterfall));
        emit IRevenueWaterfall.Distributed(
            _period(), rent, 0, [uint96(0), 0, 0, 0], 0, 7, _amounts(coupon, 0), _amounts(0, 0)
        );
        waterfall.distribute();
        assertEq(waterfall.reserve(), 400e6 - 7, "only what is short");

        _distribute(0);
        assertEq(_pendingOf(0), coupon, "a whole coupon");
        _distribute(0);
        assertEq(_pendingOf(0), coupon, "and another");
        uint256 left = 400e6 - 7 - 2 * coupon;
        assertEq(waterfall.reserve(), left);
        _distribute(0);
        assertEq(_pendingOf(0), left, "the last of it");
        assertEq(_arrearsOf(0), coupon - left, "and now arrears");
        assertEq(waterfall.reserve(), 0);

        _distribute(uint96(2 * coupon - left + 50e6));
        assertEq(_arrearsOf(0), 0, "arrears first");
        assertEq(waterfall.reserve(), 50e6, "then the reserve again");
        assertEq(_pendingOf(1), 0);
    }

    function test_ReserveServesTheSeniorBeforeTheMezzanine() public {
        _useFeeless(200e6, 3);
        _distribute(RENT);
        _distribute(0);
        assertEq(_pendingOf(0), _coupon(PERIOD), "senior whole");
        assertEq(_pendingOf(1), 200e6 - _coupon(PERIOD), "mezzanine what is left");
        assertEq(_arrearsOf(1), 2 * _coupon(PERIOD) - 200e6);
    }

    function test_WithoutATargetThereIsNoReserve() public {
        _useFeeless(0, 1);
        _distribute(RENT);
        assertEq(waterfall.reserve(), 0);
        assertEq(_pendingOf(0), RENT);
    }

    // ------------------------------------------------------------------ //
    // Winding up
    // ------------------------------------------------------------------ //

    function test_WindingUpReleasesTheReserveDownTheWaterfall() public {
        _delist();
        _useFeeless(200e6, 2);
        _distribute(RENT);

        uint256 coupon = _coupon(PERIOD);
        _warpToPeriod(_period() + 1, 0);
        vm.expectEmit(address(waterfall));
        emit IRevenueWaterfall.Distributed(
            _period(), 0, 0, [uint96(0), 0, 0, 0], 0, 200e6, _amounts(coupon, 200e6 - coupon), _amounts(0, 0)
        );
        waterfall.distribute();
        assertEq(waterfall.reserve(), 0, "all of it");
        _distribute(0);
        assertEq(_pendingOf(1), 0, "once");
    }

    function test_ReleasedReservePaysArrearsFirst() public {
        _distribute(RENT);
        _delist();
        till.setOpenLeases(1);
        _warpToPeriod(_period() + 20, 0);
        waterfall.distribute();
        uint256 arrears = _coupon(20 * PERIOD) - 100e6;
        assertEq(_arrearsOf(0), arrears, "the reserve went into the coupon");
        till.setOpenLeases(0);
        _distribute(0);
        assertEq(_arrearsOf(0), arrears + _coupon(PERIOD), "nothing left to release");
        assertEq(_pendingOf(1), 0);
    }

    function test_ReserveStaysWhileALeaseIsOpenOrRentComesInOrTheFleetIsListed() public {
        _useFeeless(1000e6, 2);
        _distribute(RENT);
        uint256 reserve = 1000e6 - _coupon(PERIOD);

        _distribute(0);
        assertEq(waterfall.reserve(), reserve, "listed, not wound up");
        assertEq(_pendingOf(1), 0);

        _delist();
        till.setOpenLeases(1);
        reserve -= _coupon(PERIOD);
        _distribute(0);
        assertEq(waterfall.reserve(), reserve, "a lease is open");
        assertEq(_pendingOf(1), 0);

        till.setOpenLeases(0);
        _distribute(uint96(_coupon(PERIOD) + 5));
        assertEq(waterfall.reserve(), reserve + 5, "rent still comes in");
        assertEq(_pendingOf(1), 0);

        _distribute(0);
        assertEq(waterfall.reserve(), 0, "wound up");
        assertEq(_pendingOf(1), reserve + 5 - _coupon(PERIOD));
    }

    function test_AFleetListedAgainFillsItsReserveAgain() public {
        _distribute(RENT);
        _delist();
        _distribute(0);
        assertEq(waterfall.reserve(), 0, "released");
        vm.startPrank(issuer);
        (, address revenue,) = registry.statusOf(fleetId);
        registry.list(fleetId, revenue);
        vm.stopPrank();
        _distribute(RENT);
        assertEq(waterfall.reserve(), 100e6);
    }

    function _delist() private {
        vm.prank(guardian);
        registry.delist(fleetId);
    }

    // ------------------------------------------------------------------ //
    // Once a period
    // ------------------------------------------------------------------ //

    function test_RevertWhen_DistributedTwiceInAPeriod() public {
        _distribute(RENT);
        _earn(RENT, 0);
        uint256 period = _period();
        bytes memory refusal = abi.encodeWithSelector(
            IRevenueWaterfall.RevenueWaterfall_AlreadyDistributed.selector, period, _periodStart(period + 1)
        );
        vm.expectRevert(refusal);
        waterfall.distribute();
        _warpToPeriod(period, PERIOD - 1);
        vm.expectRevert(refusal);
        waterfall.distribute();
        assertEq(usd.balanceOf(address(till)), RENT, "the till keeps its rent");
        vm.warp(block.timestamp + 1);
        waterfall.distribute();
        assertEq(usd.balanceOf(address(till)), 0);
    }

    function test_RevertWhen_DistributedInThePeriodOfItsCreation() public {
        uint256 period = _period();
        vm.expectRevert(
            abi.encodeWithSelector(
                IRevenueWaterfall.RevenueWaterfall_AlreadyDistributed.selector, period, _periodStart(period + 1)
            )
        );
        waterfall.distribute();
    }

    function test_SkippedPeriodsAreMadeUpForInOneDistribution() public {
        _distribute(RENT);
        _earn(RENT, 0);
        _warpToPeriod(_period() + 4, 99);
        waterfall.distribute();
        assertEq(_pendingOf(0), _coupon(4 * PERIOD + 99));
        assertEq(_pendingOf(1), RENT - 1150e6 - _coupon(4 * PERIOD + 99));
    }

    function test_NoRentIsDistributedToo() public {
        _distribute(0);
        assertEq(waterfall.lastDistributedAt(), block.timestamp);
        assertEq(_pendingOf(0) + _pendingOf(1), 0);
    }

    // ------------------------------------------------------------------ //
    // Helpers
    // ------------------------------------------------------------------ //

    function _fee(IRevenueWaterfall.Payee payee) private view returns (uint256) {
        return waterfall.feeOf(payee);
    }

    function _useFeeless(uint96 reserveTarget, uint256 tranches) private {
        _use(_create(_feeless(reserveTarget), _tranches(tranches)));
    }
}
