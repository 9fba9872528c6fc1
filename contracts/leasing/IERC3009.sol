// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The one function of ERC-3009 a payee calls
interface IERC3009 {
    /// @notice Moves `value` from `from` to the caller, who must be `to`, by `from`'s signature; a nonce works once.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}
