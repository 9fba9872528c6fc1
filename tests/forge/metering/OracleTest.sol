// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {Stack} from "../support/Stack.sol";

/// @title What the oracle's tests share: reports that are right in everything, for a test to spoil one thing of
abstract contract OracleTest is Stack {
    bytes32 internal constant ROOT = keccak256("root");
    uint32 internal constant LEAVES = 3;

    /// @notice Every size a node set can have that the tests run at.
    function _sizes() internal pure returns (uint256[5] memory) {
        return [uint256(4), 7, 10, 16, 31];
    }

    /// @notice Warps to the first moment a report of `epoch` may be mined, and returns one that is right.
    function _due(uint64 epoch) internal returns (IMeterOracle.Report memory) {
        vm.warp(oracle.periodEnd(epoch) + D);
        return _report(epoch, ROOT, LEAVES);
    }

    /// @notice Warps, and records a report of `epoch` with its own root.
    function _mine(uint64 epoch) internal {
        vm.warp(oracle.periodEnd(epoch) + D);
        _post(epoch, _rootOf(epoch), LEAVES);
    }

    function _rootOf(uint64 epoch) internal pure returns (bytes32) {
        return keccak256(abi.encode("root of", epoch));
    }

    /// @notice The records of these nodes, in this order.
    function _signedBy(IMeterOracle.Report memory report, uint256[] memory indices)
        internal
        view
        returns (bytes memory signatures)
    {
        bytes32 digest = _reportDigest(report);
        for (uint256 i = 0; i < indices.length; ++i) {
            signatures = bytes.concat(signatures, _record(indices[i], digest));
        }
    }

    /// @notice A record of `index` signed with any key.
    function _recordWith(uint256 index, uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(uint8(index), r, bytes32(uint256(v - 27) << 255 | uint256(s)));
    }

    /// @notice first, first + 1, ..., `count` of them.
    function _range(uint256 first, uint256 count) internal pure returns (uint256[] memory indices) {
        indices = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            indices[i] = first + i;
        }
    }

    /// @notice `count` of the n nodes, ascending, chosen by `seed`.
    function _choose(uint256 count, uint256 n, uint256 seed) internal pure returns (uint256[] memory indices) {
        indices = new uint256[](count);
        uint256 chosen = 0;
        for (uint256 i = 0; chosen < count; ++i) {
            // Selection sampling: node i is taken with probability (still wanted) / (still to come).
            uint256 draw = uint256(keccak256(abi.encode(seed, i))) % (n - i);
            if (draw < count - chosen) indices[chosen++] = i;
        }
    }

    function _expectWrongSigner(uint256 index, address recovered) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMeterOracle.MeterOracle_WrongSigner.selector, index, vm.addr(hotKeys[index]), recovered
            )
        );
    }
}
