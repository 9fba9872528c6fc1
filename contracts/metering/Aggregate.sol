// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title How the increments that a report names become its readings, bit for bit as the nodes do it
/// @notice Words are packed readings: `measured48 | delivered48 | utilised48 | breached48 | energyWh48 | flags16`.
library Aggregate {
    uint256 private constant COUNTER_BITS = 48;
    uint256 private constant COUNTER_MAX = (1 << COUNTER_BITS) - 1;
    uint256 private constant FLAGS_BITS = 16;
    /// @dev The trust level is the lowest three of the flags.
    uint256 private constant LEVEL_BITS = 3;
    uint256 private constant LEVEL_MASK = (1 << LEVEL_BITS) - 1;

    /// @notice `base` plus, per counter, the lower median of the increments, as far as 48 bits hold. A flag is set when more than half of
    /// the increments set it, and the level is the lower median of theirs; the base's flags are not inherited.
    /// @dev Of no increments the median is zero: a report that names none has counted nothing.
    function agree(uint256 base, uint256[] memory increments) internal pure returns (uint256 reading) {
        uint256[] memory column = new uint256[](increments.length);
        for (uint256 shift = FLAGS_BITS; shift < 256; shift += COUNTER_BITS) {
            uint256 sum = (base >> shift & COUNTER_MAX) + _lowerMedian(increments, shift, COUNTER_MAX, column);
            reading |= (sum < COUNTER_MAX ? sum : COUNTER_MAX) << shift;
        }
        reading |= _lowerMedian(increments, 0, LEVEL_MASK, column);
        for (uint256 bit = LEVEL_BITS; bit < FLAGS_BITS; ++bit) {
            uint256 count = 0;
            for (uint256 i = 0; i < increments.length; ++i) {
                count += increments[i] >> bit & 1;
            }
            if (count > increments.length / 2) reading |= 1 << bit;
        }
    }

    /// @notice Whether any counter of `reading` is below that of `base`. Flags do not count.
    function fell(uint256 reading, uint256 base) internal pure returns (bool) {
        for (uint256 shift = FLAGS_BITS; shift < 256; shift += COUNTER_BITS) {
            if ((reading >> shift & COUNTER_MAX) < (base >> shift & COUNTER_MAX)) return true;
        }
        return false;
    }

    /// @dev The middle of one field of all words; of an even number the lower of the two. `column` is room to sort in.
    function _lowerMedian(uint256[] memory words, uint256 shift, uint256 mask, uint256[] memory column)
        private
        pure
        returns (uint256)
    {
        if (words.length == 0) return 0;
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 value = words[i] >> shift & mask;
            uint256 j = i;
            for (; j > 0 && column[j - 1] > value; --j) {
                column[j] = column[j - 1];
            }
            column[j] = value;
        }
        return column[(words.length - 1) / 2];
    }
}
