// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DecimalsToken} from "./DecimalsToken.sol";

/// @title A token that makes one call of a test's choosing in the middle of its next transfer
contract ReentrantToken is DecimalsToken {
    address private _target;
    bytes private _call;

    constructor() DecimalsToken(6) {}

    function callDuringNextTransfer(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }

    function _update(address from, address to, uint256 value) internal override {
        address target = _target;
        if (target != address(0)) {
            _target = address(0);
            (bool done, bytes memory reason) = target.call(_call);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
        super._update(from, to, value);
    }
}
