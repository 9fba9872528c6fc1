// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Reading} from "./Reading.sol";

/// @title The arithmetic of a lease: totals from a reading, never steps, so one settlement or many charge the same
/// @notice Rent, credit and energy round down, once, at the end; the runway rounds up. Money is in smallest units, `rate` per
/// unit-hour, time in seconds.
library LeaseMath {
    uint256 internal constant HOUR = 3600;
    uint256 internal constant BPS = 10_000;

    /// @notice The most unit-seconds a lease can have been delivered by `periodEnd`: units x (min(periodEnd, termEnd) - start).
    function maxUnitSeconds(uint256 units, uint256 start, uint256 termEnd, uint256 periodEnd)
        internal
        pure
        returns (uint256)
    {
        uint256 until = Math.min(periodEnd, termEnd);
        return until <= start ? 0 : units * (until - start);
    }

    /// @notice Rent owed since the lease began: floor(min(delivered, max) x rate / 3600).
    function owedDown(Reading reading, uint256 max, uint256 rate) internal pure returns (uint96) {
        return uint96(Math.min(reading.delivered(), max) * rate / HOUR);
    }

    /// @notice SLA credit owed since the lease began:
    /// min(floor(min(breached, max) x rate x penaltyBps / (3600 x 10_000)), floor(owed x creditCapBps / 10_000)).
    function creditDown(
        Reading reading,
        uint256 max,
        uint256 rate,
        uint256 penaltyBps,
        uint256 owed,
        uint256 creditCapBps
    ) internal pure returns (uint96) {
        uint256 penalty = Math.min(reading.breached(), max) * rate * penaltyBps / (HOUR * BPS);
        return uint96(Math.min(penalty, owed * creditCapBps / BPS));
    }

    /// @notice Energy charged for since the lease began: min(Wh, floor(max x boardWatts / 3600)). Beyond physics nothing is paid.
    function energyDown(Reading reading, uint256 max, uint256 boardWatts) internal pure returns (uint48) {
        return uint48(Math.min(reading.energyWh(), max * boardWatts / HOUR));
    }

    /// @notice The escrow that covers `duration` seconds at full delivery: ceil(units x rate x duration / 3600).
    function runwayUp(uint256 units, uint256 rate, uint256 duration) internal pure returns (uint256) {
        return Math.ceilDiv(units * rate * duration, HOUR);
    }
}
