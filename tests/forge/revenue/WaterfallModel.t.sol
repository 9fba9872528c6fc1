// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title Any sequence of distributions, beside a model that keeps the whole history and nothing else
/// @dev The contract keeps two incomes a tranche, flags and packed fees. The model adds up every income there ever was.
contract WaterfallModelTest is RevenueTest {
    struct Past {
        uint256 period;
        uint256[4] incomes;
    }

    IRevenueWaterfall.Terms private terms;
    IRevenueWaterfall.Tranche[] private list;
    uint256 private seed;

    Past[] private history;
    uint256[4] private arrears;
    uint256[3] private fees;
    uint256 private reserve;
    uint256 private rentSoFar;
    uint256 private lastAt;

    function testFuzz_AnySequenceOfDistributionsIsAsTheModelSays(uint256 seed_) public {
        seed = seed_;
        _createAny();
        bool delisted = false;
        for (uint256 i = 0; i < 8; ++i) {
            _watch(_random(0, 3 * terms.period));
            _watchUntilNextPeriod();
            uint96 rent = _random(0, 3) == 0 ? 0 : uint96(_random(0, 1e12));
            uint64 energyWh = uint64(_random(0, 1e9));
            _earn(rent, energyWh);
            if (!delisted && _random(0, 9) == 0) {
                vm.prank(guardian);
                registry.delist(fleetId);
                delisted = true;
            }
            _modelDistribution(rent, energyWh, delisted && rent == 0);
            waterfall.distribute();
            _compare();
        }
        _watch(3 * terms.period);
    }

    // ------------------------------------------------------------------ //
    // Any terms, any time
    // ------------------------------------------------------------------ //

    function _createAny() private {
        uint256 count = [1, 2, 4][_random(0, 2)];
        terms = _terms(fleetId, address(usd));
        terms.period = uint32(_random(1 hours, 30 days));
        terms.protocolFeeBps = uint16(_random(0, 2500));
        terms.oracleFeeBps = uint16(_random(0, 2500));
        terms.operatorFeeBps = uint16(_random(0, 2500));
        terms.energyCapBps = uint16(_random(0, 2500));
        terms.tariffPerKWh = uint96(_random(0, 200_000));
        terms.reserveTarget = uint96(_random(0, 1e11));
        for (uint256 i = 0; i < count; ++i) {
            uint16 couponBps = i + 1 < count ? uint16(_random(1, 5000)) : 0;
            list.push(IRevenueWaterfall.Tranche({face: uint96(_random(1, 1e14)), couponBps: couponBps}));
        }
        _use(_create(terms, list));
        lastAt = block.timestamp;
    }

    /// @dev Lets `time` pass, looking at the streams now and then.
    function _watch(uint256 time) private {
        uint256 end = block.timestamp + time;
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(i == 3 ? end : _random(block.timestamp, end));
            for (uint256 tranche = 0; tranche < list.length; ++tranche) {
                assertEq(waterfall.streamed(tranche), _modelStreamed(tranche), "streamed");
            }
        }
    }

    function _watchUntilNextPeriod() private {
        uint256 next = (lastAt / terms.period + 1) * terms.period;
        if (block.timestamp < next) _watch(next - block.timestamp);
    }

    function _random(uint256 low, uint256 high) private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed)));
        return low + seed % (high - low + 1);
    }

    // ------------------------------------------------------------------ //
    // The model
    // ------------------------------------------------------------------ //

    function _modelDistribution(uint256 rent, uint256 energyWh, bool woundUp) private {
        uint256 pot = rent;
        rentSoFar += rent;
        uint256 energy = energyWh * terms.tariffPerKWh / 1000;
        uint256 energyCap = rent * terms.energyCapBps / BPS;
        uint256 protocol = rent * terms.protocolFeeBps / BPS;
        uint256 oracleFee = rent * terms.oracleFeeBps / BPS;
        uint256 operatorFee = rent * terms.operatorFeeBps / BPS + (energy > energyCap ? energyCap : energy);
        pot -= protocol + oracleFee + operatorFee;
        fees[0] += protocol;
        fees[1] += oracleFee;
        fees[2] += operatorFee;
        if (woundUp) (pot, reserve) = (pot + reserve, 0);

        Past storage past = history.push();
        past.period = block.timestamp / terms.period;
        uint256 equityAt = list.length - 1;
        for (uint256 i = 0; i < equityAt; ++i) {
            uint256 owed =
                arrears[i] + uint256(list[i].face) * list[i].couponBps * (block.timestamp - lastAt) / (BPS * YEAR);
            uint256 fromPot = owed < pot ? owed : pot;
            uint256 fromReserve = owed - fromPot < reserve ? owed - fromPot : reserve;
            pot -= fromPot;
            reserve -= fromReserve;
            past.incomes[i] = fromPot + fromReserve;
            arrears[i] = owed - past.incomes[i];
        }
        if (!woundUp && reserve < terms.reserveTarget) {
            uint256 wanted = terms.reserveTarget - reserve;
            uint256 filled = wanted < pot ? wanted : pot;
            reserve += filled;
            pot -= filled;
        }
        past.incomes[equityAt] = pot;
        lastAt = block.timestamp;
    }

    function _modelStreamed(uint256 tranche) private view returns (uint256 total) {
        for (uint256 i = 0; i < history.length; ++i) {
            uint256 start = (history[i].period + 1) * terms.period;
            if (block.timestamp <= start) continue;
            uint256 passed = block.timestamp - start;
            if (passed > terms.period) passed = terms.period;
            total += history[i].incomes[tranche] * passed / terms.period;
        }
    }

    function _compare() private view {
        uint256 kept = reserve + fees[0] + fees[1] + fees[2];
        for (uint256 i = 0; i < list.length; ++i) {
            assertEq(_pendingOf(i), history[history.length - 1].incomes[i], "income");
            assertEq(_arrearsOf(i), arrears[i], "arrears");
            assertEq(waterfall.streamed(i), _modelStreamed(i), "streamed, right after");
            (uint256 base, uint256 streaming, uint256 pending,,) = waterfall.streamOf(i);
            kept += base + streaming + pending;
        }
        assertEq(waterfall.feeOf(IRevenueWaterfall.Payee.Protocol), fees[0], "protocol");
        assertEq(waterfall.feeOf(IRevenueWaterfall.Payee.Oracle), fees[1], "oracle");
        assertEq(waterfall.feeOf(IRevenueWaterfall.Payee.Operator), fees[2], "operator");
        assertEq(waterfall.reserve(), reserve, "reserve");
        assertEq(kept, rentSoFar, "every unit of rent is somewhere");
        assertEq(usd.balanceOf(address(waterfall)), rentSoFar, "and here");
    }
}
