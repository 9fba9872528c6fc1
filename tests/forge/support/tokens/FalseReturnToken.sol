// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DecimalsToken} from "./DecimalsToken.sol";

/// @title A token that says `false` and moves nothing when it is told to refuse
contract FalseReturnToken is DecimalsToken {
    bool private _refusing;

    constructor() DecimalsToken(6) {}

    function setRefusing(bool refusing) external {
        _refusing = refusing;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return _refusing ? false : super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return _refusing ? false : super.transferFrom(from, to, amount);
    }
}
