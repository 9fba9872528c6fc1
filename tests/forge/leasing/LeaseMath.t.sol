// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {LeaseMath} from "../../../contracts/leasing/LeaseMath.sol";
import {Reading} from "../../../contracts/leasing/Reading.sol";

/// @title The arithmetic of a lease at any second, not only on the hour as with the epochs the other tests run on
/// @dev As in SettleTotals.t.sol each result is held against exact products, never against a quotient.
contract LeaseMathTest is Test {
    function testFuzz_MostUnitSecondsEndWithTheTermOrTheReport(uint32 units, uint40 start, uint40 end, uint40 to)
        public
        pure
    {
        uint256 max = LeaseMath.maxUnitSeconds(units, start, end, to);
        uint256 last = end < to ? end : to;
        if (last <= start) assertEq(max, 0, "before the term");
        else assertEq(max + uint256(units) * start, uint256(units) * last, "inside the term");
    }

    function testFuzz_OwedRoundsDown(uint256 reading, uint48 max, uint96 rate) public pure {
        uint256 delivered = reading >> 160 & type(uint48).max;
        uint256 billed = delivered < max ? delivered : max;
        // What a lease can cost was checked to fit when it opened.
        uint256 highest = 3600 * uint256(type(uint96).max) / (billed + 3600);
        rate = uint96(bound(rate, 0, highest));
        uint256 price = billed * rate;
        uint256 owed = LeaseMath.owedDown(Reading.wrap(reading), max, rate);
        assertLe(owed * 3600, price, "not more");
        assertGt((owed + 1) * 3600, price, "not less");
    }

    function testFuzz_CreditRoundsDownOnceWithinItsCap(
        uint256 reading,
        uint48 max,
        uint96 rate,
        uint16 penaltyBps,
        uint96 owed,
        uint16 capBps
    ) public pure {
        capBps = uint16(bound(capBps, 0, 10_000));
        uint256 breached = reading >> 64 & type(uint48).max;
        uint256 penalty = uint256(breached < max ? breached : max) * rate * penaltyBps;
        uint256 cap = uint256(owed) * capBps;
        uint256 credit = LeaseMath.creditDown(Reading.wrap(reading), max, rate, penaltyBps, owed, capBps);
        assertTrue(credit * 36_000_000 <= penalty && credit * 10_000 <= cap, "not more");
        assertTrue((credit + 1) * 36_000_000 > penalty || (credit + 1) * 10_000 > cap, "not less");
    }

    function testFuzz_EnergyRoundsDownToTheBoardsLimit(uint256 reading, uint48 max, uint16 boardWatts) public pure {
        uint256 metered = reading >> 16 & type(uint48).max;
        uint256 limit = uint256(max) * boardWatts;
        uint256 wh = LeaseMath.energyDown(Reading.wrap(reading), max, boardWatts);
        assertTrue(wh <= metered && wh * 3600 <= limit, "not more");
        assertTrue(wh == metered || (wh + 1) * 3600 > limit, "not less");
    }

    function testFuzz_RunwayRoundsUp(uint32 units, uint96 rate, uint40 duration) public pure {
        uint256 price = uint256(units) * rate * duration;
        uint256 runway = LeaseMath.runwayUp(units, rate, duration);
        assertGe(runway * 3600, price, "not less");
        assertTrue(runway == 0 ? price == 0 : (runway - 1) * 3600 < price, "not more");
    }

    /// @dev The layout nodes sign: measured in the highest bits, flags in the lowest.
    function testFuzz_ReadingIsTakenApart(uint48[5] memory counters, uint16 flags) public pure {
        Reading reading = Reading.wrap(
            uint256(bytes32(abi.encodePacked(counters[0], counters[1], counters[2], counters[3], counters[4], flags)))
        );
        assertEq(reading.measured(), counters[0], "measured");
        assertEq(reading.delivered(), counters[1], "delivered");
        assertEq(reading.utilised(), counters[2], "utilised");
        assertEq(reading.breached(), counters[3], "breached");
        assertEq(reading.energyWh(), counters[4], "energyWh");
        assertEq(reading.flags(), flags, "flags");
    }
}
