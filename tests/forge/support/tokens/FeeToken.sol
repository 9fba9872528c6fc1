// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC3009} from "../../../../contracts/leasing/IERC3009.sol";
import {DecimalsToken} from "./DecimalsToken.sol";

/// @title A token that keeps one unit of every transfer, and takes any signature for an authorisation
contract FeeToken is DecimalsToken, IERC3009 {
    constructor() DecimalsToken(6) {}

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) external {
        _transfer(from, to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        bool charged = from != address(0) && to != address(0) && value != 0;
        super._update(from, to, charged ? value - 1 : value);
        if (charged) super._update(from, address(0), 1);
    }
}
