// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";

/// @title A waterfall and its only share in one, which says and pays what a test tells it to
contract LyingShare is DecimalsToken {
    IERC20 private immutable CURRENCY;
    uint256 private _says;
    uint256 private _pays;
    IRevenueWaterfall.Terms private _terms;

    constructor(IERC20 currency) DecimalsToken(6) {
        CURRENCY = currency;
    }

    function set(uint256 says, uint256 pays) external {
        (_says, _pays) = (says, pays);
    }

    /// @dev Whose waterfall it says it is.
    function setFleet(uint48 fleetId, address currency) external {
        (_terms.fleetId, _terms.currency) = (fleetId, currency);
    }

    function terms() external view returns (IRevenueWaterfall.Terms memory) {
        return _terms;
    }

    function tranches() external pure returns (IRevenueWaterfall.Tranche[] memory) {
        return new IRevenueWaterfall.Tranche[](1);
    }

    function shareOf(uint256) external view returns (address) {
        return address(this);
    }

    function claimable(address) external view returns (uint256) {
        return _says;
    }

    function claim(address to) external returns (uint256) {
        CURRENCY.transfer(to, _pays);
        return _says;
    }
}
