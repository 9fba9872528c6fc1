// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title A tranche's share: an ERC-20 whose holders' past income stays theirs when the shares move
interface IFleetShare is IERC20Metadata {
    event IncomeClaimed(address indexed holder, address indexed to, uint256 amount);

    error FleetShare_NothingToClaim(address holder);
    error FleetShare_ZeroAddress();
    error FleetShare_AlreadyInitialised();
    error FleetShare_NotFactory(address caller);

    /// @notice Pays all the caller's income so far to `to`, in the settlement currency.
    function claim(address to) external returns (uint256 amount);

    /// @notice What `holder` could claim now, in the settlement currency's smallest unit.
    function claimable(address holder) external view returns (uint256);

    /// @notice The waterfall that pays this tranche, and its place in it.
    function waterfall() external view returns (address waterfall_, uint256 tranche);
}
