// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The one function we read of a Chainlink-style price feed
interface IPriceFeed {
    /// @notice The newest price in the feed's decimals, and when it was updated, Unix seconds.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
