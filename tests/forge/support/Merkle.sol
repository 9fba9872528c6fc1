// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The tree of `@openzeppelin/merkle-tree`'s StandardMerkleTree: leaves sorted, a complete binary tree in an array
library Merkle {
    function leaf(uint256 meterId, uint256 reading) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(meterId, reading))));
    }

    /// @notice tree[0] is the root; the leaves stand at the end in descending order of hash from tree[n - 1].
    function tree(bytes32[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        uint256 n = leaves.length;
        for (uint256 i = 1; i < n; ++i) {
            bytes32 value = leaves[i];
            uint256 j = i;
            while (j > 0 && leaves[j - 1] > value) {
                leaves[j] = leaves[j - 1];
                --j;
            }
            leaves[j] = value;
        }
        nodes = new bytes32[](2 * n - 1);
        for (uint256 i = 0; i < n; ++i) {
            nodes[nodes.length - 1 - i] = leaves[i];
        }
        for (uint256 i = n - 1; i > 0; --i) {
            nodes[i - 1] = Hashes.commutativeKeccak256(nodes[2 * i - 1], nodes[2 * i]);
        }
    }

    /// @notice Where a leaf stands in the tree, by its hash.
    function placeOf(bytes32[] memory nodes, bytes32 leaf_) internal pure returns (uint256 at) {
        for (at = nodes.length / 2; at < nodes.length && nodes[at] != leaf_;) {
            ++at;
        }
        require(at < nodes.length, "leaf not in tree");
    }

    /// @notice The proof of a leaf by its hash.
    function proof(bytes32[] memory nodes, bytes32 leaf_) internal pure returns (bytes32[] memory path) {
        uint256 at = placeOf(nodes, leaf_);
        uint256 depth = 0;
        for (uint256 i = at; i > 0; i = (i - 1) / 2) {
            ++depth;
        }
        path = new bytes32[](depth);
        for (uint256 d = 0; d < depth; ++d) {
            path[d] = nodes[at % 2 == 1 ? at + 1 : at - 1];
            at = (at - 1) / 2;
        }
    }

    /// @notice The proof of several leaves at once, as the package's `getMultiProof` makes it. `places` are the leaves' in `nodes`,
    /// descending, and the proof wants the leaves in that order.
    function multiproof(bytes32[] memory nodes, uint256[] memory places)
        internal
        pure
        returns (bytes32[] memory path, bool[] memory flags)
    {
        // At most every step of every leaf's way up to the root.
        uint256 most = places.length * (Math.log2(nodes.length) + 1);
        path = new bytes32[](most);
        flags = new bool[](most);
        uint256 pathLength = 0;
        uint256 steps = 0;
        // The queue of places still to be hashed with their siblings: each step takes one or two and adds their parent.
        uint256[] memory queue = new uint256[](places.length + most);
        uint256 tail = 0;
        for (; tail < places.length; ++tail) {
            queue[tail] = places[tail];
        }
        for (uint256 head = 0; queue[head] > 0; ++steps) {
            uint256 at = queue[head++];
            uint256 sibling = at % 2 == 1 ? at + 1 : at - 1;
            if (head < tail && queue[head] == sibling) {
                flags[steps] = true;
                ++head;
            } else {
                path[pathLength++] = nodes[sibling];
            }
            queue[tail++] = (at - 1) / 2;
        }
        assembly ("memory-safe") {
            mstore(path, pathLength)
            mstore(flags, steps)
        }
    }
}
