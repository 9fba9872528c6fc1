// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";

/// @title Anybody's contract that offers a fee as a waterfall does: it pays what a test says, claims what it says, or calls something first
contract FeeGiver {
    address private immutable CURRENCY;

    uint256 private _amount;
    uint256 private _said;
    address private _target;
    bytes private _call;

    constructor(address currency) {
        CURRENCY = currency;
    }

    function pay(uint256 amount, uint256 said) external {
        (_amount, _said) = (amount, said);
    }

    function callInstead(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }

    function terms() external view returns (IRevenueWaterfall.Terms memory terms_) {
        terms_.currency = CURRENCY;
    }

    function claimFee(IRevenueWaterfall.Payee, address to) external returns (uint96) {
        if (_target != address(0)) {
            (bool done, bytes memory reason) = _target.call(_call);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
        uint256 amount = _amount == 0 ? IERC20(CURRENCY).balanceOf(address(this)) : _amount;
        IERC20(CURRENCY).transfer(to, amount);
        return uint96(_said);
    }
}
