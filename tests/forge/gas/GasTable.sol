// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";

/// @title The rows of the gas table: what a call cost, the ceiling it must stay under, and how much is left
abstract contract GasTable is Test {
    /// @dev Of the last call.
    function _check(string memory operation, uint256 ceiling) internal {
        _row(operation, vm.lastCallGas().gasTotalUsed, ceiling);
    }

    function _row(string memory operation, uint256 gas, uint256 ceiling) internal {
        string memory headroom =
            gas > ceiling ? "OVER" : string.concat(vm.toString((ceiling - gas) * 100 / ceiling), " %");
        string memory figures =
            string.concat(_right(vm.toString(gas), 8), _right(vm.toString(ceiling), 9), _right(headroom, 6));
        console.log(string.concat("| ", _left(operation, 58), figures, " |"));
        vm.snapshotValue("snapshot", operation, gas);
        assertLe(gas, ceiling, operation);
    }

    function _left(string memory text, uint256 width) private pure returns (string memory) {
        return string.concat(text, _blanks(width, text));
    }

    function _right(string memory text, uint256 width) private pure returns (string memory) {
        return string.concat(_blanks(width, text), text);
    }

    function _blanks(uint256 width, string memory text) private pure returns (string memory blanks) {
        for (uint256 i = bytes(text).length; i < width; ++i) {
            blanks = string.concat(blanks, " ");
        }
    }
}
