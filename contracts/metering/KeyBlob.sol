// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {INodeSet} from "./INodeSet.sol";

/// @title The node keys as a contract's code, where reading all of them costs one cold account
/// @notice Layout after a leading STOP: `configDigest 32 ++ (hot 20, previousHot 20, hotFrom 8) * n`.
library KeyBlob {
    uint256 private constant DIGEST_BYTES = 32;
    uint256 private constant KEY_BYTES = 48;

    error KeyBlob_DeployFailed();

    /// @notice Stores a digest and n keys as the code of a new contract.
    function write(bytes32 digest, INodeSet.NodeKeys[] memory nodes) internal returns (address blob) {
        bytes memory content = abi.encodePacked(hex"00", digest);
        for (uint256 i = 0; i < nodes.length; ++i) {
            content = abi.encodePacked(content, nodes[i].hot, nodes[i].previousHot, nodes[i].hotFrom);
        }
        // Init code: return everything after these 10 bytes.
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN
        bytes memory init = abi.encodePacked(hex"61", uint16(content.length), hex"80600a5f395ff3", content);
        assembly ("memory-safe") {
            blob := create(0, add(init, 0x20), mload(init))
        }
        require(blob != address(0), KeyBlob_DeployFailed());
    }

    /// @notice Loads the whole blob of n keys into memory.
    function load(address blob, uint256 n) internal view returns (bytes memory content) {
        uint256 size = DIGEST_BYTES + KEY_BYTES * n;
        assembly ("memory-safe") {
            content := mload(0x40)
            mstore(content, size)
            mstore(0x40, add(add(content, 0x20), and(add(size, 0x1f), not(0x1f))))
            extcodecopy(blob, add(content, 0x20), 1, size)
        }
    }

    /// @notice The configuration digest of a loaded blob.
    function configDigest(bytes memory content) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := mload(add(content, 0x20))
        }
    }

    /// @notice The address whose signature counts for node `index` in a report of `epoch`. The index is the caller's to bound.
    function signer(bytes memory content, uint256 index, uint64 epoch) internal pure returns (address key) {
        assembly ("memory-safe") {
            let entry := add(add(content, 0x40), mul(index, 48))
            let hotFrom := shr(192, mload(add(entry, 40)))
            // Before `hotFrom` the previous key, 20 bytes further on, still signs.
            key := shr(96, mload(add(entry, mul(20, lt(epoch, hotFrom)))))
        }
    }
}
