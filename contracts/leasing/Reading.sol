// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @notice Five counters since a meter began, which only grow, and flags, in one word:
/// `measured48 | delivered48 | utilised48 | breached48 | energyWh48 | flags16`. Unit-seconds, except energy: Wh.
type Reading is uint256;

using ReadingLib for Reading global;

/// @title Takes a reading apart
library ReadingLib {
    function measured(Reading reading) internal pure returns (uint48) {
        return uint48(Reading.unwrap(reading) >> 208);
    }

    function delivered(Reading reading) internal pure returns (uint48) {
        return uint48(Reading.unwrap(reading) >> 160);
    }

    function utilised(Reading reading) internal pure returns (uint48) {
        return uint48(Reading.unwrap(reading) >> 112);
    }

    function breached(Reading reading) internal pure returns (uint48) {
        return uint48(Reading.unwrap(reading) >> 64);
    }

    function energyWh(Reading reading) internal pure returns (uint48) {
        return uint48(Reading.unwrap(reading) >> 16);
    }

    function flags(Reading reading) internal pure returns (uint16) {
        return uint16(Reading.unwrap(reading));
    }
}
