// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IPriceFeed} from "../../../contracts/payments/IPriceFeed.sol";

/// @title A price feed that says what a test tells it to
contract FakeFeed is IPriceFeed {
    int256 private _answer;
    uint256 private _updatedAt;

    function set(int256 answer, uint256 updatedAt) external {
        (_answer, _updatedAt) = (answer, updatedAt);
    }

    /// @dev The round's other figures are absurd on purpose: nobody may read them.
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (type(uint80).max, _answer, type(uint256).max, _updatedAt, 0);
    }
}
